import type { Checkpointer } from '../../core/snapshots.ts';
import { makeCheckpoint, type Tool } from './checkpoint.ts';
import { wsCkptClient } from './client.ts';
import { workspaceGuard } from './guard.ts';
import { diffSnapshots, readContents, removeSnapshot, rollbackTo } from './history.ts';
import { listSnapshots, lookUpSnapshot } from './snapshots.ts';
import { watchSnapshots } from './watch.ts';

export type WsCkptOptions = {
  /** Canonical: parent resolved, last part kept. */
  readonly workspace: string;
  /** Name in PATH or path of the tool. */
  readonly binary?: string;
  /** Added to our environment, for example `WS_CKPT_SOCKET`. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Deadline of a list, ms. */
const LIST_MS = 10_000;
/** The deadline of a lookup at start, ms. */
const LOOK_UP_MS = 2_000;

/** Snapshots by ANOLISA's `ws-ckpt`, 0.3.2 or newer. It never manages a workspace by itself. */
export function wsCkpt({ workspace, binary = 'ws-ckpt', env = {} }: WsCkptOptions): Checkpointer {
  const client = wsCkptClient(binary, env);
  const guard = workspaceGuard(client, { binary, workspace });
  const subject = { binary, workspace, id: () => guard.link()?.id ?? null };
  const tool: Tool = { client, guard, subject };
  return {
    name: 'ws-ckpt',
    workspace,
    capabilities: { list: true, diff: true, rollback: true, remove: true },
    link: guard.link,
    probe: () => guard.probe(),
    prepare: async (_progress, abort) => {
      const { reason } = await guard.probe(abort);
      return reason === null ? { ok: true, value: null } : { ok: false, reason };
    },
    checkpoint: (request, control) => makeCheckpoint(tool, request, control),
    lookUp: (request) => lookUpSnapshot(client, subject, request, { timeoutMs: LOOK_UP_MS }),
    list: () => listSnapshots(client, subject, { timeoutMs: LIST_MS }),
    diff: (from, to) => diffSnapshots(tool, from, to),
    contents: (snapshot) => readContents(tool, snapshot),
    rollback: (snapshot) => rollbackTo(tool, snapshot),
    remove: (snapshot) => removeSnapshot(tool, snapshot),
    watch: (onSnapshot, abort) => void watchSnapshots(tool, onSnapshot, abort),
  };
}
