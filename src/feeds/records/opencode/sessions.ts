import type { Ms } from '../../../core/units.ts';
import { textOf } from '../../wire/fields.ts';
import { createLoops, type Loops } from '../loops.ts';
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
    const { sink } = this.#of(stored.id);
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
    for (const { id, name, input, result, at } of news.tools) {
      if (ended.has(id)) continue;
      if (ended.size >= MAX_ENDED) ended.clear();
      ended.add(id);
      loops.called(id, name, input);
      loops.ended(id, result, at);
    }
    if (news.context !== null && news.context.at >= followed.contextAt) {
      followed.contextAt = news.context.at;
      sink.session(message.sessionId, {
        context: { usedTokens: news.context.tokens, windowTokens: null, windowKnown: false },
      });
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
    const made: Followed = { sink, loops: createLoops(sink, id), ended: new Set(), contextAt: 0, newestAt: 0 };
    this.#sessions.set(id, made);
    return made;
  }
}
