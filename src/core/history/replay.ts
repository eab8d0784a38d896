/** Runs a recorded history through the reactor again, with the same settings or with others. */

import type { Mode } from '../signals.ts';
import type { PolicyAction, Rules } from '../rules.ts';
import type { Outcome } from '../snapshots.ts';
import type { Mono, Ms, Now } from '../units.ts';
import type { Input, RecoveredRun } from '../reactor/messages.ts';
import { restoreState, savedState } from '../reactor/persist.ts';
import { layered } from '../reactor/policy/policy.ts';
import { silenceLeft } from '../reactor/silences/silences.ts';
import { step } from '../reactor/step.ts';
import type { ReactorState, Run } from '../reactor/types.ts';
import { type Course, courseLog, isCheckpoint } from './course.ts';
import {
  type Decision,
  decisionsOf,
  type HistoryEntry,
  type InputEntry,
  type Opening,
  type RecordedInput,
} from './entry.ts';
import { type RecordedPast, recordedPast, type RecordedRun } from './past.ts';
import { restoreCore } from './snapshot.ts';

/** The settings that a replay changes; what is left out stays as it was. */
export type Overrides = {
  readonly mode?: Mode;
  readonly debounceMs?: Ms;
  readonly graceMs?: Ms;
  readonly trailing?: boolean;
  /** By type. */
  readonly policy?: Readonly<Record<string, PolicyAction>>;
};

/** A step whose decisions are others than those recorded. */
export type Mismatch = {
  readonly at: Ms;
  readonly input: RecordedInput['type'];
  readonly recorded: readonly Decision[];
  readonly replayed: readonly Decision[];
};

export type Replay = {
  readonly course: Course;
  /** Inputs that were taken. */
  readonly inputs: number;
  /** Inputs that the reactor could not take: of another version, or damaged. */
  readonly refused: number;
  /** With unchanged settings: the first few steps that decided otherwise, and how many did. */
  readonly mismatches: readonly Mismatch[];
  readonly mismatchCount: number;
  /** Ids of runs that never were, or of which no end is known: assumed to succeed after `assumedMs`. */
  readonly assumed: ReadonlySet<string>;
  readonly assumedMs: Ms;
};

/** Mismatches that are kept. */
const MAX_MISMATCHES = 20;
/** A recorded timer fires for one of the replay's that was due up to this long before it: timers are late under load, ms. */
const TIMER_LATE_MS = 2_000;
/** Events of the replay's own between two entries; a bound against a damaged history. */
const MAX_OWN_EVENTS = 10_000;

/**
 * Replays entries from the last opening at or before index `from`; the course begins at `from`. Without overrides each input
 * meets the state that it met then, so the decisions are the same. With overrides timers and checkpoints go their own way:
 * a checkpoint that was made for the same signal ends as it did then, one that never was succeeds after the median time.
 */
export function replay(entries: readonly HistoryEntry[], overrides: Overrides = {}, from = 0): Replay {
  const begin = Math.max(0, openingBefore(entries, from));
  const past = recordedPast(entries.slice(begin));
  const simulation = new Simulation(past, overrides);
  for (const [index, entry] of entries.entries()) if (index >= begin) simulation.take(entry, index >= from);
  return simulation.result();
}

/** Returns the index of the last opening up to `from`, or of the first one. */
function openingBefore(entries: readonly HistoryEntry[], from: number): number {
  for (let index = Math.min(from, entries.length - 1); index >= 0; index -= 1) {
    if (entries[index]?.type === 'opening') return index;
  }
  return entries.findIndex(({ type }) => type === 'opening');
}

/** Events of a replay that were not recorded. */
type OwnEvent = { readonly mono: Mono; readonly input: Unstamped };
type Unstamped<I = Input> = I extends Input ? Omit<I, keyof Now> : never;
type OpenRun = { readonly workspace: string; readonly run: Run };

class Simulation {
  readonly #past: RecordedPast;
  readonly #overrides: Overrides;
  /** Each input meets the state that it met then. */
  readonly #isExact: boolean;
  readonly #log = courseLog();
  readonly #taken = new Set<RecordedRun>();
  /** Recorded run → ours; and the recorded ones whose end does not come from the record. */
  readonly #links = new Map<string, string>();
  readonly #own = new Set<string>();
  readonly #assumed = new Set<string>();
  readonly #mismatches: Mismatch[] = [];
  #mismatchCount = 0;
  #inputs = 0;
  #refused = 0;
  #state: ReactorState | null = null;
  #last: Now = { at: 0, mono: 0 };
  #process = 0;
  /** Something was decided that leads to another state. */
  #hasDiverged = false;
  /** The course has begun. */
  #counts = false;
  #ends: readonly OwnEvent[] = [];
  /** Runs that were on when an earlier process of the replay ended; null where the recorded ones are its own. */
  #carried: readonly OpenRun[] | null = null;

