/**
 * Turns log records into events. What a sender without the token tells are numbers only: its calls count and lend their
 * output counts, and nothing of it raises a signal or ends one, since every user of the machine can send it.
 */
import type { Call } from '../../core/calls.ts';
import type { FeedEvent } from '../../core/feed.ts';
import { textDetail, type Interruption } from '../../core/interruptions.ts';
import { STORM_FAILURES } from '../../core/limits.ts';
import type { SessionFacts } from '../../core/sessions.ts';
import { type Ns, nsToMs } from '../../core/units.ts';
import { countOf, nameOf } from '../wire/fields.ts';
import { agentOf, type Report } from './agents.ts';
import { countIn, idIn, type LogRecord, logRecords } from './log-record.ts';

/** Conversations that are followed for their retries, and records that are known to have come; the oldest go first. */
const MAX_CONVERSATIONS = 2_000;
const MAX_SEEN = 20_000;
/** Part of them that is kept when there are too many. */
const KEEP = 0.8;

type Conversation = {
  readonly id: string;
  readonly agent: string;
  retries: number;
  /** Failed attempts since the last call. */
  attempts: number;
  storm: { readonly record: string; readonly row: Interruption } | null;
};

type Entry = {
  readonly record: LogRecord;
  readonly report: Report;
  readonly key: string;
  readonly provider: string;
  readonly isVerified: boolean;
};

export type TelemetryReport = {
  readonly unknown: (kind: string, version: string | null) => void;
  readonly malformed: (count: number) => void;
};

/** Keeps what is needed from one request to the next. */
export class Telemetry {
  readonly #report: TelemetryReport;
  readonly #conversations = new Map<string, Conversation>();
  /** An exporter that got no answer sends the same again. */
  readonly #seen = new Set<string>();

  constructor(report: TelemetryReport) {
    this.#report = report;
  }

  /** The events of one request's body. */
  take(body: unknown, isVerified: boolean): readonly FeedEvent[] {
    const { records, malformed } = logRecords(body);
    if (malformed > 0) this.#report.malformed(malformed);
    return records.flatMap((record) => this.#record(record, isVerified));
  }

  #record(record: LogRecord, isVerified: boolean): readonly FeedEvent[] {
    const agent = agentOf(record);
    const name = agent === null ? '' : record.name.slice(agent.prefix.length);
    const decode = agent !== null && Object.hasOwn(agent.events, name) ? agent.events[name] : undefined;
    if (agent === null || decode === undefined) {
      this.#report.unknown(record.name, nameOf(record.get('app.version')));
      return [];
    }
    const session = idIn(record, agent.session);
    const report = decode?.(record) ?? null;
    if (report === null || session === null) return [];
    const mark = record.get('event.sequence') ?? record.get('attempt') ?? record.get('request_id') ?? '';
    const key = `${agent.agent}:${session}:${name}:${record.at}:${countOf(mark) ?? nameOf(mark) ?? ''}`;
    if (this.#seen.has(key)) return [];
    remember(this.#seen, key);
    const conversation = this.#of(session, agent.agent);
    return this.#tell(conversation, { record, report, key, provider: agent.provider, isVerified });
  }

  #tell(conversation: Conversation, entry: Entry): readonly FeedEvent[] {
    const { report, isVerified } = entry;
    switch (report.type) {
      case 'call':
        return [...this.#succeed(conversation, isVerified), callEvent(conversation, entry, report)];
      case 'failed':
        // The agent's own records have it too; without the token it could be anybody's.
        return isVerified ? [callEvent(conversation, entry, report)] : [];
      case 'attempt':
        return this.#fail(conversation, entry, report);
    }
  }

  #fail(conversation: Conversation, entry: Entry, report: Report & { readonly type: 'attempt' }): readonly FeedEvent[] {
    conversation.retries += 1;
    const session = sessionEvent(conversation, entry.record.at);
    if (!entry.isVerified) return [session];
    conversation.attempts += 1;
    if (conversation.attempts < STORM_FAILURES || conversation.storm !== null) return [session];
    const error = [report.status, report.text].filter((part) => part !== null).join(' ');
    const detail = textDetail(`attempt ${conversation.attempts} of one call failed: ${error}`);
    const row = stormOf(conversation, entry.record.at, detail);
    conversation.storm = { record: `storm:${entry.key}`, row };
    return [session, { type: 'interruption', record: `storm:${entry.key}`, arrival: 'gap', interruption: row }];
  }

  #succeed(conversation: Conversation, isVerified: boolean): readonly FeedEvent[] {
    if (!isVerified) return [];
    const { storm } = conversation;
    [conversation.attempts, conversation.storm] = [0, null];
    if (storm === null) return [];
    const interruption = { ...storm.row, resolved: true };
    return [{ type: 'interruption', record: storm.record, arrival: 'gap', interruption }];
  }

