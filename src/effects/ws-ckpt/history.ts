import { lstat, realpath } from 'node:fs/promises';
import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import type { Done } from '../../core/done.ts';
import type { Result } from '../../core/result.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import {
  byChange,
  type ChangedFile,
  type Diff,
  MAX_CHANGED_FILES,
  type SnapshotContents,
} from '../../core/snapshots.ts';
import { ROLLBACK_MS } from './limits.ts';
import { cleanLine, cleanText } from '../../core/text.ts';
import type { RunResult } from '../process/run.ts';
import { troubleOf, workspaceFlag } from './answers.ts';
import type { Tool } from './checkpoint.ts';
import { listSnapshots } from './snapshots.ts';

/** A diff of a large change set runs `btrfs send`; deleting waits for it, ms. */
const LONG_MS = 120_000;
/** Deadline of the files of one snapshot, which are asked for as the selection moves, ms. */
const CONTENTS_MS = 10_000;
/** Deadline of a list, ms. */
const LIST_MS = 10_000;
/** Characters of a diff; more than this is not readable in a pager. */
const MAX_DIFF = 1_000_000;

/** Compares two snapshots, or one with the present state (from 0.4.0 on). */
export async function diffSnapshots(
  tool: Tool,
  from: string,
  to: string | null,
): Promise<Result<Diff, CheckpointerReason>> {
  const missing = await whyMissing(tool, to === null ? [from] : [from, to]);
  if (missing !== null) return { ok: false, reason: missing };
  const compared = await compare(tool, from, to, LONG_MS);
  if (!compared.ok) return compared;
  const lines = compared.value;
  const text = lines.join('\n').trimEnd();
  const note = text.length > MAX_DIFF ? `\n… ${text.length - MAX_DIFF} characters left out …` : '';
  return { ok: true, value: { text: cleanText(text, MAX_DIFF) + note, changes: countOf(lines), paths: [] } };
}

async function compare(
  tool: Tool,
  from: string,
  to: string | null,
  timeoutMs: number,
): Promise<Result<readonly string[], CheckpointerReason>> {
  const { client, subject } = tool;
  const args = ['diff', workspaceFlag(subject), `--from=${from}`, ...(to === null ? [] : [`--to=${to}`])];
  const run = (): Promise<RunResult> => client.call(args, { timeoutMs, json: true });
  const first = await run();
  const result = isBrokenPipe(first) ? await run() : first;
  if (result.type !== 'exited' || result.code !== 0) return failed(tool, result, to === null && isUsage(result));
  return { ok: true, value: result.stdout.split('\n').filter((line) => !/^Completed in [\d.]+s$/u.test(line)) };
}

/** Lists the files that a snapshot holds otherwise than the one before it. The tool counts no lines, and compares no contents. */
export async function readContents(tool: Tool, id: string): Promise<Result<SnapshotContents, CheckpointerReason>> {
  const { client, subject } = tool;
  const listed = await listSnapshots(client, subject, { timeoutMs: LIST_MS });
  if (!listed.ok) return listed;
  const index = listed.value.findIndex((one) => one.id === id);
  if (index === -1) return { ok: false, reason: { code: 'no_snapshot', snapshot: id, workspace: subject.workspace } };
  const before = listed.value[index - 1];
  if (before === undefined) return { ok: true, value: { since: null, files: [], total: 0, refs: null } };
  const compared = await compare(tool, before.id, id, CONTENTS_MS);
  if (!compared.ok) return compared;
  // Each line comes in the colour of its change.
  const changes = compared.value.map((line) => cleanText(line, line.length)).filter((line) => CHANGE.test(line));
  const files = changes.flatMap(filesOf).toSorted(byChange);
  // What was cut out of a very long list is in the tool's own number.
  const unseen = Math.max(0, (countOf(compared.value) ?? 0) - changes.length);
  const value = {
    since: before.id,
    files: files.slice(0, MAX_CHANGED_FILES),
    total: files.length + unseen,
    refs: null,
  };
  return { ok: true, value };
}

const CHANGE = /^([+\-MR]) {2}(.+)$/u;
const KINDS: Readonly<Record<string, ChangedFile['change']>> = { '+': 'added', '-': 'deleted' };

// A renamed file counts as two, as with git. What the tool says in parentheses is no part of the name.
function filesOf(line: string): readonly ChangedFile[] {
  const [, marker = '', rest = ''] = CHANGE.exec(line) ?? [];
  if (rest.endsWith(' (directory)')) return [];
  const file = (path: string, change: ChangedFile['change']): ChangedFile => {
    return { path: cleanLine(nameIn(path), MAX_TEXT_LENGTH), change, added: null, removed: null };
  };
  if (marker !== 'R') return [file(rest.replace(/ \((?:symlink|hardlink)\)$/u, ''), KINDS[marker] ?? 'modified')];
  const [, path = rest, from = null] = /^(.+) \((.+) → \1\)$/u.exec(rest) ?? [];
  return from === null ? [file(path, 'modified')] : [file(from, 'deleted'), file(path, 'added')];
}

