import { describe, expect, test } from 'vitest';
import { type Budget, type BudgetReading, budgetId } from '../../../src/core/budgets.ts';
import { newsOf } from '../../../src/core/reactor/budgets.ts';
import { A_DAY } from '../../helpers/budget.ts';
import { T0, WS, World } from '../../helpers/reactor.ts';

const DAY = 86_400_000;
const BY = { agent: 'Codex', processName: 'codex', pid: 7, conversationId: 'talk', sessionId: null, callId: 'call-1' };

/** A world with one budget, and what is spent of it. */
class Spender {
  readonly world: World;
  readonly #budget: Budget;
  #spent = 0n;

  constructor(change: Partial<Budget> = {}, world?: World) {
    this.#budget = { ...A_DAY, ...change };
    this.world = world ?? World.armed({ budgets: [this.#budget] });
  }

  /** Spends live, or tells of what was spent before. */
  spend(amount: number, { live = true, day = 0, subject = '' } = {}): this {
    this.#spent += BigInt(amount);
    const reading: BudgetReading = {
      id: budgetId(this.#budget),
      budget: this.#budget,
      subject,
      agent: subject === '' ? null : subject,
      conversationId: null,
      workspace: null,
      periodAt: T0 + day * DAY,
      endsAt: T0 + (day + 1) * DAY,
      spent: this.#spent,
      fresh: live ? BigInt(amount) : 0n,
      unknown: 0,
      isAtLeast: false,
      by: live ? BY : null,
    };
    const found = newsOf(this.world.state.budgets, reading);
    if (found !== null) this.world.do({ type: 'budget_level', ...found });
    return this;
  }

  /** A new day: nothing is spent of it yet. */
  tomorrow(amount: number): this {
    this.#spent = 0n;
    return this.spend(amount, { day: 1 });
  }

  answer(change: Parameters<typeof answerOf>[0], subject = ''): this {
    const state = [...this.world.state.budgets.values()].find((one) => one.subject === subject);
    if (state === undefined) throw new Error('nothing was decided yet');
    const { at: _at, raisedTo: _to, base: _base, isAccepted: _is, hold: _hold, ...fact } = state;
    const spent = String(this.#spent - BigInt(state.base));
    this.world.do({ ...answerOf(change), fact: { ...fact, spent } });
    return this;
  }

  get phases(): readonly string[] {
    return this.world.notices('budget').map(({ phase }) => phase);
  }

  get fate(): string | null {
    const signal = this.world.signals().find(({ type }) => type === 'budget');
    return signal === undefined ? null : this.world.fateName(signal.signalId);
  }
}

function answerOf(change: { type: 'raise'; limit: string } | { type: 'reset' } | { type: 'accept' }) {
  return { type: 'budget', name: 'day', change } as const;
}

describe('a budget that warns', () => {
  test('tells once at its share, and once at its limit', () => {
    const spender = new Spender().spend(799);
    expect(spender.phases).toEqual([]);
    spender.spend(1).spend(150);
    expect(spender.phases).toEqual(['warned']);
    spender.spend(50).spend(500);
    expect(spender.phases).toEqual(['warned', 'reached']);
    expect(spender.fate).toBeNull();
  });

  test('tells of the limit alone where both are passed at once', () => {
    expect(new Spender().spend(1_000).phases).toEqual(['reached']);
  });

  test('begins anew with the next day', () => {
    const spender = new Spender().spend(1_000).tomorrow(10);
    expect(spender.world.state.budgets.size).toBe(0);
    expect(spender.spend(800).phases).toEqual(['reached', 'warned']);
  });

  test('of which history alone was spent is shown, and tells and does nothing', () => {
    const spender = new Spender({ action: 'checkpoint' }).spend(1_500, { live: false });
    expect([...spender.world.state.budgets.values()]).toMatchObject([{ level: 'reached', spent: '1500' }]);
    spender.spend(10);
    expect(spender.phases).toEqual([]);
    expect(spender.fate).toBeNull();
  });

  test('of a sliding hour tells again only after it was below its share', () => {
    const spender = new Spender({ every: 'hour' }).spend(1_000).spend(-100).spend(100);
    expect(spender.phases).toEqual(['reached']);
    expect(spender.spend(-500).spend(500).phases).toEqual(['reached', 'reached']);
  });
});

describe('a budget that takes a checkpoint', () => {
  test('raises a signal of type budget, of the call that was counted last', () => {
    const spender = new Spender({ action: 'checkpoint' }).spend(1_200);
    expect(spender.world.signals()).toMatchObject([
      {
        type: 'budget',
        origin: 'derived',
        severity: 'medium',
        agent: 'Codex',
        pid: 7,
        conversationId: 'talk',
        callId: 'call-1',
        workspace: WS,
        historical: false,
        cause: { code: 'budget', name: 'day', spent: '1200', limit: '1000' },
      },
    ]);
    spender.world.created();
    expect(spender.fate).toBe('checkpointed');
    expect(spender.world.spawns.map(({ snapshot }) => snapshot)).toEqual([expect.stringMatching(/^auto-.*-budget$/u)]);
  });

  test.each([
    ['the policy', { policy: { types: { budget: 'flag' }, severities: {} } } as const, 'flagged'],
    ['the guard', { guard: { perAgentPerHour: 0, perWorkspacePerHour: 60, storeUsedRatio: 0.9 } }, 'guarded'],
    ['a missing workspace', { workspaces: { agents: {}, processes: {}, fallback: null } }, 'no_workspace'],
  ])('goes through %s as any other', (_, settings, fate) => {
    const world = World.armed({ ...settings, budgets: [{ ...A_DAY, action: 'checkpoint' }] });
    expect(new Spender({ action: 'checkpoint' }, world).spend(1_000).fate).toBe(fate);
  });

  test('waits inside the debounce of another one, and is held in mode hold', () => {
    const after = World.armed({ budgets: [{ ...A_DAY, action: 'checkpoint' }] });
    after.crash();
    after.created();
    expect(new Spender({ action: 'checkpoint' }, after).spend(1_000).fate).toBe('coalesced?');
    const holding = World.armed({ budgets: [{ ...A_DAY, action: 'checkpoint' }] }, 'hold');
    new Spender({ action: 'checkpoint' }, holding).spend(1_000);
    expect(holding.workspace().hold).not.toBeNull();
  });
});

describe('a budget that asks', () => {
  const ASK = { action: 'ask', askMs: 30_000 } as const;

  test('counts down, and nobody answers: a checkpoint is taken, and it goes on to ask', () => {
    const spender = new Spender(ASK).spend(1_000);
    expect(spender.world.notices('budget')).toMatchObject([{ phase: 'asked', asksUntil: T0 + 30_000 }]);
    spender.world.wait(29_999);
    expect(spender.fate).toBeNull();
    spender.world.wait(1).created();
    expect(spender.phases).toEqual(['asked', 'unanswered']);
    expect(spender.fate).toBe('checkpointed');
    expect([...spender.world.state.budgets.values()]).toMatchObject([{ hold: { isOver: true } }]);
    spender.world.wait(600_000);
    expect(spender.phases).toEqual(['asked', 'unanswered']);
  });

  test.each([
    ['raised', { type: 'raise', limit: '2000' }],
    ['reset', { type: 'reset' }],
    ['let be', { type: 'accept' }],
  ] as const)('that is %s takes no checkpoint', (_, change) => {
    const spender = new Spender(ASK).spend(1_000).answer(change);
    spender.world.wait(600_000);
    expect(spender.fate).toBeNull();
    expect([...spender.world.state.budgets.values()]).toMatchObject([{ hold: null }]);
    expect(spender.world.notices('operator').at(-1)).toMatchObject({
      action: 'budget',
      target: 'day',
      reason: { code: 'budget_changed', change: change.type },
    });
  });

  test('asks again at the raised limit, and after a reset when as much was spent again', () => {
    const raised = new Spender(ASK).spend(1_000).answer({ type: 'raise', limit: '1500' }).spend(400);
    expect(raised.phases).toEqual(['asked', 'warned']);
    expect(raised.spend(100).phases).toEqual(['asked', 'warned', 'asked']);
    const reset = new Spender(ASK).spend(1_000).answer({ type: 'reset' }).spend(799);
    expect(reset.phases).toEqual(['asked']);
    expect(reset.spend(201).phases).toEqual(['asked', 'asked']);
  });

  test('that was let be at its advisory still asks at its limit', () => {
    const spender = new Spender(ASK).spend(900).answer({ type: 'accept' }).spend(50);
    expect(spender.phases).toEqual(['warned']);
    expect(spender.spend(50).phases).toEqual(['warned', 'asked']);
  });

  test('takes no checkpoint in mode observe, where nothing acts, and tells all the same', () => {
    const world = new World({ budgets: [{ ...A_DAY, ...ASK }] });
    const spender = new Spender(ASK, world).spend(1_000);
    world.wait(30_000);
    expect(spender.phases).toEqual(['asked', 'unanswered']);
    expect(spender.fate).toBe('disarmed');
  });

  test('ends with its day', () => {
    const spender = new Spender(ASK).spend(1_000).tomorrow(1);
    spender.world.wait(600_000);
    expect(spender.phases).toEqual(['asked']);
  });

  test('goes on over a restart with what was left, and asks no longer than that', () => {
    const spender = new Spender(ASK).spend(1_000);
    spender.world.wait(10_000);
    const { world } = spender.world.restarted(T0 + 15_000, { budgets: [{ ...A_DAY, ...ASK }] });
    world.do({ type: 'recover', runs: [] }).wait(15_001);
    expect(world.notices('budget').map(({ phase }) => phase)).toEqual(['unanswered']);
  });

  test('is forgotten with the budget that is configured no more', () => {
    const spender = new Spender(ASK).spend(1_000);
    const { settings } = spender.world.state;
    spender.world.do({ type: 'rules', rules: { ...settings, budgets: [] }, from: 'config.json', changes: 'budgets' });
    expect(spender.world.state.budgets.size).toBe(0);
    spender.world.wait(600_000);
    expect(spender.phases).toEqual(['asked']);
    const { world } = new Spender(ASK).spend(1_000).world.restarted(T0, { budgets: [] });
    expect(world.state.budgets.size).toBe(0);
  });
});

describe('an answer that means nothing is refused', () => {
  test.each([
    ['raised to no more than it is', {}, { type: 'raise', limit: '1000' }, 'the limit is <$0.01 already'],
    ['an hour that is reset', { every: 'hour' }, { type: 'reset' }, 'which slides by itself'],
  ] as const)('%s', (_, budget, change, why) => {
    const spender = new Spender(budget).spend(1_000).answer(change);
    expect(spender.world.refusals()).toMatchObject([{ action: 'budget', reason: expect.stringContaining(why) }]);
  });

  test('a budget that is not known', () => {
    const world = World.armed();
    world.do({ type: 'budget', name: 'none', change: { type: 'reset' } });
    expect(world.refusals()).toMatchObject([{ target: 'none', reason: expect.stringContaining('no budget none') }]);
  });
});