  constructor(past: RecordedPast, overrides: Overrides) {
    this.#past = past;
    this.#overrides = overrides;
    this.#isExact = Object.keys(overrides).length === 0;
  }

  /** `counts`: it belongs to the course. */
  take(entry: HistoryEntry, counts: boolean): void {
    this.#counts = counts;
    try {
      if (entry.type === 'opening') this.#open(entry);
      if (entry.type === 'input') this.#meet(entry);
    } catch {
      // The files are ours, and each line has a checksum; another version may still have written what this one cannot take.
      this.#refused += 1;
    }
  }

  result(): Replay {
    return {
      course: this.#log.course,
      inputs: this.#inputs,
      refused: this.#refused,
      mismatches: this.#mismatches,
      mismatchCount: this.#mismatchCount,
      assumed: this.#assumed,
      assumedMs: this.#past.medianMs,
    };
  }

  #open({ why, at, mono, state: saved }: Opening): void {
    if (why === 'rotation' && this.#state !== null) return;
    if (why === 'start') {
      this.#process += 1;
      this.#ends = [];
      this.#carried = null;
    }
    const recorded = overridden(restoreCore(saved), this.#overrides);
    // Another window is another state, whatever was decided.
    const isOwn = this.#hasDiverged || this.#overrides.debounceMs !== undefined;
    if (this.#state === null || !isOwn) this.#state = recorded;
    else if (why === 'start') {
      const restored = restoreState(recorded.settings, savedState(this.#state, this.#last), { at, mono });
      this.#state = restored.state;
      this.#carried = restored.runs;
    }
    this.#last = { at, mono };
    const { mode } = this.#overrides;
    if (mode !== undefined && this.#state.mode !== mode) this.#apply({ type: 'mode', mode }, this.#last);
  }

  #meet({ at, mono, input, came }: InputEntry): void {
    // What is acknowledged is shown otherwise, and decides nothing.
    if (this.#state === null || input.type === 'ack' || input.type === 'unack') return;
    if (!this.#isExact) this.#passTo(mono);
    const unstamped = this.#inputOf(input, { at, mono });
    const mine = unstamped === null ? [] : this.#apply(unstamped, { at, mono });
    if (this.#counts) this.#inputs += 1;
    if (this.#isExact && !isSame(came.filter(isReplayed), mine.filter(isReplayed))) {
      this.#mismatchCount += 1;
      const mismatch = { at, input: input.type, recorded: came, replayed: mine };
      if (this.#mismatches.length < MAX_MISMATCHES) this.#mismatches.push(mismatch);
    }
    if (!isSame(came.flatMap(materialOf), mine.flatMap(materialOf))) this.#hasDiverged = true;
  }

  #apply(unstamped: Unstamped, now: Now): readonly Decision[] {
    if (this.#state === null) return [];
    const [next, commands] = step(this.#state, { ...unstamped, ...now });
    this.#state = next;
    this.#last = now;
    const came = decisionsOf(next, commands);
    if (this.#counts) this.#log.take(now.at, unstamped as RecordedInput, came);
    for (const decision of came) if (decision.type === 'spawn') this.#began(decision, now);
    return came;
  }

  #began(run: Decision & { readonly type: 'spawn' }, now: Now): void {
    const { workspace, runId, kind, snapshot } = run;
    const known = this.#past.runLike(run, now.mono, this.#process, this.#taken);
    if (known !== null) {
      this.#taken.add(known);
      this.#links.set(known.runId, runId);
      // It ends where it ended then.
      if (known.mono === now.mono) return;
      this.#own.add(known.runId);
    }
    if (this.#isExact || !isCheckpoint(kind)) return;
    const end = known?.end ?? null;
    if (end === null) this.#assumed.add(runId);
    const tookMs = end?.tookMs ?? this.#past.medianMs;
    const outcome = end === null ? assumedOutcome(snapshot, tookMs) : renamed(end.outcome, snapshot);
    const input = { type: 'outcome', workspace, runId, outcome } as const;
    this.#ends = [...this.#ends, { mono: now.mono + tookMs, input }];
  }

  // Timers and ends that no entry stands for, up to a moment.
  #passTo(until: Mono): void {
    for (let count = 0; count < MAX_OWN_EVENTS && this.#state !== null; count += 1) {
      const next = this.#nextOwn(this.#state);
      if (next === null || next.mono >= until) return;
      this.#ends = this.#ends.filter((end) => end !== next);
      const mono = Math.max(this.#last.mono, next.mono);
      const came = this.#apply(next.input, { at: this.#last.at + (mono - this.#last.mono), mono });
      if (came.some((decision) => materialOf(decision).length > 0)) this.#hasDiverged = true;
    }
  }

  #nextOwn(state: ReactorState): OwnEvent | null {
    const timers = [...state.timers].flatMap(([key, tag]): readonly OwnEvent[] => {
      const mono = dueOf(state, key, this.#last);
      const isRecorded = this.#past.fires(this.#process, key, mono, mono + TIMER_LATE_MS);
      return isRecorded ? [] : [{ mono, input: { type: 'elapsed', key, tag } }];
    });
    return [...timers, ...this.#ends].toSorted((a, b) => a.mono - b.mono)[0] ?? null;
  }

  // Null where it has no place in this course.
  #inputOf(input: RecordedInput, now: Now): Unstamped | null {
    if (input.type === 'elapsed') {
      const tag = this.#state?.timers.get(input.key);
      if (this.#state === null || tag === undefined) return null;
      return this.#isExact || dueOf(this.#state, input.key, now) <= now.mono ? { ...input, tag } : null;
    }
    if (input.type === 'begun' || input.type === 'outcome' || input.type === 'finished') {
      return this.#own.has(input.runId) ? null : { ...input, runId: this.#links.get(input.runId) ?? input.runId };
    }
    if (input.type === 'late_snapshot') {
      const { snapshot } = input;
      const runId = String(snapshot.metadata?.['run_id']);
      const metadata = { ...snapshot.metadata, run_id: this.#links.get(runId) ?? runId };
      return { ...input, snapshot: { ...snapshot, metadata } };
    }
    if (input.type === 'mode') return this.#overrides.mode === undefined ? input : null;
    if (input.type === 'rules') return { ...input, rules: overriddenRules(input.rules, this.#overrides) };
    if (input.type !== 'recover' || this.#carried === null) return input;
    return { type: 'recover', runs: this.#carried.map((open) => this.#recovered(open, input.runs)) };
  }

  #recovered({ workspace, run }: OpenRun, recorded: readonly RecoveredRun[]): RecoveredRun {
    const known = recorded.find((one) => this.#links.get(one.run.runId) === run.runId);
    return { workspace, run, snapshot: known === undefined ? run.snapshot : known.snapshot };
  }
}

function assumedOutcome(snapshot: string, durationMs: Ms): Outcome {
  return { type: 'created', snapshot, late: false, durationMs, exitCode: 0, stderr: '' };
}

// It was made at another moment, so it bears another name.
function renamed(outcome: Outcome, snapshot: string): Outcome {
  return outcome.type === 'created' ? { ...outcome, snapshot } : outcome;
}

/** Returns when a live timer is due. */
function dueOf({ workspaces, silences, budgets }: ReactorState, key: string, now: Now): Mono {
  const colon = key.indexOf(':');
  const [kind, name] = colon < 0 ? [key, ''] : [key.slice(0, colon), key.slice(colon + 1)];
  const workspace = workspaces.get(name);
  switch (kind) {
    case 'hold':
      return workspace?.hold?.endsMono ?? now.mono;
    case 'window':
      return workspace?.windowEndsMono ?? now.mono;
    case 'backoff':
      return workspace?.backoffEndsMono ?? now.mono;
    case 'budget':
      return budgets.get(name)?.hold?.endsMono ?? now.mono;
    default:
      return now.mono + Math.max(0, Math.min(...silences.map((silence) => silenceLeft(now, silence))));
  }
}

function overridden(state: ReactorState, overrides: Overrides): ReactorState {
  const settings = { ...state.settings, ...overriddenRules(state.settings, overrides) };
  return { ...state, settings, policy: layered({ config: settings.policy, session: state.session }) };
}

function overriddenRules(rules: Rules, { debounceMs, graceMs, trailing, policy }: Overrides): Rules {
  return {
    debounceMs: debounceMs ?? rules.debounceMs,
    timeoutMs: rules.timeoutMs,
    graceMs: graceMs ?? rules.graceMs,
    trailing: trailing ?? rules.trailing,
    policy: { ...rules.policy, types: { ...rules.policy.types, ...policy } },
    recordsPolicy: rules.recordsPolicy,
    guard: rules.guard,
    budgets: rules.budgets,
  };
}

// An update is detection's, which is not repeated.
function isReplayed({ type }: Decision): boolean {
  return type !== 'update';
}

// What a later decision may depend on; other settings word the same fate in another way.
function materialOf(decision: Decision): readonly unknown[] {
  switch (decision.type) {
    case 'fate': {
      const { kind, settled, snapshot } = decision.fate;
      return [[decision.signalId, kind, settled, snapshot]];
    }
    case 'spawn':
      return [[decision.workspace, decision.kind, decision.snapshot, decision.trigger, decision.signals]];
    case 'ended':
      return [[decision.workspace, decision.outcome]];
    case 'held':
      return [[decision.workspace, decision.trigger]];
    case 'signal':
      return [[decision.signal.signalId]];
    case 'budget':
    case 'operator':
    case 'refused':
    case 'update':
      return [];
  }
}

/** Compares JSON values; a key without a value is none. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => isSame(left[key], right[key]));
}