  #of(id: string, agent: string): Conversation {
    const key = `${agent}:${id}`;
    const known = this.#conversations.get(key);
    if (known !== undefined) {
      this.#conversations.delete(key);
      this.#conversations.set(key, known);
      return known;
    }
    makeRoom(this.#conversations, MAX_CONVERSATIONS);
    const made: Conversation = { id, agent, retries: 0, attempts: 0, storm: null };
    this.#conversations.set(key, made);
    return made;
  }
}

// Many at a time: the first of a collection whose first ones were deleted one by one is looked for behind all of these.
function makeRoom(full: Set<string> | Map<string, unknown>, max: number): void {
  if (full.size < max) return;
  for (const oldest of full.keys()) {
    full.delete(oldest);
    if (full.size <= KEEP * max) return;
  }
}

function remember(seen: Set<string>, key: string): void {
  makeRoom(seen, MAX_SEEN);
  seen.add(key);
}

function callEvent(
  { id, agent }: Conversation,
  { record, key, provider, isVerified }: Entry,
  report: Report & { readonly type: 'call' | 'failed' },
): FeedEvent {
  const failed = report.type === 'failed';
  const requestId = report.requestId;
  const call: Call = {
    callId: requestId ?? key,
    startNs: startOf(record),
    endNs: record.at,
    status: 'complete',
    conversationId: id,
    sessionId: id,
    agent,
    processName: null,
    pid: null,
    provider,
    model: nameOf(record.get('model')),
    kind: 'main',
    statusCode: failed ? report.status : null,
    error: failed ? report.text : null,
    usage: failed ? null : report.usage,
    finishReason: null,
    tools: [],
    userQuery: null,
    interruptionType: null,
    recorded: {
      failed,
      errorClass: null,
      sharesId: false,
      outputIsLowerBound: false,
      telemetry: isVerified ? 'verified' : 'unverified',
      ...(requestId !== null && { requestId }),
    },
  };
  return { type: 'call', record: key, arrival: 'gap', call };
}

const NS_PER_MS = 1_000_000n;

function startOf(record: LogRecord): Ns {
  const start = record.at - BigInt(countIn(record, 'duration_ms')) * NS_PER_MS;
  return start > 0n ? start : record.at;
}

function sessionEvent({ id, agent, retries }: Conversation, at: Ns): FeedEvent {
  const session: SessionFacts = {
    sessionId: id,
    agent,
    parentId: null,
    forkedFrom: null,
    cwd: null,
    title: null,
    context: null,
    compactions: 0,
    retries,
    state: null,
    pid: null,
    open: null,
    quota: [],
    startedAt: null,
    lastAt: nsToMs(at),
  };
  return { type: 'session', conversationId: id, session, ownerUid: null };
}

function stormOf({ id, agent }: Conversation, occurredNs: Ns, detail: Interruption['detail']): Interruption {
  return {
    interruptionId: null,
    type: 'retry_storm',
    severity: 'critical',
    agent,
    pid: null,
    conversationId: id,
    sessionId: id,
    callId: null,
    occurredNs,
    resolved: false,
    detail,
    recorded: true,
  };
}