/** Stands for what is not known of a name. */
const UNKNOWN = Buffer.from('\ufffd').toString('latin1');

// Names are escaped as btrfs writes them: a backslash, and bytes as octal numbers. Version 0.3.2 cuts them at a blank, of which the backslash is left.
function nameIn(path: string): string {
  const bytes = Buffer.from(path)
    .toString('latin1')
    .replaceAll(/\\([0-7]{3}|.)?/gsu, (_, code = '') => {
      if (code === '\\' || code === ' ') return String(code);
      return /^\d/u.test(String(code)) ? String.fromCharCode(Number.parseInt(String(code), 8)) : UNKNOWN;
    });
  return Buffer.from(bytes, 'latin1').toString();
}

// One of these two is the tool's last line; the lines before it begin with a kind of change, so no path can forge it.
function countOf(lines: readonly string[]): number | null {
  const last = lines.findLast((line) => line.trim() !== '') ?? '';
  if (/^no differences/iu.test(last)) return 0;
  const count = /^(\d+) change\(s\)$/u.exec(last)?.[1];
  return count === undefined ? null : Number(count);
}

/** Replaces the whole tree by the snapshot's; what came after the last snapshot is lost. */
export async function rollbackTo(tool: Tool, snapshot: string): Promise<Result<Done, CheckpointerReason>> {
  const blocked = await tool.guard.check(AbortSignal.timeout(LIST_MS));
  const missing = blocked ?? (await leftOver(tool.subject.workspace)) ?? (await whyMissing(tool, [snapshot]));
  if (missing !== null) return { ok: false, reason: missing };
  const { client, subject } = tool;
  const args = ['rollback', workspaceFlag(subject), `--snapshot=${snapshot}`];
  const result = await client.call(args, { timeoutMs: ROLLBACK_MS });
  if (result.type === 'exited' && result.code === 0 && /^✓ Rolled back /mu.test(result.stdout)) {
    return { ok: true, value: { code: 'rolled_back', snapshot, counts: null, replaced: subject.workspace } };
  }
  return failed(tool, result);
}

// What an interrupted rollback moved aside may be the only copy of a user's work; the tool would fail on it.
async function leftOver(workspace: string): Promise<CheckpointerReason | null> {
  const live = await realpath(workspace).catch(() => workspace);
  const aside = `${live}.rollback-tmp`;
  const isThere = await lstat(aside).then(
    () => true,
    () => false,
  );
  if (!isThere) return null;
  return { code: 'rollback_left_over', path: aside };
}

export async function removeSnapshot(tool: Tool, snapshot: string): Promise<Result<Done, CheckpointerReason>> {
  const missing = await whyMissing(tool, [snapshot]);
  if (missing !== null) return { ok: false, reason: missing };
  const { client, subject } = tool;
  // Without --force a pinned one would ask on stdin, and exit 0 although nothing was deleted.
  const args = ['delete', workspaceFlag(subject), `--snapshot=${snapshot}`, '--force'];
  const result = await client.call(args, { timeoutMs: LONG_MS });
  if (result.type === 'exited' && result.code === 0 && result.stdout.includes(`✓ Deleted: ${snapshot}`)) {
    return { ok: true, value: { code: 'removed', snapshot, freesLater: false } };
  }
  return failed(tool, result);
}

/** The tool takes a unique prefix for an id; only the complete id of a snapshot that is there gets through. */
async function whyMissing({ client, subject }: Tool, ids: readonly string[]): Promise<CheckpointerReason | null> {
  const list = await listSnapshots(client, subject, { timeoutMs: LIST_MS });
  if (!list.ok) return list.reason;
  const missing = ids.find((id) => !list.value.some((snapshot) => snapshot.id === id));
  return missing === undefined ? null : { code: 'no_snapshot', snapshot: missing, workspace: subject.workspace };
}

function failed({ subject }: Tool, result: RunResult, tooOld = false): Result<never, CheckpointerReason> {
  if (tooOld) return { ok: false, reason: { code: 'diff_needs_newer', version: '0.4.0' } };
  return { ok: false, reason: troubleOf(result, subject).reason };
}

function isUsage(result: RunResult): boolean {
  return result.type === 'exited' && result.code === 2;
}

// Now and then the reading end of the tool's own pipe is gone too early (seen with 0.3.2); the next try succeeds.
function isBrokenPipe(result: RunResult): boolean {
  return result.type === 'exited' && result.code !== 0 && /btrfs (?:send|receive) failed/u.test(result.stderr);
}
