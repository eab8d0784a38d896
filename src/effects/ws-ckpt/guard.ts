import { readlink, realpath, stat, lstat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import * as z from 'zod';
import type { Availability } from '../../core/snapshots.ts';
import type { WorkspaceLink } from '../../core/folder.ts';
import type { RunResult } from '../process/run.ts';
import { troubleOf, type Subject } from './answers.ts';
import type { Client } from './client.ts';
import type { CheckpointerReason, WsCkptProblem } from '../../core/checkpointer-reasons.ts';
import { freeSpaceLine } from '../../wording/ws-ckpt.ts';

/** Knows whether the workspace is managed: `ws-ckpt checkpoint` on one that is not would move its whole tree. */
export type Guard = {
  /** Asks the tool and the daemon. */
  readonly probe: (abort?: AbortSignal) => Promise<Availability>;
  /** Null when a spawn is safe, else why not. Asks the daemon only while its last answer was no. */
  readonly check: (abort: AbortSignal) => Promise<CheckpointerReason | null>;
  /** The daemon has reported otherwise since the last probe. */
  readonly distrust: () => void;
  /** The link and the id, as the daemon's last answer and the path agreed; null while they do not. */
  readonly link: () => WorkspaceLink | null;
};

/** The time that the tool or the daemon may take to answer a probe, ms. */
const PROBE_MS = 5_000;
/** The path that 0.3.2 reports of a workspace that is busy at that instant. */
const LOCKED = '<locked>';

const statusSchema = z.looseObject({
  workspaces: z.array(z.looseObject({ ws_id: z.string(), path: z.string() })),
  fs_total_bytes: z.number().catch(0),
  fs_used_bytes: z.number().catch(0),
});

type Status = z.infer<typeof statusSchema>;

export function workspaceGuard(client: Client, subject: Subject): Guard {
  const { workspace } = subject;
  /** Null while the workspace is not known to be managed. */
  let link: WorkspaceLink | null = null;

  const probe = async (abort?: AbortSignal): Promise<Availability> => {
    const version = await client.version(PROBE_MS);
    if ('failed' in version) {
      link = null;
      return unavailable(null, problemOf(version.failed, subject));
    }
    const result = await askStatus(client, abort);
    if (result.type === 'not_found') client.forgetVersion();
    const status = parseStatus(result);
    if (status === null) return unavailable(version.version, problemOf(result, subject));
    return availabilityOf(status, version.version);
  };

  const availabilityOf = async (status: Status, version: string | null): Promise<Availability> => {
    const target = await readlink(workspace).catch(() => null);
    const entry = status.workspaces.find(
      ({ path, ws_id: id }) => path === workspace || (path === LOCKED && target !== null && id === basename(target)),
    );
    const found = entry === undefined ? null : { id: entry.ws_id, target: target ?? '' };
    const problem = found === null ? await whyUnmanaged(workspace) : await whyNotItsLink(workspace, found);
    link = problem === null ? found : null;
    return {
      ...unavailable(version, problem),
      state: problem === null ? 'available' : 'unmanaged',
      usedRatio:
        status.fs_total_bytes > 0 ? Math.min(1, Math.max(0, status.fs_used_bytes / status.fs_total_bytes)) : null,
      freeSpaceHint: freeSpaceLine(workspace),
    };
  };

  const check = async (abort: AbortSignal): Promise<CheckpointerReason | null> => {
    if (link !== null) return brokenLink(workspace, link);
    const found = await probe(abort);
    return found.reason;
  };

  return { probe, check, distrust: () => (link = null), link: () => link };
}

/** Returns how large the snapshot store is and how much of it is free, bytes; null if the daemon does not report it. */
export async function storeSpace(client: Client): Promise<{ readonly total: number; readonly free: number } | null> {
  const status = parseStatus(await askStatus(client));
  if (status === null || status.fs_total_bytes <= 0) return null;
  return { total: status.fs_total_bytes, free: Math.max(0, status.fs_total_bytes - status.fs_used_bytes) };
}

function askStatus(client: Client, abort?: AbortSignal): Promise<RunResult> {
  const limits = { timeoutMs: PROBE_MS, json: true, ...(abort === undefined ? {} : { abort }) };
  return client.call(['status', '--format', 'json'], limits);
}

function unavailable(version: string | null, problem: CheckpointerReason | null): Availability {
  return { state: 'unavailable', name: 'ws-ckpt', version, reason: problem, usedRatio: null, freeSpaceHint: null };
}

function problemOf(result: RunResult, subject: Subject): CheckpointerReason {
  const trouble = troubleOf(result, subject);
  if (trouble.type === 'timed_out') return { code: 'daemon_silent' };
  if (result.type === 'exited' && result.code === 0) return { code: 'bad_status' };
  return trouble.reason;
}

function parseStatus(result: RunResult): Status | null {
  if (result.type !== 'exited' || result.code !== 0) return null;
  try {
    return statusSchema.safeParse(JSON.parse(result.stdout)).data ?? null;
  } catch {
    return null;
  }
}

async function whyUnmanaged(workspace: string): Promise<WsCkptProblem> {
  const there = await lstat(workspace).catch(() => null);
  return { code: there === null ? 'workspace_missing' : 'unmanaged', workspace };
}

/** Null when the path is the link into the store that `init` made: by its name, and in a folder that only root fills. */
async function whyNotItsLink(workspace: string, link: WorkspaceLink): Promise<WsCkptProblem | null> {
  if (basename(link.target) !== link.id || !(await isStore(dirname(resolve(dirname(workspace), link.target))))) {
    const isThere =
      link.target !== '' && basename(link.target) === link.id && (await isDangling(workspace, link.target));
    return isThere ? { code: 'link_dangling', workspace, target: link.target } : { code: 'link_replaced', workspace };
  }
  return brokenLink(workspace, link);
}

/** Null when the path is still that link, target and all, and leads somewhere. */
async function brokenLink(workspace: string, link: WorkspaceLink): Promise<WsCkptProblem | null> {
  const target = await readlink(workspace).catch(() => null);
  if (target !== link.target) return { code: 'link_replaced', workspace };
  return (await isDangling(workspace, target)) ? { code: 'link_dangling', workspace, target } : null;
}

async function isDangling(workspace: string, target: string): Promise<boolean> {
  const store = await stat(resolve(dirname(workspace), target)).catch(() => null);
  return store?.isDirectory() !== true;
}

// A folder of the same name can be made anywhere; among the daemon's, only by root (or by us, who run the tool).
async function isStore(folder: string): Promise<boolean> {
  const there = await realpath(folder)
    .then((real) => stat(real))
    .catch(() => null);
  return there !== null && (there.uid === 0 || there.uid === process.geteuid?.()) && (there.mode & 0o022) === 0;
}
