import { lstat, opendir, readFile, realpath, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Done } from '../../core/done.ts';
import type { Result } from '../../core/result.ts';
import { INIT_MS } from './limits.ts';
import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import type { FolderSize, InitRefusal } from '../../core/reasons.ts';
import type { InitEffect, InitWarning } from '../../core/plans.ts';
import { type Occupant, type ProcessScan, scanWarnings } from '../process/processes.ts';
import { type Subject, troubleOf } from './answers.ts';
import { type Client, wsCkptClient } from './client.ts';
import { storeSpace, workspaceGuard } from './guard.ts';
import { initLine } from '../../wording/ws-ckpt.ts';

/** The outline of an init: its effects line by line, and the reasons against it. */
export type InitOutline = {
  readonly workspace: string;
  readonly effects: readonly InitEffect[];
  readonly warnings: readonly InitWarning[];
  readonly refusals: readonly (InitRefusal | CheckpointerReason)[];
  readonly command: string;
  readonly confirmation: string;
};

export type InitOptions = { readonly binary?: string; readonly env?: Readonly<Record<string, string>> };

/** The time that the folder is counted, ms: a person waits for the plan. */
const COUNT_MS = 2_000;
/** The store's image, if it is one: it is sparse, and grows on the disk under it. */
const IMAGE = '/var/lib/ws-ckpt/btrfs-data.img';
const PROBE_MS = 5_000;

/**
 * Returns what `ws-ckpt init` of a folder would move where, and everything that speaks against it. Changes nothing.
 * `processes` are those that were seen in the folder.
 */
export async function planInit(
  workspace: string,
  processes: ProcessScan,
  { binary = 'ws-ckpt', env = {} }: InitOptions = {},
): Promise<InitOutline> {
  const subject = { binary, workspace };
  const client = wsCkptClient(binary, env);
  const [availability, asked, mounts] = await Promise.all([
    workspaceGuard(client, subject).probe(),
    client.version(PROBE_MS),
    mountPoints(),
  ]);
  const version = 'version' in asked ? asked.version : null;
  const managed = availability.state === 'available' ? [{ code: 'already_managed', workspace } as const] : [];
  const missing = availability.state === 'unavailable' && availability.reason !== null ? [availability.reason] : [];
  const folder = await whyNotThisFolder(workspace, mounts);
  const isCountable = [...managed, ...missing, ...folder].length === 0;
  const amount = isCountable ? await amountOf(workspace, client) : NOT_COUNTED;
  return {
    workspace,
    effects: [...amount.effects, ...effectsOf(workspace, isBefore04(version))],
    warnings: [...amount.warnings, ...warningsOf(workspace, mounts, processes, isBefore04(version))],
    refusals: [...managed, ...missing, ...folder, ...amount.refusals, ...processes.occupants.map(whyNotWhileInside)],
    command: initLine(workspace),
    confirmation: workspace,
  };
}

/** Runs `ws-ckpt init`: the only caller that does. It may take as long as the tree takes to be copied. */
export async function initWorkspace(
  workspace: string,
  { binary = 'ws-ckpt', env = {} }: InitOptions = {},
): Promise<Result<Done, CheckpointerReason>> {
  const client: Client = wsCkptClient(binary, env);
  const subject: Subject = { binary, workspace };
  const result = await client.call(['init', `--workspace=${workspace}`], { timeoutMs: INIT_MS });
  const id =
    result.type === 'exited' && result.code === 0
      ? /^✓ Workspace initialized: (\S+)$/mu.exec(result.stdout)?.[1]
      : undefined;
  if (id === undefined) {
    const { type, reason } = troubleOf(result, subject);
    const isUnsure = type === 'lost' || type === 'timed_out';
    return { ok: false, reason: isUnsure ? { code: 'init_unsure', why: reason } : reason };
  }
  const target = await realpath(workspace).catch(() => null);
  return { ok: true, value: { code: 'initialized', workspace, id, target: target === workspace ? null : target } };
}

type Amount = Pick<InitOutline, 'effects' | 'warnings' | 'refusals'>;

const NOT_COUNTED: Amount = { effects: [], warnings: [], refusals: [] };

