import type { Call, CallStatus, Usage } from '../../calls.ts';
import { reportsCache } from '../meters/totals.ts';

const RANK: Readonly<Record<CallStatus, number>> = { pending: 0, interrupted: 1, complete: 2 };
/** agentsight's stand-in for a session id that it may still learn. */
const FALLBACK_SESSION = /^[0-9a-f]{32}$/;

/**
 * The same row reported again by the same source: the later account holds, but a complete call does not become pending
 * again, and what was known and is left out now stays known. A row that goes back to pending has been given to
 * another attempt, and is taken as it comes.
 */
export function revise(before: Call, after: Call): Call {
  if (before.status === 'complete' && after.status === 'pending') return before;
  if (before.status === 'interrupted' && after.status === 'pending') return after;
  return {
    ...after,
    endNs: after.endNs ?? before.endNs,
    error: after.error ?? before.error,
    statusCode: after.statusCode ?? before.statusCode,
    usage: after.usage ?? before.usage,
    userQuery: after.userQuery ?? before.userQuery,
    interruptionType: after.interruptionType ?? before.interruptionType,
  };
}

type Report = { readonly source: { readonly uri: string }; readonly report: Call };

/** One call out of several sources' accounts of it, field by field; the order of the accounts does not matter. */
export function mergeAccounts(accounts: readonly Report[]): Call {
  const [first, ...rest] = accounts.toSorted(byRichness).map(({ report }) => report);
  if (first === undefined) throw new RangeError('a call has at least one account');
  return rest.reduce(enrich, first);
}

/** Returns true if two accounts are equal. */
export function sameCall(a: Call, b: Call): boolean {
  return (
    a.status === b.status &&
    a.endNs === b.endNs &&
    a.startNs === b.startNs &&
    a.callId === b.callId &&
    a.conversationId === b.conversationId &&
    a.sessionId === b.sessionId &&
    a.agent === b.agent &&
    a.processName === b.processName &&
    a.pid === b.pid &&
    a.provider === b.provider &&
    a.model === b.model &&
    a.kind === b.kind &&
    a.statusCode === b.statusCode &&
    a.error === b.error &&
    a.finishReason === b.finishReason &&
    a.userQuery === b.userQuery &&
    a.interruptionType === b.interruptionType &&
    sameRecorded(a.recorded, b.recorded) &&
    sameUsage(a.usage, b.usage) &&
    sameTools(a.tools, b.tools)
  );
}

function byRichness(a: Report, b: Report): number {
  // What agentsight saw on the wire holds over what an agent wrote down.
  const byDoor = Number(a.report.recorded !== undefined) - Number(b.report.recorded !== undefined);
  if (byDoor !== 0) return byDoor;
  // And that over what any process may have sent in its name.
  const byTelemetry = telemetryRank(a.report) - telemetryRank(b.report);
  if (byTelemetry !== 0) return byTelemetry;
  const difference = RANK[b.report.status] - RANK[a.report.status] || known(b.report) - known(a.report);
  return difference || (a.source.uri < b.source.uri ? -1 : 1);
}

function known(call: Call): number {
  return (
    Object.values(call).filter((value) => value !== null).length + (call.usage && reportsCache(call.usage) ? 1 : 0)
  );
}

const TELEMETRY_RANK = { verified: 1, unverified: 2 } as const;

function telemetryRank({ recorded }: Call): number {
  return recorded?.telemetry === undefined ? 0 : TELEMETRY_RANK[recorded.telemetry];
}

/**
 * Telemetry has the final output count of a call whose record may have that of the stream's first event. From a sender
 * without the token nothing else is taken.
 */
function withTelemetry(rich: Call, telemetry: Call): Call {
  const { recorded, usage } = rich;
  if (recorded?.outputIsLowerBound !== true || usage === null || telemetry.usage === null) return rich;
  const outputTokens = Math.max(usage.outputTokens, telemetry.usage.outputTokens);
  return { ...rich, usage: { ...usage, outputTokens }, recorded: { ...recorded, outputIsLowerBound: false } };
}

function enrich(rich: Call, poor: Call): Call {
  if (poor.recorded?.telemetry === 'unverified') return withTelemetry(rich, poor);
  if (poor.recorded?.telemetry === 'verified') return withFields(withTelemetry(rich, poor), poor);
  return withFields(rich, poor);
}

function withFields(rich: Call, poor: Call): Call {
  return {
    ...rich,
    endNs: rich.endNs ?? poor.endNs,
    conversationId: rich.conversationId ?? poor.conversationId,
    sessionId: betterSession(rich.sessionId, poor.sessionId),
    agent: rich.agent === 'unknown' ? poor.agent : rich.agent,
    processName: rich.processName ?? poor.processName,
    pid: rich.pid ?? poor.pid,
    provider: rich.provider ?? poor.provider,
    model: rich.model ?? poor.model,
    kind: rich.kind === 'main' ? poor.kind : rich.kind,
    statusCode: rich.statusCode ?? poor.statusCode,
    error: rich.error ?? poor.error,
    usage: mergeUsage(rich.usage, poor.usage, poor.recorded !== undefined),
    finishReason: rich.finishReason ?? poor.finishReason,
    tools: rich.tools.length > 0 ? rich.tools : poor.tools,
    userQuery: rich.userQuery ?? poor.userQuery,
    interruptionType: rich.interruptionType ?? poor.interruptionType,
  };
}

/** The more lasting of two session ids: a real one beats a fallback. */
export function betterSession(rich: string | null, poor: string | null): string | null {
  if (rich === null || (poor !== null && FALLBACK_SESSION.test(rich) && !FALLBACK_SESSION.test(poor))) return poor;
  return rich;
}

function mergeUsage(rich: Usage | null, poor: Usage | null, isRecorded: boolean): Usage | null {
  if (rich === null || poor === null) return rich ?? poor;
  const long = rich.cacheCreation1hTokens ?? poor.cacheCreation1hTokens;
  return {
    ...rich,
    // Either may have the count of the stream's first event.
    outputTokens: isRecorded ? Math.max(rich.outputTokens, poor.outputTokens) : rich.outputTokens,
    cacheReadTokens: rich.cacheReadTokens ?? poor.cacheReadTokens,
    cacheCreationTokens: rich.cacheCreationTokens ?? poor.cacheCreationTokens,
    ...(long !== undefined && { cacheCreation1hTokens: long }),
  };
}

function sameUsage(a: Usage | null, b: Usage | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.inputTokens === b.inputTokens &&
    a.outputTokens === b.outputTokens &&
    a.cacheReadTokens === b.cacheReadTokens &&
    a.cacheCreationTokens === b.cacheCreationTokens &&
    a.cacheCreation1hTokens === b.cacheCreation1hTokens
  );
}

function sameRecorded(a: Call['recorded'], b: Call['recorded']): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.failed === b.failed &&
    a.errorClass === b.errorClass &&
    a.outputIsLowerBound === b.outputIsLowerBound &&
    a.telemetry === b.telemetry &&
    a.requestId === b.requestId
  );
}

function sameTools(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((tool, index) => tool === b[index]));
}
