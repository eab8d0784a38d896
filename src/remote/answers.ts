/** The schemas of an engine's answers to a console: checked like the view, so that a hostile one can only lie, not crash. */
import * as z from 'zod';
import type { ActionResult } from '../core/actions.ts';
import type { CallContent } from '../core/content.ts';
import type { PausePlan, PauseRefusal } from '../core/pauses.ts';
import type { Refusal } from '../core/reasons.ts';
import type { Result } from '../core/result.ts';
import type { SearchEnd, Story, TextHit } from '../core/story.ts';
import type { ContentNote, NoContent } from '../core/source-reasons.ts';
import type { Diff, SnapshotContents, SnapshotView } from '../core/snapshots.ts';
import type { InitPlan, RepinPlan, RestorePlan, RollbackPlan } from '../engine/types.ts';
import { wordPlannedCounts } from '../wording/checkpointers.ts';
import { wordPauseRefusal } from '../wording/pauses.ts';
import { wordAdvice, wordEffect, wordLimit, wordNoPreview, wordWarning } from '../wording/plans.ts';
import { wordContentNote, wordNoContent } from '../wording/records.ts';
import { wordRefusal } from '../wording/refusals.ts';
import { callSchema, snapshotSchema } from './view-schema.ts';

/**
 * A value of which `probe` can use all that a screen would use. Plans and reasons are deep, and a screen words them: what
 * can be worded can be shown.
 */
function usable<T>(probe: (value: T) => unknown): z.ZodType<T> {
  return z.custom<T>((value) => {
    try {
      probe(value as T);
      return true;
    } catch {
      return false;
    }
  });
}

const text = z.string();

/** Throws for what is no line of text. */
function line(value: unknown): void {
  text.parse(value);
}

/** A value, or the reason why there is none, which `word` can word. */
function result<T, R>(value: z.ZodType<T>, word: (reason: R) => string): z.ZodType<Result<T, R>> {
  return z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), value }),
    z.object({ ok: z.literal(false), reason: usable<R>((reason) => line(word(reason))) }),
  ]);
}

const part = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text }),
  z.object({ type: z.literal('reasoning'), text }),
  z.object({ type: z.literal('tool_call'), id: text.nullable(), name: text, text }),
  z.object({ type: z.literal('tool_result'), id: text.nullable(), text }),
  z.object({ type: z.literal('other'), kind: text, text }),
]);
const message = z.object({
  role: text,
  name: text.nullable(),
  finishReason: text.nullable(),
  parts: z.array(part),
});
const usage = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadTokens: z.number().nullable(),
  cacheCreationTokens: z.number().nullable(),
  cacheApart: z.literal(true).exactOptional(),
});
const outcome = z.object({
  failed: z.boolean(),
  exitCode: z.number().nullable(),
  matches: z.number().nullable(),
  added: z.number().nullable(),
  removed: z.number().nullable(),
});
const content: z.ZodType<CallContent> = z.object({
  callId: text.nullable(),
  startNs: z.bigint(),
  endNs: z.bigint().nullable(),
  durationMs: z.number().nullable(),
  firstOutputMs: z.number().nullable(),
  usage: usage.nullable(),
  error: text.nullable(),
  request: z.array(message),
  response: z.array(message),
  toolRuns: z.array(z.object({ id: text.nullable(), text, outcome, tookMs: z.number().nullable() })),
  offeredTools: z.array(text),
  facts: z.array(z.object({ name: text, value: text })),
  notes: z.array(usable<ContentNote>((note) => line(wordContentNote(note)))),
});

const diff: z.ZodType<Diff> = z.object({ text, changes: z.number().nullable(), paths: z.array(text) });

const contents: z.ZodType<SnapshotContents> = z.object({
  since: text.nullable(),
  files: z.array(
    z.object({
      path: text,
      change: z.enum(['added', 'modified', 'deleted']),
      added: z.number().nullable(),
      removed: z.number().nullable(),
    }),
  ),
  total: z.number(),
  refs: z.number().nullable(),
});

/** Returns what the plans of the operations have in common. */
function probePlan({
  workspace,
  effects,
  warnings,
  refusals,
  confirmation,
}: RepinPlan | InitPlan | RollbackPlan): void {
  for (const value of [workspace, confirmation, ...effects.map(wordEffect), ...warnings.map(wordWarning)]) line(value);
  for (const refusal of refusals) line(wordRefusal(refusal));
}

const occupants = z.object({
  occupants: z.array(z.looseObject({ pid: z.number() })),
  unreadable: z.number(),
  complete: z.boolean(),
});

