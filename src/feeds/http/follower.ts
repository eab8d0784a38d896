import type { FeedSink, Ms, SourceUri } from '../../core/events.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { healthReport, type HealthReport, type Progress } from '../jsonl/health-report.ts';
import { createAlarm } from './alarm.ts';
import type { Client } from './request/client.ts';
import { ConversationBook, type Floor } from './known/conversations.ts';
import { formatCursor, MAX_CURSOR_OPEN, parseCursor } from './known/cursor.ts';
import { DetailReader } from './detail-reader.ts';
import { createHold, type Hold } from './hold.ts';
import { Lister } from './lister.ts';
import { createPace, type Pace } from './pace.ts';
import { explain, HttpProblem, isAboutTheAnswer, isNothingThere, isPassing } from './request/problem.ts';
import type { Tokens } from './request/token.ts';

export type FollowerOptions = {
  readonly uri: SourceUri;
  readonly client: Client;
  readonly tokens: Tokens;
  /** `SourceHealth.cursor` of an earlier run, null for none. */
  readonly cursor: string | null;
  readonly now: () => Ms;
  readonly intervalMs: Ms | null;
};

/** One run of the feed: looks at the lists, and beside that reads the conversations that have changed. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #health: HealthReport;
  readonly #hold: Hold;
  readonly #book = new ConversationBook();
  readonly #reader: DetailReader;
  readonly #lister: Lister;
  readonly #alarm = createAlarm();
  readonly #looks: Pace;
  readonly #reads = createPace();
  #floor: Floor | null = null;
  #lookedAt: Ms | null = null;
  #isUp = false;
  #hasCaughtUp = false;
  #readTrouble: HttpProblem | null = null;

  constructor(options: FollowerOptions, sink: FeedSink) {
    const { uri, client, now } = options;
    const resume = parseCursor(options.cursor);
    this.#options = options;
    this.#looks = createPace(options.intervalMs ?? undefined);
    this.#hold = createHold(sink.events);
    this.#health = healthReport({ uri, medium: 'http', sink, now, progressOf: () => this.#progress() });
    const common = { client, book: this.#book, resume, now, events: this.#hold.take, skip: this.#health.skip };
    this.#reader = new DetailReader(common);
    this.#lister = new Lister({ ...common, reader: this.#reader });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#health.change({ health: 'ok', detail: this.#line(`asking ${this.#options.uri}`) });
    try {
      await Promise.all([this.#keepLooking(signal), this.#keepReading(signal)]);
    } finally {
      this.#health.progress();
      this.#health.flush();
    }
  }

  async #keepLooking(signal: AbortSignal): Promise<void> {
    const sleep = createAlarm();
    while (!signal.aborted) {
      const started = performance.now();
      try {
        const isNews = await this.#look(signal);
        this.#looks.succeeded(isNews, performance.now() - started);
        this.#report();
        this.#alarm.ring();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof HttpProblem)) throw error;
        this.#fail(error);
      }
      await sleep.wait(this.#looks.delay(), signal);
    }
  }

  async #look(signal: AbortSignal): Promise<boolean> {
    const at = this.#options.now();
    const isMissed = this.#lookedAt === null || !this.#isUp || at - this.#lookedAt > LONG_PAUSE_MS;
    const { highest } = this.#reader;
    const hadCaughtUp = this.#hasCaughtUp;
    const isNews = await this.#lister.look(isMissed, this.#floor ?? highest, signal);
    // Whatever was there when this look began is now read or due, so a later run may go on from here.
    if (hadCaughtUp) this.#floor = highest;
    this.#lookedAt = at;
    this.#isUp = true;
    return isNews;
  }

  async #keepReading(signal: AbortSignal): Promise<void> {
    const sleep = createAlarm();
    while (!signal.aborted) {
      const { now } = this.#options;
      const conversation = this.#isUp ? this.#book.next(now()) : null;
      if (conversation === null) {
        await this.#alarm.wait(this.#isUp ? this.#book.dueIn(now()) : null, signal);
        continue;
      }
      try {
        await this.#reader.readConversation(conversation, signal);
        this.#readTrouble = null;
        this.#reads.succeeded(true, 0);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof HttpProblem)) throw error;
        this.#readTrouble = error;
        this.#reads.failed(error);
        if (!isAboutTheAnswer(error)) await sleep.wait(this.#reads.delay(), signal);
      }
      this.#report();
    }
  }

  #fail(problem: HttpProblem): void {
    this.#looks.failed(problem);
    this.#isUp = false;
    const hasServed = this.#lookedAt !== null;
    const isPatient = isPassing(problem) && this.#looks.failures() < FAILURES_UNTIL_LOST;
    const { uri, tokens } = this.#options;
    const words = `${explain(problem, uri, tokens.words())}; asked again in ${inWords(this.#looks.delay())}`;
    // Whoever waits for the past gets what there is of it.
    if (!isPatient) this.#hold.flush();
    const isAbsent = !hasServed && isNothingThere(problem);
    this.#health.change({
      health: isPatient ? 'degraded' : isAbsent ? 'absent' : 'lost',
      detail: this.#line(words),
      retryAt: this.#options.now() + this.#looks.delay(),
    });
    this.#health.progress();
  }

  #report(): void {
    if (!this.#isUp) return;
    const waiting = this.#hasCaughtUp ? [] : this.#book.dues().filter(({ arrival }) => arrival === 'historical');
    if (!this.#hasCaughtUp && this.#lister.isAttached && waiting.length === 0) {
      this.#hold.end();
      this.#hasCaughtUp = true;
    }
    const { uri, tokens } = this.#options;
    const trouble = this.#readTrouble ?? this.#lister.lack;
    const lack = this.#lister.lack !== null && this.#readTrouble === null ? 'without interruptions: ' : '';
    const detail =
      trouble === null ? this.#following(waiting.length) : `${lack}${explain(trouble, uri, tokens.words())}`;
    this.#health.change({
      health: trouble === null ? 'ok' : 'degraded',
      detail: this.#line(detail),
      caughtUp: this.#hasCaughtUp,
      retryAt: null,
    });
    this.#health.progress();
    this.#health.flush();
  }

  #following(waiting: number): string {
    const { uri, now } = this.#options;
    if (waiting > 0) return `reading ${uri}: of ${waiting} conversations only the sums are known as yet`;
    const oldest = Math.min(...this.#book.dues().map(({ since }) => since));
    if (now() - oldest < LARGE_WAIT_MS) return `following ${uri}`;
    return `following ${uri}; of large conversations the calls are read at intervals, their sums at once`;
  }

  #progress(): Progress {
    const dues = this.#book.dues();
    const { now } = this.#options;
    const lagMs = dues.length === 0 ? 0 : Math.max(0, now() - Math.min(...dues.map(({ since }) => since)));
    return { cursor: this.#cursor(), lagMs: this.#isUp && this.#hasCaughtUp ? lagMs : null };
  }

  // Until a look has begun after everything was read, the past is not told apart from what came since.
  #cursor(): string | null {
    if (this.#floor === null) return this.#options.cursor;
    let { row, startNs } = this.#floor;
    for (const { floor } of this.#book.dues()) {
      if (floor.row < row) ({ row, startNs } = floor);
    }
    const { id, occurredNs } = this.#lister.told;
    const open = new Map([...this.#reader.open].slice(-MAX_CURSOR_OPEN));
    return formatCursor({ row, startNs, interruption: id, occurredNs, open });
  }

  #line(text: string): string {
    return cleanLine(text, MAX_TEXT_LENGTH);
  }
}

/** After a pause this long (a suspended machine) what is found may be old. */
const LONG_PAUSE_MS = 60_000;
const FAILURES_UNTIL_LOST = 2;
/** Conversations that wait this long do so because they are large. */
const LARGE_WAIT_MS = 10_000;

function inWords(ms: Ms): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
