/** Lends the terminal to a shell or an editor in a workspace, with the rights of the folder's owner. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import type { Duplex } from 'node:stream';
import type { FolderIdentity, OwnedFolder } from '../../core/folder.ts';
import { GUEST_PROBLEMS, type Guest, type GuestEnd, type GuestRefusal } from '../../core/guest.ts';
import { MAX_ID_LENGTH } from '../../core/limits.ts';
import type { Result } from '../../core/result.ts';
import { cleanLine } from '../../core/text.ts';
import { HelperError } from '../git/helper/reason.ts';
import { rightsFor, situation } from '../git/helper/rights.ts';
import { userName } from '../pin/accounts.ts';
import { doubt, inspect, unprintable } from '../pin/inspect.ts';
import { GUEST_PIPE, MAX_GUEST_LINE, type GuestAnswer, type GuestRequest } from './protocol.ts';
import { keepGoing } from './stopped.ts';

/** The paths at which the build puts the guest's program, seen from the built program, its chunks, and the sources. */
const PROGRAMS = ['guest.cjs', '../guest.cjs', '../../../dist/guest.cjs'];
/** The places of script(1). */
const SCRIPTS = ['/usr/bin/script', '/bin/script', '/usr/local/bin/script'];
/** A guest that has not ended so long after it was asked to is killed, ms. */
const END_GRACE_MS = 1_000;

/** A guest that may come in. */
export type Invitation = {
  readonly owner: OwnedFolder;
  readonly request: GuestRequest;
  /** The program that gives it a terminal of its own; null: it shares ours. */
  readonly script: string | null;
};

/** The terminal and the environment that a guest may have something of. */
export type Hosting = { readonly env: Readonly<Record<string, string | undefined>> };

/** Returns what a guest would be started with, or why it is not let in. Nothing is started. */
export async function inviteGuest(guest: Guest, { env }: Hosting): Promise<Result<Invitation, GuestRefusal>> {
  const found = await folderOf(guest);
  if (!found.ok) return found;
  const rights = rightsIn(guest.workspace, found.value);
  if (!rights.ok) return rights;
  const folder = found.value;
  const file = guest.file === null ? null : fileIn(folder.path, guest);
  if (file === '') return no({ code: 'file_outside', file: guest.file ?? '' });
  const script = SCRIPTS.find(isExecutable) ?? null;
  const uid = rights.value;
  // A shell makes its own group the one in the terminal's foreground; killed, it would leave us behind it.
  if (script === null && (uid !== null || file === null)) return no({ code: 'no_own_terminal' });
  const { path, dev, ino } = folder;
  const own = uid === null;
  return {
    ok: true,
    value: {
      owner: { path, uid: folder.uid, user: userName(folder.uid) },
      script,
      request: {
        uid,
        folder: { path, dev, ino, uid: folder.uid },
        name: guest.workspace,
        file,
        editor: own ? editorIn(env) : null,
        path: own ? (env['PATH'] ?? null) : null,
        term: plain(env['TERM']) ?? 'dumb',
        lang: plain(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG']),
      },
    },
  };
}

// The pinned folder, and one of which nothing is doubtful where none is pinned.
async function folderOf({ workspace, folder: pinned }: Guest): Promise<Result<FolderIdentity, GuestRefusal>> {
  const seen = await inspect(workspace);
  const { folder } = seen;
  if (folder === null) return no({ code: 'no_folder', workspace: cleanLine(workspace, MAX_ID_LENGTH) });
  const odd = unprintable(folder.path);
  const problem = odd ?? (pinned === null ? await doubt(seen) : null);
  if (problem !== null) return no({ code: 'doubtful_folder', workspace, problem });
  if (pinned !== null && (pinned.path !== folder.path || pinned.uid !== folder.uid))
    return no({ code: 'replaced_folder', workspace, found: folder });
  return { ok: true, value: folder };
}

function rightsIn(workspace: string, folder: FolderIdentity): Result<number | null, GuestRefusal> {
  const now = situation();
  if (now.euid === 0 && folder.uid === 0) return no({ code: 'root_folder', workspace });
  if (now.euid !== 0 && now.euid !== folder.uid) return no({ code: 'foreign_folder', folder });
  try {
    return { ok: true, value: rightsFor(folder.uid, now) };
  } catch (error) {
    if (!(error instanceof HelperError)) throw error;
    return no({ code: 'rights_kept', detail: `not possible on ${now.platform}` });
  }
}

// Relative to the folder; '' where it is not below it.
function fileIn(path: string, { workspace, file }: Guest): string {
  if (file === null || file.includes('�')) return '';
  if (!isAbsolute(file)) return isBelow(file) ? file : '';
  return [path, workspace].map((folder) => relative(folder, file)).find(isBelow) ?? '';
}

function isBelow(file: string): boolean {
  return file !== '' && !isAbsolute(file) && !file.split('/').includes('..');
}

function editorIn(env: Hosting['env']): readonly string[] | null {
  const chosen = (env['VISUAL'] || env['EDITOR'])?.trim() ?? '';
  return chosen === '' ? null : chosen.split(/\s+/u);
}

function plain(text: string | undefined): string | null {
  return text !== undefined && /^[\w.@+-]{1,64}$/u.test(text) ? text : null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function no(reason: GuestRefusal): { readonly ok: false; readonly reason: GuestRefusal } {
  return { ok: false, reason };
}

/** A guest that has the terminal. */
export type Visit = {
  readonly ended: Promise<Result<GuestEnd, GuestRefusal>>;
  /** Keys pass through to a terminal of its own. */
  readonly hasOwnTerminal: boolean;
  /** Hangs up on it; it is killed where it does not end by that. */
  readonly end: () => void;
};

/** The descriptors of the terminal. */
export type TerminalEnds = { readonly input: number; readonly output: number };

/** Starts a guest, which has the terminal alone until it ends. Never rejects. */
export function startGuest({ request, script }: Invitation, { input, output }: TerminalEnds): Visit {
  const hasOwnTerminal = script !== null;
  const program = PROGRAMS.map((name) => join(import.meta.dirname, name)).find((path) => existsSync(path));
  if (program === undefined)
    return {
      ended: Promise.resolve(no({ code: 'not_started', detail: `${PROGRAMS[0]} is missing` })),
      hasOwnTerminal,
      end: () => undefined,
    };
  const notStarted = ({ message }: Error) => no({ code: 'not_started', detail: cleanLine(message, MAX_ID_LENGTH) });
  const { file, args, env } = commandOf(program, script);
  let child: ChildProcess;
  try {
    child = spawn(file, args, { cwd: '/', env, stdio: [input, output, output, 'pipe'] });
  } catch (error) {
    // Some errors are told by an event, others (no executable format, no memory) at once.
    const problem = error instanceof Error ? error : new Error(String(error));
    return { ended: Promise.resolve(notStarted(problem)), hasOwnTerminal, end: () => undefined };
  }
  const { promise, resolve } = Promise.withResolvers<Result<GuestEnd, GuestRefusal>>();
  const pipe = child.stdio[GUEST_PIPE] as Duplex;
  let text = '';
  pipe.on('error', () => undefined);
  pipe.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(0, MAX_GUEST_LINE);
  });
  pipe.write(`${JSON.stringify(request)}\n`);
  // script(1) stops where the guest behind it is stopped, and continues it when it goes on itself.
  const settle = child.pid === undefined ? () => undefined : keepGoing(child.pid);
  child.on('error', (error) => resolve(notStarted(error)));
  child.on('close', (code, signal) => {
    settle();
    resolve(lastOf(text) ?? { ok: true, value: { code, signal } });
  });
  return {
    ended: promise,
    hasOwnTerminal,
    end: () => {
      pipe.destroy();
      setTimeout(() => child.kill('SIGKILL'), END_GRACE_MS).unref();
    },
  };
}

