import { ConfigError } from '../../config/error.ts';
import type { CommandValues } from '../../config/options.ts';
import type { Refusal } from '../../core/reasons.ts';
import type { Result } from '../../core/result.ts';
import type { SnapshotContents, SnapshotView } from '../../core/snapshots.ts';
import { shellWord } from '../../core/text.ts';
import { print, printJson, printLines } from '../../effects/terminal/output.ts';
import { wordRefusal } from '../../wording/refusals.ts';
import { wordLeftOut, wordMaker } from '../../wording/snapshots.ts';
import { counted, timeOfDay } from '../../wording/units.ts';
import { type Answer, printAnswer, refused } from '../acting/answer.ts';
import type { Session } from '../acting/session.ts';
import { EXIT } from '../exit-codes.ts';
import { isoTime } from '../iso-time.ts';
import { contentsJson } from '../once/document.ts';
import { tableWidth } from '../table-width.ts';
import { textTable } from '../text-table.ts';
import { type SnapshotCall, withSession } from './with-session.ts';

/** Prints a workspace's snapshots, newest first; resolves to the exit code. Throws ConfigError. */
export function listSnapshots(call: SnapshotCall<CommandValues<'snapshots list'>>): Promise<number> {
  const command = 'snapshots list';
  const { json } = call.values;
  return withSession(call, { command, acts: false }, async (session) => {
    const { workspace, engine } = session;
    const listed = await session.queries.snapshots(workspace);
    if (!listed.ok) return printAnswer(refused(listed), { json, command, engine, workspace });
    const { at, host } = session.view();
    const snapshots = listed.value;
    if (json) {
      const facts = { schema: 'sightline.snapshots/1', at: isoTime(at), host, workspace };
      printJson({ ...facts, snapshots: snapshots.map(snapshotJson) });
    } else print(snapshots.length === 0 ? 'no snapshot' : tableOf(snapshots, at));
    return EXIT.done;
  });
}

/** Prints one snapshot with what it changed; resolves to the exit code. Throws ConfigError. */
export function showSnapshot(call: SnapshotCall<CommandValues<'snapshots show'>>, id: string): Promise<number> {
  const command = 'snapshots show';
  const { json } = call.values;
  return withSession(call, { command, acts: false }, async (session) => {
    const { workspace, engine } = session;
    const found = await findSnapshot(session, id);
    if (!found.ok) return printAnswer(refused(found), { json, command, engine, workspace });
    const contents = await session.queries.contents(workspace, id);
    const { at, host } = session.view();
    if (json) {
      const facts = { schema: 'sightline.snapshot/1', at: isoTime(at), host, workspace };
      printJson({ ...facts, snapshot: snapshotJson(found.value), ...filesJson(contents) });
    } else printLines([...factLines(found.value), ...fileLines(contents, id)]);
    return EXIT.done;
  });
}

/** Prints what changed between two snapshots, or since one; resolves to the exit code. Throws ConfigError. */
export function diffSnapshots(
  call: SnapshotCall<CommandValues<'snapshots diff'>>,
  { from, to, paths }: { readonly from: string; readonly to: string | null; readonly paths: readonly string[] },
): Promise<number> {
  const command = 'snapshots diff';
  const { json } = call.values;
  const [path, another] = paths;
  if (another !== undefined) throw new ConfigError(`${command}: one path may stand behind --, got ${paths.length}`);
  return withSession(call, { command, acts: false }, async (session) => {
    const { workspace, engine } = session;
    const found = await session.queries.diff(workspace, from, to, path);
    if (!found.ok) return printAnswer(refused(found), { json, command, engine, workspace });
    const { text, changes } = found.value;
    const { at, host } = session.view();
    if (json) {
      const facts = { schema: 'sightline.diff/1', at: isoTime(at), host, workspace };
      printJson({ ...facts, from, to, path: path ?? null, changes, text });
    } else if (text.trim() !== '') print(text);
    return EXIT.done;
  });
}

