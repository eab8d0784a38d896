import type { Arrival } from '../../../core/feed.ts';
import { type Mono, type Ms, msToNs, type Ns } from '../../../core/units.ts';
import { idOf } from '../../wire/fields.ts';
import { conversationSummary, sessionSummary, type SessionSummary } from '../answers/summaries.ts';
import type { Floor, Occasion } from '../cache/conversation.ts';
import { SessionCache, type Window } from '../cache/sessions.ts';
import { HttpProblem, isAboutTheAnswer, isGone } from '../request/problem.ts';
import { InterruptionLister, type InterruptionListerDeps } from './interruption-lister.ts';
import { earlier, END_NS, readList } from './list.ts';

export type ListerDeps = InterruptionListerDeps & { readonly now: () => Ms; readonly mono: () => Mono };

/** Polls the server's lists: emits its interruptions, and notes which conversations have changed. */
export class Lister {
  readonly #deps: ListerDeps;
  readonly #sessions = new SessionCache();
  readonly #interruptions: InterruptionLister;
  #nextFullPoll: Ms = 0;
  #isAttached = false;
  #unlisted: HttpProblem | null = null;
  // Sessions of the first poll that could not be listed then: all of theirs was there before.
  readonly #late = new Set<string>();

  constructor(deps: ListerDeps) {
    this.#deps = deps;
    this.#interruptions = new InterruptionLister(deps);
  }

  /** True once both lists were read, or that of the calls where there is no other. */
  get isAttached(): boolean {
    return this.#isAttached;
  }

  /** The problem with the list of interruptions, null if there is none. */
  get lack(): HttpProblem | null {
    return this.#interruptions.lack;
  }

  /** The problem with a session's list at the last poll, null if there was none. */
  get unlisted(): HttpProblem | null {
    return this.#unlisted;
  }

  /** The highest interruption and the latest time that were emitted. */
  get reported(): { readonly id: number; readonly occurredNs: Ns } {
    return this.#interruptions.reported;
  }

  /**
   * Polls once; true if it brought news. `missed`: polls were missed before it. Rejects with the problem of a poll that
   * could not be finished; the next one makes up for it.
   */
  async poll(missed: boolean, floor: Floor, signal: AbortSignal): Promise<boolean> {
    const at = this.#deps.mono();
    const isFull = at >= this.#nextFullPoll;
    const arrival: Arrival = missed ? 'gap' : 'live';
    const isAttached = this.#isAttached;
    const occasion: Occasion = { at, floor, arrival: isAttached ? arrival : 'historical' };
    const isNews = await this.#interruptions.poll({ at: this.#deps.now(), floor, arrival, isFull, isAttached }, signal);
    const window = this.#window(isFull);
    const { moved, bytes } = await this.#movedSessions(window, signal);
    const noted = await this.#listSessions(moved, window, occasion, signal);
    this.#isAttached = true;
    if (isFull) this.#nextFullPoll = at + Math.min(MAX_FULL_EVERY_MS, FULL_EVERY_MS * (1 + bytes / CHEAP_BYTES));
    return isNews || noted;
  }

  // Calls are selected by their start, so a long one that has ended just now is in no narrow window.
  #window(isFull: boolean): Window {
    if (isFull) return { kind: 'all', startNs: 0n };
    return { kind: 'recent', startNs: this.#recentFrom(this.#deps.now()) };
  }

  // In steps, because only sums of equal windows can be compared; by the server's clock where that is behind ours.
  #recentFrom(at: Ms): Ns {
    const from = earlier(msToNs(at), this.#sessions.latestNs) - RECENT_NS;
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
    const { bytes } = await readList(this.#deps, path, signal, (text) => {
      const summary = sessionSummary(text);
      if (summary === null) return this.#deps.skip('malformed', { code: 'item', item: 'session' });
      listed.add(summary.id);
      if (this.#sessions.hasMoved(summary, window) || isSuspect(summary)) moved.push(summary);
    });
    if (window.kind === 'all') this.#deps.cache.keepSessions(listed);
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
        this.#deps.skip('malformed', { code: 'unlisted_session', id: idOf(session.id) });
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
      await readList(this.#deps, `/api/sessions/${encodeURIComponent(session.id)}/traces?${query}`, signal, (text) => {
        const summary = conversationSummary(text);
        if (summary === null) return this.#deps.skip('malformed', { code: 'item', item: 'conversation' });
        listed.add(summary.id);
        if (this.#deps.cache.note(session, summary, seen)) isNews = true;
      });
    } catch (error) {
      if (!(error instanceof HttpProblem) || !isGone(error)) throw error;
    }
    this.#late.delete(session.id);
    this.#deps.cache.keepListed(session.id, listed);
    this.#sessions.listed(session, window);
    return isNews;
  }
}

const NS_PER_MINUTE = 60_000_000_000n;
/** A call may take half an hour and is committed minutes later; older ones are found by the full poll. */
const RECENT_NS = 45n * NS_PER_MINUTE;
const STEP_NS = 15n * NS_PER_MINUTE;
const FULL_EVERY_MS = 60_000;
const MAX_FULL_EVERY_MS = 600_000;
/** A full list of more than this is asked for less often. */
const CHEAP_BYTES = 256 * 1024;
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
