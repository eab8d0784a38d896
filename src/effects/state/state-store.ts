import * as z from 'zod';
import type { Owner } from '../../core/runs.ts';
import type { Fate, Signal } from '../../core/signals.ts';
import type { Ms } from '../../core/units.ts';
import { MAX_SAVED_SIGNALS, SIGNAL_TTL_MS } from '../../core/limits.ts';
import type { SavedEntry, SavedSignal } from '../../core/reactor/persist.ts';
import type { Journal } from './journal.ts';
import { callSignalId, isUniqueCallId } from '../../core/reactor/signals.ts';
import { aliasOf, parseSignal, savedSignals, writtenSignal } from './saved-state.ts';

/** The core's state on its way into the journal: bounded by count and age. */
export type StateStore = {
  readonly record: (entries: readonly SavedEntry[]) => void;
  /** Takes out the signals that settled over an hour ago. */
  readonly forget: (at: Ms) => void;
  readonly unprinted: Unprinted;
};

/**
 * The settled fates that may not have reached standard output: what runs that print them have settled since 0.2. They are
 * known as long as their signals are kept; of others only the number is.
 */
export type Unprinted = {
  /**
   * Takes what earlier runs left, oldest first, and how many were lost, which is reported once. Nothing while another process
   * writes here: it prints its own.
   */
  readonly take: () => { readonly fates: readonly SettledSignal[]; readonly lost: number };
  /** These have left the process. */
  readonly markPrinted: (signalIds: readonly string[]) => void;
  /**
   * The process that settles this signal instead of us, null where that is us: one state folder has one settled fate for
   * each signal, of the process that writes there.
   */
  readonly settledBy: (signalId: string) => Owner | null;
  /**
   * Calls back when that process is gone and the folder ours: with the fates that it settled and may not have printed,
   * and with ours of the signals that it never knew.
   */
  readonly onAdopted: (listener: (fates: readonly SettledSignal[]) => void) => void;
  /**
   * Has an earlier run printed this, or may it have? `id`: a signal's, or any name of what is no signal. Asked of history,
   * whose fates are not kept.
   */
  readonly mayRepeat: (id: string) => boolean;
  /** This has been printed; the newest `MAX_SAVED_SIGNALS` are remembered. */
  readonly notePrinted: (id: string) => void;
  /** Returns how long our end has to wait for the other process to learn of what we settled, ms: what it does not know then is ours. */
  readonly onTheirWayMs: (at: Ms) => Ms;
  /** Our fates of signals that the other process does not know, for the end of this one; `at` is now. */
  readonly orphaned: (at: Ms) => readonly SettledSignal[];
};

export type SettledSignal = { readonly signal: Signal; readonly fate: Fate };

const SIGNAL = 'signal:';
/** Beside a signal that settled: its line has not been printed yet. */
const UNPRINTED = 'unprinted:';
/** Before the id of what has been printed; and: the oldest of these were forgotten. */
const PRINTED = 'printed:';
const PRINTED_CUT = 'printed-cut';
/** The number of these that were dropped before they were printed. */
const LOST = 'lost';
/**
 * The age of a signal that we settled up to which it may still be on its way to the process that settles it instead of us, ms: it reads the same
 * sources, at most a second later. By the time of settling: agentsight writes a row 5 s after its call.
 */
const ON_ITS_WAY_MS = 1_500;
/** Signals that go together: finding the oldest of a Map costs more the more were taken out before it. */
const EVICTED_AT_ONCE = 1_000;

/**
 * `prints`: what settles from now on has to be printed (headless), or is shown otherwise. `feeds`: the URIs of this run's
 * sources, kept with each signal that it raises.
 */
