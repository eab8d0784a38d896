import type { RunKind } from '../runs.ts';
import type { Outcome } from '../snapshots.ts';
import type { Mono, Ms } from '../units.ts';
import type { Decision, HistoryEntry } from './entry.ts';

/** A run as it was recorded. `process`: the number of the process that it belongs to. */
export type RecordedRun = {
  readonly process: number;
  readonly runId: string;
  readonly workspace: string;
  readonly kind: RunKind;
  readonly trigger: string | null;
  readonly mono: Mono;
  /** Null where its process ended before. */
  readonly end: { readonly outcome: Outcome; readonly tookMs: Ms } | null;
};

/** The time that a checkpoint is assumed to take where none was recorded, ms. */
const ASSUMED_MS = 1_000;

/** The parts of the record that a replay looks up. */
export type RecordedPast = {
  /** Did a timer of this key fire between two moments of a process? */
  readonly fires: (process: number, key: string, from: Mono, to: Mono) => boolean;
  /** Returns the recorded run that one of the replay stands for: for the same signal, the nearest; null for none. */
  readonly runLike: (
    run: Decision & { readonly type: 'spawn' },
    mono: Mono,
    process: number,
    taken: ReadonlySet<RecordedRun>,
  ) => RecordedRun | null;
  /** Median of how long recorded checkpoints took that succeeded, ms. */
  readonly medianMs: Ms;
};

/** Reads through entries once. */
export function recordedPast(entries: readonly HistoryEntry[]): RecordedPast {
  const fired = new Map<string, Mono[]>();
  const runs = new Map<string, RecordedRun>();
  let process = 0;
  for (const entry of entries) {
    if (entry.type === 'opening' && entry.why === 'start') process += 1;
    if (entry.type !== 'input') continue;
    const { input, mono, came } = entry;
    if (input.type === 'elapsed') push(fired, `${process} ${input.key}`, mono);
    const run = input.type === 'outcome' ? runs.get(input.runId) : undefined;
    if (input.type === 'outcome' && run?.process === process) {
      runs.set(run.runId, { ...run, end: { outcome: input.outcome, tookMs: mono - run.mono } });
    }
    for (const decision of came) {
      if (decision.type !== 'spawn') continue;
      const { runId, workspace, kind, trigger } = decision;
      runs.set(runId, { process, runId, workspace, kind, trigger, mono, end: null });
    }
  }
  const byCause = new Map<string, RecordedRun[]>();
  for (const run of runs.values()) push(byCause, causeKey(run), run);
  return {
    fires: (of, key, from, to) => (firstFrom(fired.get(`${of} ${key}`) ?? [], from) ?? Infinity) <= to,
    runLike: (run, mono, of, taken) => {
      const free = (byCause.get(causeKey(run)) ?? []).filter((one) => !taken.has(one) && one.process === of);
      return free.toSorted((a, b) => Math.abs(a.mono - mono) - Math.abs(b.mono - mono))[0] ?? null;
    },
    medianMs: median([...runs.values()].flatMap(({ end }) => (end?.outcome.type === 'created' ? [end.tookMs] : []))),
  };
}

function causeKey({ workspace, kind, trigger }: Pick<RecordedRun, 'workspace' | 'kind' | 'trigger'>): string {
  return JSON.stringify([workspace, kind, trigger]);
}

// They are in order: the monotonic clock of one process never goes back.
function firstFrom(monos: readonly Mono[], from: Mono): Mono | undefined {
  let [low, high] = [0, monos.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((monos[middle] ?? from) < from) low = middle + 1;
    else high = middle;
  }
  return monos[low];
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? ASSUMED_MS;
}
