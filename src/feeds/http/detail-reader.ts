import type { Call, CallStatus } from '../../core/calls.ts';
import type { Arrival, FactEvent } from '../../core/feed.ts';
import type { SkipDetail } from '../../core/source-reasons.ts';
import type { SkipReason } from '../../core/sources.ts';
import type { Mono } from '../../core/units.ts';
import { MAX_HTTP_DETAIL_BYTES, MAX_LINE_BYTES, MAX_OPEN_ROWS } from '../limits.ts';
import { idOf } from '../wire/fields.ts';
import { conversationOf, detailRow, toCall } from './answers/call-detail.ts';
import type { AnswerBounds, Client } from './request/client.ts';
import type { Conversation, Pending, Floor } from './cache/conversation.ts';
import type { ConversationCache } from './cache/conversations.ts';
import type { HttpCursor } from './cache/cursor.ts';
import { HttpProblem, isAboutTheAnswer, isGone } from './request/problem.ts';

export type ReaderDeps = {
  readonly client: Client;
  readonly cache: ConversationCache;
  /** The position of an earlier run, null for none. */
  readonly resume: HttpCursor | null;
  readonly mono: () => Mono;
  readonly events: (batch: readonly FactEvent[]) => void;
  readonly skip: (reason: SkipReason, detail: SkipDetail) => void;
};

/** Reads calls in full, and emits those that are new or changed. */
export class DetailReader {
  readonly #deps: ReaderDeps;
  readonly #open = new Map<number, CallStatus>();
  #highest: Floor = { row: 0, startNs: 0n };

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
  }

  /** The highest row and the latest start that were read. */
  get highest(): Floor {
    return this.#highest;
  }

  /** Calls that were not complete when they were last read. */
  get open(): ReadonlyMap<number, CallStatus> {
    return this.#open;
  }

  /** Reads a conversation whole. Rejects with the problem that it had, where trying again may help. */
  async readConversation(conversation: Conversation, signal: AbortSignal): Promise<void> {
    const { cache, mono } = this.#deps;
    const { pending } = conversation;
    cache.take(conversation);
    try {
      const answer = await this.#ask(`/api/conversations/${encodeURIComponent(conversation.id)}`, signal);
      this.#emit(answer.rows, arrivals(pending, answer.ids, this.#deps.resume));
      cache.done(conversation, answer.bytes, answer.isUnsettled, mono());
    } catch (error) {
      if (signal.aborted || !(error instanceof HttpProblem)) throw error;
      if (this.#isWorthAnotherTry(conversation, error)) {
        cache.failed(conversation, pending, mono());
        throw error;
      }
      if (isGone(error)) cache.done(conversation, 0, false, mono());
      else cache.gaveUp(conversation, mono());
    }
  }

  /** Reads the calls of one trace, ahead of their conversation. A failure is left to the conversation. */
  async readTrace(trace: string, arrival: Arrival, signal: AbortSignal): Promise<void> {
    try {
      const { rows } = await this.#ask(`/api/traces/${encodeURIComponent(trace)}`, signal);
      this.#emit(rows, () => arrival);
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
    }
  }

  async #ask(path: string, signal: AbortSignal): Promise<Answer> {
    const rows: ReadRow[] = [];
    const ids: number[] = [];
    let isUnsettled = false;
    const { bytes, oversized } = await this.#deps.client.list(
      path,
      BOUNDS,
      (text) => {
        const row = this.#read(text);
        if (row === null) return;
        ids.push(row.id);
        isUnsettled ||= row.status === 'pending';
        if (row.call !== null) rows.push(row);
      },
      signal,
    );
    for (let left = oversized; left > 0; left--)
      this.#deps.skip('oversized', { code: 'large_call', maxBytes: BOUNDS.maxItemBytes });
    return { bytes, ids, isUnsettled, rows: rows.toSorted((a, b) => a.id - b.id) };
  }

  #read(text: string): ReadRow | null {
    const { cache, skip } = this.#deps;
    const row = detailRow(text);
    if (row === null) {
      skip('malformed', { code: 'item', item: 'call' });
      return null;
    }
    const conversation = cache.get(conversationOf(row) ?? '');
    const sessions = [...(conversation?.summaries.keys() ?? [])];
    const fingerprint = `${row.fingerprint}|${sessions.join('|')}`;
    const { id, status } = row;
    if (conversation?.fingerprints.get(id) === fingerprint)
      return { id, status, fingerprint, conversation, call: null };
    const { call, problem } = toCall(row, (captured) => sessionOf(captured, sessions));
    if (problem !== null) skip('malformed', { code: 'row_event', row: String(id), why: problem });
    return { id, status, fingerprint, conversation, call };
  }

  #emit(rows: readonly ReadRow[], arrivalOf: (row: ReadRow) => Arrival): void {
    const events = rows.flatMap((row): readonly FactEvent[] => {
      const { id, call } = row;
      return call === null ? [] : [{ type: 'call', record: String(id), arrival: arrivalOf(row), call }];
    });
    for (const row of rows) this.#remember(row);
    if (events.length > 0) this.#deps.events(events);
  }

  #remember({ id, status, fingerprint, conversation, call }: ReadRow): void {
    if (conversation !== undefined) this.#deps.cache.remember(conversation, id, fingerprint);
    const startNs = call?.startNs ?? 0n;
    const { highest } = this;
    this.#highest = {
      row: Math.max(highest.row, id),
      startNs: startNs > highest.startNs ? startNs : highest.startNs,
    };
    this.#open.delete(id);
    if (status !== 'complete') this.#open.set(id, status);
    if (this.#open.size > MAX_OPEN_ROWS) this.#open.delete(this.#open.keys().next().value ?? id);
  }

  #isWorthAnotherTry(conversation: Conversation, problem: HttpProblem): boolean {
    const { failure } = problem;
    if (isGone(problem)) return false;
    const id = idOf(conversation.id);
    if (failure.code === 'too_large')
      this.#deps.skip('oversized', { code: 'large_conversation', id, maxBytes: BOUNDS.maxBytes });
    else if (conversation.failures < MAX_FAILURES || !isAboutTheAnswer(problem)) return true;
    else this.#deps.skip('malformed', { code: 'unread_conversation', id, failure });
    return false;
  }
}

