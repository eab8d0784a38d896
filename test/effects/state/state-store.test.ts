import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FateName } from '../../../src/core/signals.ts';
import type { Ms } from '../../../src/core/units.ts';
import { MAX_SAVED_SIGNALS, SIGNAL_TTL_MS } from '../../../src/core/limits.ts';
import type { SavedEntry, SavedSignal } from '../../../src/core/reactor/persist.ts';
import { type Journal, openJournal } from '../../../src/effects/state/journal.ts';
import { readSavedState, savedSignals, writtenSignal } from '../../../src/effects/state/saved-state.ts';
import { createStateStore, type StateStore } from '../../../src/effects/state/state-store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';
import { T0 } from '../../helpers/reactor.ts';

function settled(
  signalId: string,
  at: Ms = T0,
  fate: FateName | null = 'flagged',
  signalAt: Ms = at,
): SavedEntry & { value: SavedSignal } {
  const signal: SavedSignal['signal'] = {
    signalId,
    type: 'agent_crash',
    origin: 'interruption',
    severity: 'critical',
    agent: 'agent',
    processName: null,
    pid: 1,
    conversationId: 'conversation',
    callId: null,
    interruptionId: signalId,
    workspace: '/ws',
    at: signalAt,
    historical: false,
    downgraded: null,
    cause: { code: 'recorded', text: 'agent_crash reported by agentsight' },
  };
  const reason = { code: 'recorded', text: 'so' } as const;
  const end = fate && { kind: fate, settled: fate !== 'coalesced', reason, at, snapshot: null, durationMs: null };
  return { key: `signal:${signalId}`, value: { signal, fate: end } };
}

async function open(dir: string, prints = true): Promise<{ readonly journal: Journal; readonly store: StateStore }> {
  const journal = await openJournal(dir);
  onTestFinished(() => journal.close());
  return { journal, store: createStateStore(journal, { prints }) };
}

const taken = ({ unprinted }: StateStore): readonly string[] =>
  unprinted.take().fates.map(({ signal }) => signal.signalId);

describe('a flood of signals', () => {
  test('keeps the newest 10 000 and a small file, and the next start reads it as ours', async () => {
    const dir = join(tempDir(), 'state');
    const { journal, store } = await open(dir);
    store.record([settled('open', T0, null)]);
    for (let n = 0; n < 25_000; n += 1) store.record([settled(`s${n}`)]);
    const kept = savedSignals(journal).length;
    expect(kept).toBeGreaterThan(MAX_SAVED_SIGNALS);
    expect(kept).toBeLessThan(MAX_SAVED_SIGNALS * 1.2);
    expect(statSync(join(dir, 'journal.jsonl')).size).toBeLessThan(40 * 1024 * 1024);
    await journal.close();
    const next = await open(dir);
    const { signals } = readSavedState(next.journal, T0);
    expect(signals).toHaveLength(kept);
    expect(signals.at(-1)?.signal.signalId).toBe('s24999');
    expect(signals.map(({ signal }) => signal.signalId)).toContain('open');
    expect(next.store.unprinted.take()).toMatchObject({ lost: 25_001 - kept });
  });

  test('of another version, without a bound, is read down to the newest', async () => {
    const dir = join(tempDir(), 'state');
    const { journal } = await open(dir);
    for (let n = 0; n < 30_000; n += 1) {
      const { key, value } = settled(`s${n}`);
      journal.put(key, writtenSignal(value));
    }
    await journal.close();
    const next = await open(dir);
    expect(savedSignals(next.journal).length).toBeLessThanOrEqual(2 * MAX_SAVED_SIGNALS);
    expect(savedSignals(next.journal).at(-1)?.signal.signalId).toBe('s29999');
  });
});

test('what settled over an hour ago is forgotten, what is open is not', async () => {
  const { journal, store } = await open(join(tempDir(), 'state'));
  store.record([settled('old'), settled('open', T0, null), settled('waits', T0, 'coalesced'), settled('new', T0 + 1)]);
  store.forget(T0 + 1 + SIGNAL_TTL_MS);
  expect(savedSignals(journal).map(({ signal }) => signal.signalId)).toEqual(['open', 'waits', 'new']);
});

