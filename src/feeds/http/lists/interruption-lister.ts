import type { FactEvent } from '../../../core/feed.ts';
import { MAX_KNOWN_INTERRUPTIONS } from '../../limits.ts';
import { type Ms, type Ns, msToNs } from '../../../core/units.ts';
import type { Occasion } from '../cache/conversation.ts';
import type { ConversationCache } from '../cache/conversations.ts';
import type { HttpCursor } from '../cache/cursor.ts';
import type { DetailReader } from '../detail-reader.ts';
import { END_NS, type ListDeps, earlier, readList } from './list.ts';
import { HttpProblem } from '../request/problem.ts';
import type { Interruption } from '../../../core/interruptions.ts';
import { idOf, nameOf, nsOf, pidOf } from '../../wire/fields.ts';
import { severityAndDetail } from '../../wire/interruption.ts';
import { jsonItem, rawId } from '../answers/json-item.ts';

export type InterruptionListerDeps = ListDeps & {
  readonly cache: ConversationCache;
  readonly reader: DetailReader;
  /** The position of an earlier run, null for none. */
  readonly resume: HttpCursor | null;
  readonly events: (batch: readonly FactEvent[]) => void;
};

/** One poll of the list of interruptions; `arrival` is that of what is new since the poll before. */
export type InterruptionPoll = Occasion & {
  /** Also for changes of those that are still open. */
  readonly isFull: boolean;
  /** True once the conversations were listed. */
  readonly isAttached: boolean;
};

/** Polls the server's list of interruptions and emits what is new in it. */
export class InterruptionLister {
  readonly #deps: InterruptionListerDeps;
  readonly #interruptions = new InterruptionCache();
  #reported: { readonly id: number; readonly occurredNs: Ns } = { id: 0, occurredNs: 0n };
  #hasInterruptions = false;
  #lack: HttpProblem | null = null;

  constructor(deps: InterruptionListerDeps) {
    this.#deps = deps;
  }

  /** The problem with the list of interruptions, null if there is none. */
  get lack(): HttpProblem | null {
    return this.#lack;
  }

  /** The highest interruption and the latest time that were emitted. */
  get reported(): { readonly id: number; readonly occurredNs: Ns } {
    return this.#reported;
  }

  /** Polls once; returns true if something changed. Rejects with a problem that is not of this list alone. */
  async poll(poll: InterruptionPoll, signal: AbortSignal): Promise<boolean> {
    if (this.#lack !== null && !poll.isFull) return false;
    const isFirst = !this.#hasInterruptions;
    try {
      const records = await this.#list(this.#from(poll.isFull, poll.at), signal);
      this.#hasInterruptions = true;
      this.#lack = null;
      return await this.#emit(records, isFirst, poll, signal);
    } catch (error) {
      if (!(error instanceof HttpProblem) || !isAboutThisList(error)) throw error;
      this.#lack = error;
      return false;
    }
  }

  #from(isFull: boolean, at: Ms): Ns {
    const recent = earlier(msToNs(at), this.#interruptions.latestNs) - SLACK_NS;
    const open = isFull ? this.#interruptions.oldestOpenNs() : null;
    const from = open === null ? recent : earlier(open, recent);
    return from > 0n ? from : 0n;
  }

  // Newest first and at most `PAGE` at a time: a full page may not be the last.
  async #list(startNs: Ns, signal: AbortSignal): Promise<readonly InterruptionRecord[]> {
    const records = new Map<number, InterruptionRecord>();
    let endNs = END_NS;
    for (let page = 0; page < MAX_PAGES; page++) {
      let items = 0;
      let oldest = endNs;
      const path = `/api/interruptions?start_ns=${startNs}&end_ns=${endNs}&limit=${PAGE}`;
      await readList(this.#deps, path, signal, (text) => {
        items += 1;
        const record = interruptionRecord(text);
        if (record === null) return this.#deps.skip('malformed', { code: 'item', item: 'interruption' });
        records.set(record.id, record);
        oldest = earlier(oldest, record.interruption.occurredNs);
      });
      if (items < PAGE || oldest <= startNs) break;
      endNs = oldest === endNs ? oldest - 1n : oldest;
    }
    return [...records.values()].toSorted((a, b) => a.id - b.id);
  }

  // The calls that they name are emitted before them, as agentsight has written them.
  async #emit(
    records: readonly InterruptionRecord[],
    isFirst: boolean,
    poll: InterruptionPoll,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { reader, cache, resume } = this.#deps;
    const events: FactEvent[] = [];
    const traces = new Set<string>();
    for (const record of records) {
      const news = this.#interruptions.take(record);
      if (news === 'known') continue;
      const arrival = isFirst ? (isBeyond(resume, record) ? 'gap' : 'historical') : poll.arrival;
      const { id, interruption, conversation, trace } = record;
      events.push({ type: 'interruption', record: String(id), arrival, interruption });
      if (arrival === 'historical' || news === 'changed') continue;
      if (trace !== null) traces.add(trace);
      // Before the first listing is done every conversation is due anyway.
      else if (conversation !== null && poll.isAttached) cache.touch(conversation, { ...poll, arrival });
    }
    for (const trace of [...traces].slice(-MAX_TRACES)) await reader.readTrace(trace, poll.arrival, signal);
    if (signal.aborted || events.length === 0) return false;
    this.#deps.events(events);
    this.#reported = { id: this.#interruptions.highest, occurredNs: this.#interruptions.latestNs };
    return true;
  }
}

