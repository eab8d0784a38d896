import { wordAvailability } from '../../../wording/checkpointers.ts';
import { fires, heldBy, holdsOf, isSameHold } from '../../views/holds/rows.ts';
import type { Mode } from '../../../core/signals.ts';
import {
  type Action,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  viewAction,
} from '../bindings.ts';
import { chooseHold } from '../../views/holds/keys.ts';
import { touchedFolder } from '../../views/workspaces/rows.ts';
import { newSilenceForm } from '../../views/silences/form.ts';
import { silenceScopes } from '../../views/silences/scopes.ts';
import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import { MIN_COLUMNS, MIN_ROWS } from '../../../core/limits.ts';
import { shortName } from '../../views/workspaces/names.ts';

/** The bindings that send intents to the engine. */
export const ACTING: readonly Binding[] = [
  {
    keys: ['c'],
    kind: 'act',
    id: 'checkpoint',
    label: 'checkpoint',
    help: 'take a checkpoint now of the selected workspace; bypasses debounce, silences and mode',
    footer: true,
    availability: checkpointAvailability,
    run: ({ target: { workspace, agent, conversationId } }) =>
      workspace === null ? [] : [{ type: 'checkpoint', workspace: workspace.path, agent, conversationId }],
  },
  {
    keys: ['s'],
    kind: 'act',
    id: 'silence',
    label: 'silence',
    help: 'silence signals for a while: asks for scope, duration and reason',
    footer: true,
    availability: () => enabled(),
    run: (context) =>
      viewAction({ type: 'overlay', overlay: { type: 'silence', form: newSilenceForm(silenceScopes(context)) } }),
  },
  {
    keys: ['S', 'u'],
    kind: 'act',
    id: 'silences',
    label: 'silences',
    help: 'list the silences; end one early or extend it',
    availability: ({ live }) =>
      live.silences.length === 0 ? disabled('no active silence') : enabled(`${live.silences.length} active`),
    run: () => viewAction({ type: 'overlay', overlay: { type: 'silences' } }),
  },
  {
    keys: ['x'],
    kind: 'act',
    id: 'veto',
    label: 'veto',
    help: 'discard the held checkpoint; with several, choose one',
    footer: true,
    availability: vetoAvailability,
    run: (context) => toHeld(context, 'veto'),
  },
  {
    keys: ['f'],
    kind: 'act',
    id: 'fire',
    label: 'fire',
    help: 'take the held checkpoint now; with several, choose one',
    footer: true,
    availability: fireAvailability,
    run: (context) => toHeld(context, 'fire'),
  },
  {
    keys: ['a'],
    kind: 'act',
    id: 'mode',
    label: 'mode',
    help: 'raise the mode by one step: observe, hold, auto (asks y/n); from auto, back to observe at once',
    footer: true,
    availability: modeAvailability,
    run: (context) => askMode(context, nextMode(context.live.mode)),
  },
  {
    keys: ['A'],
    kind: 'act',
    id: 'lower-mode',
    label: 'lower mode',
    help: 'lower the mode by one step at once',
    availability: lowerAvailability,
    run: ({ live }) => {
      const mode = lowerMode(live.mode);
      return mode === null ? [] : [{ type: 'mode', mode }];
    },
  },
  {
    keys: ['t'],
    kind: 'act',
    id: 'take-over',
    label: 'take over',
    help: 'take over the workspace from another engine that is gone',
    footer: true,
    availability: takeOverAvailability,
    run: (context) => {
      const workspace = takeOverTarget(context);
      return workspace === null ? [] : [{ type: 'take_over', workspace: workspace.path }];
    },
  },
];

function toHeld(context: Context, type: 'veto' | 'fire'): readonly Action[] {
  const held = heldOne(context);
  if (held === null) return chooseHold(context, type, holdsOf(context.live));
  return held.hold === null ? [] : [{ type, workspace: held.path, heldSince: held.hold.startedMono }];
}

/** Changes the mode: lowering at once, raising after a confirmation that shows which agents have which workspace. */
export function askMode({ live }: Context, mode: Mode): readonly Action[] {
  if (mode === 'observe' || (mode === 'hold' && live.mode === 'auto')) return [{ type: 'mode', mode }];
  const effects = [
    mode === 'hold'
      ? 'every automatic checkpoint is announced and held first; x vetoes it'
      : 'automatic checkpoints are taken at once',
    ...live.workspaces.map((workspace) => {
      const { agents, availability } = workspace;
      const who = agents.length === 0 ? 'no agent yet' : agents.join(', ');
      return `${who}: ${touchedFolder(workspace)} (${availability.name})`;
    }),
  ];
  const question = `Raise the mode from ${live.mode} to ${mode}?`;
  return viewAction({
    type: 'overlay',
    overlay: { type: 'confirm', question, effects, confirmed: { type: 'mode', mode } },
  });
}

const NONE_CONFIGURED = 'no workspace configured; start with --workspace DIR';

