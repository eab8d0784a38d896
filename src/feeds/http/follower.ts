import type { FactEvent, FeedSink } from '../../core/feed.ts';
import { MAX_CALLS } from '../../core/limits.ts';
import type { ServerProblem, SourceDetail } from '../../core/source-reasons.ts';
import type { Ms } from '../../core/units.ts';
import type { Lane } from './cache/conversation.ts';
import { ConversationCache } from './cache/conversations.ts';
import { parseCursor } from './cache/cursor.ts';
import { DetailReader } from './detail-reader.ts';
import { Lister } from './lists/lister.ts';
import { FollowerProgress, type ProgressDeps } from './progress.ts';
import type { Client } from './request/client.ts';
import { HttpProblem, isAboutTheAnswer, isNothingThere, isPassing } from './request/problem.ts';
import type { Tokens } from './request/token.ts';
import { summaryNews } from './summary-news.ts';
import { type HealthReport, type Progress, healthReport } from '../jsonl/health-report.ts';
import { pause } from '../pause.ts';

export type FollowerOptions = Pick<ProgressDeps, 'uri' | 'cursor' | 'newestFirst' | 'now' | 'mono'> & {
  readonly client: Client;
  readonly tokens: Tokens;
  /** Longest wait between two polls while nothing changes; null for the usual one. */
  readonly intervalMs: Ms | null;
};

/** One reader of conversations. */
type Reading = { readonly alarm: Alarm; readonly pace: Pace; trouble: HttpProblem | null };

/**
 * One run of the feed: polls the lists, and beside that reads conversations: those with news, and, one after the
 * other, those that were there before.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #sink: FeedSink;
  readonly #health: HealthReport;
  readonly #hold: Hold;
  readonly #cache = new ConversationCache();
  readonly #reader: DetailReader;
  readonly #lister: Lister;
  readonly #progress: FollowerProgress;
  readonly #pollPace: Pace;
  readonly #readings: Readonly<Record<Lane, Reading>> = { news: newReading(), history: newReading() };
  // The server has asked to be left alone until then.
  #quietUntil: Ms = 0;
  #polledAt: Ms | null = null;
  #isUp = false;

  constructor(options: FollowerOptions, sink: FeedSink) {
    const { uri, client, now, mono } = options;
    const resume = parseCursor(options.cursor);
    this.#options = options;
    this.#pollPace = createPace(options.intervalMs ?? undefined);
    this.#sink = sink;
    this.#hold = createHold(sink.events);
    this.#health = healthReport({ uri, medium: 'http', sink, now, progressOf: () => this.#progressOf() });
    const common = { client, cache: this.#cache, resume, now, mono, events: this.#hold.take, skip: this.#health.skip };
    this.#reader = new DetailReader(common);
    this.#lister = new Lister({ ...common, reader: this.#reader });
    this.#progress = new FollowerProgress({
      ...options,
      cache: this.#cache,
      reader: this.#reader,
      lister: this.#lister,
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#health.change({ status: 'ok', detail: { code: 'asking', server: this.#options.uri } });
    try {
      await Promise.all([
        this.#keepPolling(signal),
        this.#keepReading('news', signal),
        this.#keepReading('history', signal),
      ]);
    } finally {
      this.#health.progress();
      this.#health.flush();
    }
  }

  async #keepPolling(signal: AbortSignal): Promise<void> {
    const sleep = createAlarm();
    while (!signal.aborted) {
      const started = performance.now();
      try {
        const isNews = await this.#poll(signal);
        this.#pollPace.succeeded(isNews, performance.now() - started);
        this.#report();
        this.#wakeReaders();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof HttpProblem)) throw error;
        this.#fail(error);
      }
      await sleep.wait(this.#pollPace.delay(), signal);
      await this.#quiet(signal);
    }
  }

  async #poll(signal: AbortSignal): Promise<boolean> {
    const mono = this.#options.mono();
    const isMissed = this.#polledAt === null || !this.#isUp || mono - this.#polledAt > LONG_PAUSE_MS;
    const nextFloor = this.#progress.nextFloor(this.#options.now());
    const isNews = await this.#lister.poll(isMissed, this.#progress.floor, signal);
    this.#progress.listed(nextFloor);
    this.#polledAt = mono;
    this.#isUp = true;
    return isNews;
  }

  async #keepReading(lane: Lane, signal: AbortSignal): Promise<void> {
    const reading = this.#readings[lane];
    const { mono } = this.#options;
    while (!signal.aborted) {
      const conversation = this.#isUp ? this.#cache.next(lane, mono()) : null;
      if (conversation === null) {
        await reading.alarm.wait(this.#isUp ? this.#cache.readyIn(lane, mono()) : null, signal);
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
  #keepQuiet({ failure }: HttpProblem): void {
    if (failure.code !== 'status' || failure.retryAfterMs === null) return;
    this.#quietUntil = Math.max(this.#quietUntil, this.#options.mono() + failure.retryAfterMs);
  }

  async #quiet(signal: AbortSignal): Promise<void> {
    const left = this.#quietUntil - this.#options.mono();
    if (left > 0) await createAlarm().wait(left, signal);
  }

  #wakeReaders(): void {
    for (const { alarm } of Object.values(this.#readings)) alarm.ring();
  }

  #fail(problem: HttpProblem): void {
    this.#pollPace.failed(problem);
    this.#isUp = false;
    const hasServed = this.#polledAt !== null;
    const isPatient = isPassing(problem) && this.#pollPace.failures() < FAILURES_UNTIL_LOST;
    // What has been read of the past is delivered.
    if (!isPatient) this.#hold.flush();
    this.#emitSummaries(!isPatient);
    const isAbsent = !hasServed && isNothingThere(problem);
    this.#health.change({
      status: isPatient ? 'degraded' : isAbsent ? 'absent' : 'lost',
      detail: this.#problem(problem),
      retryAt: this.#options.now() + this.#pollPace.delay(),
    });
    this.#health.progress();
  }

  #report(): void {
    if (!this.#isUp) return;
    if (this.#progress.followOn()) this.#hold.end();
    const { isCaughtUp, isRecentRead } = this.#progress;
    this.#emitSummaries(isRecentRead);
    const detail = this.#problemNow();
    this.#health.change({
      status: detail === null ? 'ok' : 'degraded',
      detail: detail ?? this.#progress.detail(),
      caughtUp: isCaughtUp,
      recentRead: isRecentRead,
      retryAt: null,
    });
    this.#health.progress();
    this.#health.flush();
  }

  #emitSummaries(mayRetract: boolean): void {
    const news = summaryNews(this.#cache.dirty, this.#options.mono(), mayRetract);
    if (news.length > 0) this.#sink.events(news);
  }

  #progressOf(): Progress {
    return { cursor: this.#progress.cursor(), lagMs: this.#isUp ? this.#progress.lagMs() : null };
  }

  #problemNow(): SourceDetail | null {
    const { news, history } = this.#readings;
    const { unlisted, lack } = this.#lister;
    const problem = news.trouble ?? history.trouble ?? unlisted;
    if (problem !== null) return this.#problem(problem);
    return lack === null ? null : { code: 'without_interruptions', why: this.#problem(lack) };
  }

  #problem({ failure }: HttpProblem): ServerProblem {
    const { uri, tokens } = this.#options;
    return { code: 'http', server: uri, failure, token: tokens.state() };
  }
}

function newReading(): Reading {
  return { alarm: createAlarm(), pace: createPace(), trouble: null };
}

/** After a pause this long (a suspended machine) what is found may be old. */
const LONG_PAUSE_MS = 60_000;
const FAILURES_UNTIL_LOST = 2;

