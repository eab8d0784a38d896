import type { Fate, FateName, Signal } from '../signals.ts';
import type { Outcome } from '../snapshots.ts';
import type { Ms } from '../units.ts';
import type { RunKind } from '../runs.ts';
import type { Decision, HistoryEntry, RecordedInput } from './entry.ts';

/** A signal with what became of it. */
export type CourseSignal = {
  readonly signal: Signal;
  /** Null while it is held or running. */
  readonly fate: Fate | null;
};

/** A checkpoint. */
export type CourseRun = {
  readonly runId: string;
  readonly workspace: string;
  readonly kind: RunKind;
  readonly snapshot: string;
  readonly trigger: string | null;
  readonly startedAt: Ms;
  /** Null where no answer came. */
  readonly outcome: Outcome['type'] | null;
};

/** A stretch of the history: its signals and checkpoints, in order. */
export type Course = {
  readonly signals: ReadonlyMap<string, CourseSignal>;
  readonly runs: ReadonlyMap<string, CourseRun>;
};

/** Gathers a course, step by step. */
export type CourseLog = {
  readonly course: Course;
  readonly take: (at: Ms, input: RecordedInput, came: readonly Decision[]) => void;
};

/** Makes a course that is empty as yet. */
export function courseLog(): CourseLog {
  const signals = new Map<string, CourseSignal>();
  const runs = new Map<string, CourseRun>();
  const end = (runId: string, outcome: Outcome['type'], snapshot: string | null): void => {
    const run = runs.get(runId);
    if (run !== undefined) runs.set(runId, { ...run, outcome, snapshot: snapshot ?? run.snapshot });
  };
  return {
    course: { signals, runs },
    take: (at, input, came) => {
      for (const signal of raisedSignals(input, came)) signals.set(signal.signalId, { signal, fate: null });
      if (input.type === 'outcome') {
        const { outcome } = input;
        end(input.runId, outcome.type, outcome.type === 'created' ? outcome.snapshot : null);
      }
      if (input.type === 'recover') {
        for (const { run, snapshot } of input.runs) if (snapshot !== null) end(run.runId, 'created', snapshot);
      }
      for (const decision of came) {
        if (decision.type === 'fate') {
          const known = signals.get(decision.signalId);
          if (known !== undefined) signals.set(decision.signalId, { ...known, fate: decision.fate });
        }
        if (decision.type === 'spawn' && isCheckpoint(decision.kind)) {
          const { type: _, signals: __, ...run } = decision;
          runs.set(run.runId, { ...run, startedAt: at, outcome: null });
        }
      }
    },
  };
}

/** Returns the course of a stretch as it was recorded. */
export function recordedCourse(entries: readonly HistoryEntry[]): Course {
  const log = courseLog();
  for (const entry of entries) if (entry.type === 'input') log.take(entry.at, entry.input, entry.came);
  return log.course;
}

/** Returns the signals that detection raised with an input, and those that budgets did. */
export function raisedSignals(input: RecordedInput, came: readonly Decision[]): readonly Signal[] {
  if (input.type === 'raised') return input.signals;
  if (input.type === 'stop') return input.raised ?? [];
  return came.flatMap((decision) => (decision.type === 'signal' ? [decision.signal] : []));
}

/** Returns true for what makes a snapshot when it succeeds. */
export function isCheckpoint(kind: RunKind): boolean {
  return kind === 'auto' || kind === 'manual';
}

/** A signal that ended otherwise; null: it had no fate. */
export type ChangedSignal = {
  readonly signal: Signal;
  readonly recorded: Fate | null;
  readonly replayed: Fate | null;
};

/** The difference that other settings make. */
export type Comparison = {
  /** Snapshots that were made: then, and in the replay. */
  readonly checkpoints: { readonly recorded: number; readonly replayed: number };
  /** Signals by fate, those whose number differs. */
  readonly fates: readonly { readonly fate: FateName | 'open'; readonly recorded: number; readonly replayed: number }[];
  readonly signals: readonly ChangedSignal[];
};

/** Compares two courses of the same signals. */
export function compareCourses(recorded: Course, replayed: Course): Comparison {
  const [before, after] = [countFates(recorded), countFates(replayed)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return {
    checkpoints: { recorded: countCreated(recorded), replayed: countCreated(replayed) },
    fates: names
      .map((fate) => ({ fate, recorded: before.get(fate) ?? 0, replayed: after.get(fate) ?? 0 }))
      .filter((row) => row.recorded !== row.replayed),
    signals: [...recorded.signals.values()].flatMap(({ signal, fate }) => {
      const other = replayed.signals.get(signal.signalId)?.fate ?? null;
      return nameOf(fate) === nameOf(other) ? [] : [{ signal, recorded: fate, replayed: other }];
    }),
  };
}

function countCreated({ runs }: Course): number {
  return [...runs.values()].filter(({ outcome }) => outcome === 'created').length;
}

function countFates({ signals }: Course): ReadonlyMap<FateName | 'open', number> {
  const counts = new Map<FateName | 'open', number>();
  for (const { fate } of signals.values()) counts.set(nameOf(fate), (counts.get(nameOf(fate)) ?? 0) + 1);
  return counts;
}

function nameOf(fate: Fate | null): FateName | 'open' {
  return fate?.settled === true ? fate.kind : 'open';
}
