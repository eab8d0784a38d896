import type { Ms } from '../../core/events.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Engine, WorkspaceView } from '../engine/types.ts';

/** Between two looks at the clock while a countdown moves, ms. */
const COUNTDOWN_MS = 100;
const SECOND_MS = 1_000;
/** States whose bar moves; the ends of the others are counted in seconds. */
const MOVING: ReadonlySet<string> = new Set(['running', 'held', 'debouncing', 'backing_off']);

/**
 * Tells the screen what time it is: on every full second, and ten times a second while a countdown moves. Brings the
 * store up to date when a countdown has run out. The returned function ends it.
 */
export function startTicker(engine: Engine, clock: Clock, tick: (now: Ms) => void): () => void {
  let takeBack: () => void;
  const next = (): void => {
    const now = clock.now();
    if (engine.store.getState().workspaces.some((workspace) => isOver(workspace, now))) engine.commit();
    tick(now);
    const moves = engine.store.getState().workspaces.some((workspace) => isMoving(workspace, now));
    takeBack = clock.after(moves ? COUNTDOWN_MS : SECOND_MS - (now % SECOND_MS), next);
  };
  takeBack = clock.after(0, next);
  return () => takeBack();
}

function isOver({ status }: WorkspaceView, now: Ms): boolean {
  return status.state !== 'running' && status.endsAt !== null && status.endsAt <= now;
}

function isMoving({ status }: WorkspaceView, now: Ms): boolean {
  return MOVING.has(status.state) && status.endsAt !== null && status.endsAt > now;
}
