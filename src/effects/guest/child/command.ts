import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import type { GuestRequest } from '../protocol.ts';
import { GuestError } from './problem.ts';

/** The programs of the system, where no user chose others. */
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin';
/** The editors that are tried where no user chose one. */
const EDITORS = ['editor', 'nano', 'vim', 'vi'];
/** Shells that let nobody in. */
const NO_SHELLS: ReadonlySet<string> = new Set(['nologin', 'false', 'true', 'sync', 'shutdown', 'halt']);
const MAX_SHELLS = 64 * 1024;

type Command = { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> };

/** Returns the program and its whole environment, which has nothing of ours. Throws `GuestError`. */
export function commandOf(wanted: GuestRequest, folder: string, file: string | null): Command {
  const user = account();
  const shell = shellOf(user);
  const path = absoluteOnly(wanted.path ?? '') || SYSTEM_PATH;
  const env = {
    HOME: user.homedir,
    USER: user.username,
    LOGNAME: user.username,
    SHELL: shell,
    PATH: path,
    PWD: folder,
    TERM: wanted.term,
    ...(wanted.lang !== null && { LANG: wanted.lang }),
  };
  return { argv: file === null ? [shell, '-i'] : [...editorOf(wanted.editor, path), file], env };
}

type Account = { readonly username: string; readonly homedir: string; readonly shell: string };

function account(): Account {
  try {
    const { username, homedir, shell } = userInfo();
    return { username, homedir: isAbsolute(homedir) ? homedir : '/', shell: shell ?? '' };
  } catch {
    throw new GuestError('no_account', `uid ${process.geteuid?.() ?? 'unknown'}`);
  }
}

// The system's list tells which programs are shells; where there is none, any program but those that let nobody in.
function shellOf({ username, shell }: Account): string {
  const known = systemShells();
  const isShell = isAbsolute(shell) && !NO_SHELLS.has(shell.split('/').at(-1) ?? '') && isProgram(shell);
  if (!isShell || (known !== null && !known.has(shell)))
    throw new GuestError('no_login_shell', `${shell || 'none'}, the login shell of ${username},`);
  return shell;
}

function systemShells(): ReadonlySet<string> | null {
  try {
    const text = readFileSync('/etc/shells', 'utf8').slice(0, MAX_SHELLS);
    return new Set(text.split('\n').filter((line) => line.startsWith('/')));
  } catch {
    return null;
  }
}

function editorOf(chosen: readonly string[] | null, path: string): readonly string[] {
  const [program = ''] = chosen ?? [];
  // A relative path would lead into the folder.
  if (program.includes('/') && !isAbsolute(program)) throw new GuestError('no_editor', program);
  if (chosen !== null && chosen.length > 0) return chosen;
  for (const name of EDITORS)
    for (const folder of path.split(delimiter)) if (isProgram(join(folder, name))) return [join(folder, name)];
  throw new GuestError('no_editor', EDITORS.join(', '));
}

// A relative entry would be looked up in the folder.
function absoluteOnly(path: string): string {
  return path.split(delimiter).filter(isAbsolute).join(delimiter);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
