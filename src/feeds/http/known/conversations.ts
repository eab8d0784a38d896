import type { Arrival, Ms, Ns } from '../../../core/events.ts';
import { MAX_KNOWN_CONVERSATIONS, MAX_LOOKBACK_ROWS } from '../../../core/limits.ts';
import type { ConversationSummary } from '../answers/summaries.ts';

/** What is known of one conversation of the server. */
export type Conversation = {
  readonly id: string;
  /** Its sums, by the sessions that list it. */
  readonly summaries: Map<string, ConversationSummary>;
  /** Rows that were told, with their prints. */
  readonly prints: Map<number, string>;
  /** What is to be read of it, null when all is known. */
  due: Due | null;
  /** Not to be read before this. */
  notBefore: Ms;
  /** Until when unfinished calls are looked after, null when there are none. */
  settleUntil: Ms | null;
  settleAfterMs: Ms;
  failures: number;
};

export type Due = {
  readonly since: Ms;
  readonly arrival: Arrival;
  /** The state at the time of the first listing: what goes beyond it came later. */
  readonly listed: { readonly calls: number; readonly endNs: Ns | null } | null;
  /** The highest row that was known before the change can have happened. */
  readonly floor: Floor;
};

export type Floor = { readonly row: number; readonly startNs: Ns };

/** The circumstances of a listing. */
export type Occasion = { readonly at: Ms; readonly arrival: Arrival; readonly floor: Floor };

/** The server's conversations: which have changed, and which of these to read next. */
export class ConversationBook {
  readonly #known = new Map<string, Conversation>();
  readonly #due = new Set<Conversation>();
  readonly #settling = new Set<Conversation>();
  // What is being read at this moment is not known yet.
  readonly #reading = new Map<Conversation, Due | null>();
  #rows = 0;
  // Conversations that ended up to here may have been forgotten: they are not taken for new ones.
  #forgottenUpTo: Ns = -1n;

  /** Notes what a session's list says; true when it is news. */
  note(session: string, summary: ConversationSummary, occasion: Occasion): boolean {
    const isKnown = this.#known.has(summary.id);
    if (!isKnown && lastOf(summary) <= this.#forgottenUpTo) return false;
    const conversation = this.#get(summary.id);
    if (conversation.summaries.get(session)?.print === summary.print) return false;
    conversation.summaries.set(session, summary);
    this.#expect(conversation, occasion);
    return true;
  }

  /** Something has happened to this conversation that its sums may not show. */
  touch(id: string, occasion: Occasion): void {
    this.#expect(this.#get(id), occasion);
  }

  /** Of those that may be read now, the one to read: news before history, the latest first, a mere second look last. */
  next(at: Ms): Conversation | null {
    let best: Conversation | null = null;
    for (const conversation of this.#due) {
      if (conversation.notBefore <= at && (best === null || isBefore(conversation, best))) best = conversation;
    }
    if (best !== null) return best;
    for (const conversation of this.#settling) if (conversation.notBefore <= at) return conversation;
    return null;
  }

  /** Milliseconds until `next` may have one, null when nothing waits. */
  dueIn(at: Ms): Ms | null {
    let first: Ms | null = null;
    for (const { notBefore } of [...this.#due, ...this.#settling]) {
      if (first === null || notBefore < first) first = notBefore;
    }
    return first === null ? null : Math.max(0, first - at);
  }

  /** It is about to be read: what changes from now on makes it due again. */
  take(conversation: Conversation): void {
    this.#reading.set(conversation, conversation.due);
    conversation.due = null;
    this.#due.delete(conversation);
    this.#settling.delete(conversation);
  }

  /** It was read: the larger, the longer until the next time. `isUnsettled`: a call may change without a sign. */
  done(conversation: Conversation, bytes: number, isUnsettled: boolean, at: Ms): void {
    this.#reading.delete(conversation);
    conversation.failures = 0;
    conversation.notBefore = at + Math.min(MAX_REST_MS, (bytes / BYTES_PER_SECOND) * 1_000);
    this.#settle(conversation, isUnsettled, at);
    this.#forgetRows();
    this.#forgetConversations();
  }

  /** It could not be read: tried again later, as what it was due for. */
  failed(conversation: Conversation, due: Due | null, at: Ms): void {
    this.#reading.delete(conversation);
    conversation.failures += 1;
    conversation.notBefore = at + Math.min(MAX_REST_MS, RETRY_MS * 2 ** conversation.failures);
    if (due === null) return void this.#settling.add(conversation);
    conversation.due = merged(due, conversation.due);
    this.#due.add(conversation);
  }

  /** Remembers a row as told. */
  remember(conversation: Conversation, row: number, print: string): void {
    if (!conversation.prints.has(row)) this.#rows += 1;
    conversation.prints.set(row, print);
  }

  get(id: string): Conversation | undefined {
    return this.#known.get(id);
  }

  /** What each conversation that has changed is due for. */
  dues(): readonly Due[] {
    const dues = [...this.#reading.values(), ...[...this.#due].map(({ due }) => due)];
    return dues.filter((due) => due !== null);
  }

  #get(id: string): Conversation {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const fresh: Conversation = {
      id,
      summaries: new Map(),
      prints: new Map(),
      due: null,
      notBefore: 0,
      settleUntil: null,
      settleAfterMs: FIRST_SETTLE_MS,
      failures: 0,
    };
    this.#known.set(id, fresh);
    return fresh;
  }

  #expect(conversation: Conversation, { at, arrival, floor }: Occasion): void {
    const listed = arrival === 'historical' ? listedOf(conversation) : null;
    conversation.due = merged({ since: at, arrival, floor, listed }, conversation.due);
    this.#due.add(conversation);
    this.#settling.delete(conversation);
  }

  // A pending call turns interrupted, and a failed one gets its type, without a trace in the sums.
  #settle(conversation: Conversation, isUnsettled: boolean, at: Ms): void {
    if (!isUnsettled) {
      conversation.settleUntil = null;
      conversation.settleAfterMs = FIRST_SETTLE_MS;
      return;
    }
    conversation.settleUntil ??= at + SETTLE_MS;
    if (at >= conversation.settleUntil) return;
    const rest = SETTLE_REST * (conversation.notBefore - at);
    conversation.notBefore = at + Math.max(conversation.settleAfterMs, rest);
    conversation.settleAfterMs = Math.min(LAST_SETTLE_MS, conversation.settleAfterMs * 2);
    if (conversation.due === null) this.#settling.add(conversation);
  }

