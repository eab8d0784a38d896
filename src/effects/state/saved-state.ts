import * as z from 'zod';
import { SEVERITIES } from '../../core/interruptions.ts';
import { type Fate, FATES, MODES, SIGNAL_ORIGINS } from '../../core/signals.ts';
import { LEFT_OUT_WHYS } from '../../core/snapshots.ts';
import type { Ms } from '../../core/units.ts';
import { POLICY_ACTIONS } from '../../core/rules.ts';
import {
  isExpired,
  type SavedAck,
  type SavedEpisode,
  type SavedSignal,
  type SavedSilence,
  type SavedState,
  type SavedWorkspace,
} from '../../core/reactor/persist.ts';
import { POLICY_LEVELS, POLICY_ORIGINS, type Run, type Why } from '../../core/reactor/types.ts';
import type { Recorded } from '../../core/reasons.ts';
import { RUN_KINDS } from '../../core/runs.ts';
import { wordCause, wordDowngrade, wordFate } from '../../wording/fates.ts';
import type { Journal } from './journal.ts';
import { readBudgetStates } from './saved-budgets.ts';

// All schemas here are made when something is read: at most starts there is nothing, and they would take longer than the rest.

/** A reason is kept as its text: the journal is read by other versions, and by people. */
const recorded = z.string().transform((text): Recorded => ({ code: 'recorded', text }));
const digits = z.string().regex(/^-?\d{1,20}$/u);

// The journal keeps the keys that 0.1.0 gave it: `signal` is a signal's type, `fate` the kind of its fate.
const signalSchema = z.lazy(() =>
  z
    .object({
      signalId: z.string(),
      signal: z.string(),
      origin: z.enum(SIGNAL_ORIGINS),
      severity: z.enum(SEVERITIES),
      agent: z.string().nullable(),
      processName: z.string().nullable(),
      pid: z.number().nullable(),
      conversationId: z.string().nullable(),
      callId: z.string().nullable(),
      interruptionId: z.string().nullable(),
      workspace: z.string().nullable(),
      at: z.number(),
      historical: z.boolean(),
      downgraded: recorded.nullable(),
      cause: recorded,
      recorded: z.literal(true).optional(),
    })
    .transform(({ signal, recorded: isRecorded, ...rest }) => ({
      ...rest,
      type: signal,
      ...(isRecorded === true && { recorded: isRecorded }),
    })),
);

const leftOutSchema = z.lazy(() =>
  z.object({
    count: z.number(),
    bytes: z.number(),
    reasons: z
      .array(
        z.object({
          why: z.enum(LEFT_OUT_WHYS),
          count: z.number(),
          bytes: z.number(),
          examples: z.array(z.string()).readonly(),
        }),
      )
      .readonly(),
  }),
);

const fateSchema = z.lazy(() =>
  z
    .object({
      fate: z.enum(FATES),
      settled: z.boolean(),
      reason: recorded,
      at: z.number(),
      snapshot: z.string().nullable(),
      durationMs: z.number().nullable(),
      leftOut: leftOutSchema.exactOptional(),
      changed: z.object({ files: z.number(), addedLines: z.number(), removedLines: z.number() }).exactOptional(),
    })
    .transform(({ fate, ...rest }) => ({ ...rest, kind: fate })),
);

