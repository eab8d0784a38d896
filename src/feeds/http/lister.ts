import type { Arrival, FactEvent, Ms, Ns, SkipReason } from '../../core/events.ts';
import { MAX_HTTP_LIST_BYTES } from '../../core/limits.ts';
import type { AnswerBounds, Client } from './request/client.ts';
import type { Floor, Occasion } from './known/conversation.ts';
import { idOf } from '../wire/fields.ts';
import type { ConversationBook } from './known/conversations.ts';
import type { HttpCursor } from './known/cursor.ts';
import type { DetailReader } from './detail-reader.ts';
import { interruptionRecord, type InterruptionRecord } from './answers/interruption-record.ts';
import { InterruptionBook } from './known/interruptions.ts';
import { HttpProblem, isAboutTheAnswer, isGone } from './request/problem.ts';
import { SessionBook, type Window } from './known/sessions.ts';
import { conversationSummary, sessionSummary, type SessionSummary } from './answers/summaries.ts';

export type ListerDeps = {
  readonly client: Client;
  readonly book: ConversationBook;
  readonly reader: DetailReader;
  readonly resume: HttpCursor | null;
  readonly now: () => Ms;
  readonly events: (batch: readonly FactEvent[]) => void;
  readonly skip: (reason: SkipReason, words: string) => void;
};

/** Looks at the server's lists: tells its interruptions, and notes which conversations have changed. */
export class Lister {
  readonly #deps: ListerDeps;
  readonly #sessions = new SessionBook();
  readonly #interruptions = new InterruptionBook();
  #nextFullLook: Ms = 0;
  #isAttached = false;
  #told: { readonly id: number; readonly occurredNs: Ns } = { id: 0, occurredNs: 0n };
  #hasInterruptions = false;
  #lack: HttpProblem | null = null;
  #unlisted: HttpProblem | null = null;
  // Sessions of the first look that could not be listed then: all of theirs was there before.
  readonly #late = new Set<string>();

  constructor(deps: ListerDeps) {
    this.#deps = deps;
  }

  /** Have both lists been seen once, or the calls' where there is no other? */
  get isAttached(): boolean {
    return this.#isAttached;
  }

  /** Why there are no interruptions, null when there are. */
  get lack(): HttpProblem | null {
    return this.#lack;
  }

  /** Why the conversations of some session could not be listed at the last look, null when all could. */
  get unlisted(): HttpProblem | null {
    return this.#unlisted;
  }

  /** The highest interruption and the latest time that were told. */
  get told(): { readonly id: number; readonly occurredNs: Ns } {
    return this.#told;
  }

