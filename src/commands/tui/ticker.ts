import type { Ms } from '../../core/units.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Engine, WorkspaceView } from '../../engine/types.ts';

/** The two clocks drift apart by less than this between two commits unless the wall clock is set, ms. */
const CLOCK_SET_MS = 1_000;

/** The screen, as far as it shows times. */
export type Ticked = {
  readonly tick: (now: Ms) => void;
  /** The longest time that it may stay as it is, ms. */
  readonly pace: (now: Ms) => Ms;
  /** Calls back whenever something on it has changed; the returned function ends it. */
  readonly onChange: (listener: () => void) => () => void;
};

/**
 * Ticks the screen's clock, as often as what it shows changes, and brings the store up to date when a countdown has
 * run out. The returned function ends it.
 */
export function startTicker(engine: Pick<Engine, 'store' | 'commit'>, clock: Clock, screen: Ticked): () => void {
  let cancel = (): void => undefined;
  let dueMono = 0;
  const plan = (now: Ms): void => {
    const delay = screen.pace(now);
    dueMono = clock.mono() + delay;
    cancel = clock.after(delay, next);
  };
  const next = (): void => {
    const now = clock.now();
    const { workspaces, at, mono } = engine.store.getState();
    // The ends that are shown are by the wall clock: where that was set, all of them are others.
    const wasSet = Math.abs(now - clock.mono() - (at - mono)) > CLOCK_SET_MS;
    if (wasSet || workspaces.some((workspace) => isOver(workspace, now))) engine.commit();
    screen.tick(now);
    plan(now);
  };
  const hasten = (): void => {
    const now = clock.now();
    if (clock.mono() + screen.pace(now) >= dueMono) return;
    cancel();
    plan(now);
  };
  const forget = screen.onChange(hasten);
  plan(clock.now());
  return () => {
    forget();
    cancel();
  };
}

function isOver({ status }: WorkspaceView, now: Ms): boolean {
  return status.state !== 'running' && status.endsAt !== null && status.endsAt <= now;
}
