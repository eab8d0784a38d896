import type { PauseRefusal } from '../../src/core/pauses.ts';
import type { Pauser } from '../../src/effects/process/pauser.ts';
import type { PauseRecord } from '../../src/effects/state/pause-records.ts';

/** Pauses on paper, for screens: no process is touched, each group has two of them. `refused`: why none is stopped. */
export function paperPauser(refused: PauseRefusal | null = null): Pauser {
  const records = new Set<PauseRecord>();
  const nowhere = { boot: '', namespace: '', engine: { pid: 1, start: '1' } };
  return {
    tellerOf: () => 0,
    inspect: ({ pid }) => {
      if (refused !== null) return { ok: false, reason: refused };
      const group = { pid, name: 'node', processes: 2, others: 0, foreground: false };
      return { ok: true, value: { ...group, uid: 0, gid: 0, members: [{ pid, start: '1' }] } };
    },
    stop: async (_, { pid, uid, members, processes }, facts) => {
      const record = { pid, uid, members, processes, ...facts, ...nowhere };
      records.add(record);
      return { ok: true, value: record };
    },
    resume: (record) => records.delete(record),
    stateOf: () => 'stopped',
    list: () => [...records].map((record) => ({ record, whose: 'ours' })),
  };
}