  /**
   * One look; true when it brought news. `missed` says that looks were missed before it. Rejects with the problem of a
   * look that could not be finished; the next one makes up for it.
   */
  async look(missed: boolean, floor: Floor, signal: AbortSignal): Promise<boolean> {
    const at = this.#deps.now();
    const isFull = at >= this.#nextFullLook;
    const arrival: Arrival = missed ? 'gap' : 'live';
    const occasion: Occasion = { at, floor, arrival: this.#isAttached ? arrival : 'historical' };
    const isNews = await this.#lookAtInterruptions(occasion, arrival, isFull, signal);
    const window = this.#window(isFull, at);
    const { moved, bytes } = await this.#movedSessions(window, signal);
    const noted = await this.#listSessions(moved, window, occasion, signal);
    this.#isAttached = true;
    if (isFull) this.#nextFullLook = at + Math.min(MAX_FULL_EVERY_MS, FULL_EVERY_MS * (1 + bytes / CHEAP_BYTES));
    return isNews || noted;
  }

  // Calls are selected by their start, so a long one that has ended just now is in no narrow window.
  #window(isFull: boolean, at: Ms): Window {
    if (isFull) return { kind: 'all', startNs: 0n };
    return { kind: 'recent', startNs: this.#recentFrom(at) };
  }

  // In steps, because only sums of equal windows can be compared; by the server's clock where that is behind ours.
  #recentFrom(at: Ms): Ns {
    const from = earlier(BigInt(at) * NS_PER_MS, this.#sessions.latestNs) - RECENT_NS;
    return from <= 0n ? 0n : from - (from % STEP_NS);
  }

  async #movedSessions(
    window: Window,
    signal: AbortSignal,
  ): Promise<{ readonly moved: readonly SessionSummary[]; readonly bytes: number }> {
    const moved: SessionSummary[] = [];
    const listed = new Set<string>();
    const recentFrom = this.#recentFrom(this.#deps.now());
    // A failed call of a parallel pair may leave no trace in the sums of its session.
    const isSuspect = (summary: SessionSummary): boolean =>
      window.kind === 'all' && this.#isAttached && summary.lastSeenNs >= recentFrom;
    const path = `/api/sessions?start_ns=${window.startNs}&end_ns=${END_NS}&include_auxiliary=true`;
    const { bytes } = await this.#list(path, signal, (text) => {
      const summary = sessionSummary(text);
      if (summary === null) return this.#deps.skip('malformed', 'a session without a usable id or time');
      listed.add(summary.id);
      if (this.#sessions.hasMoved(summary, window) || isSuspect(summary)) moved.push(summary);
    });
    if (window.kind === 'all') this.#deps.book.keepSessions(listed);
    return { moved: moved.toSorted((a, b) => (a.lastSeenNs > b.lastSeenNs ? -1 : 1)), bytes };
  }

  // One list that cannot be read must not cost the others; where none can, the server is at fault.
  async #listSessions(
    sessions: readonly SessionSummary[],
    window: Window,
    occasion: Occasion,
    signal: AbortSignal,
  ): Promise<boolean> {
    const problems: HttpProblem[] = [];
    const noted = await inParallel(sessions, async (session) => {
      try {
        return await this.#listConversations(session, window, occasion, signal);
      } catch (error) {
        if (!(error instanceof HttpProblem) || !isAboutTheAnswer(error)) throw error;
        problems.push(error);
        if (occasion.arrival === 'historical') this.#late.add(session.id);
        if (!this.#sessions.failed(session, window)) return false;
        this.#deps.skip(
          'malformed',
          `session ${idOf(session.id) ?? 'without a name'}: its conversations cannot be listed`,
        );
        return false;
      }
    });
    const [problem = null] = problems;
    if (problem !== null && problems.length === sessions.length && !this.#isAttached) throw problem;
    this.#unlisted = problem;
    return noted.includes(true);
  }

  async #listConversations(
    session: SessionSummary,
    window: Window,
    occasion: Occasion,
    signal: AbortSignal,
  ): Promise<boolean> {
    let isNews = false;
    const listed = new Set<string>();
    const seen: Occasion = this.#late.has(session.id) ? { ...occasion, arrival: 'historical' } : occasion;
    const query = `start_ns=0&end_ns=${END_NS}&include_auxiliary=true`;
    try {
      await this.#list(`/api/sessions/${encodeURIComponent(session.id)}/traces?${query}`, signal, (text) => {
        const summary = conversationSummary(text);
        if (summary === null) return this.#deps.skip('malformed', 'a conversation without a usable id or time');
        listed.add(summary.id);
        if (this.#deps.book.note(session, summary, seen)) isNews = true;
      });
    } catch (error) {
      if (!(error instanceof HttpProblem) || !isGone(error)) throw error;
    }
    this.#late.delete(session.id);
    this.#deps.book.keepListed(session.id, listed);
    this.#sessions.listed(session, window);
    return isNews;
  }

  async #lookAtInterruptions(
    occasion: Occasion,
    arrival: Arrival,
    isFull: boolean,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (this.#lack !== null && !isFull) return false;
    const isFirst = !this.#hasInterruptions;
    try {
      const records = await this.#listInterruptions(this.#interruptionsFrom(isFull, occasion.at), signal);
      this.#hasInterruptions = true;
      this.#lack = null;
      return await this.#tellInterruptions(records, isFirst, { ...occasion, arrival }, signal);
    } catch (error) {
      if (!(error instanceof HttpProblem) || !isAboutThisList(error)) throw error;
      this.#lack = error;
      return false;
    }
  }

  #interruptionsFrom(isFull: boolean, at: Ms): Ns {
    const recent = earlier(BigInt(at) * NS_PER_MS, this.#interruptions.latestNs) - SLACK_NS;
    const open = isFull ? this.#interruptions.oldestOpenNs() : null;
    const from = open === null ? recent : earlier(open, recent);
    return from > 0n ? from : 0n;
  }

  // Newest first and at most `PAGE` at a time: a full page may not be the last.
  async #listInterruptions(startNs: Ns, signal: AbortSignal): Promise<readonly InterruptionRecord[]> {
    const records = new Map<number, InterruptionRecord>();
    let endNs: Ns = END_NS;
    for (let page = 0; page < MAX_PAGES; page++) {
      let items = 0;
      let oldest = endNs;
      const path = `/api/interruptions?start_ns=${startNs}&end_ns=${endNs}&limit=${PAGE}`;
      await this.#list(path, signal, (text) => {
        items += 1;
        const record = interruptionRecord(text);
        if (record === null) return this.#deps.skip('malformed', 'an interruption without a usable id, type or time');
        records.set(record.id, record);
        oldest = earlier(oldest, record.interruption.occurredNs);
      });
      if (items < PAGE || oldest <= startNs) break;
      endNs = oldest === endNs ? oldest - 1n : oldest;
    }
    return [...records.values()].toSorted((a, b) => a.id - b.id);
  }

  // The calls that they name are told before them, as agentsight has written them.
  async #tellInterruptions(
    records: readonly InterruptionRecord[],
    isFirst: boolean,
    occasion: Occasion,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { reader, book, resume } = this.#deps;
    const events: FactEvent[] = [];
    const traces = new Set<string>();
    for (const record of records) {
      const news = this.#interruptions.take(record);
      if (news === 'known') continue;
      const arrival = isFirst ? (isBeyond(resume, record) ? 'gap' : 'historical') : occasion.arrival;
      const { id, interruption, conversation, trace } = record;
      events.push({ type: 'interruption', record: String(id), arrival, interruption });
      if (arrival === 'historical' || news === 'changed') continue;
      if (trace !== null) traces.add(trace);
      // Before the first listing is done every conversation is due anyway.
      else if (conversation !== null && this.#isAttached) book.touch(conversation, { ...occasion, arrival });
    }
    for (const trace of [...traces].slice(-MAX_TRACES)) await reader.readTrace(trace, occasion.arrival, signal);
    if (signal.aborted || events.length === 0) return false;
    this.#deps.events(events);
    this.#told = { id: this.#interruptions.highest, occurredNs: this.#interruptions.latestNs };
    return true;
  }

  async #list(path: string, signal: AbortSignal, onItem: (text: string) => void): Promise<{ readonly bytes: number }> {
    const received = await this.#deps.client.list(path, BOUNDS, onItem, signal);
    if (received.oversized > 0) this.#deps.skip('oversized', 'an item of a list of more than 1 MiB');
    return received;
  }
}

