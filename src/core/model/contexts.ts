/** The context of a conversation: the window that its records do not tell, and when it becomes nearly full. */
import type { Moment } from '../moments.ts';
import type { ContextUse, SessionFacts } from '../sessions.ts';
import { contextFillOf } from './meters/trouble.ts';
import type { Pricer } from './types.ts';

/**
 * Returns a session with the window of its model by the catalogue, where the records have none: the larger one of both, at
 * least what is in use. One that was found to be larger than the catalogue says stays so while the model does.
 */
export function withWindow(session: SessionFacts, before: SessionFacts | null, pricer: Pricer | null): SessionFacts {
  const { context } = session;
  if (context === null || context.windowKnown) return session;
  const { usedTokens, windowTokens, model = null, provider = null } = context;
  const listed = model === null ? null : (pricer?.windowOf(provider, model) ?? null);
  const found = Math.max(windowTokens ?? 0, listed ?? 0);
  if (found === 0) return session;
  const raised = Math.max(found, usedTokens ?? 0, largestOf(before?.context ?? null, model));
  return raised === windowTokens ? session : { ...session, context: { ...context, windowTokens: raised } };
}

function largestOf(context: ContextUse | null, model: string | null): number {
  return context === null || context.windowKnown || (context.model ?? null) !== model ? 0 : (context.windowTokens ?? 0);
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