const whySchema: z.ZodType<Why> = z.lazy(() =>
  z.object({
    at: z.number(),
    mode: z.enum(MODES),
    policy: z.object({
      action: z.enum(POLICY_ACTIONS),
      rule: z.enum(POLICY_LEVELS),
      from: z.enum(POLICY_ORIGINS),
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
    guard: z.object({ made: z.number(), limit: z.number() }).exactOptional(),
    silenceId: z.string().nullable(),
  }),
);

const reportsSchema = z.object({ count: z.number(), lastAt: z.number() }).exactOptional();
// The sources of the run that raised it; 0.2.0 and before wrote none.
const feedsSchema = z.array(z.string()).readonly().exactOptional();
const known = { signal: signalSchema, fate: fateSchema.nullable(), reports: reportsSchema, feeds: feedsSchema };
// Earlier versions wrote no `why`; one that is not ours costs the explanation, not the fate.
const savedSignal = z.lazy(() => z.union([z.object({ ...known, why: whySchema.exactOptional() }), z.object(known)]));

const silenceSchema: z.ZodType<SavedSilence> = z.lazy(() =>
  z.object({
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
  }),
);

const ackSchema: z.ZodType<SavedAck> = z.lazy(() => {
  const matcher = {
    conversation: z.string().exactOptional(),
    agent: z.string().exactOptional(),
    signal: z.string().exactOptional(),
    workspace: z.string().exactOptional(),
  };
  return z.object({
    id: z.string(),
    by: z.string(),
    at: z.number(),
    endsAt: z.number().nullable(),
    note: z.string().nullable(),
    signals: z.record(z.string(), z.enum(SEVERITIES)),
    older: z.object({ ...matcher, ids: z.array(z.string()).exactOptional(), before: z.number() }).nullable(),
  });
});

const episodeSchema: z.ZodType<SavedEpisode> = z.lazy(() =>
  z.object({
    type: z.string(),
    conversationId: z.string(),
    agent: z.string().nullable(),
    pid: z.number().nullable(),
    startNs: digits,
    lastNs: digits.exactOptional(),
    endNs: digits.nullable(),
    signalId: z.string(),
    interruptionId: z.string().nullable(),
  }),
);

const runSchema: z.ZodType<Run> = z.lazy(() =>
  z.object({
    runId: z.string(),
    kind: z.enum(RUN_KINDS),
    snapshot: z.string(),
    startedAt: z.number(),
    deadlineAt: z.number().nullable(),
    signals: z.array(z.string()),
    trigger: z.string().nullable(),
    by: z.object({ user: z.string(), tty: z.string().nullable(), claimed: z.boolean() }).exactOptional(),
  }),
);

const workspaceSchema: z.ZodType<SavedWorkspace> = z.lazy(() =>
  z.object({
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
    rollbacks: z
      .array(z.object({ at: z.number(), snapshot: z.string(), changedSince: z.number().exactOptional() }))
      .default([]),
    lostRuns: z
      .array(z.object({ runId: z.string(), signals: z.array(z.string()), trigger: z.string().nullable() }))
      .exactOptional(),
    run: runSchema.nullable(),
    breakerOpen: z.boolean(),
  }),
);

/**
 * Returns what earlier runs left behind. Entries that are not what we write (a torn file, another version) are passed over, and
 * signals that settled over an hour ago. What a living process has open is not ours to settle.
 */
export function readSavedState(journal: Journal, at: Ms): SavedState {
  const signals = savedSignals(journal);
  const workspaces = all(journal, 'workspace:', workspaceSchema);
  return {
    silences: one(journal, 'silences', z.array(silenceSchema)) ?? [],
    acks: one(journal, 'acks', z.array(ackSchema)) ?? [],
    episodes: one(journal, 'episodes', z.array(episodeSchema)) ?? [],
    signals: signals.filter((saved) => !isExpired(saved, at) && (!journal.shared || saved.fate?.settled === true)),
    workspaces: journal.shared ? workspaces.map((workspace) => ({ ...workspace, run: null })) : workspaces,
    budgets: readBudgetStates(journal),
  };
}

/** The signals that are kept, in the order in which they were raised. */
export function savedSignals(journal: Journal): readonly SavedSignal[] {
  const ours = journal.entries('signal:').filter(([, value]) => aliasOf(value) === null);
  return ours.flatMap(([, value]) => parseSignal(value) ?? []);
}

/** Returns null for what is no signal of ours. */
export function parseSignal(value: unknown): SavedSignal | null {
  return savedSignal.safeParse(value).data ?? null;
}

/** Returns a signal as the journal keeps it. */
export function writtenSignal({ signal, fate, ...rest }: SavedSignal): WrittenSignal {
  const { type, cause, downgraded, ...facts } = signal;
  return {
    ...rest,
    signal: { ...facts, signal: type, cause: wordCause(cause), downgraded: downgraded && wordDowngrade(downgraded) },
    fate: fate && writtenFate(fate),
  };
}

function writtenFate({ kind, reason, ...facts }: Fate): z.input<typeof fateSchema> {
  return { ...facts, fate: kind, reason: wordFate(reason) };
}

export type WrittenSignal = z.input<typeof savedSignal>;

const aliasSchema = z.object({ aliasOf: z.string() });

/** The id of the signal that an entry repeats under the id that 0.1.0 would give it; null for any other. */
export function aliasOf(value: unknown): string | null {
  return aliasSchema.safeParse(value).data?.aliasOf ?? null;
}

function one<T>(journal: Journal, key: string, schema: z.ZodType<T>): T | null {
  const value = journal.get(key);
  return value === undefined ? null : (schema.safeParse(value).data ?? null);
}

function all<T>(journal: Journal, prefix: string, schema: z.ZodType<T>): readonly T[] {
  return journal.entries(prefix).flatMap(([, value]) => schema.safeParse(value).data ?? []);
}