const NS_PER_MS = 1_000_000n;
const NS_PER_MINUTE = 60_000_000_000n;
/** The end of every window: in the year 2255, because agentsight's clock may be ahead (feed contract 7.1). */
const END_NS = 9_000_000_000_000_000_000n;
/** A call may take half an hour and is committed minutes later; older ones are found by the full look. */
const RECENT_NS = 45n * NS_PER_MINUTE;
const STEP_NS = 15n * NS_PER_MINUTE;
/** An interruption occurs at the end of its call and is found by scans of up to a minute. */
const SLACK_NS = 10n * NS_PER_MINUTE;
const FULL_EVERY_MS = 60_000;
const MAX_FULL_EVERY_MS = 600_000;
/** A full list of more than this is asked for less often. */
const CHEAP_BYTES = 256 * 1024;
/** The most that the server gives of interruptions. */
const PAGE = 1_000;
const MAX_PAGES = 20;
/** Calls that are read ahead of their conversations in one look. */
const MAX_TRACES = 16;
const BOUNDS: AnswerBounds = { maxBytes: MAX_HTTP_LIST_BYTES, maxItemBytes: 1024 * 1024, deadlineMs: 60_000 };
const PARALLEL = 4;

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) results.push(await work(item));
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
  return results;
}

function isBeyond(resume: HttpCursor | null, { id, interruption }: InterruptionRecord): boolean {
  return resume !== null && (id > resume.interruption || interruption.occurredNs > resume.occurredNs);
}

// A server without the interruptions' database still has the calls.
function isAboutThisList({ kind }: HttpProblem): boolean {
  if (kind.type !== 'status') return kind.type === 'web page';
  return kind.status === 404 || (kind.status === 503 && kind.retryAfterMs === null);
}

function earlier(a: Ns, b: Ns): Ns {
  return a < b ? a : b;
}
