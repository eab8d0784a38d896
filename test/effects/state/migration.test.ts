import { expect, onTestFinished, test } from 'vitest';
import { restoreState, savedChanges } from '../../../src/core/reactor/persist.ts';
import { callSignalId } from '../../../src/core/reactor/signals.ts';
import { step } from '../../../src/core/reactor/step.ts';
import type { Input } from '../../../src/core/reactor/messages.ts';
import { gitCheckpointer } from '../../../src/effects/git/index.ts';
import { openJournal } from '../../../src/effects/state/journal.ts';
import { readSavedState, savedSignals } from '../../../src/effects/state/saved-state.ts';
import { createStateStore } from '../../../src/effects/state/state-store.ts';
import { failedCall } from '../../helpers/feed-events.ts';
import { SETTINGS } from '../../helpers/reactor.ts';
import {
  OLD_CHECKPOINTED,
  OLD_WAITING,
  oldState,
  type OldState,
  readByOldVersion,
  rewriteByOldVersion,
} from '../../helpers/state-0.1.0.ts';

/** One run of this version over a state folder: what it restores, and what `inputs` make of it. */
async function run(
  { stateDir, workspace }: OldState,
  inputs: readonly Omit<Input & { type: 'call' }, 'at' | 'mono'>[],
) {
  const journal = await openJournal(stateDir);
  onTestFinished(() => journal.close());
  const store = createStateStore(journal, { prints: true });
  const now = { at: Date.now(), mono: performance.now() };
  const settings = { ...SETTINGS, debounceMs: 600_000, workspaces: { agents: {}, processes: {}, fallback: workspace } };
  let { state } = restoreState(settings, readSavedState(journal, now.at), now);
  const restored = state;
  const raised: string[] = [];
  for (const input of [{ type: 'recover', runs: [] } as const, ...inputs]) {
    const [next, commands] = step(state, { ...input, ...now });
    store.record(savedChanges(state, next, commands, now));
    for (const command of commands) {
      if (command.type === 'notice' && command.notice.type === 'signal') raised.push(command.notice.signal.signalId);
    }
    state = next;
  }
  const fates = new Map(savedSignals(journal).map(({ signal, fate }) => [signal.signalId, fate?.kind ?? '']));
  await journal.close();
  return { restored, raised, fates };
}

/** The calls of the recording, as a source would tell of them once more. */
function recordedCalls(state: OldState): ReturnType<typeof failedCall>[] {
  const file = [...readByOldVersion(state.file).keys()];
  expect(file).toEqual([OLD_CHECKPOINTED, OLD_WAITING]);
  const endNs = (at: number): bigint => BigInt(at) * 1_000_000n;
  const end = Date.now() - 1_041;
  return ['chatcmpl-0123456789abcdef', 'call-7'].map((callId) => ({
    // As the recorded signals have them: a call of another agent would be another call.
    ...failedCall({ callId, error: 'process crashed', agent: 'Claude' }),
    startNs: endNs(end - 2_000),
    endNs: endNs(end + 500),
  }));
}

const live = (call: ReturnType<typeof failedCall>) => ({ type: 'call', call, previous: null, news: 'live' }) as const;

test('the state folder of 0.1.0 is read: silence, window, cursor, fates, what is open, snapshots', async () => {
  const old = oldState();
  const { restored, fates } = await run(old, []);
  expect(restored.silences).toMatchObject([{ matcher: { signal: 'never_seen' }, reason: 'lunch' }]);
  expect(restored.workspaces.get(old.workspace)?.windowEndsMono).toBeGreaterThan(performance.now() + 500_000);
  expect([...restored.open.keys()]).toEqual([OLD_WAITING]);
  expect(Object.fromEntries(fates)).toEqual({ [OLD_CHECKPOINTED]: 'checkpointed', [OLD_WAITING]: 'stopped' });
  const journal = await openJournal(old.stateDir);
  expect(journal.entries('cursor:').length).toBeGreaterThan(0);
  await journal.close();
  const git = gitCheckpointer({ workspace: old.workspace, storeDir: old.stateDir, keep: 10, exclude: null });
  const listed = await git.list();
  const ids = listed.ok ? listed.value.map(({ id }) => id) : [];
  expect(ids).toContain('auto-20261130T082701-agent_crash');
  expect(ids).toHaveLength(2);
});

test('what 0.1.0 settled is not settled again, under the old formula of its id or the new one', async () => {
  const old = oldState();
  const { raised } = await run(old, recordedCalls(old).map(live));
  expect(raised).toEqual([]);
});

test('0.1.0 finds what this version settled under the ids that it would give, and this version again what 0.1.0 made of it', async () => {
  const old = oldState();
  const fresh = {
    ...failedCall({ callId: 'call-9', error: 'process crashed' }),
    startNs: BigInt(Date.now()) * 1_000_000n,
  };
  const call = { ...fresh, endNs: fresh.startNs + 1n };
  const upgraded = await run(old, [live(call)]);
  expect(upgraded.raised).toEqual([callSignalId(call)]);
  const oldId = callSignalId({ callId: 'call-9', startNs: null });
  const seen = readByOldVersion(old.file);
  expect([...seen.keys()]).toEqual(expect.arrayContaining([OLD_CHECKPOINTED, OLD_WAITING, callSignalId(call), oldId]));
  expect([...seen.values()]).not.toContain('');
  // Downgraded: it settles one of its own, and writes all that it found anew.
  const [name, value] = [...(await entriesOf(old))].find(([key]) => key === `signal:${OLD_CHECKPOINTED}`) ?? ['', null];
  const theirs = JSON.parse(JSON.stringify(value).replaceAll(OLD_CHECKPOINTED, 'settled-by-old')) as unknown;
  rewriteByOldVersion(old.file, { 'signal:settled-by-old': theirs });
  expect(name).not.toBe('');
  const again = await run(old, [live(call)]);
  expect(again.raised).toEqual([]);
  expect(again.fates.get('settled-by-old')).toBe('checkpointed');
  for (const [id, fate] of upgraded.fates) expect(again.fates.get(id)).toBe(fate);
});

async function entriesOf({ stateDir }: OldState) {
  const journal = await openJournal(stateDir);
  const entries = journal.entries('');
  await journal.close();
  return entries;
}
