import { agentsPane } from '../views/agents/view.ts';
import { DETAIL } from '../views/call/keys.ts';
import { describeDetail, detailSheet } from '../views/call/render.ts';
import { callsPane } from '../views/calls/view.ts';
import { CHECKPOINTS } from '../views/checkpoints/keys.ts';
import { describeCheckpoints } from '../views/checkpoints/describe.ts';
import { checkpointsSheet, noWorkspaceSheet } from '../views/checkpoints/render.ts';
import { SNAPSHOTS } from '../views/checkpoints/rows.ts';
import { conversationsPane } from '../views/conversations/view.ts';
import { DIFF } from '../views/diff/keys.ts';
import { diffSheet } from '../views/diff/render.ts';
import { HOLDS } from '../views/holds/keys.ts';
import { describeHolds, holdsSheet } from '../views/holds/render.ts';
import { logSheet } from '../views/log/render.ts';
import { PLAN } from '../views/plan/keys.ts';
import { planSheet } from '../views/plan/render.ts';
import { POLICY } from '../views/policy/keys.ts';
import { RULES } from '../views/policy/list.ts';
import { describeRule, policySheet } from '../views/policy/render.ts';
import { signalsPane } from '../views/signals/view.ts';
import { SILENCES } from '../views/silences/list.ts';
import { describeSilenceForm, describeSilences, silenceSheet, silencesSheet } from '../views/silences/render.ts';
import { SOURCES } from '../views/sources/list.ts';
import { SOURCE_KEYS } from '../views/sources/keys.ts';
import { describeSources, sourcesSheet } from '../views/sources/render.ts';
import { workspacesPane } from '../views/workspaces/view.ts';
import { FRAME_COLUMNS } from '../render/frame.ts';
import { type Line, say } from '../render/line.ts';
import type { Theme } from '../render/theme.ts';
import { type Sheet, boxed } from '../widgets/dialog.ts';
import { said } from '../widgets/list-notes.ts';
import { SEARCH } from '../widgets/reader/keys.ts';
import type { Binding, Context, KeyContext, Pane } from './bindings.ts';
import { logOf } from './frozen.ts';
import { helpSheet } from './help.ts';
import { COMMANDS, HELP } from './keys/beside.ts';
import { ACTING } from './keys/acting.ts';
import { EVERYWHERE, GENERAL } from './keys/general.ts';
import { movingKeys } from './keys/moving.ts';
import { OVERLAYS } from './keys/overlays.ts';
import type { Size } from './layout.ts';
import { PALETTE } from './palette/keys.ts';
import { paletteSheet } from './palette/render.ts';
import { describeCommands, describeFilter, describeKeys } from './screen-reader/contexts.ts';
import type { Overlay } from './state.ts';
import type { View } from './view.ts';

/** The pane that has the focus where none other has. */
export const FIRST_PANE: Pane = conversationsPane;

/** The list views that stand beside each other, in the order of their number keys. A new one is one line here. */
export const PANES: readonly Pane[] = [FIRST_PANE, callsPane, workspacesPane, signalsPane, agentsPane];

/** Keys of every view in which nothing is typed. */
const EVERYWHERE_BESIDE: readonly Binding[] = [COMMANDS, HELP, ...EVERYWHERE];

