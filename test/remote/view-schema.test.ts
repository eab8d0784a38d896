import { expect, test } from 'vitest';
import type { Engine } from '../../src/engine/types.ts';
import { fortyAgents } from '../helpers/forty-agents.ts';
import { budgeted } from '../helpers/screen-stories.ts';
import { decodeReply, encode } from '../../src/remote/wire.ts';
import { agentDetailSchema, callsSchema, silencesSchema, viewSchema } from '../../src/remote/view-schema.ts';
import { wordFate } from '../../src/wording/fates.ts';

/** What comes out at the other end of a wire. */
function carried(value: unknown): unknown {
  const read = decodeReply(encode({ type: 'answer', id: 'a', answer: value }));
  if (!read.ok || read.value.type !== 'answer') throw new Error('not an answer');
  return read.value.answer;
}

async function scene(): Promise<Engine> {
  const { engine } = await fortyAgents();
  engine.commit();
  return engine;
}

test('a view arrives as it was sent, and so does what is asked beyond it', async () => {
  const { store, queries, calls } = await scene();
  const view = store.getState();
  expect(viewSchema.parse(carried(view))).toEqual(view);
  // What did not change stays itself, so that a screen draws only what did.
  const whole = carried(view);
  expect(viewSchema.parse({ ...(whole as object) }).signals).toBe(viewSchema.parse(whole).signals);
  const conversationId =
    view.model.conversations.find((one) => calls(one.conversationId).length > 0)?.conversationId ?? '';
  expect(calls(conversationId).length).toBeGreaterThan(0);
  expect(callsSchema.parse(carried(calls(conversationId)))).toEqual(calls(conversationId));
  const detail = queries.agent('Claude Code');
  expect(agentDetailSchema.parse(carried(detail))).toEqual(detail);
  expect(silencesSchema.parse(carried(queries.silences()))).toEqual(queries.silences());
});

test('a newer engine adds fields and reasons: they are passed over; one that lacks a field leaves it unknown', async () => {
  const view = (await scene()).store.getState();
  const unheard = { code: 'solar_flare', strength: 9 };
  const fate = { kind: 'flagged', settled: true, reason: unheard, at: view.at, snapshot: null, durationMs: null };
  const signals = view.signals.map((record) => ({ ...record, fate }));
  const newer = { ...view, weather: 'fine', signals };
  const read = viewSchema.parse(carried(newer));
  expect(read).not.toHaveProperty('weather');
  expect(read.signals).toHaveLength(view.signals.length);
  const fates = read.signals.flatMap((one) => (one.fate === null ? [] : [wordFate(one.fate.reason)]));
  expect(new Set(fates)).toEqual(new Set(['not known to this version']));
  const { episodes: _, policy: __, ...older } = view;
  expect(viewSchema.parse(carried(older))).toMatchObject({ episodes: [], policy: [] });
});

test('rows that cannot be shown are left out, the others stay', async () => {
  const view = (await scene()).store.getState();
  const hostile = {
    ...view,
    signals: [null, 7, { signal: 'none' }, { ...view.signals[0], seq: 'x' }, ...view.signals],
    model: { ...view.model, agents: [{ name: { toString: 'no' } }, ...view.model.agents] },
  };
  const read = viewSchema.parse(carried(hostile));
  expect(read.signals).toEqual(view.signals);
  expect(read.model.agents).toEqual(view.model.agents);
});

test('a text of a hostile engine reaches nothing that draws before it is clean', () => {
  expect(carried({ name: '\u001b]52;c;AAAA\u0007evil\u202e\u001b[2J' })).toEqual({ name: 'evil' });
});

test.each([
  ['a view that is none', []],
  ['no clock', { at: 'noon' }],
  ['a mode of its own', { mode: 'destroy' }],
])('refused: %s', async (_, change) => {
  const view = (await scene()).store.getState();
  const changed = Array.isArray(change) ? change : { ...view, ...change };
  expect(viewSchema.safeParse(carried(changed)).success).toBe(false);
});

test('budgets arrive with their exact amounts; one of an unknown kind is left out, and an older engine has none', async () => {
  const { engine } = await budgeted();
  engine.commit();
  const view = engine.store.getState();
  expect(view.budgets).toHaveLength(1);
  const [budget] = view.budgets;
  const asking = { ...budget, limit: 10n ** 21n + 1n, hold: { startedAt: 1, endsAt: 2, isOver: false } };
  const read = viewSchema.parse(
    carried({ ...view, budgets: [asking, { ...budget, every: 'week' }, { ...budget, spent: '7' }] }),
  );
  expect(read.budgets).toEqual([asking]);
  const { budgets: _, ...older } = view;
  expect(viewSchema.parse(carried(older)).budgets).toEqual([]);
});