/** Returns what `c` would do, by the rules for a manual checkpoint. */
export function checkpointAvailability({ target, view, live }: Context): Availability {
  const { workspace } = target;
  if (workspace === null) return disabled(noWorkspace(target.agent, live));
  const { run, queuedManual } = workspace;
  if (run?.kind === 'manual') return disabled('refused: a manual one is running');
  if (queuedManual) return disabled('refused: a manual one is queued');
  const name = shortName(workspace.path, live);
  const how = particular(workspace, view.now);
  if (how !== null) return enabled(`of ${name} (${how})`, `(${how})`);
  const { state } = workspace.availability;
  return state === 'available'
    ? enabled(`of ${name}`)
    : enabled(`of ${name} (currently: ${wordAvailability(workspace.availability)})`, `(currently ${state})`);
}

// The special condition of a checkpoint requested now; null without one.
function particular({ run, hold, windowEndsAt, availability }: WorkspaceView, now: Ms): string | null {
  if (run) return run.kind === 'baseline' ? 'after the first snapshot' : 'after the running one';
  if (availability.state !== 'available') return null;
  if (hold) return 'instead of the held one';
  return windowEndsAt !== null && windowEndsAt > now ? 'bypasses the debounce' : null;
}

/** Returns what `x` would do to the held checkpoint. */
export function vetoAvailability(context: Context): Availability {
  const held = heldOne(context);
  if (held === null) return chooserAvailability(context, 'veto');
  const when = fires(held, context.view.now);
  return enabled(`${shortName(held.path, context.live)}, ${when}`, `(${when})`);
}

/** Returns what `f` would do to the held checkpoint. */
export function fireAvailability(context: Context): Availability {
  const held = heldOne(context);
  if (held === null) return chooserAvailability(context, 'fire');
  if (held.run) return disabled('refused: a checkpoint is running; its result decides');
  return enabled(`${shortName(held.path, context.live)} now`, 'now');
}

/** Returns the only held workspace if the last frame showed just that hold; null with a choice or no hold. */
export function heldOne({ live, seenHolds }: Context): WorkspaceView | null {
  const [only, ...others] = holdsOf(live);
  const [seen, ...more] = seenHolds;
  if (only === undefined || seen === undefined || others.length > 0 || more.length > 0) return null;
  return isSameHold(only, seen) ? heldBy(live, only) : null;
}

function chooserAvailability({ live, layout }: Context, action: 'veto' | 'fire'): Availability {
  const count = holdsOf(live).length;
  if (count === 0) return disabled(`no checkpoint is held: nothing to ${action}`);
  if (layout.type === 'line') return disabled(`${count} held: choosing one needs ${MIN_COLUMNS}x${MIN_ROWS}`);
  return enabled(`one of ${count}`, `one of ${count}`);
}

/** Returns the mode that `a` leads to: one step up, and from auto down to observe. */
export function nextMode(mode: Mode): Mode {
  switch (mode) {
    case 'observe':
      return 'hold';
    case 'hold':
      return 'auto';
    case 'auto':
      return 'observe';
  }
}

/** Returns the mode that `A` leads to; null in observe. */
export function lowerMode(mode: Mode): Mode | null {
  switch (mode) {
    case 'observe':
      return null;
    case 'hold':
      return 'observe';
    case 'auto':
      return 'hold';
  }
}

export function modeAvailability({ live }: Context): Availability {
  const next = nextMode(live.mode);
  if (next === 'observe') return enabled('to observe, at once', 'to observe');
  if (live.workspaces.length === 0) return disabled(NONE_CONFIGURED);
  return enabled(`to ${next} (asks y/n)`, `to ${next}`);
}

export function lowerAvailability({ live }: Context): Availability {
  const next = lowerMode(live.mode);
  return next === null ? disabled('observe is the lowest mode') : enabled(`to ${next}, at once`);
}

/** Returns the workspace that `t` takes over: the selected one if another engine acts on it, else one whose engine is gone. */
export function takeOverTarget({ target, live }: Context): WorkspaceView | null {
  const selected = target.workspace;
  if (selected !== null && isElsewhere(selected)) return selected;
  return live.workspaces.find(({ lock }) => lock.type === 'gone') ?? selected;
}

/** Returns what `t` would do: take over a workspace where another engine acts. */
export function takeOverAvailability(context: Context): Availability {
  const { target, live } = context;
  const workspace = takeOverTarget(context);
  if (workspace === null) return disabled(noWorkspace(target.agent, live));
  const name = shortName(workspace.path, live);
  switch (workspace.lock.type) {
    case 'none':
    case 'ours':
      return disabled(`no other engine acts on ${workspace.path}`);
    case 'other':
      return enabled(`${name}, if pid ${workspace.lock.owner.pid} is gone`);
    case 'outside':
      return enabled(`${name}, if its lock is free`);
    case 'gone':
      return enabled(`${name}, whose engine is gone`, name);
  }
}

function isElsewhere({ lock }: WorkspaceView): boolean {
  return lock.type === 'other' || lock.type === 'outside' || lock.type === 'gone';
}

function noWorkspace(agent: string | null, { workspaces }: EngineView): string {
  if (agent !== null) return `no workspace configured for agent ${agent}`;
  if (workspaces.length === 0) return NONE_CONFIGURED;
  return 'no workspace: select an agent, a conversation, or a workspace in the reactor';
}
