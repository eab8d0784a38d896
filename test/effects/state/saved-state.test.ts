import { describe, expect, test } from 'vitest';
import type { SavedSignal } from '../../../src/core/reactor/persist.ts';
import { readSavedState, writtenSignal } from '../../../src/effects/state/saved-state.ts';
import { memoryJournal } from '../../helpers/memory-journal.ts';
import { T0, World } from '../../helpers/reactor.ts';

/** A journal with one settled signal in it, as the core writes it, changed by `change`. */
function journalWith(change: (entry: Readonly<Record<string, unknown>>) => unknown) {
  const world = World.armed();
  const id = world.crash();
  world.created();
  const journal = memoryJournal();
  const entry = world.journal.get(`signal:${id}`) as SavedSignal;
  const written = JSON.parse(JSON.stringify(writtenSignal(entry))) as Readonly<Record<string, unknown>>;
  journal.put(`signal:${id}`, change(written));
  return readSavedState(journal, T0).signals;
}

describe('a signal in the state folder', () => {
  test('comes back with its fate and with what decided', () => {
    expect(journalWith((entry) => entry)).toMatchObject([
      { fate: { kind: 'checkpointed' }, why: { mode: 'auto', debounceMs: 30_000, windowEndsAt: null } },
    ]);
  });

  test('keeps the words of its reasons, and no more of them', () => {
    const texts = { downgraded: null, cause: 'agent_crash reported by agentsight' };
    const [saved] = journalWith((entry) => {
      expect(entry).toMatchObject({
        signal: texts,
        fate: { reason: expect.stringMatching(/^checkpoint auto-\S+ created in 13 ms$/u) },
      });
      return entry;
    });
    expect(saved?.signal.cause).toEqual({ code: 'recorded', text: texts.cause });
    expect(saved?.fate?.reason).toMatchObject({ code: 'recorded', text: expect.stringMatching(/created in 13 ms$/u) });
  });

  test('of an earlier version, which wrote no why, keeps its fate', () => {
    const [old] = journalWith(({ signal, fate }) => ({ signal, fate }));
    expect(old).toMatchObject({ fate: { kind: 'checkpointed', settled: true } });
    expect(old).not.toHaveProperty('why');
  });

  test('whose why is not ours loses the why, not the fate', () => {
    const [signal] = journalWith((entry) => ({ ...entry, why: { mode: 'panic' } }));
    expect(signal).toMatchObject({ fate: { kind: 'checkpointed' } });
    expect(signal).not.toHaveProperty('why');
  });

  test('without a fate that we know is passed over', () => {
    expect(journalWith((entry) => ({ ...entry, fate: 'gone' }))).toEqual([]);
  });
});
