import type { Availability, Checkpointer } from '../../core/snapshots.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Loop } from '../loop.ts';

/** A checkpointer that is gone is asked again after this; one that answers, after the longer time, ms. */
const PROBE_GONE_MS = 10_000;
const PROBE_FINE_MS = 30_000;

export type Prober = {
  /** Asks a workspace's checkpointer whether it is there, and again after a while; null for an unknown workspace. */
  readonly probe: (workspace: string) => Promise<Availability | null>;
  readonly stop: () => void;
};

/** `onAdopted` is called when another process (`doctor --repin`) has pinned the folder, before it is asked. */
export function createProber(
  slots: ReadonlyMap<string, { readonly checkpointer: Checkpointer }>,
  clock: Clock,
  loop: Loop,
  onAdopted: (workspace: string, change: string) => Promise<void>,
): Prober {
  const again = new Map<string, () => void>();
  let stopped = false;
  const probe = async (workspace: string): Promise<Availability | null> => {
    const adopted = slots.get(workspace)?.checkpointer.pin?.adopt() ?? null;
    if (adopted !== null) await onAdopted(workspace, adopted);
    const slot = slots.get(workspace);
    if (!slot) return null;
    const availability = await slot.checkpointer.probe();
    if (stopped) return availability;
    loop.dispatch({ type: 'availability', workspace, availability });
    again.get(workspace)?.();
    const wait = availability.state === 'available' ? PROBE_FINE_MS : PROBE_GONE_MS;
    again.set(
      workspace,
      clock.after(wait, () => void probe(workspace)),
    );
    return availability;
  };
  const stop = (): void => {
    stopped = true;
    for (const takeBack of again.values()) takeBack();
  };
  return { probe, stop };
}
