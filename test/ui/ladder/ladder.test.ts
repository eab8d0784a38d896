import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type Condition,
  byLadder,
  conditionText,
  isTrouble,
  signOf,
  stepOf,
  toneOf,
} from '../../../src/ui/ladder/conditions.ts';
import { ladderOf, troubles } from '../../../src/ui/ladder/ladder.ts';
import type { Trouble } from '../../../src/ui/ladder/ladder.ts';
import { THEME } from '../../helpers/picture.tsx';
import { NOON, ScreenWorld } from '../../helpers/view.ts';

const { glyphs } = THEME;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** `sign step words agent` of each trouble. */
function told(world: ScreenWorld, now = world.now): readonly string[] {
  return troubles(world.view(), now).map(({ condition, agent, workspace }: Trouble) =>
    [stepOf(condition), signOf(condition), conditionText(condition, now, glyphs), agent ?? workspace ?? ''].join(' '),
  );
}

function fails(world: ScreenWorld, agent: string, conversationId: string, times: number, ago = 30_000): void {
  for (let n = 0; n < times; n += 1)
    world.call({ agent, conversationId, statusCode: 400 + (n % 2) * 4, error: 'no', ago: ago - n * 100 });
}

it('has nothing to say while all goes well', async () => {
  const world = await ScreenWorld.started('observe');
  world.call({ agent: 'Codex', conversationId: 'a' });
  expect(told(world)).toEqual([]);
  expect(ladderOf(world.view(), world.now).agents.get('Codex')?.kind).toBe('active');
  expect(ladderOf(world.view(), world.now + 2 * MINUTE).agents.get('Codex')?.kind).toBe('idle');
});

it('orders by step, within a step by recency, and names each agent', async () => {
  const world = await ScreenWorld.started('observe');
  for (const agent of ['Codex', 'Claude Code', 'Hermes', 'Gemini', 'OpenClaw'])
    world.call({ agent, conversationId: `c ${agent}`, ago: 10 * MINUTE });
  world.call({
    agent: 'Gemini',
    conversationId: 'c Gemini',
    status: 'pending',
    endNs: null,
    startNs: BigInt(NOON - 9 * MINUTE) * 1_000_000n,
  });
  fails(world, 'OpenClaw', 'c OpenClaw', 12);
  const at = (ago: number): bigint => BigInt(NOON - ago) * 1_000_000n;
  world.interruption({
    type: 'dead_loop',
    severity: 'critical',
    agent: 'Codex',
    conversationId: 'c Codex',
    occurredNs: at(20_000),
  });
  world.interruption({
    type: 'agent_crash',
    severity: 'critical',
    agent: 'Claude Code',
    conversationId: 'c Claude Code',
    occurredNs: at(4_000),
  });
  for (const n of [1, 2, 3])
    world.interruption({
      type: 'rate_limit',
      severity: 'high',
      agent: 'Hermes',
      conversationId: 'c Hermes',
      occurredNs: at(n * MINUTE),
    });
  expect(told(world)).toEqual([
    '1 critical agent_crash Claude Code',
    '1 critical dead_loop Codex',
    '3 failed failing 12/13 OpenClaw',
    '4 stuck stuck 9 min Gemini',
    '5 high rate_limit ×3 Hermes',
  ]);
  const ladder = ladderOf(world.view(), world.now);
  expect(ladder.rows.map(({ conversation }) => conversation.agent)).toEqual([
    'Claude Code',
    'Codex',
    'OpenClaw',
    'Gemini',
    'Hermes',
  ]);
  expect(ladder.agentRows.map(({ name }) => name)).toEqual(['Claude Code', 'Codex', 'OpenClaw', 'Gemini', 'Hermes']);
});

it('shows an agent whose calls all fail, in twelve conversations, as one row', async () => {
  const world = await ScreenWorld.started('observe');
  for (let n = 0; n < 12; n += 1) fails(world, 'OpenClaw', `beat ${n}`, 1, 60_000 - n * 1_000);
  expect(told(world)).toEqual(['3 failed failing 12/12 OpenClaw']);
  const { rows, standing, agents } = ladderOf(world.view(), world.now);
  expect(rows[0]?.members).toHaveLength(12);
  expect(standing.trouble).toBe(12);
  expect([...agents.values()].map(isTrouble)).toEqual([true]);
  expect(rows.map(({ condition }) => toneOf(condition))).toEqual(['critical']);
});

