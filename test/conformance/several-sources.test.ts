/** The same calls and interruptions from several sources at once: one fleet, and one signal for each cause. */
import { createServer } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Engine } from '../../src/engine/types.ts';
import type { FeedEvent } from '../../src/core/feed.ts';
import { INTERRUPTION_FILE, INTERRUPTION_SCHEMA } from '../../src/feeds/demo/schema.ts';
import { feedOf } from '../helpers/open-source.ts';
import { pushFeed } from '../../src/index.ts';
import { startWriter } from '../helpers/sqlite-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { LACKS, type MediumName, without } from './media.ts';
import { engineOver, engineOverFacts, eventsOf, outcomeOf } from './outcome.ts';
import { scenario } from './scenario.ts';
import { scribeOf, write } from './scribes.ts';
import { wordSource } from '../../src/wording/sources.ts';

vi.setConfig({ testTimeout: 60_000 });

const TOGETHER: readonly MediumName[] = ['JSONL, 0.5', 'logtail, newest', 'SQLite, newest', 'HTTP, newest'];
const TWENTY_MINUTES = 1_200_000;

describe('four sources that tell the same', () => {
  test('are one fleet, each field from the source that knows it best', async () => {
    const facts = scenario(Date.now() - TWENTY_MINUTES);
    const scribes = await Promise.all(TOGETHER.map(scribeOf));
    for (const [n, scribe] of scribes.entries())
      await write(scribe, without(facts, LACKS[TOGETHER[n] ?? 'JSONL, 0.5']));
    const engine = await engineOver(scribes.map(({ feed }) => feed));
    await becomesLike(engine, await engineOverFacts(facts, 'historical'));
  });

  test.each(TOGETHER)('raise each signal once as it happens, %s being the first to tell', async (first) => {
    const facts = scenario(Date.now());
    const media = [first, ...TOGETHER.filter((medium) => medium !== first)];
    const scribes = await Promise.all(media.map(scribeOf));
    const engine = await engineOver(scribes.map(({ feed }) => feed));
    const raised = signalsOf(engine);
    for (const [n, scribe] of scribes.entries()) await write(scribe, without(facts, LACKS[media[n] ?? first]));
    await becomesLike(engine, await engineOverFacts(facts, 'live'));
    expect(raised.toSorted()).toEqual([...new Set(raised)].toSorted());
    expect(raised).toHaveLength(10);
  });

  test('come to the same in whatever order their accounts arrive', async () => {
    const facts = scenario(Date.now() - TWENTY_MINUTES);
    const expected = outcomeOf(await engineOverFacts(facts, 'historical'));
    const told = TOGETHER.map((medium) => eventsOf(without(facts, LACKS[medium]), 'historical'));
    const turns = fc.array(fc.nat(told.length - 1), { minLength: 200, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(turns, async (order) => {
        const engine = await fedInTurn(told, order);
        expect(outcomeOf(engine)).toEqual(expected);
        await engine.close();
      }),
      { numRuns: 25 },
    );
  });

  test('each row says which of them it rests on', async () => {
    const facts = scenario(Date.now() - TWENTY_MINUTES);
    const engine = await fedInTurn(
      TOGETHER.map((medium) => eventsOf(without(facts, LACKS[medium]), 'historical')),
      [],
    );
    const { model } = (engine.commit(), engine.store.getState());
    const sources = new Map(model.conversations.map((one) => [one.conversationId, one.sources.join(' ')]));
    expect(sources.get('a')).toBe('source-0 source-1 source-2 source-3');
    expect(sources.get('x')).toBe('source-2 source-3');
  });
});

test('calls in one folder and the interruptions that `serve` writes in another are one fleet, and one signal', async () => {
  const [folder, other] = [tempDir(), tempDir()];
  const writer = await startWriter(folder);
  const server = await startWriter(other, null);
  await server.exec(INTERRUPTION_FILE, INTERRUPTION_SCHEMA);
  const engine = await engineOver([await feedOf(`sqlite:${folder}`), await feedOf(`sqlite:${other}`)]);
  const raised = signalsOf(engine);
  const about = { call_id: 'crashed', conversation_id: 'conv' };
  const event_json = JSON.stringify({ LLMCall: { error: 'process crashed' } });
  await writer.call({ ...about, status_code: 500, event_json });
  await server.interruption({ ...about, interruption_type: 'agent_crash', severity: 'critical' });
  const seen = (): unknown => {
    const { signals, document } = outcomeOf(engine);
    const types = document.interruptions.map(({ type, call_id }) => [type, call_id]);
    return [
      signals.map(({ signal, call_id }) => [signal, call_id]),
      types,
      document.agents.map((agent) => agent.calls),
    ];
  };
  const wanted = [[['agent_crash', 'crashed']], [['agent_crash', 'crashed']], [1]];
  await until(() => isDeepStrictEqual(seen(), wanted), 15_000).catch(() => undefined);
  expect(seen()).toEqual(wanted);
  expect(raised).toHaveLength(1);
  const [ofCalls, ofInterruptions] = engine.store.getState().sources.map(({ health }) => health);
  expect(ofCalls).toMatchObject({ status: 'ok' });
  expect(ofInterruptions && wordSource(ofInterruptions.detail)).toContain('without calls: genai_events.db is not in');
});

test('a source that fails takes none along, and each says how it is doing', async () => {
  const facts = scenario(Date.now() - TWENTY_MINUTES);
  const good = await scribeOf('SQLite, newest');
  await write(good, facts);
  const uris = [`jsonl:${tempDir()}`, `sqlite:${tempDir()}`, `http://127.0.0.1:${await closedPort()}`];
  const engine = await engineOver([...(await Promise.all(uris.map((uri) => feedOf(uri)))), good.feed]);
  await becomesLike(engine, await engineOverFacts(facts, 'historical'), withoutTools);
  engine.commit();
  expect(engine.store.getState().sources.map(({ health }) => [health.medium, health.status])).toEqual([
    ['jsonl', 'absent'],
    ['sqlite', 'absent'],
    ['http', 'absent'],
    ['sqlite', 'ok'],
  ]);
});

function signalsOf(engine: Engine): readonly string[] {
  const raised: string[] = [];
  engine.listen((event) => {
    if (event.type === 'notice' && event.notice.type === 'signal') raised.push(event.notice.signal.signalId);
  });
  return raised;
}

/** All sources' events, each source's in its own order, the sources as `order` says and then one after the other. */
async function fedInTurn(told: readonly (readonly FeedEvent[])[], order: readonly number[]): Promise<Engine> {
  const sources = told.map((events, n) => ({ ...pushFeed(`source-${n}`), left: [...events] }));
  const engine = await engineOver(sources.map(({ feed }) => feed));
  const rest = sources.flatMap(({ left }, n) => left.map(() => n));
  for (const turn of [...order, ...rest]) {
    const source = sources[turn];
    const event = source?.left.shift();
    if (event !== undefined) source?.push(event);
  }
  return engine;
}

type View = (engine: Engine) => unknown;

function withoutTools(engine: Engine): unknown {
  const outcome = outcomeOf(engine);
  return { ...outcome, calls: outcome.calls.map((call) => ({ ...call, tools: [] })) };
}

async function becomesLike(engine: Engine, other: Engine, view: View = outcomeOf): Promise<void> {
  await until(() => isDeepStrictEqual(view(engine), view(other)), 15_000).catch(() => undefined);
  expect(view(engine)).toEqual(view(other));
}

async function closedPort(): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === 'object' && address !== null ? address.port : 0;
}
