import { MIN_COLUMNS, MIN_ROWS } from '../layout.ts';
import { wordAvailability } from '../../../wording/checkpointers.ts';
import { heldBy, holdsOf, isSameHold, leftOf } from '../../views/holds/rows.ts';
import {
  type ScreenAction,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  viewAction,
} from '../bindings.ts';
import { chooseHold } from '../../views/holds/view.ts';
import { ACKNOWLEDGE } from '../../views/acks/view.ts';
import { newSilenceForm } from '../../views/silences/form.ts';
import { seenHoldsOf, silenceScopes } from '../../views/silences/scopes.ts';
import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import { hostOfWorkspace, shortName } from '../../views/workspaces/names.ts';
import { SHELL } from './guests.ts';
import { LOWER_MODE, MODE, NONE_CONFIGURED } from './mode.ts';
import { PAUSE } from './pause.ts';

/** The bindings that send intents to the engine. */
export const ACTING: readonly Binding[] = [
  {
    keys: ['c'],
    kind: 'act',
    id: 'checkpoint',
    label: 'checkpoint',
    help: 'take a checkpoint now',
    footer: true,
    availability: checkpointAvailability,
    run: ({ target: { workspace, agent, conversationId } }) =>
      workspace === null ? [] : [{ type: 'checkpoint', workspace: workspace.path, agent, conversationId }],
  },
  ACKNOWLEDGE,
  {
    keys: ['s'],
    kind: 'act',
    id: 'silence',
    label: 'silence',
    help: 'silence: no checkpoint',
    footer: true,
    availability: () => enabled(),
    run: (context) =>
      viewAction({
        type: 'overlay',
        overlay: { type: 'silence', form: newSilenceForm(silenceScopes(context), seenHoldsOf(context.live)) },
      }),
  },
  {
    keys: ['S', 'u'],
    kind: 'act',
    id: 'silences',
    label: 'silences',
    help: 'silences: end, extend',
    availability: ({ live }) =>
      live.silences.length === 0 ? disabled('no active silence') : enabled(`${live.silences.length} active`),
    run: () => viewAction({ type: 'overlay', overlay: { type: 'silences' } }),
  },
  {
    keys: ['x'],
    kind: 'act',
    id: 'veto',
    label: 'veto',
    help: 'veto the held checkpoint',
    footer: true,
    availability: vetoAvailability,
    run: (context) => toHeld(context, 'veto'),
  },
  {
    keys: ['f'],
    kind: 'act',
    id: 'fire',
    label: 'fire',
    help: 'fire the held checkpoint now',
    footer: true,
    availability: fireAvailability,
    run: (context) => toHeld(context, 'fire'),
  },
  PAUSE,
  MODE,
  LOWER_MODE,
  {
    keys: ['t'],
    kind: 'act',
    id: 'take-over',
    label: 'take over',
    help: 'take over from a dead engine',
    footer: true,
    availability: takeOverAvailability,
    run: (context) => {
      const workspace = takeOverTarget(context);
      return workspace === null ? [] : [{ type: 'take_over', workspace: workspace.path }];
    },
  },
  SHELL,
];

function toHeld(context: Context, type: 'veto' | 'fire'): readonly ScreenAction[] {
  const held = heldOne(context);
  if (held === null) return chooseHold(type, holdsOf(context.live));
  return held.hold === null ? [] : [{ type, workspace: held.path, heldSince: held.hold.startedMono }];
}

