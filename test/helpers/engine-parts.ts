/** What an engine of a test reaches the world through. */
import type { Owner } from '../../src/core/runs.ts';
import type {
  Availability,
  Checkpointer,
  CheckpointRequest,
  LookUp,
  Outcome,
  Snapshot,
} from '../../src/core/snapshots.ts';
import type { LockRefusal, Locks, WorkspaceLock } from '../../src/effects/lock/locks.ts';
import type { RecordedWindow } from '../../src/effects/lock/record.ts';
import type { Journal } from '../../src/effects/state/journal.ts';
import { settled } from './fake-clock.ts';
import { quoted } from './reasons.ts';

export const WORKSPACE = '/srv/project';
export const OTHER_OWNER: Owner = { user: 'somebody', pid: 77, startedAt: 0 };

const AVAILABLE: Availability = {
  state: 'available',
  name: 'ws-ckpt',
  version: '0.3.2',
  reason: null,
  usedRatio: 0.1,
  freeSpaceHint: null,
};

export type MemoryJournal = Journal & { readonly values: ReadonlyMap<string, unknown> };

export type CheckpointerScript = {
  readonly availability?: Partial<Availability>;
  /** Snapshots that are there at the start. */
  readonly listed?: readonly Partial<Snapshot>[];
  readonly lookUp?: LookUp;
  /** Makes checkpoints in the stead of `finish`. */
  readonly checkpoint?: Checkpointer['checkpoint'];
  /** Parts of the checkpointer that do otherwise. */
  readonly parts?: Partial<Checkpointer>;
};

/** A journal in memory; `kept` is what an earlier run has left. */
export function memoryJournal(kept: ReadonlyMap<string, unknown> = new Map()): MemoryJournal {
  const values = new Map<string, unknown>(kept);
  return {
    values,
    persistent: true,
    shared: false,
    skipped: 0,
    other: () => null,
    problem: () => null,
    onAdopted: () => undefined,
    get: (key) => values.get(key),
    entries: (prefix) => [...values].filter(([key]) => key.startsWith(prefix)),
    put: (key, value) => {
      // As the real one: what is kept is JSON.
      if (value === null || value === undefined) values.delete(key);
      else values.set(key, JSON.parse(JSON.stringify(value)));
    },
    close: async () => undefined,
  };
}

/** A checkpointer that answers as it is told; a checkpoint runs until `finish`. */
export function scriptedCheckpointer({ availability, listed = [], lookUp, checkpoint, parts }: CheckpointerScript) {
  const requests: CheckpointRequest[] = [];
  const answers: ((outcome: Outcome) => void)[] = [];
  let present: Availability = { ...AVAILABLE, ...availability };
  let probes = 0;
  let onSnapshot: (snapshot: Snapshot) => void = () => undefined;
  const toSnapshot = (facts: Partial<Snapshot>): Snapshot => {
    return { id: 'some', at: 0, message: null, metadata: null, pinned: false, ...facts };
  };
  const checkpointer: Checkpointer = {
    name: 'ws-ckpt',
    workspace: WORKSPACE,
    capabilities: { list: true, diff: true, rollback: true, remove: true },
    probe: async () => {
      probes += 1;
      return present;
    },
    prepare: async () => ({ ok: true, value: null }),
    checkpoint: (request, control) => {
      requests.push(request);
      if (checkpoint) return checkpoint(request, control);
      return new Promise((resolve) => {
        answers.push(resolve);
        const aborted: Outcome = {
          type: 'unknown',
          reason: quoted('aborted'),
          durationMs: 0,
          exitCode: null,
          stderr: '',
        };
        control.abort.addEventListener('abort', () => resolve(aborted), { once: true });
      });
    },
    lookUp: async () => lookUp ?? { type: 'absent' },
    list: async () => ({ ok: true, value: listed.map(toSnapshot) }),
    diff: async () => ({ ok: true, value: { text: '', changes: null, paths: [] } }),
    rollback: async () => ({ ok: true, value: quoted('') }),
    remove: async () => ({ ok: true, value: quoted('') }),
    watch: (callback) => {
      onSnapshot = callback;
    },
    ...parts,
  };
  return {
    checkpointer,
    requests,
    probes: () => probes,
    answer: (facts: Partial<Availability>) => {
      present = { ...present, ...facts };
    },
    appear: async (facts: Partial<Snapshot>) => {
      onSnapshot(toSnapshot(facts));
      await settled();
    },
    finish: async (outcome: Partial<Outcome> = {}) => {
      await settled();
      const snapshot = requests[requests.length - answers.length]?.snapshot ?? '';
      const created = { type: 'created', snapshot, late: false, durationMs: 40, exitCode: 0, stderr: '' };
      answers.shift()?.({ ...created, ...outcome } as Outcome);
      await settled();
    },
  };
}

/** A lock that is never lost; `facts` say what is otherwise. */
export function scriptedLock(facts: Partial<WorkspaceLock> = {}): WorkspaceLock {
  return {
    inherited: null,
    notes: [],
    setWindow: () => undefined,
    check: async () => null,
    confirm: async () => null,
    suspend: () => undefined,
    renew: async () => null,
    release: async () => undefined,
    ...facts,
  };
}

/** Another engine on this machine. */
export function otherEngine(owner: Owner = OTHER_OWNER): LockRefusal & { readonly type: 'engine' } {
  return { type: 'engine', owner, process: { pid: owner.pid, start: '1' }, isRecorded: true };
}

export type ScriptedLocks = Locks & {
  /** The other engine's process ends; its locks with it. */
  readonly free: () => Promise<void>;
  /** Another engine has the locks from now on; our next check finds out. */
  readonly take: (refusal?: LockRefusal) => void;
  /** The other engine lives on and gives its locks back. */
  readonly disarm: () => void;
  readonly held: () => readonly string[];
  /** What happened to the locks of ours, in order. */
  readonly story: readonly string[];
  readonly window: () => RecordedWindow | null;
};

/** The machine's locks, held by another engine until `free` unless they are free. */
export function scriptedLocks(isFree: boolean, facts: Partial<WorkspaceLock> = {}): ScriptedLocks {
  const held = new Set<string>();
  const story: string[] = [];
  let owner: LockRefusal | null = isFree ? null : otherEngine();
  let window: RecordedWindow | null = null;
  let disarmed: LockRefusal | null = null;
  const answer = async (): Promise<LockRefusal | null> => owner;
  return {
    acquire: async ({ workspace }) => {
      if (owner !== null) return { ok: false, refusal: owner };
      held.add(workspace);
      story.push('acquire');
      const lock = scriptedLock({
        setWindow: (next) => (window = next),
        check: answer,
        confirm: answer,
        suspend: () => void story.push('suspend'),
        renew: async () => {
          story.push('renew');
          return owner;
        },
        release: async () => {
          story.push('release');
          held.delete(workspace);
        },
        ...facts,
      });
      return { ok: true, lock };
    },
    findOwner: answer,
    inspect: async () => ({ refusal: null, notes: [] }),
    isRunning: ({ pid }) => [owner, disarmed].some((one) => one?.type === 'engine' && one.owner.pid === pid),
    free: async () => {
      owner = null;
      await settled();
    },
    take: (refusal = otherEngine()) => {
      owner = refusal;
    },
    disarm: () => {
      disarmed = owner;
      owner = null;
    },
    held: () => [...held],
    story,
    window: () => window,
  };
}