/** Finds a snapshot by its whole id. */
export async function findSnapshot(
  { queries, workspace }: Session,
  id: string,
): Promise<Result<SnapshotView, Refusal>> {
  const listed = await queries.snapshots(workspace);
  if (!listed.ok) return listed;
  const snapshot = listed.value.find((one) => one.id === id);
  const [newest] = listed.value;
  if (snapshot !== undefined) return { ok: true, value: snapshot };
  return { ok: false, reason: { code: 'no_snapshot', snapshot: id, workspace, newest: newest?.id ?? null } };
}

/** A snapshot as our output names its facts. */
export function snapshotJson(snapshot: SnapshotView) {
  const { id, at, message, pinned, maker, kind, rollbackTo, cause } = snapshot;
  return {
    snapshot: id,
    at: at === 0 ? null : isoTime(at),
    message,
    pinned,
    maker,
    kind,
    rollback_to: rollbackTo,
    cause: cause && { signal: cause.signal, signal_id: cause.signalId, agent: cause.agent, call_id: cause.callId },
    ...contentsJson(snapshot),
  };
}

const COLUMNS = [
  { title: 'AT' },
  { title: 'SNAPSHOT' },
  { title: 'FILES', align: 'right' },
  { title: 'MADE BY' },
  { title: 'MESSAGE' },
] as const;

function tableOf(snapshots: readonly SnapshotView[], now: number): string {
  const rows = snapshots.map((one) => [
    one.at === 0 ? 'unknown' : timeOfDay(one.at, now),
    `${one.id}${one.pinned ? ' (pinned)' : ''}`,
    one.changed === undefined ? '' : String(one.changed.files),
    wordMaker(one),
    one.message ?? '',
  ]);
  return textTable(COLUMNS, rows, tableWidth()).join('\n');
}

function factLines(snapshot: SnapshotView): readonly string[] {
  const { id, at, message, pinned, leftOut } = snapshot;
  return [
    `${id}${pinned ? ' (pinned)' : ''}`,
    `  made ${at === 0 ? 'at an unknown time' : isoTime(at)} by ${wordMaker(snapshot)}`,
    ...(message === null ? [] : [`  ${message}`]),
    ...(leftOut === undefined ? [] : [`  ${wordLeftOut(leftOut)}`]),
  ];
}

type Contents = Result<SnapshotContents, Refusal>;

function filesJson(contents: Contents): Readonly<Record<string, unknown>> {
  if (!contents.ok) return { since: null, files: null, total: null, refs: null, reason: wordRefusal(contents.reason) };
  const { since, files, total, refs } = contents.value;
  return { since, files, total, refs, reason: null };
}

const SIGNS = { added: 'A', modified: 'M', deleted: 'D' } as const;

function fileLines(contents: Contents, id: string): readonly string[] {
  if (!contents.ok && contents.reason.code === 'incapable')
    return [
      `  ${contents.reason.checkpointer} lists no files of a snapshot; sightline snapshots diff ${shellWord(id)} compares it`,
    ];
  if (!contents.ok) return [`  its files: ${wordRefusal(contents.reason)}`];
  const { since, files, total } = contents.value;
  if (since === null) return ['  the first snapshot: its files are not listed'];
  return [
    `  ${counted(total, 'file')} changed since ${since}`,
    ...files.map(
      ({ path, change, added, removed }) =>
        `  ${SIGNS[change]} ${path}${added === null ? '' : `  +${added} -${removed ?? 0}`}`,
    ),
    ...(total > files.length ? [`  … and ${total - files.length} more`] : []),
  ];
}

/** The answer to an action that waits for a confirmation. */
export function unconfirmed(reason: string, lines: readonly string[], facts: Answer['facts'] = {}): Answer {
  return { ok: false, outcome: 'refused', lines, reason, code: 'unconfirmed', facts };
}