it.each([
  [4, 0, false],
  [5, 0, true],
  [5, 5, true],
  [5, 6, false],
  [10, 40, false],
])('%i failures, then %i successes: failing is %s', async (failures, successes, isFailing) => {
  const world = await ScreenWorld.started('observe');
  for (let n = 0; n < failures; n += 1)
    world.call({ agent: 'A', conversationId: `f ${n}`, statusCode: 500, ago: 100_000 - n });
  for (let n = 0; n < successes; n += 1) world.call({ agent: 'A', conversationId: `s ${n}`, ago: 50_000 - n });
  expect(ladderOf(world.view(), world.now).agents.get('A')?.kind === 'failing').toBe(isFailing);
});

it('leaves the ladder: resolved, downgraded, or eight hours without a further report', async () => {
  const world = await ScreenWorld.started('observe');
  world.call({ agent: 'Codex', conversationId: 'a' });
  const row = { type: 'agent_crash', severity: 'critical', agent: 'Codex', conversationId: 'a' } as const;
  world.interruption({ ...row, interruptionId: 'x' });
  expect(told(world)).toHaveLength(1);
  expect(told(world, world.now + 8 * HOUR - 1_000)).toHaveLength(1);
  expect(told(world, world.now + 8 * HOUR)).toEqual([]);
  world.interruption({ ...row, interruptionId: 'x', resolved: true });
  expect(told(world)).toEqual([]);
});

it('shows what a provider refuses until the next success, however mild the feed calls it, and no failed tool', async () => {
  const world = await ScreenWorld.started('observe');
  const about = { severity: 'medium', agent: 'Hermes', conversationId: 'a' } as const;
  const at = (ago: number): bigint => BigInt(NOON - ago) * 1_000_000n;
  world.call({ agent: 'Hermes', conversationId: 'a', ago: 10 * MINUTE });
  world.interruption({ ...about, type: 'tool_failure', occurredNs: at(5 * MINUTE) });
  world.interruption({ ...about, type: 'slow_response', occurredNs: at(5 * MINUTE) });
  expect(told(world)).toEqual([]);
  world.interruption({ ...about, type: 'rate_limit', occurredNs: at(4 * MINUTE) });
  expect(told(world)).toEqual(['5 high rate_limit Hermes']);
  world.call({ agent: 'Hermes', conversationId: 'b', ago: 3 * MINUTE });
  world.call({ agent: 'Hermes', conversationId: 'a', ago: 2 * MINUTE, statusCode: 429, error: 'rate limit' });
  expect(told(world)).toEqual(['5 high rate_limit Hermes']);
  world.call({ agent: 'Hermes', conversationId: 'a', ago: MINUTE });
  expect(told(world)).toEqual([]);
});

it('knows nothing of agents whose sources are lost, in one row', async () => {
  const world = await ScreenWorld.started('observe');
  for (const agent of ['A', 'B', 'C']) world.call({ agent, conversationId: `c ${agent}` });
  world.health({ status: 'lost', detail: { code: 'quoted', text: 'gone' } });
  expect(told(world)).toEqual(['2 unknown unknown ×3 ']);
});

it('counts in the row of the unknown whose conversations it stands for, and every unknown agent on the alert line', async () => {
  const world = await ScreenWorld.started('observe');
  for (const id of ['b 1', 'b 2']) world.call({ agent: 'B', conversationId: id });
  world.call({ agent: 'A', conversationId: 'a' });
  world.interruption({ agent: 'A', conversationId: 'a', type: 'agent_crash', severity: 'critical' });
  world.health({ status: 'lost', detail: { code: 'quoted', text: 'gone' } });
  const { rows, standing } = ladderOf(world.view(), world.now);
  const [, unknown] = rows;
  expect(unknown).toMatchObject({ count: 2, condition: { kind: 'unknown', agents: 1 } });
  expect(standing.unknown).toBe(2);
  expect(told(world)[1]).toBe('2 unknown unknown ×2 ');
});

const conditions: fc.Arbitrary<Condition> = fc
  .record({
    at: fc.integer({ min: 0, max: 50 }),
    n: fc.nat(30),
    severity: fc.constantFrom('critical' as const, 'high' as const),
  })
  .chain(({ at, n, severity }) =>
    fc.constantFrom<Condition>(
      { kind: 'signal', severity, type: 'retry_storm', count: n + 1, signalId: 's', at },
      { kind: 'unknown', agents: n, at },
      { kind: 'stopped', at },
      { kind: 'failing', failed: n, of: n, at },
      { kind: 'stuck', at },
      { kind: 'advisory', name: 'no caching', at },
      { kind: 'active', at },
      { kind: 'idle', at },
    ),
  );

