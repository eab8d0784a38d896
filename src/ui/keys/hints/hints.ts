import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import type { Mode } from '../../../core/signals.ts';
import type { Ms } from '../../../core/units.ts';
import { MIN_COLUMNS, MIN_ROWS } from '../../../core/limits.ts';
import { heldBy, holdsOf, isSameHold } from '../../derive/workspace/holds.ts';
import { placeName } from '../../derive/workspace/place-name.ts';
import { left } from '../../format/time.ts';
import { can, cannot, type Context, type Hint } from '../types.ts';

const NONE_CONFIGURED = 'no workspace is configured; start with --workspace DIR';

/** What `c` would do, by the rules for an operator's checkpoint. */
export function checkpointHint({ target, view, live }: Context): Hint {
  const { workspace } = target;
  if (workspace === null) return cannot(noWorkspace(target.agent, live));
  const { run, queuedManual } = workspace;
  if (run?.kind === 'manual') return cannot('refused, a manual one is running');
  if (queuedManual) return cannot('refused, a manual one is queued');
  const name = placeName(workspace.workspace, live);
  const how = particular(workspace, view.now);
  if (how !== null) return can(`of ${name} (${how})`, `(${how})`);
  const { state, reason } = workspace.availability;
  return state === 'available' ? can(`of ${name}`) : can(`of ${name} (so far: ${reason})`, `(so far ${state})`);
}

// What is special about a checkpoint that is asked for now; null where nothing is.
function particular({ run, hold, windowEndsAt, availability }: WorkspaceView, now: Ms): string | null {
  if (run) return run.kind === 'baseline' ? 'after the first snapshot' : 'after the running one';
  if (availability.state !== 'available') return null;
  if (hold) return 'instead of the held one';
  return windowEndsAt !== null && windowEndsAt > now ? 'bypasses the debounce' : null;
}

/** What `x` would do to the held checkpoint. */
export function vetoHint(context: Context): Hint {
  const held = heldOne(context);
  if (held === null) return chooserHint(context, 'veto');
  const when = fires(held, context.view.now);
  return can(`${placeName(held.workspace, context.live)}, ${when}`, `(${when})`);
}

/** What `f` would do to the held checkpoint. */
export function fireHint(context: Context): Hint {
  const held = heldOne(context);
  if (held === null) return chooserHint(context, 'fire');
  if (held.run) return cannot('refused, a checkpoint is running and decides');
  return can(`${placeName(held.workspace, context.live)} now`, 'now');
}

/** The only held workspace, where the last frame showed just that hold; null where there is a choice, or no hold. */
export function heldOne({ live, seenHolds }: Context): WorkspaceView | null {
  const [only, ...others] = holdsOf(live);
  const [seen, ...more] = seenHolds;
  if (only === undefined || seen === undefined || others.length > 0 || more.length > 0) return null;
  return isSameHold(only, seen) ? heldBy(live, only) : null;
}

function chooserHint({ live, layout }: Context, action: 'veto' | 'fire'): Hint {
  const count = holdsOf(live).length;
  if (count === 0) return cannot(`nothing is held: there is nothing to ${action}`);
  if (layout.type === 'line') return cannot(`${count} held: choosing one needs ${MIN_COLUMNS}x${MIN_ROWS}`);
  return can(`one of ${count}`, `one of ${count}`);
}

/** When a held checkpoint fires. */
export function fires({ hold }: WorkspaceView, now: Ms): string {
  return due(hold?.endsAt ?? 0, now);
}

/** What `a` leads to: one step up the ladder, and from its top down to observe. */
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

/** What `A` leads to; null at the bottom of the ladder. */
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

export function modeHint({ live }: Context): Hint {
  const next = nextMode(live.mode);
  if (next === 'observe') return can('to observe, at once', 'to observe');
  if (live.workspaces.length === 0) return cannot(NONE_CONFIGURED);
  return can(`to ${next} (asks y/n)`, `to ${next}`);
}

export function lowerHint({ live }: Context): Hint {
  const next = lowerMode(live.mode);
  return next === null ? cannot('observe is the lowest mode') : can(`to ${next}, at once`);
}

/** The workspace that `t` takes over: the selected one where another engine acts, else one whose engine is gone. */
export function takeOverTarget({ target, live }: Context): WorkspaceView | null {
  const selected = target.workspace;
  if (selected !== null && isElsewhere(selected)) return selected;
  return live.workspaces.find(({ lock }) => lock.type === 'gone') ?? selected;
}

/** What `t` would do: take over a workspace where another engine acts. */
export function takeOverHint(context: Context): Hint {
  const { target, live } = context;
  const workspace = takeOverTarget(context);
  if (workspace === null) return cannot(noWorkspace(target.agent, live));
  const name = placeName(workspace.workspace, live);
  switch (workspace.lock.type) {
    case 'none':
    case 'ours':
      return cannot(`no other engine acts on ${workspace.workspace}`);
    case 'other':
      return can(`${name}, if pid ${workspace.lock.owner.pid} is gone`);
    case 'outside':
      return can(`${name}, if it is held no more`);
    case 'gone':
      return can(`${name}, whose engine is gone`, name);
  }
}

function isElsewhere({ lock }: WorkspaceView): boolean {
  return lock.type === 'other' || lock.type === 'outside' || lock.type === 'gone';
}

function noWorkspace(agent: string | null, { workspaces }: EngineView): string {
  if (agent !== null) return `no workspace is configured for agent ${agent}`;
  if (workspaces.length === 0) return NONE_CONFIGURED;
  return 'no workspace: select an agent, a conversation, or a workspace in the reactor';
}

function due(endsAt: Ms, now: Ms): string {
  return endsAt > now ? `fires in ${left(endsAt, now)}` : 'due now';
}
