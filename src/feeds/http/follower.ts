import type { FeedSink, Ms, Ns, SourceUri } from '../../core/events.ts';
import { GAP_LIVE_MS, MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { msToNs } from '../../core/model/time.ts';
import { cleanLine } from '../../core/text.ts';
import { healthReport, type HealthReport, type Progress } from '../jsonl/health-report.ts';
import { type Alarm, createAlarm } from './alarm.ts';
import type { Client } from './request/client.ts';
import type { Due, Floor, Lane } from './known/conversation.ts';
import { ConversationBook } from './known/conversations.ts';
import { formatCursor, MAX_CURSOR_OPEN, parseCursor } from './known/cursor.ts';
import { DetailReader } from './detail-reader.ts';
import { createHold, type Hold } from './hold.ts';
import { Lister } from './lists/lister.ts';
import { createPace, type Pace } from './pace.ts';
import { explain, HttpProblem, isAboutTheAnswer, isNothingThere, isPassing } from './request/problem.ts';
import type { Tokens } from './request/token.ts';
import { summaryNews } from './summary-teller.ts';

export type FollowerOptions = {
  readonly uri: SourceUri;
  readonly client: Client;
  readonly tokens: Tokens;
  /** `SourceHealth.cursor` of an earlier run, null for none. */
  readonly cursor: string | null;
  /** Does live news wait for the latest conversations alone? Else for all of them. */
  readonly newestFirst: boolean;
  readonly now: () => Ms;
  readonly intervalMs: Ms | null;
};

/** One reader of conversations. */
type Reading = { readonly alarm: Alarm; readonly pace: Pace; trouble: HttpProblem | null };

/**
 * One run of the feed: looks at the lists, and beside that reads conversations: those with news, and, one after the
 * other, those that were there before.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #sink: FeedSink;
  readonly #health: HealthReport;
  readonly #hold: Hold;
  readonly #book = new ConversationBook();
  readonly #reader: DetailReader;
  readonly #lister: Lister;
  readonly #looks: Pace;
  readonly #readings: Readonly<Record<Lane, Reading>> = { news: newReading(), history: newReading() };
  #listedAt: Ms | null = null;
  // The server has asked to be left alone until then.
  #quietUntil: Ms = 0;
  #floor: Floor | null = null;
  #lookedAt: Ms | null = null;
  #isUp = false;
  #recentRead = false;
  #caughtUp = false;

  constructor(options: FollowerOptions, sink: FeedSink) {
    const { uri, client, now } = options;
    const resume = parseCursor(options.cursor);
    this.#options = options;
    this.#looks = createPace(options.intervalMs ?? undefined);
    this.#sink = sink;
    this.#hold = createHold(sink.events);
    this.#health = healthReport({ uri, medium: 'http', sink, now, progressOf: () => this.#progress() });
    const common = { client, book: this.#book, resume, now, events: this.#hold.take, skip: this.#health.skip };
    this.#reader = new DetailReader(common);
    this.#lister = new Lister({ ...common, reader: this.#reader });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#health.change({ health: 'ok', detail: this.#line(`asking ${this.#options.uri}`) });
    try {
      await Promise.all([
        this.#keepLooking(signal),
        this.#keepReading('news', signal),
        this.#keepReading('history', signal),
      ]);
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
        this.#wakeReaders();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof HttpProblem)) throw error;
        this.#fail(error);
      }
      await sleep.wait(this.#looks.delay(), signal);
      await this.#quiet(signal);
    }
  }

  async #look(signal: AbortSignal): Promise<boolean> {
    const at = this.#options.now();
    const isMissed = this.#lookedAt === null || !this.#isUp || at - this.#lookedAt > LONG_PAUSE_MS;
    const { highest } = this.#reader;
    // What is older is history to a later run in any case.
    const isKnown = this.#recentRead && this.#book.historySince(msToNs(at - GAP_LIVE_MS)) === 0;
    const isNews = await this.#lister.look(isMissed, this.#floor ?? highest, signal);
    // Whatever was there when this look began is now read or due, so a later run may go on from here.
    if (isKnown) this.#floor = highest;
    this.#listedAt ??= this.#options.now();
    this.#lookedAt = at;
    this.#isUp = true;
    return isNews;
  }

  async #keepReading(lane: Lane, signal: AbortSignal): Promise<void> {
    const reading = this.#readings[lane];
    const { now } = this.#options;
    while (!signal.aborted) {
      const conversation = this.#isUp ? this.#book.next(lane, now()) : null;
      if (conversation === null) {
        await reading.alarm.wait(this.#isUp ? this.#book.dueIn(lane, now()) : null, signal);
        continue;
      }
      try {
        await this.#quiet(signal);
        await this.#reader.readConversation(conversation, signal);
        reading.trouble = null;
        reading.pace.succeeded(true, 0);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof HttpProblem)) throw error;
        reading.trouble = error;
        reading.pace.failed(error);
        this.#keepQuiet(error);
        if (!isAboutTheAnswer(error)) await createAlarm().wait(reading.pace.delay(), signal);
      }
      this.#report();
      this.#wakeReaders();
    }
  }

  // What is asked of one request is meant for all.
  #keepQuiet({ kind }: HttpProblem): void {
    if (kind.type !== 'status' || kind.retryAfterMs === null) return;
    this.#quietUntil = Math.max(this.#quietUntil, this.#options.now() + kind.retryAfterMs);
  }

  async #quiet(signal: AbortSignal): Promise<void> {
    const left = this.#quietUntil - this.#options.now();
    if (left > 0) await createAlarm().wait(left, signal);
  }

  #wakeReaders(): void {
    for (const { alarm } of Object.values(this.#readings)) alarm.ring();
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
    this.#tellSummaries(!isPatient);
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
    this.#followOn();
    this.#tellSummaries(this.#recentRead);
    const { uri, tokens } = this.#options;
    const { news, history } = this.#readings;
    const readTrouble = news.trouble ?? history.trouble;
    const { unlisted, lack } = this.#lister;
    const trouble = readTrouble ?? unlisted ?? lack;
    const without = trouble !== null && trouble === lack ? 'without interruptions: ' : '';
    const detail = trouble === null ? this.#following() : `${without}${explain(trouble, uri, tokens.words())}`;
    this.#health.change({
      health: trouble === null ? 'ok' : 'degraded',
      detail: this.#line(detail),
      caughtUp: this.#caughtUp,
      recentRead: this.#recentRead,
      retryAt: null,
    });
    this.#health.progress();
    this.#health.flush();
  }

  // Live news waits for the latest conversations, never for the whole of a long history.
  #followOn(): void {
    if (!this.#lister.isAttached || this.#caughtUp) return;
    this.#caughtUp = this.#book.historySince(0n) === 0;
    if (this.#recentRead || !(this.#caughtUp || this.#isRecentRead())) return;
    this.#hold.end();
    this.#recentRead = true;
  }

  #isRecentRead(): boolean {
    const { now, newestFirst } = this.#options;
    if (!newestFirst) return false;
    const isTimeUp = this.#listedAt !== null && now() - this.#listedAt >= FIRST_READ_MS;
    return isTimeUp || this.#book.historySince(this.#recentFrom()) === 0;
  }

  // By the server's clock where that is behind ours.
  #recentFrom(): Ns {
    const nowNs = msToNs(this.#options.now());
    const { latestNs } = this.#book;
    return (latestNs < nowNs ? latestNs : nowNs) - msToNs(GAP_LIVE_MS);
  }

  #tellSummaries(mayTakeBack: boolean): void {
    const news = summaryNews(this.#book.stirred, this.#options.now(), mayTakeBack);
    if (news.length > 0) this.#sink.events(news);
  }

  #following(): string {
    const { uri, now } = this.#options;
    const waiting = this.#book.historySince(0n);
    if (waiting > 0) return `reading ${uri}: of ${waiting} conversations only the sums are known as yet`;
    const oldest = Math.min(...this.#dues().map(({ since }) => since));
    if (now() - oldest < LARGE_WAIT_MS) return `following ${uri}`;
    return `following ${uri}; of large conversations the calls are read at intervals, their sums at once`;
  }

  // What was there before we attached is no lag.
  #dues(): readonly (Due & { readonly floor: Floor })[] {
    return this.#book.dues().flatMap((due) => (due.floor === null ? [] : [{ ...due, floor: due.floor }]));
  }

  #progress(): Progress {
    const dues = this.#dues();
    const { now } = this.#options;
    const lagMs = dues.length === 0 ? 0 : Math.max(0, now() - Math.min(...dues.map(({ since }) => since)));
    return { cursor: this.#cursor(), lagMs: this.#isUp && this.#recentRead ? lagMs : null };
  }

  // Until a look has begun after everything was read, the past is not told apart from what came since.
  #cursor(): string | null {
    if (this.#floor === null) return this.#options.cursor;
    let { row, startNs } = this.#floor;
    for (const { floor } of this.#dues()) {
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

function newReading(): Reading {
  return { alarm: createAlarm(), pace: createPace(), trouble: null };
}

/** The latest conversations are read for this long before all others wait behind them. */
const FIRST_READ_MS = 2_000;
/** After a pause this long (a suspended machine) what is found may be old. */
const LONG_PAUSE_MS = 60_000;
const FAILURES_UNTIL_LOST = 2;
/** Conversations that wait this long do so because they are large. */
const LARGE_WAIT_MS = 10_000;

function inWords(ms: Ms): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
