/** The requests of a console to an engine: the queries and the actions, checked by their schemas before they reach it. */
import * as z from 'zod';
import type { Action } from '../core/actions.ts';
import { POLICY_ACTIONS } from '../core/rules.ts';
import { type Interruption, SEVERITIES } from '../core/interruptions.ts';
import { MODES } from '../core/signals.ts';
import type { ContentSearch, Engine } from '../engine/types.ts';

/** Longest name, path or id in a request, UTF-16 units; Linux bounds paths at 4 096 bytes. */
const MAX_TEXT = 4096;
/** A silence of more than a year is none. */
const MAX_SILENCE_MS = 366 * 86_400_000;

const text = z.string().max(MAX_TEXT);
/** A text that may be null or left out. */
const optional = text.nullable().exactOptional();

/** Paths of one restore. */
const paths = z.array(text).min(1).max(1_000);

const held = { workspace: text, reason: optional, heldSince: z.number().nullable().exactOptional() };

/** The agent that is paused. Never why: that a budget asks for it is the engine's own to say. */
const pauseSubject = { agent: optional, conversationId: optional, pid: z.int().nullable().exactOptional() };

/** Signals that one request may name. */
const MAX_IDS = 2_000;
const ackScope = z.object({
  conversation: text.exactOptional(),
  agent: text.exactOptional(),
  signal: text.exactOptional(),
  workspace: text.exactOptional(),
  ids: z.array(text).max(MAX_IDS).exactOptional(),
  before: z.number().exactOptional(),
});

/** An action of an operator. Who acts is stated by the connection, never by the action. */
export const actionSchema: z.ZodType<Action> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('checkpoint'),
    workspace: text,
    agent: optional,
    conversationId: optional,
    reason: optional,
    rollbackTo: optional,
    wait: z.literal(true).exactOptional(),
  }),
  z.object({ type: z.literal('veto'), ...held }),
  z.object({ type: z.literal('fire'), ...held }),
  z.object({ type: z.literal('mode'), mode: z.enum(MODES), reason: optional }),
  z.object({
    type: z.literal('silence'),
    id: text.exactOptional(),
    matcher: z.object({
      conversation: text.exactOptional(),
      agent: text.exactOptional(),
      signal: text.exactOptional(),
      workspace: text.exactOptional(),
    }),
    durationMs: z.number().positive().max(MAX_SILENCE_MS),
    reason: text.nullable(),
  }),
  z.object({ type: z.literal('unsilence'), id: text }),
  z.object({ type: z.literal('extend_silence'), id: text, byMs: z.number().min(-MAX_SILENCE_MS).max(MAX_SILENCE_MS) }),
  z.object({
    type: z.literal('ack'),
    id: text.exactOptional(),
    scope: ackScope,
    durationMs: z.number().positive().max(MAX_SILENCE_MS).nullable(),
    note: text.nullable(),
  }),
  z.object({ type: z.literal('unack'), scope: ackScope }),
  z.object({
    type: z.literal('policy'),
    target: z.discriminatedUnion('scope', [
      z.object({ scope: z.literal('type'), name: text }),
      z.object({ scope: z.literal('severity'), name: z.enum(SEVERITIES) }),
    ]),
    action: z.enum(POLICY_ACTIONS).nullable(),
  }),
  z.object({
    type: z.literal('budget'),
    name: text,
    subject: text.exactOptional(),
    change: z.discriminatedUnion('type', [
      z.object({ type: z.literal('raise'), limit: z.string().regex(/^\d{1,30}$/u) }),
      z.object({ type: z.literal('reset') }),
      z.object({ type: z.literal('accept') }),
    ]),
  }),
  z.object({ type: z.literal('take_over'), workspace: text }),
  z.object({ type: z.literal('resolve'), interruptionId: text }),
  z.object({ type: z.literal('confirm_folder'), path: text }),
  z.object({ type: z.literal('older'), stop: z.literal(true).exactOptional() }),
  z.object({
    type: z.literal('pause'),
    ...pauseSubject,
    durationMs: z.number().positive().max(MAX_SILENCE_MS).nullable().exactOptional(),
    reason: optional,
  }),
  z.object({ type: z.literal('resume'), ...pauseSubject }),
  z.object({
    type: z.literal('rollback'),
    workspace: text,
    snapshot: text,
    checkpointFirst: z.boolean().exactOptional(),
    reason: optional,
  }),
  z.object({
    type: z.literal('restore'),
    workspace: text,
    snapshot: text,
    paths,
    checkpointFirst: z.boolean().exactOptional(),
    reason: optional,
  }),
  z.object({ type: z.literal('remove'), workspace: text, snapshot: text }),
  z.object({ type: z.literal('init'), workspace: text }),
  z.object({
    type: z.literal('repin'),
    workspace: text,
    shown: z.object({
      path: text,
      dev: text,
      ino: text,
      uid: z.number(),
      gid: z.number(),
      user: z.string().max(MAX_TEXT).nullable().exactOptional(),
    }),
  }),
]);

