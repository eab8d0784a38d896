import * as z from 'zod';
import type { Fate, Ms, Signal } from '../../core/events.ts';
import {
  isExpired,
  type SavedEpisode,
  type SavedSignal,
  type SavedSilence,
  type SavedState,
  type SavedWorkspace,
} from '../../core/reactor/persist.ts';
import { MAX_UNPRINTED } from '../../core/limits.ts';
import type { Run, Why } from '../../core/reactor/types.ts';
import type { Journal } from './journal.ts';

const severity = z.enum(['critical', 'high', 'medium', 'low']);
const digits = z.string().regex(/^-?\d{1,20}$/u);

const signalSchema: z.ZodType<Signal> = z.object({
  signalId: z.string(),
  signal: z.string(),
  origin: z.enum(['call', 'interruption', 'derived', 'api']),
  severity,
  agent: z.string().nullable(),
  processName: z.string().nullable(),
  pid: z.number().nullable(),
  conversationId: z.string().nullable(),
  callId: z.string().nullable(),
  interruptionId: z.string().nullable(),
  workspace: z.string().nullable(),
  at: z.number(),
  historical: z.boolean(),
  downgraded: z.string().nullable(),
  cause: z.string(),
});

const fateSchema: z.ZodType<Fate> = z.object({
  fate: z.enum([
    'checkpointed',
    'coalesced',
    'failed',
    'timed_out',
    'suppressed',
    'vetoed',
    'disarmed',
    'unavailable',
    'breaker_open',
    'guarded',
    'observer',
    'dropped',
    'flagged',
    'ignored',
    'no_workspace',
    'historical',
    'stopped',
  ]),
  settled: z.boolean(),
  reason: z.string(),
  at: z.number(),
  snapshot: z.string().nullable(),
  durationMs: z.number().nullable(),
});

const whySchema: z.ZodType<Why> = z.object({
  at: z.number(),
  mode: z.enum(['observe', 'hold', 'auto']),
  policy: z.object({
    action: z.enum(['checkpoint', 'flag', 'ignore']),
    rule: z.enum(['type', 'severity', 'default']),
    from: z.enum(['session', 'config', 'default']),
  }),
  debounceMs: z.number(),
  graceMs: z.number(),
  trailing: z.boolean(),
  windowEndsAt: z.number().nullable(),
  windowSnapshot: z.string().nullable(),
  holdEndsAt: z.number().nullable(),
  backoffEndsAt: z.number().nullable(),
  failures: z.number(),
  breakerOpen: z.boolean(),
  queued: z.number(),
  silenceId: z.string().nullable(),
});

const known = { signal: signalSchema, fate: fateSchema.nullable() };
// Earlier versions wrote no `why`; one that is not ours costs the explanation, not the fate.
const savedSignal: z.ZodType<SavedSignal> = z.union([
  z.object({ ...known, why: whySchema.exactOptional() }),
  z.object(known),
]);

const silenceSchema: z.ZodType<SavedSilence> = z.object({
  id: z.string(),
  matcher: z.object({
    conversation: z.string().exactOptional(),
    agent: z.string().exactOptional(),
    signal: z.string().exactOptional(),
    workspace: z.string().exactOptional(),
  }),
  createdAt: z.number(),
  endsAt: z.number(),
  createdBy: z.string(),
  reason: z.string().nullable(),
  heldBack: z.number(),
  leftMs: z.number().exactOptional(),
});

const episodeSchema: z.ZodType<SavedEpisode> = z.object({
  type: z.string(),
  conversationId: z.string(),
  agent: z.string().nullable(),
  pid: z.number().nullable(),
  startNs: digits,
  endNs: digits.nullable(),
  signalId: z.string(),
  interruptionId: z.string().nullable(),
});

const runSchema: z.ZodType<Run> = z.object({
  runId: z.string(),
  kind: z.enum(['auto', 'manual', 'baseline', 'rollback', 'init']),
  snapshot: z.string(),
  startedAt: z.number(),
  deadlineAt: z.number().nullable(),
  signals: z.array(z.string()),
  trigger: z.string().nullable(),
});

