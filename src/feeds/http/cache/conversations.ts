import type { Mono, Ms, Ns } from '../../../core/units.ts';
import { MAX_KNOWN_CONVERSATIONS, MAX_LOOKBACK_ROWS } from '../../limits.ts';
import type { ConversationSummary, SessionSummary } from '../answers/summaries.ts';
import {
  byEnd,
  type Conversation,
  type Pending,
  endOf,
  FIRST_SETTLE_MS,
  freshConversation,
  isBefore,
  type Lane,
  laneOf,
  lastOf,
  listedOf,
  merged,
  type Occasion,
  readyAt,
} from './conversation.ts';

/** The server's conversations: which have changed, and which of these to read next. */
export class ConversationCache {
  readonly #known = new Map<string, Conversation>();
  readonly #pending = new Set<Conversation>();
  readonly #settling = new Set<Conversation>();
  // What is being read at this moment is not known yet.
  readonly #reading = new Map<Conversation, Pending | null>();
  readonly #dirty = new Set<Conversation>();
  readonly #bySession = new Map<string, Set<Conversation>>();
  #rows = 0;
  #latestNs: Ns = 0n;
  // Conversations that ended up to here may have been forgotten: they are not taken for new ones.
  #forgottenUpTo: Ns = -1n;

  /** The latest time of a call. */
  get latestNs(): Ns {
    return this.#latestNs;
  }

  /** Conversations whose summaries may have to be emitted or retracted; the caller removes those it has handled. */
  get dirty(): Set<Conversation> {
    return this.#dirty;
  }