/** A call by its identity: the engine looks it up and believes nothing else of it. */
const callName = z.object({ conversationId: text.nullable(), callId: text, startNs: z.bigint() });

/** The values that a console shows beyond the view, and that the engine keeps up to date. */
export const watchSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('calls'), conversationId: text.nullable() }),
  z.object({ type: z.literal('agent'), agent: text }),
  z.object({ type: z.literal('silences') }),
  z.object({ type: z.literal('pausePlan'), ...pauseSubject }),
  z.object({ type: z.literal('resolvers'), interruptionId: text }),
  z.object({ type: z.literal('sourcesOf'), fact: z.union([callName, z.object({ interruptionId: text })]) }),
]);
export type Watch = z.infer<typeof watchSchema>;

/** Returns what is watched, as it is now. */
export function watchedValue(engine: Asked, watch: Watch): unknown {
  const { queries } = engine;
  switch (watch.type) {
    case 'calls':
      return engine.calls(watch.conversationId);
    case 'agent':
      return queries.agent(watch.agent);
    case 'silences':
      return queries.silences();
    case 'pausePlan': {
      const { type: _, ...subject } = watch;
      return queries.pausePlan(subject);
    }
    case 'resolvers':
      return queries.resolvers(watch.interruptionId);
    case 'sourcesOf': {
      const { fact } = watch;
      const found = 'callId' in fact ? findCall(engine, fact) : findInterruption(engine, fact.interruptionId);
      return found ? queries.sourcesOf(found) : [];
    }
  }
}

function findInterruption({ store }: Asked, id: string): Interruption | undefined {
  return store.getState().model.interruptions.find(({ interruptionId }) => interruptionId === id);
}

/** The queries, each with what it is about. */
export const querySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('content'), call: callName }),
  z.object({ type: z.literal('snapshots'), workspace: text }),
  z.object({
    type: z.literal('diff'),
    workspace: text,
    from: text,
    to: text.nullable(),
    path: text.exactOptional(),
  }),
  z.object({ type: z.literal('contents'), workspace: text, snapshot: text }),
  z.object({ type: z.literal('rollbackPlan'), workspace: text, snapshot: text }),
  z.object({ type: z.literal('restorePlan'), workspace: text, snapshot: text, paths }),
  z.object({ type: z.literal('initPlan'), workspace: text }),
  z.object({ type: z.literal('repinPlan'), workspace: text }),
  z.object({ type: z.literal('callOf'), signalId: text }),
  z.object({ type: z.literal('story'), conversationId: text }),
  z.object({ type: z.literal('search'), text, since: z.number() }),
]);
export type Query = z.infer<typeof querySchema>;

/** The controls of a query that takes long: its progress and its end. */
export type QueryControl = Pick<ContentSearch, 'hit' | 'progress'> & { readonly signal: AbortSignal };

type Asked = Pick<Engine, 'queries' | 'calls' | 'store'>;

/** Asks the engine. A fact that it does not hold (any more) has no answer: null. */
export async function answer(engine: Asked, query: Query, control: QueryControl): Promise<unknown> {
  const { queries } = engine;
  switch (query.type) {
    case 'content': {
      const call = findCall(engine, query.call);
      return call === null ? { ok: false, reason: { code: 'call_gone' } } : queries.content(call);
    }
    case 'snapshots':
      return queries.snapshots(query.workspace);
    case 'diff':
      return queries.diff(query.workspace, query.from, query.to, query.path);
    case 'contents':
      return queries.contents(query.workspace, query.snapshot);
    case 'rollbackPlan':
      return queries.rollbackPlan(query.workspace, query.snapshot);
    case 'restorePlan':
      return queries.restorePlan(query.workspace, query.snapshot, query.paths);
    case 'initPlan':
      return queries.initPlan(query.workspace);
    case 'repinPlan':
      return queries.repinPlan(query.workspace);
    case 'callOf': {
      const record = engine.store.getState().signals.find(({ signal }) => signal.signalId === query.signalId);
      return record ? queries.callOf(record.signal) : null;
    }
    case 'story':
      return queries.story(query.conversationId, control.signal);
    case 'search':
      return queries.search({ text: query.text, since: query.since, ...control }, control.signal);
  }
}

type CallName = z.infer<typeof callName>;

function findCall({ calls }: Pick<Engine, 'calls'>, { conversationId, callId, startNs }: CallName) {
  return calls(conversationId).find((call) => call.callId === callId && call.startNs === startNs) ?? null;
}
