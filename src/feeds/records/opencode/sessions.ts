import type { Ms } from '../../../core/units.ts';
import { textOf } from '../../wire/fields.ts';
import { createLoops, type Loops } from '../loops.ts';
import { createMoments, type Moments } from '../moments.ts';
import type { DatabaseHost, ItemSink } from '../provider.ts';
import { absolutePathOf } from '../values.ts';
import { putMessage, type StoredMessage, type StoredPart } from './message.ts';

/** A session as it is stored. */
export type StoredSession = {
  readonly id: string;
  readonly parentId: string | null;
  readonly directory: unknown;
  readonly title: unknown;
  readonly version: unknown;
  readonly createdAt: Ms | null;
};

/** Characters kept of a title. */
const MAX_TITLE = 200;
/** Sessions that are followed at a time for loops and context; the one heard of longest ago goes first. */
const MAX_SESSIONS = 2_000;
/** Ended tools of one session whose end is known already. */
const MAX_ENDED = 2_000;

type Followed = {
  readonly sink: ItemSink;
  readonly loops: Loops;
  moments: Moments;
  isSubAgent: boolean;
  readonly ended: Set<string>;
  contextAt: Ms;
  newestAt: Ms;
};

/** Takes what a store of OpenCode holds, whatever kind of store it is. */
export class Sessions {
  readonly #host: DatabaseHost;
  readonly #sessions = new Map<string, Followed>();

  constructor(host: DatabaseHost) {
    this.#host = host;
  }

  session(stored: StoredSession): void {
    const followed = this.#of(stored.id);
    const { sink } = followed;
    if (stored.parentId !== null && !followed.isSubAgent) {
      [followed.isSubAgent, followed.moments] = [true, createMoments(sink, stored.id, true)];
    }
    const [cwd, title] = [absolutePathOf(stored.directory), textOf(stored.title)?.slice(0, MAX_TITLE) ?? null];
    sink.session(stored.id, {
      sessionId: stored.id,
      parentId: stored.parentId,
      ...(cwd !== null && { cwd }),
      ...(title !== null && { title }),
      ...(stored.createdAt !== null && { at: stored.createdAt }),
    });
  }

  /** Takes a message with all its parts; returns true if nothing of it will change any more. */
  message(message: StoredMessage, parts: readonly StoredPart[]): boolean {
    const followed = this.#of(message.sessionId);
    const { sink, loops, ended } = followed;
    const news = putMessage(message, parts, sink);
    if (news.isPrompt) followed.moments.turn(message.id, message.createdAt);
    for (const { id, name, input, since } of news.running) followed.moments.called(id, name, input, since);
    for (const { id, name, input, result, at } of news.tools) {
      if (ended.has(id)) continue;
      if (ended.size >= MAX_ENDED) ended.clear();
      ended.add(id);
      followed.moments.ended(id);
      loops.called(id, name, input);
      loops.ended(id, result, at);
    }
    if (news.context !== null && news.context.at >= followed.contextAt) {
      followed.contextAt = news.context.at;
      const { tokens: usedTokens, model, provider } = news.context;
      const context = { usedTokens, windowTokens: null, windowKnown: false, model, provider };
      sink.session(message.sessionId, { context });
    }
    if (message.createdAt >= followed.newestAt) {
      followed.newestAt = message.createdAt;
      sink.session(message.sessionId, { open: news.open });
    }
    sink.session(message.sessionId, { at: message.createdAt });
    return news.isFinished;
  }

  #of(id: string): Followed {
    const known = this.#sessions.get(id);
    if (known !== undefined) return known;
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    const sink = this.#host.session(id);
    const made: Followed = {
      sink,
      loops: createLoops(sink, id),
      moments: createMoments(sink, id, false),
      isSubAgent: false,
      ended: new Set(),
      contextAt: 0,
      newestAt: 0,
    };
    this.#sessions.set(id, made);
    return made;
  }
}