  /** Notes an entry of a session's list; true if it is news. */
  note({ id: session, agent }: SessionSummary, summary: ConversationSummary, occasion: Occasion): boolean {
    const isKnown = this.#known.has(summary.id);
    if (!isKnown && lastOf(summary) <= this.#forgottenUpTo) return false;
    const conversation = this.#get(summary.id);
    if (conversation.summaries.get(session)?.fingerprint === summary.fingerprint) return false;
    conversation.summaries.set(session, { ...summary, agent });
    this.#ofSession(session).add(conversation);
    if (lastOf(summary) > this.#latestNs) this.#latestNs = lastOf(summary);
    this.#expect(conversation, occasion);
    return true;
  }

  /** Removes what a session no longer lists: it went to another session, or was deleted. */
  keepListed(session: string, ids: ReadonlySet<string>): void {
    for (const conversation of this.#bySession.get(session) ?? []) {
      if (ids.has(conversation.id)) continue;
      conversation.summaries.delete(session);
      this.#bySession.get(session)?.delete(conversation);
      this.#dirty.add(conversation);
    }
    if (ids.size === 0) this.#bySession.delete(session);
  }

  /** Forgets what sessions have listed that are none of these. */
  keepSessions(ids: ReadonlySet<string>): void {
    for (const session of this.#bySession.keys()) if (!ids.has(session)) this.keepListed(session, NONE);
  }

  /** Marks a conversation as changed although its sums may not show it. */
  touch(id: string, occasion: Occasion): void {
    this.#expect(this.#get(id), occasion);
  }

  /** Returns the conversation to read now: the latest first, a revisit last; null if none is ready. */
  next(lane: Lane, at: Mono): Conversation | null {
    let best: Conversation | null = null;
    for (const conversation of this.#waiting(lane)) {
      if (readyAt(conversation) > at) continue;
      if (best === null || isBefore(conversation, best)) best = conversation;
    }
    return best;
  }

  /** Returns the ms until `next` may return one, null if nothing waits. */
  readyIn(lane: Lane, at: Mono): Ms | null {
    let first: Ms | null = null;
    for (const conversation of this.#waiting(lane)) first = Math.min(first ?? Infinity, readyAt(conversation));
    return first === null ? null : Math.max(0, first - at);
  }

  /** Starts reading a conversation: a later change makes it pending again. */
  take(conversation: Conversation): void {
    this.#reading.set(conversation, conversation.pending);
    conversation.pending = null;
    this.#pending.delete(conversation);
    this.#settling.delete(conversation);
  }

  /** Ends a successful read: the larger it was, the longer until the next. `isUnsettled`: a call may change without a sign. */
  done(conversation: Conversation, bytes: number, isUnsettled: boolean, at: Mono): void {
    if (conversation.pending === null) conversation.unreadSince = null;
    this.#end(conversation, bytes, isUnsettled, at);
  }

  /** Gives a conversation up: its sums stand until it changes. */
  gaveUp(conversation: Conversation, at: Mono): void {
    this.#end(conversation, 0, false, at);
  }

  #end(conversation: Conversation, bytes: number, isUnsettled: boolean, at: Mono): void {
    this.#reading.delete(conversation);
    this.#dirty.add(conversation);
    conversation.isHistory = false;
    conversation.failures = 0;
    conversation.notBefore = at + Math.min(MAX_REST_MS, (bytes / BYTES_PER_SECOND) * 1_000);
    this.#settle(conversation, isUnsettled, at);
    this.#forgetRows();
    this.#forgetConversations();
  }

  /** Ends a failed read: retried later, for the same reason. */
  failed(conversation: Conversation, pending: Pending | null, at: Mono): void {
    this.#reading.delete(conversation);
    conversation.failures += 1;
    conversation.notBefore = at + Math.min(MAX_REST_MS, RETRY_MS * 2 ** conversation.failures);
    if (pending === null) return void this.#settling.add(conversation);
    // What came while it was being read is news to what it was read for.
    conversation.pending = conversation.pending === null ? pending : merged(conversation.pending, pending);
    this.#pending.add(conversation);
  }

  /** Remembers a row as emitted. */
  remember(conversation: Conversation, row: number, fingerprint: string): void {
    if (!conversation.fingerprints.has(row)) this.#rows += 1;
    conversation.fingerprints.set(row, fingerprint);
  }

  get(id: string): Conversation | undefined {
    return this.#known.get(id);
  }

  /** Returns what is pending of each changed conversation. */
  allPending(): readonly Pending[] {
    const allPending = [...this.#reading.values(), ...[...this.#pending].map(({ pending }) => pending)];
    return allPending.filter((pending) => pending !== null);
  }

  /** Conversations that were there at the first listing, with a call at or after `sinceNs`, and are not read yet. */
  historySince(sinceNs: Ns): number {
    let count = 0;
    for (const conversation of new Set([...this.#pending, ...this.#reading.keys()])) {
      if (conversation.isHistory && endOf(conversation) >= sinceNs) count += 1;
    }
    return count;
  }

  // What is being read waits for that to end.
  *#waiting(lane: Lane): Generator<Conversation> {
    for (const conversation of this.#pending) {
      if (laneOf(conversation) === lane && !this.#reading.has(conversation)) yield conversation;
    }
    if (lane === 'news') return;
    for (const conversation of this.#settling) if (!this.#reading.has(conversation)) yield conversation;
  }

  #ofSession(session: string): Set<Conversation> {
    const known = this.#bySession.get(session) ?? new Set();
    this.#bySession.set(session, known);
    return known;
  }

  #get(id: string): Conversation {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const fresh = freshConversation(id);
    this.#known.set(id, fresh);
    return fresh;
  }

  #expect(conversation: Conversation, { at, arrival, floor }: Occasion): void {
    const isHistory = arrival === 'historical';
    const pending = {
      since: at,
      arrival,
      floor: isHistory ? null : floor,
      listed: isHistory ? listedOf(conversation) : null,
    };
    conversation.pending = conversation.pending === null ? pending : merged(pending, conversation.pending);
    conversation.unreadSince ??= at;
    conversation.isHistory ||= isHistory;
    this.#pending.add(conversation);
    this.#dirty.add(conversation);
    this.#settling.delete(conversation);
  }

  // A pending call turns interrupted, and a failed one gets its type, without a trace in the sums.
  #settle(conversation: Conversation, isUnsettled: boolean, at: Mono): void {
    if (!isUnsettled) {
      conversation.settleUntil = null;
      conversation.settleAfterMs = FIRST_SETTLE_MS;
      return;
    }
    conversation.settleUntil ??= at + SETTLE_MS;
    if (at >= conversation.settleUntil) return;
    const rest = SETTLE_REST * (conversation.notBefore - at);
    conversation.settleAt = at + Math.max(conversation.settleAfterMs, rest);
    conversation.settleAfterMs = Math.min(LAST_SETTLE_MS, conversation.settleAfterMs * 2);
    if (conversation.pending === null) this.#settling.add(conversation);
  }

  // Rows that are emitted twice do no harm; they only cost.
  #forgetRows(): void {
    for (const conversation of this.#known.values()) {
      if (this.#rows <= MAX_LOOKBACK_ROWS) return;
      this.#rows -= conversation.fingerprints.size;
      conversation.fingerprints.clear();
    }
  }

  #forgetConversations(): void {
    if (this.#known.size <= MAX_KNOWN_CONVERSATIONS) return;
    const idle = [...this.#known.values()].filter(({ pending }) => pending === null);
    for (const conversation of idle.toSorted(byEnd).slice(0, MAX_KNOWN_CONVERSATIONS / 10)) {
      const end = endOf(conversation);
      if (end > this.#forgottenUpTo) this.#forgottenUpTo = end;
      this.#rows -= conversation.fingerprints.size;
      this.#settling.delete(conversation);
      this.#dirty.delete(conversation);
      for (const session of conversation.summaries.keys()) this.#bySession.get(session)?.delete(conversation);
      this.#known.delete(conversation.id);
    }
  }
}

const NONE: ReadonlySet<string> = new Set();
/** A conversation is read so often that it costs at most this much on average. */
const BYTES_PER_SECOND = 512 * 1024;
const MAX_REST_MS = 120_000;
const RETRY_MS = 250;
/** Pending calls turn interrupted after 300 to 360 s; an interrupted one may still end (feed contract 3.4). */
const SETTLE_MS = 900_000;
const LAST_SETTLE_MS = 30_000;
const SETTLE_REST = 4;