const workspaceSchema: z.ZodType<SavedWorkspace> = z.object({
  workspace: z.string(),
  windowEndsAt: z.number().nullable(),
  windowLeftMs: z.number().exactOptional(),
  windowSnapshot: z.string().nullable(),
  failures: z.number(),
  lastFailureAt: z.number().nullable(),
  breakerLeftMs: z.number().exactOptional(),
  recentAuto: z.array(z.object({ at: z.number(), agent: z.string().nullable() })),
  lastSnapshot: z.object({ id: z.string(), at: z.number(), trigger: z.string() }).nullable(),
  // Left out by what wrote before there were any.
  rollbacks: z.array(z.object({ at: z.number(), snapshot: z.string() })).default([]),
  run: runSchema.nullable(),
  breakerOpen: z.boolean(),
});

/**
 * What earlier runs left behind. Entries that are not what we write (a torn file, another version) are passed over;
 * signals that settled over an hour ago are taken out of the journal. What a living process has open is not ours to settle.
 */
export function readSavedState(journal: Journal, at: Ms): SavedState {
  const signals = all(journal, 'signal:', savedSignal);
  const workspaces = all(journal, 'workspace:', workspaceSchema);
  forgetSettled(journal, at);
  return {
    silences: one(journal, 'silences', z.array(silenceSchema)) ?? [],
    episodes: one(journal, 'episodes', z.array(episodeSchema)) ?? [],
    signals: signals.filter((saved) => !isExpired(saved, at) && (!journal.shared || saved.fate?.settled === true)),
    workspaces: journal.shared ? workspaces.map((workspace) => ({ ...workspace, run: null })) : workspaces,
  };
}

/** Takes the signals that settled over an hour ago out of the journal; those that were never printed are counted. */
export function forgetSettled(journal: Journal, at: Ms): void {
  let lost = 0;
  for (const saved of all(journal, 'signal:', savedSignal)) {
    if (!isExpired(saved, at)) continue;
    const { signalId } = saved.signal;
    journal.put(`signal:${signalId}`, null);
    if (journal.get(`printed:${signalId}`) === undefined) lost += 1;
    else journal.put(`printed:${signalId}`, null);
  }
  if (lost > 0) journal.put('lost', lostFates(journal) + lost);
}

/** Remembers that these settled fates have been written to standard output. */
export function markPrinted(journal: Journal, signalIds: readonly string[]): void {
  for (const signalId of signalIds) journal.put(`printed:${signalId}`, true);
}

/** Settled fates that no run has written to standard output, oldest first, and how many were lost beyond the bounds. */
export type Unprinted = { readonly fates: readonly SettledSignal[]; readonly lost: number };
export type SettledSignal = { readonly signal: Signal; readonly fate: Fate };

/**
 * Takes out what earlier runs settled and did not print: the newest `MAX_UNPRINTED`. The others count as lost, which is
 * said once. Nothing while another process writes here: it prints its own.
 */
export function takeUnprinted(journal: Journal): Unprinted {
  if (journal.shared) return { fates: [], lost: 0 };
  const fates = all(journal, 'signal:', savedSignal)
    .flatMap(({ signal, fate }) => (fate !== null && fate.settled ? { signal, fate } : []))
    .filter(({ signal }) => journal.get(`printed:${signal.signalId}`) === undefined)
    .sort((a, b) => a.fate.at - b.fate.at);
  const beyond = fates.slice(0, -MAX_UNPRINTED);
  markPrinted(
    journal,
    beyond.map(({ signal }) => signal.signalId),
  );
  const lost = lostFates(journal) + beyond.length;
  if (lost > 0) journal.put('lost', null);
  return { fates: fates.slice(-MAX_UNPRINTED), lost };
}

function lostFates(journal: Journal): number {
  return one(journal, 'lost', z.number().int().nonnegative()) ?? 0;
}

function one<T>(journal: Journal, key: string, schema: z.ZodType<T>): T | null {
  return schema.safeParse(journal.get(key)).data ?? null;
}

function all<T>(journal: Journal, prefix: string, schema: z.ZodType<T>): readonly T[] {
  return journal.entries(prefix).flatMap(([, value]) => schema.safeParse(value).data ?? []);
}
