import { type Mode, MODES } from '../../../core/signals.ts';
import type { EngineView } from '../../../engine/types.ts';
import { shortName } from '../../views/workspaces/names.ts';
import { hostAt, viewOfHost } from '../../views/hosts/cursor.ts';
import {
  type ScreenAction,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  viewAction,
  CLOSE,
} from '../bindings.ts';

/** The reason why a key that needs a workspace does nothing. */
export const NONE_CONFIGURED = 'no workspace configured; start with --workspace DIR';

/** Opens the choice of the mode. */
export const MODE: Binding = {
  keys: ['m'],
  kind: 'act',
  id: 'mode',
  label: 'mode',
  help: 'mode: observe, hold, auto',
  footer: true,
  availability: (context) => {
    const { live } = context;
    if (live.fleet !== undefined) {
      const host = hostAt(context);
      if (host === null) return disabled('each host has its own mode: select one');
      if (host.isUnseen) return disabled(`${host.name} is unseen: nobody can ask it`);
      return host.readOnly ? disabled(`${host.name} is read-only`) : enabled('', '', `mode of ${host.name}`);
    }
    if (live.workspaces.length === 0) return disabled(NONE_CONFIGURED);
    if (live.attachment !== undefined)
      return enabled('', '', `mode of ${live.attachment.host ?? `pid ${live.attachment.engine.pid}`}`);
    const next = raised(live.mode);
    return next === null ? enabled('') : enabled('', '', `mode: ${live.mode} to ${next}`);
  },
  run: (context) => {
    const host = hostAt(context);
    const { mode } = host ?? context.live;
    return viewAction({ type: 'overlay', overlay: { type: 'mode', mode, ...(host && { host: host.name }) } });
  },
};

/** Lowers the mode by a step at once; it has no key of its own. */
export const LOWER_MODE: Binding = {
  keys: [],
  kind: 'act',
  id: 'lower-mode',
  label: 'lower mode',
  help: 'lower the mode by one step at once',
  availability: ({ live }) => {
    if (live.fleet !== undefined) return disabled('each host has its own mode: m on one');
    const next = lowered(live.mode);
    return next === null ? disabled('observe is the lowest mode') : enabled(`to ${next}, at once`);
  },
  run: ({ live }) => {
    const mode = lowered(live.mode);
    return mode === null ? [] : [{ type: 'mode', mode }];
  },
};

/** The bindings of the choice of the mode. */
export const MODE_KEYS: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'act',
    id: 'set',
    label: 'set',
    help: 'set the mode; raising it asks y or n first',
    footer: true,
    availability: ({ live, view: { overlay } }): Availability => {
      if (overlay.type !== 'mode') return disabled('no mode is chosen');
      const { mode } = viewOfHost(live, overlay.host);
      return overlay.mode === mode ? disabled(`the mode is ${mode} already`) : enabled(overlay.mode.toUpperCase());
    },
    run: (context) => {
      const { overlay } = context.view;
      return overlay.type === 'mode' ? askMode(context, overlay.mode, overlay.host) : [];
    },
  },
  choosing(['down', 'j'], 'down', 'next mode', 1),
  choosing(['up', 'k'], 'up', 'previous mode', -1),
  {
    keys: ['escape', 'q', 'm'],
    kind: 'view',
    id: 'cancel',
    label: 'cancel',
    help: 'cancel; the mode stays',
    footer: true,
    availability: () => enabled(),
    run: () => viewAction(CLOSE),
  },
];

function choosing(keys: readonly string[], id: string, help: string, by: 1 | -1): Binding {
  return {
    keys,
    kind: 'view',
    id,
    label: help,
    help,
    availability: ({ view: { overlay } }) => {
      const at = overlay.type === 'mode' ? MODES.indexOf(overlay.mode) + by : -1;
      return MODES[at] === undefined ? disabled('there is no other mode') : enabled();
    },
    run: ({ view: { overlay } }) => {
      if (overlay.type !== 'mode') return [];
      const at = Math.max(0, Math.min(MODES.length - 1, MODES.indexOf(overlay.mode) + by));
      return viewAction({ type: 'overlay', overlay: { ...overlay, mode: MODES[at] ?? overlay.mode } });
    },
  };
}

/** Changes the mode, of a host of a fleet: lowering at once, raising after a question in the last line. */
export function askMode(context: Pick<Context, 'live'>, mode: Mode, host?: string): readonly ScreenAction[] {
  const live = viewOfHost(context.live, host);
  const set: ScreenAction =
    host === undefined ? { type: 'mode', mode } : { type: 'on_host', host, action: { type: 'mode', mode } };
  if (MODES.indexOf(mode) <= MODES.indexOf(live.mode)) return [...viewAction(CLOSE), set];
  const then = mode === 'auto' ? 'Checkpoints then fire without a countdown.' : 'Each checkpoint is announced first.';
  const on = host ?? live.attachment?.host;
  const question = `Raise ${on === undefined ? '' : `${on} `}to ${mode.toUpperCase()} in ${names(live)}? ${then}`;
  const keep = `keep ${live.mode.toUpperCase()}`;
  return viewAction({
    type: 'overlay',
    overlay: { type: 'confirm', question, effects: [], yes: 'raise', no: keep, confirmed: [set] },
  });
}

/** Workspaces that a question names. */
const MAX_NAMED = 3;

function names(view: EngineView): string {
  const all = view.workspaces.map(({ path }) => shortName(path, view));
  const more = all.length - MAX_NAMED;
  if (all.length === 0) return 'no workspace yet';
  return more > 0 ? `${all.slice(0, MAX_NAMED).join(', ')} and ${more} more` : all.join(', ');
}

function raised(mode: Mode): Mode | null {
  return MODES[MODES.indexOf(mode) + 1] ?? null;
}

function lowered(mode: Mode): Mode | null {
  return mode === 'observe' ? null : (MODES[MODES.indexOf(mode) - 1] ?? null);
}
