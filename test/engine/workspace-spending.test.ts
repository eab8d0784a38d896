import { describe, expect, test } from 'vitest';
import type { SessionFolder, WorkspaceMap } from '../../src/core/folder.ts';
import { workspaceMoney } from '../../src/core/model/meters/money.ts';
import type { Model } from '../../src/core/model/types.ts';
import { ELSEWHERE, spentByWorkspace } from '../../src/engine/workspaces/spending.ts';
import { HOUR, PRICER, T0, aModel, call, told, usage } from '../core/model/given.ts';

function given(): Model {
  const model = aModel({ pricer: PRICER });
  const spend = (id: number, at: number, agent: string, conversationId: string, name = 'm'): void => {
    const one = call(at, {
      callId: `${id}`,
      agent,
      conversationId,
      model: name,
      usage: usage({ inputTokens: 10 ** id }),
    });
    model.apply('claude:/home', told(`${id}`, one), T0);
  };
  spend(0, -30 * HOUR, 'Claude', 'shop');
  spend(1, -2_000, 'Claude', 'shop');
  spend(2, -1_000, 'Claude', 'blog');
  spend(3, -1_000, 'Claude', 'nowhere');
  spend(4, -1_000, 'Codex', 'of codex');
  spend(5, -1_000, 'Codex', 'of codex', 'free');
  return model;
}

const workspace = (path: string): SessionFolder => ({ type: 'workspace', path });
const SESSIONS = new Map<string, SessionFolder>([
  ['shop', workspace('/shop')],
  ['blog', workspace('/blog')],
  ['nowhere', { type: 'refused', code: 'forbidden', path: '/home' }],
]);
const NONE: WorkspaceMap = { agents: {}, processes: {}, fallback: null };

function amounts(model: Model, map: WorkspaceMap, plans: readonly string[] = []) {
  const sums = [...spentByWorkspace(model.view(), map, plans)];
  return Object.fromEntries(
    sums.map(([path, spent]) => {
      const { hour, today, total } = workspaceMoney(spent, T0);
      return [path || 'none', [hour?.pico, today?.pico, total?.pico, total?.unpriced, total?.basis]];
    }),
  );
}

describe('what a workspace spends', () => {
  test('is what the conversations in its folder spend, though one agent works in several', () => {
    expect(amounts(given(), { ...NONE, sessions: SESSIONS })).toEqual({
      '/shop': [10n, 10n, 11n, 0, 'list'],
      '/blog': [100n, 100n, 100n, 0, 'list'],
      none: [11_000n, 11_000n, 11_000n, 1, 'list'],
    });
  });

  test('is all that an agent spends which works in it alone', () => {
    const map: WorkspaceMap = { agents: { Codex: '/mobile' }, processes: {}, fallback: '/else', sessions: SESSIONS };
    expect(amounts(given(), map)).toEqual({
      '/mobile': [10_000n, 10_000n, 10_000n, 1, 'list'],
      '/shop': [10n, 10n, 11n, 0, 'list'],
      '/blog': [100n, 100n, 100n, 0, 'list'],
      none: [1_000n, 1_000n, 1_000n, 0, 'list'],
    });
    const forced: WorkspaceMap = { ...NONE, fallback: '/one', isFallbackGiven: true, sessions: SESSIONS };
    expect(amounts(given(), forced)).toEqual({ '/one': [11_110n, 11_110n, 11_111n, 1, 'list'] });
  });

  test('is a plan’s where all of it is, and adds up to what all spent', () => {
    const model = given();
    const found = amounts(model, { ...NONE, sessions: SESSIONS }, ['Claude']);
    expect(found).toMatchObject({ '/shop': [10n, 10n, 11n, 0, 'plan'], none: [11_000n, 11_000n, 11_000n, 1, 'list'] });
    const sum = Object.values(found).reduce((all, [, , total]) => all + ((total ?? 0n) as bigint), 0n);
    expect(sum).toBe(model.fleet().totals.cost?.pico);
  });

  test('keeps its reference while nothing changes, and nothing is told of it without prices', () => {
    const model = given();
    const map: WorkspaceMap = { ...NONE, sessions: SESSIONS };
    const plans: readonly string[] = [];
    expect(spentByWorkspace(model.view(), map, plans)).toBe(spentByWorkspace(model.view(), map, plans));
    const free = aModel();
    free.apply('a', told('1', call(0)), T0);
    expect(spentByWorkspace(free.view(), map, plans).get(ELSEWHERE)).toBeUndefined();
  });
});