/** The registry: keymap, help, palette, drawing, screen reader and the listing of keys derive from it. */
export const VIEWS: Readonly<Record<KeyContext, View>> = {
  panes: {
    title: 'the panes',
    bindings: [
      ...ACTING,
      ...PANES.flatMap(({ bindings }) => bindings),
      ...GENERAL,
      ...movingKeys(PANES),
      ...EVERYWHERE,
    ],
    render: () => null,
    describe: (context) => [context.pane.describe(context)],
  },
  filter: {
    title: 'typing a filter',
    bindings: [...OVERLAYS.filter, ...EVERYWHERE],
    render: () => null,
    describe: (context) => [describeFilter(context)],
  },
  help: over('help', {
    title: 'help',
    bindings: [...OVERLAYS.help, COMMANDS, ...EVERYWHERE],
    render: ({ page }, context, size, theme) => helpSheet(context, size, theme, page),
    describe: (_, context) => describeKeys(context),
  }),
  log: over('log', {
    title: 'log',
    bindings: [...OVERLAYS.log, ...EVERYWHERE_BESIDE],
    render: ({ page }, { view }, size, theme) => logSheet(logOf(view), size, theme, page),
    describe: (_, { view }) => logOf(view).map(({ text }) => text),
  }),
  palette: over('palette', {
    title: 'commands',
    bindings: [...PALETTE, ...EVERYWHERE],
    render: paletteSheet,
    describe: (_, context) => describeCommands(context),
  }),
  confirm: over('confirm', {
    title: 'a question',
    bindings: [...OVERLAYS.confirm, ...EVERYWHERE],
    render: confirmSheet,
    describe: ({ question, effects }) => [question, ...effects, 'y does it, n leaves it'],
  }),
  detail: over('detail', {
    title: 'a call',
    bindings: [...DETAIL, ...EVERYWHERE_BESIDE],
    render: (_, { view: { detail }, shown }, size, theme) =>
      detail && detailSheet(detail, size, theme, shown.calls(detail.call.conversationId)),
    describe: (_, context) => describeDetail(context),
  }),
  search: {
    title: 'typing a search',
    bindings: [...SEARCH, ...EVERYWHERE],
    render: () => null,
    describe: describeDetail,
  },
  policy: over('policy', {
    title: 'policy',
    list: RULES,
    bindings: [...POLICY, ...EVERYWHERE_BESIDE],
    render: (_, context, size, theme) => policySheet(context, size, theme),
    describe: (_, context) => [describeRule(context)],
  }),
  sources: over('sources', {
    title: 'sources',
    list: SOURCES,
    bindings: [...SOURCE_KEYS, ...EVERYWHERE_BESIDE],
    render: (_, context, size, theme) => sourcesSheet(context, size, theme),
    describe: (_, context) => describeSources(context),
  }),
  silence: over('silence', {
    title: 'a new silence',
    bindings: [...OVERLAYS.silence, ...EVERYWHERE],
    render: ({ form }, _, size, theme) => silenceSheet(form, size, theme),
    describe: ({ form }) => [describeSilenceForm(form)],
  }),
  silences: over('silences', {
    title: 'silences',
    list: SILENCES,
    bindings: [...OVERLAYS.silences, ...EVERYWHERE_BESIDE],
    render: (_, context, size, theme) => silencesSheet(context, size, theme),
    describe: (_, context) => [describeSilences(context)],
  }),
  checkpoints: over('checkpoints', {
    title: 'checkpoints',
    list: SNAPSHOTS,
    bindings: [...CHECKPOINTS, ...EVERYWHERE_BESIDE],
    render: (_, context, size, theme) => {
      const { checkpoints } = context.view;
      if (checkpoints === null) return noWorkspaceSheet(size, theme);
      return checkpointsSheet(checkpoints, { ...context, size, theme });
    },
    describe: (_, context) => describeCheckpoints(context),
  }),
  plan: over('plan', {
    title: 'typing a confirmation',
    bindings: [...PLAN, ...EVERYWHERE],
    render: ({ form }, { view: { now } }, size, theme) => planSheet(form, now, size, theme),
    describe: (_, context) => describeCheckpoints(context),
  }),
  diff: over('diff', {
    title: 'a comparison',
    bindings: [...DIFF, ...EVERYWHERE_BESIDE],
    render: ({ sheet }, _, size, theme) => diffSheet(sheet, size, theme),
    describe: (_, context) => describeCheckpoints(context),
  }),
  holds: over('holds', {
    title: 'a choice of holds',
    bindings: [...HOLDS, ...EVERYWHERE_BESIDE],
    render: ({ choice }, { live, view: { now } }, size, theme) => holdsSheet(choice, live, now, size, theme),
    describe: ({ choice }, context) => describeHolds(choice, context),
  }),
};

/** Draws what lies over the panes; null where nothing does, and where there is only room for one line. */
export function sheetOf(context: Context, size: Size, theme: Theme): Sheet | null {
  const { overlay } = context.view;
  if (context.layout.type === 'line' || overlay.type === 'none') return null;
  return VIEWS[overlay.type].render(context, size, theme);
}

type Over<T extends Overlay['type']> = Extract<Overlay, { readonly type: T }>;
type OverView<T extends Overlay['type']> = Pick<View, 'title' | 'bindings' | 'list'> & {
  readonly render: (overlay: Over<T>, context: Context, size: Size, theme: Theme) => Sheet | null;
  readonly describe: (overlay: Over<T>, context: Context) => readonly string[];
};

/** A view that lies over the panes: it is drawn and described from its own state, while it is the one that is open. */
function over<T extends Overlay['type']>(type: T, { render, describe, ...view }: OverView<T>): View {
  const openIn = ({ view: { overlay } }: Context): Over<T> | null => (isOf(overlay, type) ? overlay : null);
  return {
    ...view,
    render: (context, size, theme) => {
      const overlay = openIn(context);
      return overlay && render(overlay, context, size, theme);
    },
    describe: (context) => {
      const overlay = openIn(context);
      return overlay === null ? [] : describe(overlay, context);
    },
  };
}

function isOf<T extends Overlay['type']>(overlay: Overlay, type: T): overlay is Over<T> {
  return overlay.type === type;
}

function confirmSheet({ question, effects }: Over<'confirm'>, _: Context, size: Size, theme: Theme): Sheet {
  const head: Line = [say(question, 'strong')];
  const lines = [head, [], ...effects.flatMap((text) => said(text, size.columns - FRAME_COLUMNS, theme, 'plain'))];
  return boxed({ title: 'Sure?', foot: 'y does it, n leaves it as it is', lines, size, theme });
}
