import type { Interruption, InterruptionDetail } from '../../interruptions.ts';
import { betterSession } from '../calls/merge.ts';

/** Reported again: what is new holds, what is left out now stays known, and resolved is for good. */
export function reviseInterruption(before: Interruption, after: Interruption): Interruption {
  return {
    ...after,
    agent: after.agent === 'unknown' ? before.agent : after.agent,
    pid: after.pid ?? before.pid,
    conversationId: after.conversationId ?? before.conversationId,
    sessionId: betterSession(after.sessionId, before.sessionId),
    callId: after.callId ?? before.callId,
    resolved: before.resolved || after.resolved,
    detail: revisedDetail(before.detail, after.detail),
  };
}

function revisedDetail(before: InterruptionDetail, after: InterruptionDetail): InterruptionDetail {
  return {
    error: after.error ?? before.error,
    statusCode: after.statusCode ?? before.statusCode,
    exitCode: after.exitCode ?? before.exitCode,
    signal: after.signal ?? before.signal,
    coreDump: after.coreDump ?? before.coreDump,
    oom: before.oom || after.oom,
    callIds: after.callIds.length > 0 ? after.callIds : before.callIds,
    text: after.text === '' ? before.text : after.text,
  };
}

/** Returns true if two accounts are equal. */
export function sameInterruption(a: Interruption, b: Interruption): boolean {
  return (
    a.type === b.type &&
    a.severity === b.severity &&
    a.agent === b.agent &&
    a.pid === b.pid &&
    a.conversationId === b.conversationId &&
    a.sessionId === b.sessionId &&
    a.callId === b.callId &&
    a.occurredNs === b.occurredNs &&
    a.resolved === b.resolved &&
    sameDetail(a.detail, b.detail)
  );
}

function sameDetail(a: InterruptionDetail, b: InterruptionDetail): boolean {
  return (
    a.error === b.error &&
    a.statusCode === b.statusCode &&
    a.exitCode === b.exitCode &&
    a.signal === b.signal &&
    a.coreDump === b.coreDump &&
    a.oom === b.oom &&
    a.text === b.text &&
    a.callIds.length === b.callIds.length &&
    a.callIds.every((id, index) => id === b.callIds[index])
  );
}