/** An interruption occurs at the end of its call and is found by scans of up to a minute. */
const SLACK_NS = 10n * 60_000_000_000n;
/** The most that the server gives of interruptions. */
const PAGE = 1_000;
const MAX_PAGES = 20;
/** Calls that are read ahead of their conversations in one poll. */
const MAX_TRACES = 16;

function isBeyond(resume: HttpCursor | null, { id, interruption }: InterruptionRecord): boolean {
  return resume !== null && (id > resume.interruption || interruption.occurredNs > resume.occurredNs);
}

// A server without the interruptions' database still has the calls.
function isAboutThisList({ failure }: HttpProblem): boolean {
  if (failure.code !== 'status') return failure.code === 'web_page';
  return failure.status === 404 || (failure.status === 503 && failure.retryAfterMs === null);
}

type Known = { readonly occurredNs: Ns; readonly isResolved: boolean; readonly fingerprint: string };

/** The server's interruptions, to find which are news and from when on to list them. */
class InterruptionCache {
  readonly #known = new Map<string, Known>();
  #highest = 0;
  #latestNs: Ns = 0n;
  // Interruptions that occurred up to here may have been forgotten: they are not taken for new ones.
  #forgottenUpTo: Ns = -1n;

  get highest(): number {
    return this.#highest;
  }

  get latestNs(): Ns {
    return this.#latestNs;
  }

  /** Takes one in; true when it is new or has changed. */
  take({ id, interruption, fingerprint }: InterruptionRecord): 'new' | 'changed' | 'known' {
    const { interruptionId, occurredNs, resolved } = interruption;
    const key = `${id} ${interruptionId}`;
    const before = this.#known.get(key);
    if (before?.fingerprint === fingerprint || (before === undefined && occurredNs <= this.#forgottenUpTo))
      return 'known';
    this.#known.set(key, { occurredNs, isResolved: resolved, fingerprint });
    if (id > this.#highest) this.#highest = id;
    if (occurredNs > this.#latestNs) this.#latestNs = occurredNs;
    if (this.#known.size > MAX_KNOWN_INTERRUPTIONS) this.#forget();
    return before === undefined ? 'new' : 'changed';
  }

  /** Returns the time of the oldest unresolved one; null if there is none. */
  oldestOpenNs(): Ns | null {
    let oldest: Ns | null = null;
    for (const { occurredNs, isResolved } of this.#known.values()) {
      if (!isResolved && (oldest === null || occurredNs < oldest)) oldest = occurredNs;
    }
    return oldest;
  }

  #forget(): void {
    const oldestFirst = [...this.#known].toSorted(([, a], [, b]) => (a.occurredNs < b.occurredNs ? -1 : 1));
    for (const [key, { occurredNs }] of oldestFirst.slice(0, MAX_KNOWN_INTERRUPTIONS / 10)) {
      this.#forgottenUpTo = occurredNs;
      this.#known.delete(key);
    }
  }
}

/** One item of `/api/interruptions`. */
type InterruptionRecord = {
  /** The row's id in the database. */
  readonly id: number;
  readonly interruption: Interruption;
  /** The conversation and the trace, as they are asked for. */
  readonly conversation: string | null;
  readonly trace: string | null;
  /** Differs when anything about it has changed. */
  readonly fingerprint: string;
};

type Wire = {
  readonly id?: unknown;
  readonly interruption_id?: unknown;
  readonly session_id?: unknown;
  readonly trace_id?: unknown;
  readonly conversation_id?: unknown;
  readonly call_id?: unknown;
  readonly pid?: unknown;
  readonly agent_name?: unknown;
  readonly interruption_type?: unknown;
  readonly severity?: unknown;
  readonly occurred_at_ns?: unknown;
  readonly detail?: unknown;
  readonly resolved?: unknown;
};

/** Reads one; null for what is none. */
function interruptionRecord(text: string): InterruptionRecord | null {
  const wire: Wire = jsonItem(text) ?? {};
  const interruptionId = idOf(wire.interruption_id);
  const type = nameOf(wire.interruption_type);
  const occurredNs = nsOf(wire.occurred_at_ns);
  const { id } = wire;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return null;
  if (interruptionId === null || type === null || occurredNs === null) return null;
  const interruption: Interruption = {
    interruptionId,
    type,
    ...severityAndDetail(type, wire.severity, wire.detail),
    agent: nameOf(wire.agent_name) ?? 'unknown',
    pid: pidOf(wire.pid),
    conversationId: idOf(wire.conversation_id),
    sessionId: idOf(wire.session_id),
    callId: idOf(wire.call_id),
    occurredNs,
    resolved: wire.resolved === true || wire.resolved === 1,
  };
  const fingerprint = `${interruption.resolved ? 'resolved' : 'open'}|${interruption.sessionId ?? '-'}`;
  return { id, interruption, conversation: rawId(wire.conversation_id), trace: rawId(wire.trace_id), fingerprint };
}
