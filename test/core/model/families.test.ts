import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { below, familiesOf, familyIndex, rollUp } from '../../../src/core/model/families.ts';
import type { SessionFacts } from '../../../src/core/sessions.ts';
import type { ConversationView, Model } from '../../../src/core/model/types.ts';
import { NO_FACTS } from '../../helpers/session-facts.ts';
import { PRICER, aModel, call, ns, told, usage } from './given.ts';

function facts(given: Partial<SessionFacts>): SessionFacts {
  return { ...NO_FACTS, sessionId: 'main', ...given };
}

type Given = { readonly parent?: string; readonly calls?: number; readonly at?: number; readonly session?: string };

/** Tells a model of a conversation with so many calls, and of the one that it names as its parent. */
function conversation(model: Model, id: string, { parent, calls = 1, at = 0, session = id }: Given = {}): void {
  for (let n = 0; n < calls; n += 1) {
    const one = call(at + n, { callId: `${id}-${n}`, conversationId: id, sessionId: session, userQuery: null });
    model.apply('claude:/x', told(one.callId, one), 0);
  }
  const recorded = facts({ sessionId: session, parentId: parent ?? null });
  model.apply('claude:/x', { type: 'session', conversationId: id, session: recorded, ownerUid: null }, 0);
}

function familiesIn(model: Model) {
  return familiesOf(familyIndex(model.view().conversations));
}

function rowOf(model: Model, id: string): ConversationView {
  return model.view().conversations.find((one) => one.conversationId === id) ?? expect.fail(`no ${id}`);
}

function rowAfter(model: Model, id: string): ConversationView {
  conversation(model, id);
  return rowOf(model, id);
}

describe('sub-agents', () => {
  test('stand under the conversation that began them, in the order in which they began, at any depth', () => {
    const model = aModel();
    conversation(model, 'main');
    conversation(model, 'second', { parent: 'main', at: 20 });
    conversation(model, 'first', { parent: 'main', at: 10 });
    conversation(model, 'inner', { parent: 'first', at: 30 });
    const families = familiesIn(model);
    expect(below(rowOf(model, 'main'), families).map((one) => one.conversationId)).toEqual([
      'first',
      'inner',
      'second',
    ]);
    expect(families.parents.get('inner')?.conversationId).toBe('first');
  });

  test('stand on their own where their parent is not known, and where they claim to be their own ancestors', () => {
    const model = aModel();
    conversation(model, 'lost', { parent: 'gone' });
    conversation(model, 'a', { parent: 'b' });
    conversation(model, 'b', { parent: 'a' });
    conversation(model, 'self', { parent: 'self' });
    expect([...familiesIn(model).parents]).toEqual([]);
  });

  test('stand under the turn of agentsight in which they began, where it alone tells of their session', () => {
    const model = aModel();
    for (const [turn, at] of [
      ['turn 1', 0],
      ['turn 2', 50_000],
      ['turn 3', 90_000],
    ] as const) {
      const one = call(at, { callId: turn, conversationId: turn, sessionId: 'thread' });
      model.apply('sqlite:/x', told(turn, one), 0);
    }
    conversation(model, 'sub', { parent: 'thread', at: 60_000 });
    expect(familiesIn(model).parents.get('sub')?.conversationId).toBe('turn 2');
  });
});

describe('a roll-up', () => {
  test('adds calls, failures, tokens and money of all below, and keeps what is not known apart', () => {
    const model = aModel({ pricer: PRICER });
    const tell = (id: string, callId: string, given: Parameters<typeof call>[1]): void => {
      const one = call(Number(callId), { callId, conversationId: id, sessionId: 'main', ...given });
      model.apply('claude:/x', told(callId, one), 0);
    };
    const cached = { inputTokens: 10, outputTokens: 1, cacheReadTokens: 90, cacheCreationTokens: 0 };
    tell('main', '1', { usage: usage(cached) });
    tell('sub', '2', { usage: usage({ ...cached, inputTokens: 110, cacheReadTokens: 90 }) });
    tell('sub', '3', { usage: null, statusCode: 529, endNs: ns(9_000) });
    tell('free', '4', { usage: usage({ inputTokens: 1 }), model: 'free' });
    const session = facts({ parentId: 'main' });
    for (const conversationId of ['sub', 'free'])
      model.apply('claude:/x', { type: 'session', conversationId, session, ownerUid: null }, 0);
    const all = rollUp(rowOf(model, 'main'), familiesIn(model));
    expect(all.subAgents).toBe(2);
    expect(all.totals).toMatchObject({ calls: 4, failed: 1, promptTokens: 301, outputTokens: 12 });
    expect(all.totals.cost).toEqual({ pico: 120n, priced: 2, unpriced: 1 });
    // Of the prompts whose cache counters are known.
    expect(all.totals.cacheRatio).toBe(180 / 300);
    expect(all.lastCallAt).toBe(rowOf(model, 'sub').lastCallAt);
  });

  test('of all conversations that stand on their own counts each call once, whatever the records claim', () => {
    const names = fc.constantFrom('c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'gone');
    const claims = fc.array(fc.record({ parent: fc.option(names, { nil: null }), calls: fc.nat(3) }), {
      minLength: 1,
      maxLength: 7,
    });
    fc.assert(
      fc.property(claims, (all) => {
        const model = aModel();
        for (const [n, { parent, calls }] of all.entries())
          conversation(model, `c${n}`, { calls, at: n * 10, ...(parent !== null && { parent }) });
        const { conversations, fleet } = model.view();
        const families = familiesIn(model);
        const tops = conversations.filter(({ conversationId }) => !families.parents.has(conversationId));
        const shown = tops.flatMap((top) => [top, ...below(top, families)]);
        expect(new Set(shown)).toEqual(new Set(conversations));
        expect(shown).toHaveLength(conversations.length);
        const sum = tops.reduce((calls, top) => calls + rollUp(top, families).totals.calls, 0);
        expect(sum).toBe(fleet.totals.calls);
      }),
    );
  });

  test('costs no more for a turn than for a conversation, however many turns and sub-agents one session has', () => {
    const model = aModel();
    const [aTurn, aSubAgent] = [rowAfter(model, 'turn'), rowAfter(model, 'sub')];
    let reads = 0;
    const many = 1_000;
    const began = (row: ConversationView, at: number): ConversationView => ({
      ...row,
      get firstCallAt() {
        reads += 1;
        return at;
      },
    });
    const turns = Array.from({ length: many }, (_, n) =>
      began({ ...aTurn, conversationId: `turn ${n}`, sessionId: 'thread', session: null }, n),
    );
    const begun = Array.from({ length: many }, (_, n) =>
      began({ ...aSubAgent, conversationId: `sub ${n}`, session: facts({ parentId: 'thread' }) }, n),
    );
    const { parents } = familiesOf(familyIndex([...turns.toReversed(), ...begun]));
    expect(parents.get('sub 7')?.conversationId).toBe('turn 7');
    expect(parents.size).toBe(many);
    // Each is compared with few others, not with all.
    expect(reads).toBeLessThan(many * 100);
  });

  test('of a chain without an end takes apart what stands too deep', () => {
    const model = aModel();
    conversation(model, 'c0');
    for (let n = 1; n < 40; n += 1) conversation(model, `c${n}`, { parent: `c${n - 1}`, at: n });
    const families = familiesIn(model);
    expect(below(rowOf(model, 'c0'), families)).toHaveLength(16);
    expect(families.parents.size).toBe(16);
  });
});
