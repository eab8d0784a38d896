import type { Signal } from '../core/signals.ts';

/** Returns what names a signal and its owner, by the keys of our output. */
export function signalFacts({ signalId, type, origin, severity, agent, pid, workspace, ...ids }: Signal) {
  return {
    signal_id: signalId,
    signal: type,
    origin,
    severity,
    agent,
    pid,
    conversation_id: ids.conversationId,
    call_id: ids.callId,
    interruption_id: ids.interruptionId,
    workspace,
  };
}