/** A wait that can be cut short. */
type Alarm = {
  /** Resolves after `ms` (null: never by itself), when it is rung, or when `signal` aborts. */
  readonly wait: (ms: Ms | null, signal: AbortSignal) => Promise<void>;
  readonly ring: () => void;
};

function createAlarm(): Alarm {
  let wake: () => void = () => undefined;
  return {
    wait: (ms, signal) => pause(ms, signal, (resume) => (wake = resume)),
    ring: () => wake(),
  };
}

/** Keeps what is read until it can be emitted in agentsight's order. */
type Hold = {
  readonly take: (batch: readonly FactEvent[]) => void;
  /** Emits what is held. */
  readonly flush: () => void;
  /** Emits what is held, and from now on everything at once. */
  readonly end: () => void;
};

/**
 * The past is read the latest conversation first. Emitted so, failures would not be in the order that makes a storm of
 * them, nor calls before the interruptions that name them; so it is emitted by rows, as the databases give it.
 */
function createHold(events: (batch: readonly FactEvent[]) => void): Hold {
  let held: FactEvent[] = [];
  let isHolding = true;
  const flush = (): void => {
    const batch = held.toSorted(byRow);
    held = [];
    if (batch.length > 0) events(batch);
  };
  return {
    take: (batch) => {
      if (!isHolding) return events(batch);
      held.push(...batch);
      if (held.length > MAX_CALLS) flush();
    },
    flush,
    end: () => {
      isHolding = false;
      flush();
    },
  };
}

function byRow(a: FactEvent, b: FactEvent): number {
  if (a.type !== b.type) return a.type === 'call' ? -1 : 1;
  return Number(a.record) - Number(b.record);
}

/** Decides when to poll next: often while things change, seldom while nothing does, ever more seldom while the server fails. */
type Pace = {
  /** A poll succeeded; `changed`: it brought news. */
  readonly succeeded: (changed: boolean, tookMs: Ms) => void;
  readonly failed: (problem: HttpProblem) => void;
  /** The wait before the next poll, ms. */
  readonly delay: () => Ms;
  /** Polls that failed in a row. */
  readonly failures: () => number;
};

const FAST_MS = 500;
const SLOW_MS = 2_500;
const SLOWER_BY = 1.3;
/** A slow server rests before the next poll: this many times what its answer took. */
const REST = 3;
const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 30_000;
/** Clients that were cut off together should not come back together: the wait grows by up to this part. */
const JITTER = 0.5;

/** A pace that begins fast, and slows down to a poll in `slowMs` while nothing changes. */
export function createPace(slowMs: Ms = SLOW_MS, random: () => number = Math.random): Pace {
  const fastMs = Math.min(FAST_MS, slowMs);
  let period = fastMs;
  let failures = 0;
  let next = fastMs;
  return {
    succeeded: (changed, tookMs) => {
      failures = 0;
      period = changed ? fastMs : Math.min(slowMs, period * SLOWER_BY);
      next = Math.max(period, REST * tookMs);
    },
    failed: ({ failure }) => {
      failures += 1;
      period = fastMs;
      const backOff = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
      const asked = failure.code === 'status' ? (failure.retryAfterMs ?? 0) : 0;
      next = Math.max(backOff, asked) * (1 + JITTER * random());
    },
    delay: () => Math.round(next),
    failures: () => failures,
  };
}
