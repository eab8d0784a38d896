import { describe, expect, it } from 'vitest';
import { loadPricer } from '../../../src/effects/prices.ts';
import { createMerge, type Heard } from '../../../src/remote/nats/merge.ts';
import { summaryOf } from '../../../src/remote/nats/summary.ts';
import type { EngineView } from '../../../src/engine/types.ts';
import { contextOf } from '../../../src/ui/app/context.ts';
import { newViewState } from '../../../src/ui/app/reducer.ts';
import { widthOf } from '../../../src/ui/render/width.ts';
import { hostRows } from '../../../src/ui/views/hosts/rows.ts';
import { hostsPane } from '../../../src/ui/views/hosts/view.ts';
import { shortFate } from '../../../src/ui/views/signals/rows.ts';
import { ENGINE, triage } from '../../helpers/fleet-world.ts';
import { pictureOfEngine } from '../../helpers/picture.tsx';
import { NOON, ScreenWorld, settle } from '../../helpers/view.ts';

const SIZES = [
  { columns: 120, rows: 34 },
  { columns: 80, rows: 24 },
];

describe('the hosts of a fleet', () => {
  it.each(SIZES)('look as agreed at $columns×$rows', async ({ columns, rows }) => {
    const { view, calls, queries } = await fleet();
    const picture = pictureOfEngine({ view, calls, queries }, NOON, { columns, rows, view: { focus: 'hosts' } });
    const lines = picture.split('\n');
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    await expect(`${picture}\n`).toMatchFileSnapshot(`../../golden/views/hosts-${columns}x${rows}.txt`);
  });

  it.each([
    ['build-07', 'hosts, 1 of 4: build-07, hold, signal'],
    ['edge-fra', 'hosts, 4 of 4: edge-fra, observe, nothing wrong'],
    ['mac-mia', 'hosts, 2 of 4: mac-mia, unseen, unknown'],
  ])('are described to a screen reader: %s', async (host, words) => {
    const { view, calls, queries } = await fleet();
    const state = { ...newViewState(NOON), focus: 'hosts' as const };
    const lists = { ...state.lists, hosts: { selectedId: host, offset: 0 } };
    const size = { columns: 120, rows: 34 };
    const context = contextOf({ live: view, view: { ...state, lists } }, calls, size, { queries });
    expect(hostsPane.describe(context)).toBe(words);
  });
});

describe('the clock of a host', () => {
  it.each([
    [300_000, '△ +5 min'],
    [-23_000, '△ -23 s'],
  ])('that is %d ms off is told with by how much, however narrow the column', async (skewMs, cell) => {
    const world = await ScreenWorld.started('hold');
    const broker = { broker: 'nats:4222', lostSince: null, more: 0, hasTexts: false };
    const heard = [{ ...hostOf('build-07', world), skewMs }];
    const view = createMerge(triage)(heard, broker, { at: NOON, version: '0.3.0' });
    const lines = pictureOfEngine({ view, calls: () => [], queries: world.engine.queries }, NOON, SIZES[0] ?? fail());
    expect(lines).toContain(cell);
  });
});

describe('a signal of a host', () => {
  it('that is unseen waits for nothing that is known here: it acts on without being heard', async () => {
    const held = await ScreenWorld.started('hold');
    held.interruption({ type: 'agent_crash', severity: 'critical', agent: 'Claude Code', conversationId: 'c1' });
    await settle();
    const broker = { broker: 'nats:4222', lostSince: null, more: 0, hasTexts: false };
    const merge = createMerge(triage);
    const fateWhere = (isUnseen: boolean) => {
      const view = merge([{ ...hostOf('build-07', held), isUnseen }], broker, { at: NOON, version: '0.3.0' });
      return view.signals.map((record) => shortFate(view, record, NOON));
    };
    expect(fateWhere(false)).toMatchObject([{ isHeld: true }]);
    expect(fateWhere(true)).toMatchObject([{ isHeld: false, text: 'not known' }]);
  });
});

