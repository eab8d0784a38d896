import type { SessionFolder, WorkspaceMap } from '../folder.ts';
import type { Call } from '../calls.ts';
import { type Interruption, interruptionType, type Severity } from '../interruptions.ts';
import type { Signal } from '../signals.ts';
import { recordsRule } from './policy/policy.ts';
import { stableHash } from '../stable-hash.ts';
import { type Ns, nsToMs } from '../units.ts';
import type { ReactorSettings } from './types.ts';

/** The identity of a call: its id and its start. The start is null where only the id is known. */
export type CallName = { readonly callId: string; readonly startNs: Ns | null };

/** Shorter ids (`chatcmpl-42`, `call-7`) are used again by their providers: they name a call only with its start. */
const UNIQUE_ID_LENGTH = 16;

/** Returns true if the id alone identifies one call. */
export function isUniqueCallId(callId: string): boolean {
  return callId.length >= UNIQUE_ID_LENGTH;
}

/** A call as one text: its id, with its start where the id alone does not name it. */
export function callKey({ callId, startNs }: CallName): string {
  return isUniqueCallId(callId) || startNs === null ? callId : `${callId}@${startNs}`;
}

/**
 * The id of a signal that a call is named for: the same through every door, source and run. That of 0.1.0 was made of the
 * call's id alone, as it is still where the start is not known.
 */
export function callSignalId(call: CallName): string {
  return stableHash('call', callKey(call));
}

/** The id of a storm: its type, its conversation and the end of its fifth failure. */
export function stormSignalId(type: string, conversationId: string, fifthNs: Ns): string {
  return stableHash('storm', type, conversationId, String(fifthNs));
}

/** The id of a signal of a moment. */
export function momentSignalId(type: string, key: string): string {
  return stableHash('moment', type, key);
}

/** The id of a signal that only its interruption row names. */
export function interruptionSignalId(interruptionId: string): string {
  return stableHash('interruption', interruptionId);
}

/** Returns the key of a row, also of one that agentsight gave no id. */
export function rowId({ interruptionId, type, occurredNs }: Interruption): string {
  return interruptionId ?? `${type}@${occurredNs}`;
}

/** Severity of a signal that we name ourselves: agentsight's default of its type. */
export function defaultSeverity(signal: string): Severity {
  return interruptionType(signal)?.severity ?? 'critical';
}

/** The owner of a signal, for its workspace. */
type Owner = {
  readonly agent: string | null;
  readonly processName: string | null;
  readonly conversationId?: string | null;
  readonly sessionId?: string | null;
};

/**
 * The most specific wins: by agent, then by process, then a default that was given for this run, then the session's folder,
 * then the default; null for none. A session's folder that is refused has none, whatever the default.
 */
export function workspaceFor(map: WorkspaceMap, owner: Owner): string | null {
  const { agent, processName } = owner;
  if (agent !== null && Object.hasOwn(map.agents, agent)) return map.agents[agent] ?? null;
  if (processName !== null && Object.hasOwn(map.processes, processName)) return map.processes[processName] ?? null;
  if (map.isFallbackGiven === true) return map.fallback;
  const folder = sessionFolder(map, owner);
  if (folder === null) return map.fallback;
  return folder.type === 'workspace' ? folder.path : null;
}

/** Returns what is known of the folder of a signal's session; null for nothing. */
export function sessionFolder(
  { sessions }: WorkspaceMap,
  owner: Omit<Owner, 'agent' | 'processName'>,
): SessionFolder | null {
  const { conversationId = null, sessionId = null } = owner;
  if (sessions === undefined) return null;
  return sessions.get(conversationId ?? '') ?? sessions.get(sessionId ?? '') ?? null;
}

/** A signal from a call's own text or course. */
export function callSignal(
  settings: ReactorSettings,
  call: Call,
  facts: Pick<Signal, 'signalId' | 'type' | 'origin' | 'at' | 'historical' | 'cause'>,
): Signal {
  return {
    ...facts,
    severity: defaultSeverity(facts.type),
    agent: call.agent,
    processName: call.processName,
    pid: call.pid,
    conversationId: call.conversationId,
    callId: facts.origin === 'derived' ? null : call.callId,
    interruptionId: null,
    workspace: workspaceFor(settings.workspaces, call),
    ...(call.recorded !== undefined && { recorded: true }),
    downgraded: call.recorded === undefined ? null : recordsRule(settings.recordsPolicy, facts.type),
  };
}

/** A signal from an interruption row; what the row leaves open is taken from the call that it names, if that is known. */
export function rowSignal(
  settings: ReactorSettings,
  row: Interruption,
  call: Call | null,
  facts: Pick<Signal, 'signalId' | 'type' | 'severity' | 'callId' | 'historical' | 'downgraded' | 'cause'>,
): Signal {
  const agent = row.agent === 'unknown' && call ? call.agent : row.agent;
  const processName = call?.processName ?? null;
  // Of a crash, agentsight writes the largest pid of all dead processes of the agent's name into every row.
  const pid = facts.type === 'agent_crash' ? (call?.pid ?? row.pid) : (row.pid ?? call?.pid ?? null);
  return {
    ...facts,
    origin: row.recorded === true ? 'derived' : 'interruption',
    ...(row.recorded === true && { recorded: true }),
    agent,
    processName,
    pid,
    conversationId: row.conversationId ?? call?.conversationId ?? null,
    interruptionId: row.interruptionId,
    // Where no rule of agentsight's names the agent, the row's agent is the name of its process.
    workspace: workspaceFor(settings.workspaces, {
      agent,
      processName: processName ?? agent,
      conversationId: row.conversationId ?? call?.conversationId ?? null,
      sessionId: row.sessionId ?? call?.sessionId ?? null,
    }),
    at: nsToMs(row.occurredNs),
  };
}