type ReadRow = {
  readonly id: number;
  readonly status: CallStatus;
  readonly fingerprint: string;
  readonly conversation: Conversation | undefined;
  /** The call; null if nothing has changed. */
  readonly call: Call | null;
};

type Answer = {
  readonly bytes: number;
  readonly ids: readonly number[];
  /** Rows that are news, by id. */
  readonly rows: readonly ReadRow[];
  readonly isUnsettled: boolean;
};

// A row has the event and the messages beside it, each of them escaped once more.
const BOUNDS: AnswerBounds = {
  maxBytes: MAX_HTTP_DETAIL_BYTES,
  maxItemBytes: 2 * MAX_LINE_BYTES,
  deadlineMs: 300_000,
};
/** Failures in a row after which a conversation is given up until it changes again. */
const MAX_FAILURES = 3;

// What was there at the first listing is history, unless an earlier run has not seen it. What has come since the
// listing arrives as a gap: the listing cannot be wholly trusted, and so its age decides.
function arrivals(
  pending: Pending | null,
  ids: readonly number[],
  resume: HttpCursor | null,
): (row: ReadRow) => Arrival {
  if (pending?.arrival !== 'historical') return () => pending?.arrival ?? 'live';
  const { listed } = pending;
  const inOrder = ids.toSorted((a, b) => a - b);
  const firstUnlisted = listed === null ? undefined : inOrder[listed.calls];
  return ({ id, status, call }) => {
    const endNs = call?.endNs ?? null;
    const isLater =
      endNs === null
        ? firstUnlisted !== undefined && id >= firstUnlisted
        : listed !== null && (listed.endNs === null || endNs > listed.endNs);
    return isLater || (resume !== null && isBeyond(resume, id, status, call)) ? 'gap' : 'historical';
  };
}

function isBeyond(resume: HttpCursor, id: number, status: CallStatus, call: Call | null): boolean {
  if (id > resume.row || (call !== null && call.startNs > resume.startNs)) return true;
  return (resume.open.get(id) ?? status) !== status;
}

/** agentsight's stand-in for a session id that it may still learn. */
const FALLBACK_SESSION = /^[0-9a-f]{32}$/u;

/** The event has the id of the time when it was captured; the server lists the conversation under the present one. */
export function sessionOf(captured: string | null, listed: readonly string[]): string | null {
  const ids = listed.map(idOf).filter((id) => id !== null);
  const isReal = (id: string): boolean => !FALLBACK_SESSION.test(id);
  if (captured !== null && ids.includes(captured) && isReal(captured)) return captured;
  const real = ids.filter(isReal);
  if (real.length === 1) return real[0] ?? null;
  return captured ?? ids[0] ?? null;
}