export function createStateStore(
  journal: Journal,
  { prints, feeds = () => [] }: { readonly prints: boolean; readonly feeds?: () => readonly string[] },
): StateStore {
  const printed = printedIds(journal);
  const earlier = journal.shared ? [] : savedSignals(journal).flatMap(settledOf).toSorted(bySettling);
  /** The time when each settled, in that order. */
  const settled = new Map<string, Ms>(earlier.map(({ signal, fate }) => [signal.signalId, fate.at]));

  const isUnprinted = (signalId: string): boolean => journal.get(UNPRINTED + signalId) !== undefined;
  const drop = (signalId: string): void => {
    settled.delete(signalId);
    elsewhere.forget(signalId);
    forgetForOldVersion(journal, signalId);
    journal.put(`signal:${signalId}`, null);
    if (!isUnprinted(signalId)) return;
    journal.put(UNPRINTED + signalId, null);
    journal.put(LOST, lostIn(journal) + 1);
  };
  const bound = (): void => {
    if (settled.size <= MAX_SAVED_SIGNALS + EVICTED_AT_ONCE) return;
    for (const signalId of settled.keys()) {
      if (settled.size <= MAX_SAVED_SIGNALS) return;
      drop(signalId);
    }
  };
  const elsewhere = settledElsewhere(journal, { prints, settled, isUnprinted });
  const settle = (saved: SettledSignal): void => {
    const { signalId } = saved.signal;
    if (settled.has(signalId)) return;
    settled.set(signalId, saved.fate.at);
    // Before the fate itself: one that is known to be settled is known to be unprinted.
    if (prints && !elsewhere.withhold(saved)) journal.put(UNPRINTED + signalId, true);
  };
  return {
    record: (entries) => {
      for (const { key, value } of entries) {
        if (isSignal(value)) {
          if (elsewhere.isForeign(value.signal.signalId)) continue;
          for (const one of settledOf(value)) settle(one);
        }
        journal.put(key, isSignal(value) ? writtenSignal({ ...value, feeds: value.feeds ?? someOf(feeds()) }) : value);
        if (isSignal(value)) recordForOldVersion(journal, value);
      }
      bound();
    },
    forget: (at) => {
      for (const [signalId, settledAt] of settled) {
        // They settled one after the other, give or take a step of the clock.
        if (settledAt >= at - SIGNAL_TTL_MS) return;
        drop(signalId);
      }
    },
    unprinted: {
      take: () => {
        const lost = lostIn(journal);
        if (lost > 0) journal.put(LOST, null);
        return { fates: earlier.filter(({ signal }) => isUnprinted(signal.signalId)), lost };
      },
      markPrinted: (signalIds) => {
        for (const signalId of signalIds) {
          printed.note(signalId);
          if (isUnprinted(signalId)) journal.put(UNPRINTED + signalId, null);
        }
      },
      mayRepeat: printed.isOfEarlierRun,
      notePrinted: printed.note,
      settledBy: elsewhere.settledBy,
      onAdopted: elsewhere.onAdopted,
      orphaned: elsewhere.orphaned,
      onTheirWayMs: elsewhere.onTheirWayMs,
    },
  };
}

/** Returns what has been printed, by its id: a settled fate is forgotten after an hour, and history has none. */
function printedIds(journal: Journal) {
  const ids = new Set(journal.entries(PRINTED).map(([key]) => key.slice(PRINTED.length)));
  const earlier: ReadonlySet<string> = new Set(ids);
  // More was printed than is remembered: anything may have been.
  const isCut = journal.get(PRINTED_CUT) === true;
  return {
    isOfEarlierRun: (id: string): boolean => isCut || earlier.has(id),
    note: (id: string): void => {
      if (ids.has(id)) return;
      ids.add(id);
      journal.put(PRINTED + id, true);
      if (ids.size <= MAX_SAVED_SIGNALS + EVICTED_AT_ONCE) return;
      journal.put(PRINTED_CUT, true);
      for (const oldest of ids) {
        if (ids.size <= MAX_SAVED_SIGNALS) return;
        ids.delete(oldest);
        journal.put(PRINTED + oldest, null);
      }
    },
  };
}

type Elsewhere = Pick<Unprinted, 'settledBy' | 'onAdopted' | 'orphaned' | 'onTheirWayMs'> & {
  /** Keeps a fate back while another process writes here; false where none does. */
  readonly withhold: (saved: SettledSignal) => boolean;
  /** Was it settled by a process that is gone, before we have settled it? Then what ours becomes is not its fate. */
  readonly isForeign: (signalId: string) => boolean;
  readonly forget: (signalId: string) => void;
};

type Ours = {
  readonly prints: boolean;
  readonly settled: Map<string, Ms>;
  readonly isUnprinted: (signalId: string) => boolean;
};

