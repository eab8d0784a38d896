import type { Ms } from '../../core/events.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Engine, WorkspaceView } from '../../engine/types.ts';

/** The screen, as far as it is told what time it is. */
export type Ticked = {
  readonly tick: (now: Ms) => void;
  /** How long it may stand as it is, ms. */
  readonly pace: (now: Ms) => Ms;
  /** Calls back whenever something on it has changed; the returned function ends it. */
  readonly onChange: (listener: () => void) => () => void;
};

/**
 * Tells the screen what time it is, as often as it needs to know, and brings the store up to date when a countdown has
 * run out. The returned function ends it.
 */
export function startTicker(engine: Engine, clock: Clock, screen: Ticked): () => void {
  let takeBack = (): void => undefined;
  let dueAt = 0;
  const plan = (now: Ms): void => {
    const delay = screen.pace(now);
    dueAt = now + delay;
    takeBack = clock.after(delay, next);
  };
  const next = (): void => {
    const now = clock.now();
    if (engine.store.getState().workspaces.some((workspace) => isOver(workspace, now))) engine.commit();
    screen.tick(now);
    plan(now);
  };
  const hasten = (): void => {
    const now = clock.now();
    if (now + screen.pace(now) >= dueAt) return;
    takeBack();
    plan(now);
  };
  const forget = screen.onChange(hasten);
  plan(clock.now());
  return () => {
    forget();
    takeBack();
  };
}

function isOver({ status }: WorkspaceView, now: Ms): boolean {
  return status.state !== 'running' && status.endsAt !== null && status.endsAt <= now;
}