const rollbackPlan = usable<RollbackPlan>((plan) => {
  probePlan(plan);
  snapshotSchema.parse(plan.snapshot);
  snapshotSchema.parse(plan.newest);
  occupants.parse(plan.processes);
  line(plan.preview.ok ? plan.preview.value : wordNoPreview(plan.preview.reason));
  line(wordAdvice(plan.checkpointFirst));
});
const restorePlan = usable<RestorePlan>(({ workspace, snapshot, paths, counts, files, limits, refusals }) => {
  for (const value of [workspace, ...paths, ...files.restored, ...files.deleted, ...limits.map(wordLimit)]) line(value);
  for (const refusal of refusals) line(wordRefusal(refusal));
  line(wordPlannedCounts(counts));
  snapshotSchema.parse(snapshot);
});
const initPlan = usable<InitPlan>((plan) => {
  probePlan(plan);
  occupants.parse(plan.processes);
  line(plan.command);
});
const repinPlan = usable<RepinPlan>((plan) => {
  probePlan(plan);
  line(plan.shown.path);
});

const step = z.object({
  name: text,
  argument: text.nullable(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  outcome: outcome.nullable(),
});
const storyCall = z.object({ tools: z.array(step), answer: text.nullable(), answerWords: z.number() });
const at = z.number();
const story: z.ZodType<Story> = z.object({
  calls: z.map(text, storyCall),
  marks: z.array(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('prompt'), at, text }),
      z.object({
        type: z.literal('compaction'),
        at,
        cause: z.enum(['auto', 'manual']).nullable(),
        before: z.number().nullable(),
        after: z.number().nullable(),
        tookMs: z.number().nullable(),
      }),
      z.object({ type: z.literal('retry'), at, attempt: z.number().nullable(), of: z.number().nullable(), text }),
    ]),
  ),
  files: z.array(
    z.object({
      path: text,
      operation: z.enum(['written', 'edited', 'deleted']),
      times: z.number(),
      added: z.number().nullable(),
      removed: z.number().nullable(),
      at: z.number().nullable(),
    }),
  ),
  open: storyCall.nullable(),
  unreadBytes: z.number(),
});
const searchEnd: z.ZodType<SearchEnd> = z.object({
  why: z.enum(['whole', 'hits', 'time', 'cancelled']),
  unread: z.array(text),
});

/** A part of an answer that is still being made: of a search. */
export const partSchema: z.ZodType<{ readonly hit: TextHit } | { readonly progress: number }> = z.union([
  z.object({
    hit: z.object({
      conversationId: text,
      at: z.number().nullable(),
      part: z.enum(['prompt', 'answer', 'thinking', 'tool', 'result', 'error']),
      excerpt: text,
    }),
  }),
  z.object({ progress: z.number() }),
]);

const pausePlan: z.ZodType<PausePlan> = z.object({
  agent: text.nullable(),
  groups: z.array(
    z.object({ pid: z.number(), name: text, processes: z.number(), others: z.number(), foreground: z.boolean() }),
  ),
  refused: z.array(usable<PauseRefusal>((reason) => line(wordPauseRefusal(reason)))),
});

/** The values that are watched beyond the view. */
export const WATCHED = {
  resolvers: result<readonly string[], Refusal>(z.array(text), wordRefusal),
  pausePlan: result<PausePlan, Refusal>(pausePlan, wordRefusal),
  sourcesOf: z.array(text),
} as const;

/** The answer to each query. */
export const ANSWERS = {
  content: result<CallContent, NoContent>(content, wordNoContent),
  snapshots: result<readonly SnapshotView[], Refusal>(z.array(snapshotSchema), wordRefusal),
  diff: result<Diff, Refusal>(diff, wordRefusal),
  contents: result<SnapshotContents, Refusal>(contents, wordRefusal),
  rollbackPlan: result<RollbackPlan, Refusal>(rollbackPlan, wordRefusal),
  restorePlan: result<RestorePlan, Refusal>(restorePlan, wordRefusal),
  initPlan: result<InitPlan, Refusal>(initPlan, wordRefusal),
  repinPlan: result<RepinPlan, Refusal>(repinPlan, wordRefusal),
  story: result<Story, NoContent>(story, wordNoContent),
  search: searchEnd,
  callOf: callSchema.nullable(),
} as const;

/** The result of an action. */
export const actionResult: z.ZodType<ActionResult> = usable<ActionResult>((answer) => {
  const { ok } = z.object({ ok: z.boolean() }).parse(answer);
  if (!ok && !answer.ok) line(wordRefusal(answer.reason));
});