/** Keeps our fates and those of another process on the same folder apart, so that each signal has one. */
function settledElsewhere(journal: Journal, { prints, settled, isUnprinted }: Ours): Elsewhere {
  /** Ours while another process writes here; the newest. */
  const withheld = new Map<string, SettledSignal & { readonly owner: Owner }>();
  const foreign = new Map<string, Owner>();
  const listeners: ((fates: readonly SettledSignal[]) => void)[] = [];

  const adopt = (left: ReadonlyMap<string, unknown>, owner: Owner): readonly SettledSignal[] => {
    // What was settled or left open there stays so: what is open is settled at the next start, like that of any killed run.
    for (const [key, value] of left) if (key.startsWith(SIGNAL)) journal.put(key, value);
    const theirs = [...left].flatMap(([key, value]) => (key.startsWith(SIGNAL) ? settledIn(value) : []));
    for (const { signal } of theirs) if (!settled.has(signal.signalId)) foreign.set(signal.signalId, owner);
    const ours = [...withheld.values()].filter(({ signal }) => !left.has(SIGNAL + signal.signalId));
    withheld.clear();
    const all = [...settled, ...theirs.map(({ signal, fate }) => [signal.signalId, fate.at] as const)];
    settled.clear();
    for (const [signalId, at] of all.toSorted(([, a], [, b]) => a - b)) settled.set(signalId, at);
    if (!prints) return [];
    for (const { signal } of ours) journal.put(UNPRINTED + signal.signalId, true);
    return [...theirs.filter(({ signal }) => isUnprinted(signal.signalId)), ...ours].toSorted(bySettling);
  };
  journal.onAdopted((left, owner) => {
    const fates = adopt(left, owner);
    for (const listener of listeners) listener(fates);
  });
  const unknownThere = (): readonly SettledSignal[] => {
    const known = withheld.size === 0 ? undefined : journal.other()?.read();
    return [...withheld.values()].filter(({ signal }) => known?.has(SIGNAL + signal.signalId) !== true);
  };
  return {
    withhold: (saved) => {
      const owner = journal.other()?.owner;
      if (owner === undefined) return false;
      withheld.set(saved.signal.signalId, { ...saved, owner });
      const [oldest] = withheld.keys();
      if (withheld.size > MAX_SAVED_SIGNALS && oldest !== undefined) withheld.delete(oldest);
      return true;
    },
    isForeign: (signalId) => foreign.has(signalId),
    forget: (signalId) => void foreign.delete(signalId),
    settledBy: (signalId) => withheld.get(signalId)?.owner ?? foreign.get(signalId) ?? null,
    onAdopted: (listener) => void listeners.push(listener),
    orphaned: (at) => unknownThere().filter(({ fate }) => at - fate.at >= ON_ITS_WAY_MS),
    onTheirWayMs: (at) => Math.max(0, ...unknownThere().map(({ fate }) => ON_ITS_WAY_MS - (at - fate.at))),
  };
}

/**
 * 0.1.0 makes the id of the call's id alone: where ours is another, it finds its own beside it, and so neither settles the
 * signal again nor acts for it. Ours passes over what is marked so. For one release.
 */
function recordForOldVersion(journal: Journal, saved: SavedSignal): void {
  const oldId = oldIdOf(saved.signal);
  if (oldId === null) return;
  const renamed = { ...saved, signal: { ...saved.signal, signalId: oldId } };
  const value = { ...writtenSignal(renamed), aliasOf: saved.signal.signalId };
  journal.put(`signal:${oldId}`, value);
}

function forgetForOldVersion(journal: Journal, signalId: string): void {
  const saved = journal.get(`signal:${signalId}`);
  const callId = callIdSchema.safeParse(saved).data?.signal.callId ?? null;
  const oldId = callId === null ? null : oldIdOf({ signalId, callId });
  // A later call with the same id may have replaced it.
  if (oldId !== null && aliasOf(journal.get(`signal:${oldId}`)) === signalId) journal.put(`signal:${oldId}`, null);
}

function oldIdOf({ signalId, callId }: Pick<Signal, 'signalId' | 'callId'>): string | null {
  if (callId === null || isUniqueCallId(callId)) return null;
  const oldId = callSignalId({ callId, startNs: null });
  return oldId === signalId ? null : oldId;
}

const callIdSchema = z.object({ signal: z.object({ callId: z.string().nullable() }) });

function settledIn(value: unknown): readonly SettledSignal[] {
  const saved = aliasOf(value) === null ? parseSignal(value) : null;
  return saved === null ? [] : settledOf(saved);
}

function settledOf({ signal, fate }: SavedSignal): readonly SettledSignal[] {
  return fate?.settled === true ? [{ signal, fate }] : [];
}

function bySettling(a: SettledSignal, b: SettledSignal): number {
  return a.fate.at - b.fate.at;
}

function lostIn(journal: Journal): number {
  const lost = journal.get(LOST);
  return typeof lost === 'number' && Number.isSafeInteger(lost) && lost > 0 ? lost : 0;
}

/** Sources that are kept with a signal, at most. */
const MAX_FEEDS = 16;

function someOf(feeds: readonly string[]): readonly string[] {
  return feeds.slice(0, MAX_FEEDS);
}

function isSignal(value: SavedEntry['value']): value is SavedSignal {
  return 'signal' in value;
}