/** Returns how much is to be copied, and whether it fits: a store that fills up half way is the worst that can happen. */
async function amountOf(workspace: string, client: Client): Promise<Amount> {
  const [size, space, under] = await Promise.all([
    folderSize(workspace, COUNT_MS),
    storeSpace(client),
    freeUnderImage(),
  ]);
  const tight = under !== null && under < size.bytes;
  const warnings = tight ? [{ code: 'disk_tight', freeBytes: under } as const] : [];
  if (space === null) {
    return { effects: [{ code: 'size', workspace, size, room: null }], warnings, refusals: [] };
  }
  const room = { freeBytes: space.free, totalBytes: space.total };
  const effects = [{ code: 'size', workspace, size, room } as const];
  if (size.bytes < space.free) return { effects, warnings, refusals: [] };
  return { effects, warnings, refusals: [{ code: 'init_does_not_fit', workspace, size, ...room }] };
}

// Null where the store is no image; parts of an image may have their room already, so this is no reason to refuse.
async function freeUnderImage(): Promise<number | null> {
  try {
    await lstat(IMAGE);
    const { bavail, bsize } = await statfs(IMAGE);
    return bavail * bsize;
  } catch {
    return null;
  }
}

function effectsOf(workspace: string, isOld: boolean): readonly InitEffect[] {
  return [
    { code: 'copied', workspace },
    isOld ? { code: 'original_deleted' } : { code: 'original_waits', workspace },
    { code: 'link_left', workspace },
    { code: 'not_kept' },
    { code: 'undo', workspace },
  ];
}

function warningsOf(
  workspace: string,
  mounts: readonly string[],
  processes: ProcessScan,
  isOld: boolean,
): readonly InitWarning[] {
  const inside = mounts.filter((mount) => mount.startsWith(`${workspace}/`));
  return [
    ...(isOld ? [{ code: 'fragile_init' } as const] : []),
    ...inside.map((path) => ({ code: 'mount_inside', path }) as const),
    ...scanWarnings(processes),
  ];
}

const SYSTEM = [
  'bin',
  'boot',
  'dev',
  'etc',
  'home',
  'lib',
  'lib64',
  'mnt',
  'proc',
  'run',
  'sbin',
  'sys',
  'tmp',
  'usr',
  'var',
];

async function whyNotThisFolder(workspace: string, mounts: readonly string[]): Promise<readonly InitRefusal[]> {
  const there = await lstat(workspace).catch(() => null);
  if (there === null) return [{ code: 'init_folder_missing', workspace }];
  if (there.isSymbolicLink()) return [{ code: 'init_of_link', workspace }];
  if (!there.isDirectory()) return [{ code: 'init_of_file', workspace }];
  const reasons: InitRefusal[] = [];
  const home = await realpath(homedir()).catch(() => homedir());
  if (workspace === '/') reasons.push({ code: 'init_of_root' });
  else if (workspace === home || home.startsWith(`${workspace}/`)) {
    reasons.push({ code: 'init_of_home', workspace });
  } else if (SYSTEM.some((name) => workspace === `/${name}`) || workspace === '/root') {
    reasons.push({ code: 'init_of_system', workspace });
  }
  if (workspace !== '/' && mounts.includes(workspace)) {
    reasons.push({ code: 'init_of_mount', workspace });
  }
  const backup = `${workspace}.pre-init-bak`;
  if ((await lstat(backup).catch(() => null)) !== null) {
    reasons.push({ code: 'init_left_over', workspace, path: backup });
  }
  return reasons;
}

// Writes of who keeps the old folder or a file of it open go to what is deleted.
function whyNotWhileInside({ pid, name, isOurs, cwd, fileCount }: Occupant): InitRefusal {
  return { code: 'init_process_inside', process: { pid, name, isOurs }, cwd, fileCount };
}

async function mountPoints(): Promise<readonly string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const escaped = line.split(' ')[4];
    if (escaped === undefined) return [];
    return [escaped.replaceAll(/\\([0-7]{3})/gu, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))];
  });
}

function isBefore04(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return version !== null && major === 0 && minor < 4;
}

/** Counts what a folder holds, for at most `ms`; links are not followed. Never throws. */
export async function folderSize(folder: string, ms: number): Promise<FolderSize> {
  const stopAt = performance.now() + ms;
  const folders = [folder];
  const size = { files: 0, bytes: 0, complete: true };
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    try {
      for await (const entry of await opendir(next)) {
        const path = join(next, entry.name);
        if (performance.now() > stopAt) return { ...size, complete: false };
        if (entry.isDirectory()) folders.push(path);
        else {
          size.files += 1;
          size.bytes += (await lstat(path)).size;
        }
      }
    } catch {
      size.complete = false;
    }
  }
  return size;
}
