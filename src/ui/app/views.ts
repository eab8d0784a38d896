import { agentsPane } from '../views/agents/view.ts';
import { DETAIL } from '../views/call/keys.ts';
import { describeDetail, detailSheet } from '../views/call/render.ts';
import { callsPane } from '../views/calls/view.ts';
import { CHECKPOINTS, TO_CHECKPOINTS } from '../views/checkpoints/keys.ts';
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
import { SOURCE_KEYS, TO_SOURCES } from '../views/sources/keys.ts';
import { describeSources, sourcesSheet } from '../views/sources/render.ts';
import { workspacesPane } from '../views/workspaces/view.ts';
import type { Theme } from '../render/theme.ts';
import type { Sheet } from '../widgets/dialog.ts';
import { SEARCH } from '../widgets/reader/keys.ts';
import type { Binding, Context, KeyContext, Pane } from './bindings.ts';
import { logOf } from './frozen.ts';
import { helpSheet } from './help.ts';
import { COMMANDS, HELP } from './keys/beside.ts';
import { ACTING } from './keys/acting.ts';
import { EVERYWHERE, GENERAL } from './keys/general.ts';
import { MODE_KEYS } from './keys/mode.ts';
import { movingKeys, viewKeys } from './keys/moving.ts';
import { QUIT_KEYS, quitQuestion } from './keys/quit.ts';
import { modeSheet } from './mode-dialog.ts';
import { OVERLAYS } from './keys/overlays.ts';
import { type Size, TWO_COLUMNS } from './layout.ts';
import { PALETTE } from './palette/keys.ts';
import { paletteSheet } from './palette/render.ts';
import { describeCommands, describeFilter, describeKeys } from './screen-reader/contexts.ts';
import type { Overlay } from './state.ts';
import type { View } from './view.ts';

/** The pane that has the focus where none other has. */
export const FIRST_PANE: Pane = conversationsPane;

/** The list views that stand beside each other, in the order of their number keys. A new one is one line here. */
export const PANES: readonly Pane[] = [FIRST_PANE, agentsPane, signalsPane, workspacesPane, callsPane];

/** Keys of every dialog in which nothing is typed. */
const EVERYWHERE_BESIDE: readonly Binding[] = [COMMANDS, HELP, ...EVERYWHERE];
/** What works in each view over the panes, as far as the view has no key of its own for it: what acts, and what goes to others. */
const YIELDING: readonly Binding[] = [...ACTING, ...viewKeys(PANES), ...TO_CHECKPOINTS, TO_SOURCES];

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
    // The question stands in the last line, what would happen in the one above it.
    render: () => null,
    describe: ({ question, effects, yes, no }) => [question, ...effects, `y: ${yes}, n: ${no}`],
  }),
  mode: over('mode', {
    title: 'the mode',
    bindings: [...MODE_KEYS, ...EVERYWHERE],
    render: ({ mode }, { live }, size, theme) => modeSheet(live, mode, size, theme),
    describe: ({ mode }, { live }) => [
      `mode ${live.mode}; chosen: ${mode}; enter sets it, up and down choose, escape cancels`,
    ],
  }),
  quit: over('quit', {
    title: 'a question before leaving',
    bindings: [...QUIT_KEYS, ...EVERYWHERE],
    render: () => null,
    describe: (_, { live, view }) => [
      quitQuestion(live, view.now),
      'f fires it, then quits; q quits without it; escape stays',
    ],
  }),
  detail: over('detail', {
    title: 'a call',
    bindings: viewBindings('detail', DETAIL),
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
    bindings: viewBindings('policy', POLICY),
    render: (_, context, size, theme) => policySheet(context, size, theme),
    describe: (_, context) => [describeRule(context)],
  }),
  sources: over('sources', {
    title: 'sources',
    list: SOURCES,
    bindings: viewBindings('sources', SOURCE_KEYS),
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
    bindings: viewBindings('silences', OVERLAYS.silences),
    render: (_, context, size, theme) => silencesSheet(context, size, theme),
    describe: (_, context) => [describeSilences(context)],
  }),
  checkpoints: over('checkpoints', {
    title: 'checkpoints',
    list: SNAPSHOTS,
    bindings: viewBindings('checkpoints', CHECKPOINTS),
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
    bindings: viewBindings('diff', DIFF),
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
  const { layout } = context;
  if (layout.type === 'line' || overlay.type === 'none') return null;
  return VIEWS[overlay.type].render(context, { ...size, top: layout.top, bare: size.columns < TWO_COLUMNS }, theme);
}

// What a view binds itself comes before what it shares with all others, by key and by name.
function viewBindings(name: string, own: readonly Binding[]): readonly Binding[] {
  const all = [...own, ...EVERYWHERE_BESIDE];
  const ids = new Set(all.map(({ id }) => id));
  const taken = new Set(all.flatMap(({ keys }) => keys));
  const shared = YIELDING.filter(({ id }) => id !== name && !ids.has(id)).map((binding): Binding => ({
    ...binding,
    keys: binding.keys.filter((key) => !taken.has(key)),
    yields: true,
  }));
  return [...all, ...shared];
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
