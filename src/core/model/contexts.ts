/** The context of a conversation: the window that its records do not tell, and when it becomes nearly full. */
import type { Call } from '../calls.ts';
import type { Moment } from '../moments.ts';
import type { ContextUse, SessionFacts } from '../sessions.ts';
import { promptTokens } from './meters/totals.ts';
import { contextFillOf } from './meters/trouble.ts';
import { callNs } from './time.ts';
import type { ModelWindow, Pricer } from './types.ts';

/** The long windows that providers offer beside the usual ones of their models. */
const LONG_WINDOW = 1_000_000;

// More is in use than the catalogue says: then it is the long one, not one that happens to be full. Of a model whose window
// the configuration states there is no long one.
function raisedBy({ tokens, isStated }: ModelWindow, usedTokens: number): number {
  if (usedTokens <= tokens) return tokens;
  return isStated ? usedTokens : Math.max(LONG_WINDOW, usedTokens);
}

/**
 * Returns a session with the window of its model, where the records have none: the one that the configuration states, else
 * by the catalogue and the reader the larger one, or the long one if more is in use. One that was found to be larger than
 * the catalogue says stays so while the model does.
 */
export function withWindow(session: SessionFacts, before: SessionFacts | null, pricer: Pricer | null): SessionFacts {
  const { context } = session;
  if (context === null || context.windowKnown) return session;
  const { usedTokens, windowTokens, model = null, provider = null } = context;
  const listed = model === null ? null : (pricer?.windowOf(provider, model) ?? null);
  const found = Math.max(windowTokens ?? 0, listed?.tokens ?? 0);
  if (found === 0) return session;
  const tokens = Math.max(found, largestOf(before?.context ?? null, model));
  const raised = raisedBy(listed?.isStated === true ? listed : { tokens, isStated: false }, usedTokens ?? 0);
  return raised === windowTokens ? session : { ...session, context: { ...context, windowTokens: raised } };
}

function largestOf(context: ContextUse | null, model: string | null): number {
  return context === null || context.windowKnown || (context.model ?? null) !== model ? 0 : (context.windowTokens ?? 0);
}

/**
 * Returns the context of a conversation by its calls: what the last one sent, and the window of its model by the catalogue.
 * A conversation of agentsight's is one turn, in which a sub-agent's task is a conversation of its own; a helper's call
 * about the same words (a title) goes to a smaller model, and is passed over. Null where the window is not known.
 */
export function contextOfCalls(calls: Iterable<Call>, pricer: Pricer | null): ContextUse | null {
  if (pricer === null) return null;
  const last = new Map<string | null, Call>();
  let largest: Call | null = null;
  for (const call of calls) {
    if (call.status !== 'complete' || call.usage === null || call.kind !== 'main') continue;
    const before = last.get(call.model);
    if (before === undefined || callNs(call) >= callNs(before)) last.set(call.model, call);
    if (largest === null || promptOf(call) > promptOf(largest)) largest = call;
  }
  const call = last.get(largest?.model ?? null);
  if (largest === null || call === undefined) return null;
  const { provider, model } = call;
  const window = pricer.windowOf(provider, model);
  if (window === null) return null;
  const windowTokens = raisedBy(window, promptOf(largest));
  return { usedTokens: promptOf(call), windowTokens, windowKnown: false, model, provider };
}

function promptOf({ provider, usage }: Call): number {
  return usage === null ? 0 : promptTokens(provider, usage);
}

/**
 * Returns the moment at which the context of a conversation became nearly full: a compaction comes soon. Null if it was so
 * before, or if that is not known. A sub-agent's context ends with its task.
 */
export function nearlyFull(
  conversationId: string,
  before: SessionFacts | null,
  now: SessionFacts,
  share: number,
): Moment | null {
  if (before === null || now.parentId !== null || now.lastAt === null) return null;
  if (before.context === null) return null;
  // Nothing is known right behind a compaction; and one may have come since the last report.
  const was = before.compactions < now.compactions ? 0 : (contextFillOf({ session: before }) ?? 0);
  const is = contextFillOf({ session: now });
  const { usedTokens = null, windowTokens = null } = now.context ?? {};
  if (is === null || was >= share || is < share || usedTokens === null || windowTokens === null) return null;
  return {
    type: 'compaction_near',
    // One a fill: the next one begins behind a compaction.
    key: `${conversationId}:${now.compactions}`,
    agent: now.agent,
    conversationId,
    sessionId: now.sessionId,
    at: now.lastAt,
    cause: { code: 'compaction_near', usedTokens, windowTokens },
  };
}