describe('a budget of a host', () => {
  it('that is nearly spent is trouble of that host, by its name; the money of all hosts is not measured by it', async () => {
    const pricer = loadPricer();
    const call = { ...PRICED, usage: { ...USAGE, cacheReadTokens: null, cacheCreationTokens: null } };
    const budget = { name: 'day', per: 'all', agent: null, conversation: null, workspace: null, every: 'day' } as const;
    const limit = { unit: 'usd', limit: '700000000000', warnAt: 0.8, action: 'warn', askMs: 0, pause: false } as const;
    const near = await ScreenWorld.started('hold', { pricer, config: { budgets: [{ ...budget, ...limit }] } });
    near.call({ ...call, agent: 'Claude Code', conversationId: 'c1' });
    const other = await ScreenWorld.started('hold', { pricer });
    other.call({ ...call, agent: 'Claude Code', conversationId: 'c1' });
    await settle();
    const broker = { broker: 'nats:4222', lostSince: null, more: 0, hasTexts: false };
    const heard = [hostOf('build-07', near), hostOf('build-08', other)];
    const view = createMerge(triage)(heard, broker, { at: NOON, version: '0.3.0' });
    const of = (name: string) => hostRows(view, NOON).find(({ host }) => host.name === name);
    expect(of('build-07')?.worst?.condition).toMatchObject({ kind: 'advisory', name: 'budget 90 %' });
    expect(of('build-07')?.more).toBe(0);
    expect(of('build-08')?.worst).toBeNull();
    const lines = pictureOfEngine({ view, calls: () => [], queries: near.engine.queries }, NOON, SIZES[0] ?? fail());
    expect(lines).toContain('budget 90 % build-07');
    expect(lines).toContain('$1.26 △ budget 90 %');
  });
});

function fail(): never {
  throw new Error('there is no size');
}

const USAGE = { inputTokens: 200_000, outputTokens: 2_000, cacheReadTokens: 0, cacheCreationTokens: 0 };
const PRICED = { provider: 'anthropic', model: 'claude-sonnet-4-6', usage: USAGE };

/**
 * One that holds a checkpoint, one that acts at once, one that observes without prices, and one that has been unseen for
 * four minutes.
 */
async function fleet(): Promise<Pick<ScreenWorld['engine'], 'calls' | 'queries'> & { readonly view: EngineView }> {
  const pricer = loadPricer();
  const held = await ScreenWorld.started('hold', { pricer });
  held.call({ ...PRICED, agent: 'Claude Code', conversationId: 'c1' });
  held.interruption({ type: 'agent_crash', severity: 'critical', agent: 'Claude Code', conversationId: 'c1' });
  const acting = await ScreenWorld.started('auto', { pricer });
  acting.call({ ...PRICED, agent: 'Codex', conversationId: 'c2' });
  acting.call({ agent: 'Codex', conversationId: 'c2', model: 'of-no-price', usage: USAGE });
  const watching = await ScreenWorld.started('observe');
  await settle();
  const heard = [
    hostOf('build-07', held),
    hostOf('build-08', acting),
    hostOf('edge-fra', watching),
    { ...hostOf('mac-mia', acting), heardAt: NOON - 240_000, isUnseen: true },
  ];
  const broker = { broker: 'nats:4222', lostSince: null, more: 0, hasTexts: false };
  const view = createMerge(triage)(heard, broker, { at: NOON, version: '0.3.0' });
  return { view, calls: () => [], queries: held.engine.queries };
}

function hostOf(name: string, { engine }: ScreenWorld): Heard {
  engine.commit();
  const { view, ...counts } = summaryOf(engine.store.getState(), triage);
  return {
    name,
    engine: ENGINE,
    view,
    mode: view.mode,
    ...counts,
    asked: new Map(),
    heardAt: NOON,
    isUnseen: false,
    skewMs: 0,
    twin: null,
  };
}
