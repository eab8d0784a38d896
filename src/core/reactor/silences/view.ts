import type { Silence } from '../../signals.ts';
import type { Ms, Now } from '../../units.ts';
import type { ActiveSilence, SignalRecord } from '../types.ts';
import { shownSilence, silenceLeft } from './silences.ts';

/** Signals that are named of one silence. */
const MAX_WITHHELD = 100;

/** A silence as an operator reads it. */
export type SilenceView = {
  readonly silence: Silence;
  readonly leftMs: Ms;
  /** Ids of the signals that it held back and that are still remembered, newest first; `silence.heldBack` counts all. */
  readonly withheld: readonly string[];
  /** Checkpoints that the remembered ones would have come to, by the debounce. */
  readonly wouldHaveFired: number;
};

/** Each silence with its countdown and what it held back. */
export function silenceViews(
  silences: readonly ActiveSilence[],
  signals: readonly SignalRecord[],
  { debounceMs, trailing }: { readonly debounceMs: Ms; readonly trailing: boolean },
  now: Now,
): readonly SilenceView[] {
  const suppressed = signals.filter(({ fate }) => fate?.kind === 'suppressed');
  return silences.map((silence) => {
    const held = suppressed.filter(({ why }) => why?.silenceId === silence.id).toSorted((a, b) => b.seq - a.seq);
    return {
      silence: shownSilence(now, silence),
      leftMs: Math.max(0, silenceLeft(now, silence)),
      withheld: held.slice(0, MAX_WITHHELD).map(({ signal }) => signal.signalId),
      wouldHaveFired: countCheckpoints(held.map(firedOf), debounceMs, trailing),
    };
  });
}

type Fired = { readonly at: Ms; readonly workspace: string };

function firedOf({ signal, fate }: SignalRecord): Fired {
  return { at: fate?.at ?? signal.at, workspace: signal.workspace ?? '' };
}

/**
 * Returns the number of checkpoints for signals at these times, if each is made at once: the first of a workspace opens a window,
 * and what falls into it makes one more at its end, which opens the next (`trailing`), or none.
 */
function countCheckpoints(signals: readonly Fired[], debounceMs: Ms, trailing: boolean): number {
  const windows = new Map<string, { readonly endsAt: Ms; readonly trails: boolean }>();
  let count = 0;
  for (const { at, workspace } of signals.toSorted((a, b) => a.at - b.at)) {
    let window = windows.get(workspace);
    if (window?.trails && at >= window.endsAt) {
      count += 1;
      window = { endsAt: window.endsAt + debounceMs, trails: false };
    }
    if (!window || at >= window.endsAt) {
      count += 1;
      window = { endsAt: at + debounceMs, trails: false };
    } else window = { ...window, trails: trailing };
    windows.set(workspace, window);
  }
  return count + [...windows.values()].filter(({ trails }) => trails).length;
}