it('is a total order', () => {
  fc.assert(
    fc.property(conditions, conditions, conditions, (a, b, c) => {
      expect(Math.sign(byLadder(a, b))).toBe(-Math.sign(byLadder(b, a)) + 0);
      if (byLadder(a, b) <= 0 && byLadder(b, c) <= 0) expect(byLadder(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});

type Event = { readonly agent: string; readonly conversation: number; readonly kind: string; readonly ago: number };

const events = fc.array(
  fc.record({
    agent: fc.constantFrom('A', 'B', 'C'),
    conversation: fc.nat(5),
    kind: fc.constantFrom('ok', 'ok', 'failed', 'failed', 'pending', 'crash', 'limit'),
    ago: fc.integer({ min: 0, max: 12 * HOUR }),
  }),
  { maxLength: 60 },
);

function happen(world: ScreenWorld, { agent, conversation, kind, ago }: Event): void {
  const conversationId = `${agent} ${conversation}`;
  const ns = BigInt(NOON - ago) * 1_000_000n;
  if (kind === 'crash' || kind === 'limit') {
    const type = kind === 'crash' ? 'agent_crash' : 'rate_limit';
    const severity = kind === 'crash' ? 'critical' : 'high';
    world.interruption({ type, severity, agent, conversationId, occurredNs: ns });
  } else if (kind === 'pending') world.call({ agent, conversationId, status: 'pending', startNs: ns, endNs: null });
  else world.call({ agent, conversationId, ago, statusCode: kind === 'ok' ? 200 : 500 });
}

it('gives each conversation and each agent one condition and one row, in the order of the ladder', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (all) => {
      const world = await ScreenWorld.started('observe');
      for (const event of all) happen(world, event);
      const view = world.view();
      const ladder = ladderOf(view, world.now);
      const { conversations, agents } = view.model;
      const listed = ladder.rows.flatMap(({ conversation, members }) =>
        members.length === 0 ? [conversation] : members,
      );
      expect(listed.map((one) => one.conversationId).toSorted()).toEqual(
        conversations.map((one) => one.conversationId).toSorted(),
      );
      expect(ladder.agentRows.map(({ name }) => name).toSorted()).toEqual(agents.map(({ name }) => name).toSorted());
      const inTrouble = conversations.filter((row) => isTrouble(ladder.conditionOf(row)));
      expect(ladder.standing.trouble).toBe(inTrouble.length);
      const steps = ladder.rows.map(({ condition }) => condition);
      expect(steps.toSorted(byLadder).map(stepOf)).toEqual(steps.map(stepOf));
      expect(ladder.troubles.toSorted((a, b) => byLadder(a.condition, b.condition))).toEqual(ladder.troubles);
      expect(new Set(ladder.rows.map(({ id }) => id)).size).toBe(ladder.rows.length);
      expect(new Set(ladder.troubles.map(({ id }) => id)).size).toBe(ladder.troubles.length);
      // An agent is in trouble as soon as one of its conversations is.
      for (const row of conversations) {
        const own = ladder.conditionOf(row);
        const agent = ladder.agents.get(row.agent);
        if (agent !== undefined && isTrouble(own)) expect(stepOf(agent)).toBeLessThanOrEqual(stepOf(own));
      }
    }),
    { numRuns: 40 },
  );
});

it('tells of each moment after another what it tells of that moment alone', async () => {
  const passing = fc.array(fc.tuple(events, fc.integer({ min: 0, max: HOUR })), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(passing, async (moments) => {
      const world = await ScreenWorld.started('observe');
      const passed = moments.map(([all, later]) => {
        for (const event of all) happen(world, event);
        const view = world.view();
        return [view, world.now + later, ladderOf(view, world.now + later)] as const;
      });
      for (const [view, now, { conditionOf, ...ladder }] of passed) {
        // Nothing is known of a copy.
        const copy = structuredClone(view);
        const { conditionOf: ofCopy, ...alone } = ladderOf(copy, now);
        expect(ladder).toEqual(alone);
        expect(view.model.conversations.map(conditionOf)).toEqual(copy.model.conversations.map(ofCopy));
      }
    }),
    { numRuns: 60 },
  );
});