  // Rows that are told twice are no harm; they only cost.
  #forgetRows(): void {
    for (const conversation of this.#known.values()) {
      if (this.#rows <= MAX_LOOKBACK_ROWS) return;
      this.#rows -= conversation.prints.size;
      conversation.prints.clear();
    }
  }

  #forgetConversations(): void {
    if (this.#known.size <= MAX_KNOWN_CONVERSATIONS) return;
    const idle = [...this.#known.values()].filter(({ due }) => due === null);
    for (const conversation of idle.toSorted(byEnd).slice(0, MAX_KNOWN_CONVERSATIONS / 10)) {
      const end = endOf(conversation);
      if (end > this.#forgottenUpTo) this.#forgottenUpTo = end;
      this.#rows -= conversation.prints.size;
      this.#settling.delete(conversation);
      this.#known.delete(conversation.id);
    }
  }
}

/** A conversation is read so often that it costs at most this much on average. */
const BYTES_PER_SECOND = 512 * 1024;
const MAX_REST_MS = 120_000;
const RETRY_MS = 250;
/** Pending calls turn interrupted after 300 to 360 s; an interrupted one may still end (feed contract 3.4). */
const SETTLE_MS = 900_000;
const FIRST_SETTLE_MS = 1_000;
const LAST_SETTLE_MS = 30_000;
const SETTLE_REST = 4;

/** Times of calls lie on one scale, whatever the clock: the latest end, else start, of the conversation. */
function endOf({ summaries }: Conversation): Ns {
  let end: Ns = 0n;
  for (const summary of summaries.values()) if (lastOf(summary) > end) end = lastOf(summary);
  return end;
}

function lastOf({ startNs, endNs }: ConversationSummary): Ns {
  return endNs ?? startNs;
}

function isBefore(a: Conversation, b: Conversation): boolean {
  const [isPastA, isPastB] = [a.due?.arrival === 'historical', b.due?.arrival === 'historical'];
  return isPastA === isPastB ? endOf(a) > endOf(b) : isPastB;
}

function byEnd(a: Conversation, b: Conversation): number {
  return endOf(a) < endOf(b) ? -1 : 1;
}

function listedOf({ summaries }: Conversation): Due['listed'] {
  let calls = 0;
  let endNs: Ns | null = null;
  for (const summary of summaries.values()) {
    calls += summary.calls;
    if (summary.endNs !== null && (endNs === null || summary.endNs > endNs)) endNs = summary.endNs;
  }
  return { calls, endNs };
}

// What waits longest counts; a first reading stays one, and a gap is never forgotten over what came after it.
function merged(news: Due, before: Due | null): Due {
  if (before === null) return news;
  const isFirst = before.arrival === 'historical';
  const isGap = before.arrival === 'gap' || news.arrival === 'gap';
  const arrival = isFirst ? 'historical' : isGap ? 'gap' : news.arrival;
  const listed = isFirst && news.arrival === 'historical' ? news.listed : before.listed;
  return { since: before.since, arrival, floor: before.floor, listed };
}