describe('what has to be printed', () => {
  test('is what earlier runs settled and did not print', async () => {
    const dir = join(tempDir(), 'state');
    const first = await open(dir);
    first.store.record([settled('a'), settled('b', T0 + 2), settled('c', T0 + 1), settled('waits', T0, 'coalesced')]);
    first.store.unprinted.markPrinted(['a']);
    await first.journal.close();
    const second = await open(dir);
    second.store.record([settled('d')]);
    expect(taken(second.store)).toEqual(['c', 'b']);
    second.store.unprinted.markPrinted(['b', 'c', 'd', 'none']);
    await second.journal.close();
    expect(taken((await open(dir)).store)).toEqual([]);
  });

  test('is nothing of a run that shows its signals otherwise', async () => {
    const dir = join(tempDir(), 'state');
    const dashboard = await open(dir, false);
    dashboard.store.record([settled('a')]);
    await dashboard.journal.close();
    expect(taken((await open(dir)).store)).toEqual([]);
  });

  test('is nothing of a run that still writes here', async () => {
    const dir = join(tempDir(), 'state');
    const { store } = await open(dir);
    store.record([settled('a')]);
    expect(taken((await open(dir)).store)).toEqual([]);
  });

  test('is printed once, whatever is learned of the signal later', async () => {
    const dir = join(tempDir(), 'state');
    const { journal, store } = await open(dir);
    store.record([settled('a')]);
    store.unprinted.markPrinted(['a']);
    store.record([settled('a')]);
    await journal.close();
    expect(taken((await open(dir)).store)).toEqual([]);
  });

  test('is counted as lost once it is too old, and said once', async () => {
    const dir = join(tempDir(), 'state');
    const { journal, store } = await open(dir);
    store.record([settled('a'), settled('b')]);
    store.unprinted.markPrinted(['a']);
    store.forget(T0 + 2 * SIGNAL_TTL_MS);
    await journal.close();
    const next = await open(dir);
    expect(next.store.unprinted.take()).toEqual({ fates: [], lost: 1 });
    expect(next.store.unprinted.take()).toEqual({ fates: [], lost: 0 });
  });
});

describe('while another process that prints has the folder', () => {
  async function twoStores() {
    const dir = join(tempDir(), 'state');
    const first = await open(dir);
    const second = await open(dir);
    const adopted: string[] = [];
    second.store.unprinted.onAdopted((fates) => adopted.push(...fates.map(({ signal }) => signal.signalId)));
    const firstEnds = async (): Promise<void> => {
      await first.journal.close();
      await until(() => second.journal.persistent);
    };
    return { dir, first, second, adopted, firstEnds };
  }
  const fatesIn = (journal: Journal) =>
    savedSignals(journal).map(({ signal, fate }) => [signal.signalId, fate?.settled === true ? fate.kind : null]);

  test('our fates are its to settle, and ours again where it never knew the signal', async () => {
    const { first, second, adopted, firstEnds } = await twoStores();
    second.store.record([settled('both', T0, 'observer'), settled('open there', T0), settled('ours', T0 + 1)]);
    first.store.record([settled('both', T0, 'checkpointed'), settled('open there', T0, null)]);
    first.store.unprinted.markPrinted(['both']);
    expect(second.store.unprinted.settledBy('ours')?.pid).toBe(process.pid);
    expect(second.store.unprinted.onTheirWayMs(T0 + 1_000)).toBe(501);
    expect(second.store.unprinted.orphaned(T0 + 1_000)).toEqual([]);
    expect(second.store.unprinted.orphaned(T0 + 60_000).map(({ signal }) => signal.signalId)).toEqual(['ours']);
    await firstEnds();
    expect(adopted).toEqual(['ours']);
    expect(fatesIn(second.journal)).toEqual([
      ['both', 'checkpointed'],
      ['open there', null],
      ['ours', 'flagged'],
    ]);
    expect(second.store.unprinted.settledBy('ours')).toBeNull();
    second.store.record([settled('later')]);
    expect(second.journal.get('unprinted:later')).toBe(true);
  });

  test('what came late by the feed is on its way to it all the same', async () => {
    const { second } = await twoStores();
    second.store.record([settled('late', T0, 'flagged', T0 - 6_000)]);
    expect(second.store.unprinted.orphaned(T0 + 500)).toEqual([]);
    expect(second.store.unprinted.onTheirWayMs(T0 + 500)).toBe(1_000);
    expect(second.store.unprinted.orphaned(T0 + 1_500)).toHaveLength(1);
    expect(second.store.unprinted.onTheirWayMs(T0 + 1_500)).toBe(0);
  });

  test('what it settled and did not print is printed by the second', async () => {
    const { first, adopted, firstEnds } = await twoStores();
    first.store.record([settled('a'), settled('b')]);
    first.store.unprinted.markPrinted(['a']);
    await firstEnds();
    expect(adopted).toEqual(['b']);
  });

  test('what it has settled stays so where ours ends later', async () => {
    const { first, second, firstEnds } = await twoStores();
    second.store.record([settled('a', T0, null)]);
    first.store.record([settled('a', T0, 'checkpointed')]);
    await firstEnds();
    second.store.record([settled('a', T0 + 1, 'observer')]);
    expect(fatesIn(second.journal)).toEqual([['a', 'checkpointed']]);
    expect(second.store.unprinted.settledBy('a')?.pid).toBe(process.pid);
  });
});
