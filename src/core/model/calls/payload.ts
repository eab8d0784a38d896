import type { Call } from '../../calls.ts';

const NO_TOOLS: readonly string[] = [];

/** A call without its texts, for when only its numbers are kept; that it had an error text stays known (as ''). */
export function stripPayload(call: Call): Call {
  return {
    ...call,
    error: call.error === null ? null : '',
    userQuery: null,
    finishReason: null,
    tools: NO_TOOLS,
  };
}

/** The same call with the strings that repeat from call to call held once, as in the call before it. */
export function shareTexts(call: Call, before: Call | null): Call {
  if (before === null) return call;
  return {
    ...call,
    conversationId: share(call.conversationId, before.conversationId),
    sessionId: share(call.sessionId, before.sessionId),
    agent: call.agent === before.agent ? before.agent : call.agent,
    processName: share(call.processName, before.processName),
    provider: share(call.provider, before.provider),
    model: share(call.model, before.model),
    kind: call.kind === before.kind ? before.kind : call.kind,
    error: share(call.error, before.error),
    finishReason: share(call.finishReason, before.finishReason),
    tools: call.tools.length === 0 ? NO_TOOLS : call.tools,
    userQuery: share(call.userQuery, before.userQuery),
  };
}

/** Characters of text that a call holds on its own, beside those shared with the call before it. */
export function ownText(call: Call, before: Call | null): number {
  const error = call.error === before?.error ? 0 : (call.error?.length ?? 0);
  const query = call.userQuery === before?.userQuery ? 0 : (call.userQuery?.length ?? 0);
  return error + query;
}

function share(text: string | null, before: string | null): string | null {
  return text === before ? before : text;
}
