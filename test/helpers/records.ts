import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Feed } from '../../src/core/feed.ts';
import { createModel } from '../../src/core/model/model.ts';
import type { ConversationView, Model, ModelView, Pricer } from '../../src/core/model/types.ts';
import { recordsFeed } from '../../src/feeds/records/index.ts';
import type { RecordMedium } from '../../src/core/sources.ts';

const tokens = {
  calls: z.number(),
  failed: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  cache_read_tokens: z.number(),
  cache_creation_tokens: z.number(),
};

const truthSchema = z.object({
  sessions: z.record(
    z.string(),
    z.object({
      ...tokens,
      cwd: z.string().nullable(),
      models: z.array(z.string()),
      retries: z.number(),
      prompt_tokens: z.number(),
      unsure_output: z.number(),
      compactions: z.number(),
      parent: z.string().nullable(),
      context: z.object({ tokens: z.number().nullable(), window: z.number().nullable() }),
      sub_agents: z.record(z.string(), z.object(tokens)),
    }),
  ),
});

/** What a reader must arrive at for each session of a fixture, in the words of its truth. */
export type Sums = {
  readonly cwd: string | null;
  readonly models: readonly string[];
  readonly calls: number;
  readonly failed: number;
  readonly retries: number;
  readonly tokens: readonly number[];
  readonly unsureOutput: number;
  readonly compactions: number;
  readonly parent: string | null;
  readonly context: number | null;
  readonly subAgents: Readonly<Record<string, number>>;
};

export const FIXTURES = join(import.meta.dirname, '../fixtures/agent-records');

/** Reads the truth of a fixture. `isPart`: a session's sums hold those of its sub-agents. */
export function truthOf(agent: string, isPart: boolean): Readonly<Record<string, Sums>> {
  const { sessions } = truthSchema.parse(JSON.parse(readFileSync(join(FIXTURES, `${agent}.truth.json`), 'utf8')));
  return Object.fromEntries(
    Object.entries(sessions).map(([id, one]) => [
      id,
      {
        cwd: one.cwd,
        models: one.models.toSorted(),
        calls: one.calls,
        failed: one.failed,
        retries: one.retries,
        tokens: [
          one.input_tokens,
          one.output_tokens,
          one.cache_read_tokens,
          one.cache_creation_tokens,
          one.prompt_tokens,
        ],
        unsureOutput: one.unsure_output,
        compactions: one.compactions,
        parent: one.parent,
        context: one.context.tokens,
        subAgents: isPart
          ? Object.fromEntries(Object.entries(one.sub_agents).map(([agentId, { calls }]) => [agentId, calls]))
          : {},
      },
    ]),
  );
}

type ReadOptions = { readonly threadsFrom?: number; readonly pricer?: Pricer };

/** A source of records that was read to its present end: what it told, and the feed, which still answers queries. */
export async function readFeed(
  medium: RecordMedium,
  root: string,
  options: ReadOptions = {},
): Promise<{ readonly model: Model; readonly feed: Feed }> {
  const { pricer, ...rest } = options;
  const advisory = { windowMs: 3_600_000, inputTokens: 200_000 };
  const model = createModel({ advisory, evict: false, ...(pricer && { pricer }) });
  const stop = new AbortController();
  const uri = `${medium}:${root}`;
  const present = Promise.withResolvers<undefined>();
  const feed = recordsFeed({ medium, roots: [root], uri, ...rest });
  const ended = feed.open(
    {
      events: (batch) => {
        for (const event of batch) model.apply(uri, event, 0);
      },
      health: ({ caughtUp }) => (caughtUp ? present.resolve(undefined) : undefined),
    },
    stop.signal,
  );
  await present.promise;
  stop.abort();
  await ended;
  return { model, feed };
}

/** Reads the records below a folder to their present end, into a model of their own. */
export async function readRecords(medium: RecordMedium, root: string, options: ReadOptions = {}): Promise<ModelView> {
  return (await readFeed(medium, root, options)).model.view();
}

/** The sums of each session; `isPart` adds the conversations of its sub-agents. */
export function sumsOf({ conversations }: ModelView, isPart: boolean): Readonly<Record<string, Sums>> {
  const main = conversations.filter(({ conversationId }) => !isPart || !conversationId.includes('#agent-'));
  return Object.fromEntries(
    main.map((one) => {
      const below = isPart ? conversations.filter((row) => row !== one && row.sessionId === one.conversationId) : [];
      return [one.conversationId, sumsOfRows(one, below)];
    }),
  );
}

function sumsOfRows(main: ConversationView, below: readonly ConversationView[]): Sums {
  const rows = [main, ...below];
  const sum = (of: (row: ConversationView) => number): number => rows.reduce((all, row) => all + of(row), 0);
  return {
    cwd: main.session?.cwd ?? null,
    models: [...new Set(rows.flatMap(({ models }) => models))].toSorted(),
    calls: sum(({ totals }) => totals.calls),
    failed: sum(({ totals }) => totals.failed),
    retries: sum(({ session }) => session?.retries ?? 0),
    tokens: [
      sum(({ totals }) => totals.inputTokens),
      sum(({ totals }) => totals.outputTokens),
      sum(({ totals }) => totals.cacheReadTokens),
      sum(({ totals }) => totals.cacheCreationTokens),
      sum(({ totals }) => totals.promptTokens),
    ],
    unsureOutput: sum(({ totals }) => totals.unsureOutput ?? 0),
    compactions: main.session?.compactions ?? 0,
    parent: main.session?.forkedFrom ?? main.session?.parentId ?? null,
    context: main.session?.context?.usedTokens ?? null,
    subAgents: Object.fromEntries(
      below.map(({ conversationId, totals }) => [conversationId.split('#agent-')[1] ?? '', totals.calls]),
    ),
  };
}