const OWN_ENVIRONMENT = { UV_USE_IO_URING: '0', PATH: '/usr/bin:/bin' };

/**
 * Behind script(1) the guest has a terminal of its own: what it leaves running there, or what its owner changes in it, never
 * reaches ours, into which it could type (TIOCSTI). script keeps our rights, the guest gives them up behind it. Its command
 * line is always the same; the names of the programs come as variables.
 */
function commandOf(program: string, script: string | null) {
  const { execPath } = process;
  if (script === null) return { file: execPath, args: [program], env: OWN_ENVIRONMENT };
  if (process.platform === 'darwin')
    return { file: script, args: ['-q', '/dev/null', execPath, program], env: OWN_ENVIRONMENT };
  const env = { ...OWN_ENVIRONMENT, SHELL: '/bin/sh', SIGHTLINE_NODE: execPath, SIGHTLINE_GUEST: program };
  return { file: script, args: ['-q', '-e', '-c', 'exec "$SIGHTLINE_NODE" "$SIGHTLINE_GUEST"', '/dev/null'], env };
}

// What it says last: the reason why nothing was started, or how that ended.
function lastOf(text: string): Result<GuestEnd, GuestRefusal> | null {
  const line = text.trim().split('\n').at(-1) ?? '';
  let told: Partial<Record<string, unknown>>;
  try {
    told = JSON.parse(line) as Partial<Record<keyof GuestAnswer | 'code' | 'detail' | 'signal', unknown>>;
  } catch {
    return null;
  }
  const detail = typeof told['detail'] === 'string' ? cleanLine(told['detail'], MAX_ID_LENGTH) : '';
  if (told['type'] === 'refused') {
    const code = GUEST_PROBLEMS.find((one) => one === told['code']);
    return no({ code: code ?? 'not_started', detail });
  }
  if (told['type'] !== 'ended') return null;
  const [code, signal] = [told['code'], told['signal']];
  const named = typeof signal === 'string' && /^SIG[A-Z0-9]{1,12}$/u.test(signal) ? signal : null;
  return { ok: true, value: { code: typeof code === 'number' ? code : null, signal: named } };
}
