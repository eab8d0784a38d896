import { closeSync, fsyncSync, lstatSync, mkdirSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { type FileReason, fileReasonOf } from '../../core/errno.ts';
import type { Result } from '../../core/result.ts';
import { withHome } from '../../core/sources.ts';
import { canonicalOwnPath, DistrustError, makeOwnFile, openOwnFolder, readOwnFile } from '../own-files.ts';
import { run } from '../process/run.ts';

const NAME = 'sightline.service';
/** Larger than any unit of ours, bytes. */
const MAX_UNIT = 64 * 1024;
/** `systemctl --version` asks no one, ms. */
const VERSION_MS = 5_000;

/** Returns where the unit of root's or of the user's manager belongs. */
export function unitPath(scope: 'user' | 'system'): string {
  if (scope === 'system') return join('/etc/systemd/system', NAME);
  const base = process.env['XDG_CONFIG_HOME'];
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.config'), 'systemd/user', NAME);
}

/** Returns the running program as the unit starts it: Node and the script, without links that an upgrade may move. */
export function ownProgram(): readonly [node: string, script: string] {
  const script = process.argv[1] ?? '';
  return [realpathSync(process.execPath), realpathSync(script)];
}

/** Makes a path absolute, from the working directory, or from the home folder behind a tilde. */
export function absolutePath(path: string): string {
  return resolve(withHome(path, homedir()));
}

/** Returns the version of the installed systemd; null where there is none. */
export async function systemdVersion(): Promise<number | null> {
  const result = await run('systemctl', ['--version'], { timeoutMs: VERSION_MS });
  const found = result.type === 'exited' ? /^systemd (\d+)/.exec(result.stdout)?.[1] : undefined;
  return found === undefined ? null : Number(found);
}

export type UnitRefusal =
  FileReason | { readonly code: 'foreign_unit' } | { readonly code: 'distrusted'; text: string };

/**
 * Writes the unit in one step: a manager that reads it meanwhile sees the old one or the new one. Replaces one that begins
 * with `mark`; another one is the operator's, and stays.
 */
export function writeUnit(
  path: string,
  text: string,
  mark: string,
): Result<'written' | 'replaced' | 'unchanged', UnitRefusal> {
  try {
    const folder = canonicalOwnPath(resolve(path, '..'));
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    closeSync(openOwnFolder(folder));
    const target = join(folder, NAME);
    const old = lstatSync(target, { throwIfNoEntry: false }) === undefined ? null : readOwnFile(target, MAX_UNIT);
    const before = old?.toString('utf8') ?? null;
    if (before === text) return { ok: true, value: 'unchanged' };
    if (before !== null && !before.startsWith(mark)) return { ok: false, reason: { code: 'foreign_unit' } };
    replace(`${target}.next`, target, text);
    return { ok: true, value: before === null ? 'written' : 'replaced' };
  } catch (error) {
    if (error instanceof DistrustError) return { ok: false, reason: { code: 'distrusted', text: error.message } };
    return { ok: false, reason: fileReasonOf(error) };
  }
}

function replace(next: string, target: string, text: string): void {
  const descriptor = makeOwnFile(next);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
    renameSync(next, target);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}
