import { lstat, readFile, realpath, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { Result } from '../../core/result.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { INIT_MS } from './limits.ts';
import { cleanLine, shellWord } from '../../core/text.ts';
import { wordBytes, counted } from '../../wording/units.ts';
import { type FolderSize, folderSize } from '../folder-size.ts';
import type { Occupant, ProcessScan } from '../process/processes.ts';
import { troubleOf, type Subject } from './answers.ts';
import { wsCkptClient, type Client } from './client.ts';
import { storeSpace, workspaceGuard } from './guard.ts';
import { initLine } from '../../wording/ws-ckpt.ts';

/** What an init would do and why it may not; all in words. */
export type InitWords = {
  readonly workspace: string;
  readonly effects: readonly string[];
  readonly warnings: readonly string[];
  readonly refusals: readonly string[];
  readonly command: string;
  readonly confirmation: string;
};

export type InitOptions = { readonly binary?: string; readonly env?: Readonly<Record<string, string>> };

/** How long the folder is counted, ms: a person waits for the plan. */
const COUNT_MS = 2_000;
/** The store's image, if it is one: it is sparse, and grows on the disk under it. */
const IMAGE = '/var/lib/ws-ckpt/btrfs-data.img';
const PROBE_MS = 5_000;

/**
 * What `ws-ckpt init` of a folder would move where, and everything that speaks against it. Changes nothing.
 * `processes` are those that were seen in the folder.
 */
export async function planInit(
  workspace: string,
  processes: ProcessScan,
  { binary = 'ws-ckpt', env = {} }: InitOptions = {},
): Promise<InitWords> {
  const subject = { binary, workspace };
  const client = wsCkptClient(binary, env);
  const [availability, asked, mounts] = await Promise.all([
    workspaceGuard(client, subject).probe(),
    client.version(PROBE_MS),
    mountPoints(),
  ]);
  const version = 'version' in asked ? asked.version : null;
  const managed = availability.state === 'available' ? [`${workspace} is managed by ws-ckpt already`] : [];
  const missing = availability.state === 'unavailable' ? [availability.reason] : [];
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

/** Runs `ws-ckpt init`: the only place that does. It may take as long as the tree takes to be copied. */
export async function initWorkspace(
  workspace: string,
  { binary = 'ws-ckpt', env = {} }: InitOptions = {},
): Promise<Result<string>> {
  const client: Client = wsCkptClient(binary, env);
  const subject: Subject = { binary, workspace };
  const result = await client.call(['init', `--workspace=${workspace}`], { timeoutMs: INIT_MS });
  const id =
    result.type === 'exited' && result.code === 0
      ? /^✓ Workspace initialized: (\S+)$/mu.exec(result.stdout)?.[1]
      : undefined;
  if (id === undefined) {
    const { type, reason } = troubleOf(result, subject);
    const unsure = type === 'lost' || type === 'timed_out' ? `; look whether it was done: ws-ckpt status` : '';
    return { ok: false, reason: `${reason}${unsure}` };
  }
  const target = await realpath(workspace).catch(() => null);
  const where =
    target === null || target === workspace ? '' : `; its files are in ${target} now, a link is in their place`;
  return {
    ok: true,
    value: cleanLine(`${workspace} is managed by ws-ckpt as ${id}${where}; restart what ran inside`, MAX_TEXT_LENGTH),
  };
}

type Amount = Pick<InitWords, 'effects' | 'warnings' | 'refusals'>;

const NOT_COUNTED: Amount = { effects: [], warnings: [], refusals: [] };

/** How much is to be copied, and whether it fits: a store that fills up half way is the worst that can happen. */
async function amountOf(workspace: string, client: Client): Promise<Amount> {
  const [size, space, under] = await Promise.all([
    folderSize(workspace, COUNT_MS),
    storeSpace(client),
    freeUnderImage(),
  ]);
  const holds = `${workspace} holds ${sizeWords(size)}`;
  const tight = under !== null && under < size.bytes;
  const warnings = tight ? [`the disk under ws-ckpt's store has only ${wordBytes(under)} free: it may fill up`] : [];
  if (space === null) {
    return { effects: [`${holds}; how much room ws-ckpt's store has is not known`], warnings, refusals: [] };
  }
  const room = `ws-ckpt's store has ${wordBytes(space.free)} free of ${wordBytes(space.total)}`;
  const effects = [`${holds}; ${room}`];
  if (size.bytes < space.free) return { effects, warnings, refusals: [] };
  const more = 'free some with ws-ckpt cleanup, or enlarge it (img_size in /etc/ws-ckpt/config.toml, then restart it)';
  return { effects, warnings, refusals: [`it does not fit: ${holds}, and ${room}; ${more}`] };
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

function sizeWords({ files, bytes, complete }: FolderSize): string {
  const amount = `${counted(files, 'file')}, ${wordBytes(bytes)}`;
  return complete ? amount : `more than ${amount} (stopped counting)`;
}

function effectsOf(workspace: string, isOld: boolean): readonly string[] {
  return [
    `all of ${workspace} is copied (rsync) into ws-ckpt's btrfs store, by its root daemon; that takes as long as copying does`,
    isOld
      ? 'then the original is deleted; links that point out of the tree are replaced by copies (ws-ckpt before 0.4)'
      : `the original waits as ${workspace}.pre-init-bak meanwhile, is brought back on failure and deleted on success`,
    `a link takes its place: ${workspace} → /mnt/btrfs-workspace/ws-… (wherever the store is mounted)`,
    'hard links, ACLs, extended attributes and sparse holes are not kept; the files are on another file system from then on',
    `rm -rf ${shellWord(workspace)} then removes the link only; ws-ckpt recover --workspace=${shellWord(workspace)} undoes it and deletes all snapshots`,
  ];
}

function warningsOf(
  workspace: string,
  mounts: readonly string[],
  processes: ProcessScan,
  isOld: boolean,
): readonly string[] {
  const inside = mounts.filter((mount) => mount.startsWith(`${workspace}/`));
  return [
    ...(isOld ? ['ws-ckpt before 0.4 can lose the tree when it fails late: make a copy first, or upgrade it'] : []),
    ...inside.map((mount) => `${mount} is a mount of its own: it is copied, not moved`),
    ...(processes.unreadable > 0
      ? [`${processes.unreadable} process(es) of other users could not be looked into: what they write inside is lost`]
      : []),
    ...(processes.complete ? [] : ['not all processes could be looked at']),
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

async function whyNotThisFolder(workspace: string, mounts: readonly string[]): Promise<readonly string[]> {
  const there = await lstat(workspace).catch(() => null);
  if (there === null) return [`${workspace} does not exist; create it first`];
  if (there.isSymbolicLink()) return [`${workspace} is a link already; name the folder that it leads to`];
  if (!there.isDirectory()) return [`${workspace} is no folder`];
  const reasons = [];
  const home = await realpath(homedir()).catch(() => homedir());
  if (workspace === '/') reasons.push('/ cannot be a workspace; choose a folder below');
  else if (workspace === home || home.startsWith(`${workspace}/`)) {
    reasons.push(
      `${workspace} is your home, or above it: shells, keys and settings would move along; choose a folder below`,
    );
  } else if (SYSTEM.some((name) => workspace === `/${name}`) || workspace === '/root') {
    reasons.push(`${workspace} belongs to the system; choose a folder below`);
  }
  if (workspace !== '/' && mounts.includes(workspace)) {
    reasons.push(`${workspace} is a mount point, which cannot be replaced by a link; choose a folder below`);
  }
  const backup = `${workspace}.pre-init-bak`;
  if ((await lstat(backup).catch(() => null)) !== null) {
    reasons.push(
      `${backup} is left over from an earlier init; first: ws-ckpt recover --workspace=${shellWord(workspace)}`,
    );
  }
  return reasons;
}

// Writes of who keeps the old folder or a file of it open go to what is deleted.
function whyNotWhileInside({ pid, name, cwd, fileCount, isOurs }: Occupant): string {
  const process = isOurs ? `sightline itself (pid ${pid})` : `${name} (pid ${pid})`;
  const how = cwd === null ? `has ${fileCount} file(s) open inside` : `works inside (${cwd})`;
  return `${process} ${how} and would go on in the old tree; ${isOurs ? 'start sightline from a folder outside' : 'stop it first'}`;
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
