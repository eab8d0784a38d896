import { byRichness } from '../feeds/index.ts';
import { eventMs } from '../core/model/time.ts';
import type { Call } from '../core/calls.ts';
import type { Feed } from '../core/feed.ts';
import type { Interruption, Namer } from '../core/interruptions.ts';
import type { Refusal } from '../core/reasons.ts';
import type { Result } from '../core/result.ts';
import type { Signal } from '../core/signals.ts';
import type { NoContent } from '../core/source-reasons.ts';
import type { SourceUri } from '../core/sources.ts';
import type { CallContent, ContentAnswer } from '../core/content.ts';
import type { Model } from '../core/model/types.ts';
import { silenceViews } from '../core/reactor/silences/view.ts';
import type { Loop } from './loop.ts';
import { msToNs } from '../core/units.ts';
import type { Pauses } from './pauses.ts';
import type { Queries } from './types.ts';
import { allSignals } from './view.ts';
import { searchAll, storyOf } from './texts.ts';
import type { Plans } from './workspaces/plans.ts';
import type { Snapshots } from './workspaces/snapshots.ts';

export type QueryDeps = {
  readonly model: Model;
  /** The feeds by their URI: for what is read from a source on demand. */
  readonly feeds: ReadonlyMap<SourceUri, Feed>;
  readonly loop: Pick<Loop, 'state' | 'now'>;
  readonly snapshots: Snapshots;
  readonly plans: Plans;
  readonly pauses: Pick<Pauses, 'plan'>;
};

/** Answers what front ends ask on demand; no answer is kept. */
export function createQueries({ model, feeds, loop, snapshots, plans, pauses }: QueryDeps): Queries {
  return {
    content: (call) => contentOf(model, feeds, call),
    story: (conversationId, signal) => storyOf(model, feeds, conversationId, signal),
    search: (search, signal) => searchAll(feeds, search, signal),
    snapshots: snapshots.list,
    diff: snapshots.diff,
    contents: snapshots.contents,
    rollbackPlan: plans.rollback,
    restorePlan: plans.restore,
    initPlan: plans.init,
    repinPlan: plans.repin,
    resolvers: (interruptionId) => {
      const found = resolversOf(model, feeds, interruptionId);
      return found.ok ? { ok: true, value: found.value.takers.map(({ uri }) => uri) } : found;
    },
    sourcesOf: model.sourcesOf,
    callOf: (signal) => callOf(model, signal),
    silences: () => {
      const state = loop.state();
      return silenceViews(state.silences, allSignals(state), state.settings, loop.now());
    },
    agent: (agent) => model.agentDetail(agent),
    pausePlan: pauses.plan,
  };
}

/** An unresolved interruption, and the feeds that report it and can mark it as resolved. */
export type Resolvers = {
  readonly interruption: Interruption;
  readonly takers: readonly Required<Pick<Feed, 'uri' | 'resolve'>>[];
};

/** Finds the sources that can mark an interruption as resolved, or why there are none. */
export function resolversOf(
  model: Model,
  feeds: ReadonlyMap<SourceUri, Feed>,
  interruptionId: string,
): Result<Resolvers, Refusal> {
  const interruption = interruptionNamed(model, interruptionId);
  if (interruption === null) return { ok: false, reason: { code: 'interruption_gone' } };
  if (interruption.resolved) return { ok: false, reason: { code: 'already_resolved' } };
  const sources = model.sourcesOf(interruption);
  const takers = sources.flatMap((uri) => {
    const resolve = feeds.get(uri)?.resolve;
    return resolve ? [{ uri, resolve }] : [];
  });
  if (takers.length > 0) return { ok: true, value: { interruption, takers } };
  return { ok: false, reason: { code: 'sources_only_read', sources } };
}

async function contentOf(
  model: Model,
  feeds: ReadonlyMap<SourceUri, Feed>,
  call: Call,
): Promise<Result<CallContent, NoContent>> {
  const records = model.recordsOf(call);
  if (records.length === 0) {
    return {
      ok: false,
      reason: { code: 'call_gone' },
    };
  }
  const candidates = records
    .flatMap(({ source, record }) => {
      const feed = feeds.get(source);
      return feed ? [{ feed, record }] : [];
    })
    .toSorted((a, b) => byRichness(a.feed, b.feed));
  const failures: (NoContent & { code: 'no_source_has_it' })['failures'][number][] = [];
  for (const { feed, record } of candidates) {
    const answer: ContentAnswer = feed.content ? await feed.content(record, call) : CANNOT_REREAD;
    if (answer.ok && isOf(answer.value, call)) return answer;
    failures.push({ source: feed.uri, why: answer.ok ? { code: 'another_call' } : answer.reason });
  }
  return { ok: false, reason: { code: 'no_source_has_it', failures } };
}

const CANNOT_REREAD = {
  ok: false,
  reason: { code: 'no_content' },
} as const;

function isOf(content: CallContent, call: Call): boolean {
  return content.startNs === call.startNs || content.callId === call.callId;
}

/** The call that a signal is about; of a storm its fifth, by the time at which that ended. */
function callOf(model: Model, signal: Signal): Call | null {
  if (signal.callId !== null) return model.callMeant(signal.callId, namerOf(signal));
  if (signal.type === 'retry_storm') return fifthOf(model, signal);
  const row = signal.interruptionId === null ? null : interruptionNamed(model, signal.interruptionId);
  const named = row === null ? [] : [...(row.callId === null ? [] : [row.callId]), ...row.detail.callIds];
  for (const id of named) {
    const call = row === null ? null : model.callMeant(id, row);
    if (call !== null) return call;
  }
  return null;
}

// A signal is stamped in ms: a call of that very ms began before it.
function namerOf({ agent, conversationId, at }: Signal): Namer {
  return { agent: agent ?? 'unknown', conversationId, occurredNs: msToNs(at + 1) };
}

function fifthOf(model: Model, { conversationId, agent, pid, at }: Signal): Call | null {
  if (conversationId === null) return null;
  const rows = model.calls(conversationId).filter((call) => {
    return eventMs(call) <= at && (agent === null || call.agent === agent) && (pid === null || call.pid === pid);
  });
  const failed = rows.filter(({ statusCode, error, status }) => {
    return status !== 'pending' && ((statusCode ?? 0) >= 400 || error !== null);
  });
  // agentsight's own row is dated by the call that triggered it, ours by the fifth; the newest up to then is either.
  return failed.at(-1) ?? null;
}

function interruptionNamed(model: Model, interruptionId: string): Interruption | null {
  return model.interruptions().find((one) => one.interruptionId === interruptionId) ?? null;
}