/** Returns what `c` would do, by the rules for a manual checkpoint. */
export function checkpointAvailability({ target, view, live }: Context): Availability {
  const { workspace } = target;
  if (workspace === null) return disabled(noWorkspace(target.agent, live));
  const { run, queuedManual } = workspace;
  if (run?.kind === 'manual') return disabled('refused: a manual one is running');
  if (queuedManual) return disabled('refused: a manual one is queued');
  const name = nameOnHost(workspace.path, live);
  if (run !== null) {
    const after = run.kind === 'baseline' ? 'the first snapshot' : 'this one';
    return enabled('', '', `one more of ${name} after ${after}${ofTime(workspace, view.now)}`);
  }
  const { state } = workspace.availability;
  const why = (): string => wordAvailability(workspace.availability);
  if (state !== 'available') return enabled(`${name} (currently: ${why()})`, `${name} (currently ${state})`);
  if (workspace.lock.type === 'other') return enabled(`${name} (pid ${workspace.lock.owner.pid} also acts here)`, name);
  if (workspace.failures > 0) return enabled('', '', `try ${name} again`);
  const how = particular(workspace, view.now);
  return how === null ? enabled(name, name) : enabled(`${name} (${how})`, name);
}

// In a fleet, a name alone could be of any host.
function nameOnHost(path: string, live: EngineView): string {
  const host = hostOfWorkspace(path) ?? live.attachment?.host;
  return `${shortName(path, live)}${host === undefined ? '' : ` on ${host}`}`;
}

// The special condition of a checkpoint requested now; null without one.
function particular({ hold, windowEndsAt }: WorkspaceView, now: Ms): string | null {
  if (hold) return 'instead of the held one';
  return windowEndsAt !== null && windowEndsAt > now ? 'bypasses the debounce' : null;
}

function ofTime({ run }: WorkspaceView, now: Ms): string {
  if (run === null || run.deadlineAt === null) return '';
  const passed = Math.floor(Math.max(0, now - run.startedAt) / 1_000);
  return ` (${passed} s of ${Math.round((run.deadlineAt - run.startedAt) / 1_000)} s)`;
}

/** Returns what `x` would do to the held checkpoint. */
export function vetoAvailability(context: Context): Availability {
  const held = heldOne(context);
  if (held === null) return chooserAvailability(context, 'veto');
  const name = shortName(held.path, context.live);
  const when = leftOf(held, context.view.now);
  const host = hostOfWorkspace(held.path) ?? context.live.attachment?.host;
  const on = ofEngine(context.live, ' on ', host);
  return enabled(`${name}${on}, ${when} left`, host === undefined ? `${name}, ${when}` : `${name}${on}, ${when}`);
}

/** Names the engine in another process, or its host in a fleet; empty for our own. */
export function ofEngine({ attachment }: Pick<EngineView, 'attachment'>, before: string, host?: string): string {
  if (host !== undefined) return `${before}${host}`;
  return attachment === undefined ? '' : `${before}pid ${attachment.engine.pid}`;
}

/** Returns what `f` would do to the held checkpoint. */
export function fireAvailability(context: Context): Availability {
  const held = heldOne(context);
  if (held === null) return chooserAvailability(context, 'fire');
  if (held.run) return disabled('refused: a checkpoint is running; its result decides');
  return enabled('it now', 'now');
}

/** Returns the only held workspace if the last frame showed just that hold; null with a choice or no hold. */
export function heldOne({ live, seenHolds }: Context): WorkspaceView | null {
  const [only, ...others] = holdsOf(live);
  const [seen, ...more] = seenHolds;
  if (only === undefined || seen === undefined || others.length > 0 || more.length > 0) return null;
  return isSameHold(only, seen) ? heldBy(live, only) : null;
}

function chooserAvailability({ live, layout, view }: Context, action: 'veto' | 'fire'): Availability {
  const count = holdsOf(live).length;
  if (count === 0) return disabled(`no checkpoint is held: nothing to ${action}`);
  if (layout.type === 'line') return disabled(`${count} held: choosing one needs ${MIN_COLUMNS}x${MIN_ROWS}`);
  if (action === 'fire') return enabled(`one of ${count}`, `one of ${count}`);
  const named = holdsOf(live).flatMap((hold) => heldBy(live, hold) ?? []);
  const all = named.map((held) => `${nameOnHost(held.path, live)} ${leftOf(held, view.now)}`).join(', ');
  return enabled(`one of ${count}: ${all}`, `one of ${count}`);
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
  return 'no workspace: select an agent, a conversation, or a workspace in the automation';
}
