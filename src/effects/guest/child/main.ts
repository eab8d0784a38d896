/**
 * The process of a guest: takes the rights of the folder's owner, goes into the folder, starts the shell or the editor
 * in a clean environment, and waits for its end. It hangs up on it when we are gone.
 */
import { spawn } from 'node:child_process';
import { fchownSync, fstatSync, readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';
import { closeInherited, takeRights } from '../../git/helper/child/rights.ts';
import { GUEST_PIPE, MAX_GUEST_LINE, type GuestAnswer, type GuestRequest } from '../protocol.ts';
import { enterFolder, checkFile } from './folder.ts';
import { keepGoing } from '../stopped.ts';
import { commandOf } from './command.ts';
import { GuestError } from './problem.ts';

/** The usual mask of a login: the files that the shell makes are readable, unless its user says otherwise. */
const UMASK = 0o022;
/** One that does not end by being hung up on is killed, ms. */
const KILL_AFTER_MS = 500;

function answer(one: GuestAnswer): void {
  try {
    writeSync(GUEST_PIPE, `${JSON.stringify(one)}\n`);
  } catch {
    // We are gone; the guest is ended for that.
  }
}

function request(): GuestRequest {
  const bytes = Buffer.alloc(MAX_GUEST_LINE);
  let length = 0;
  while (length < bytes.length && !bytes.subarray(0, length).includes('\n')) {
    const read = readSync(GUEST_PIPE, bytes, length, bytes.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return JSON.parse(bytes.subarray(0, length).toString()) as GuestRequest;
}

function becomeOwner(uid: number | null): void {
  if (uid === null) return;
  // The terminal behind script(1) was made by us: some programs open it by its name.
  if (isatty(0)) fchownSync(0, uid, fstatSync(0).gid);
  try {
    closeInherited();
    takeRights(uid);
  } catch (error) {
    throw new GuestError('rights_kept', error instanceof Error ? error.message : String(error));
  }
  process.umask(UMASK);
}

function main(): void {
  const wanted = request();
  becomeOwner(wanted.uid);
  const folder = enterFolder(wanted.folder, wanted.name);
  const file = wanted.file === null ? null : checkFile(wanted.file);
  const { argv, env } = commandOf(wanted, folder, file);
  const [program = '', ...args] = argv;
  // Its own descriptor of the pipe would keep it open.
  const child = spawn(program, args, { env, stdio: ['inherit', 'inherit', 'inherit', 'ignore'] });
  // What a terminal sends to all of its programs is the guest's to act upon.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, () => undefined);
  const end = (): void => {
    child.kill('SIGHUP');
    setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  };
  for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, end);
  child.on('spawn', () => {
    answer({ type: 'started' });
    if (child.pid !== undefined) keepGoing(child.pid);
    const pipe = new Socket({ fd: GUEST_PIPE, readable: true, writable: true });
    pipe.on('error', end).on('close', end).resume();
    child.on('exit', (code, signal) => {
      answer({ type: 'ended', code, signal });
      process.exit(0);
    });
  });
  child.on('error', (error) => {
    answer({ type: 'refused', code: 'not_started', detail: error.message });
    process.exit(1);
  });
}

try {
  main();
} catch (error) {
  const code = error instanceof GuestError ? error.code : 'not_started';
  answer({ type: 'refused', code, detail: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
