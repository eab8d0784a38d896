import { closeSync } from 'node:fs';
import * as z from 'zod';
import type { FileReason } from '../../core/errno.ts';
import { HISTORY_FORMAT, type HistoryEntry, OPENINGS } from '../../core/history/entry.ts';
import { SEVERITIES } from '../../core/interruptions.ts';
import { FATES, SIGNAL_ORIGINS } from '../../core/signals.ts';
import type { Ms } from '../../core/units.ts';
import { openOwnFileToRead, readChunks } from '../own-files.ts';
import { reasonOf } from './acquire.ts';
import { peekStateFolder, peekSubfolder, type StateFolder } from './folder.ts';
import { HISTORY_FOLDER, listSegments, type SegmentFile } from './history.ts';
import { linesOf, unsealed } from './lines.ts';

/** Of a segment; ours end at 4 MiB and the batch that reached that, bytes. */
const MAX_SEGMENT_READ = 64 * 1024 * 1024;
/** Of a line; the longest of ours is a state with all its signals, bytes. */
const MAX_LINE = 16 * 1024 * 1024;

export type ReadHistory = {
  /** In the order of writing; the first is an opening. */
  readonly entries: readonly HistoryEntry[];
  /** Lines that could not be read: torn, damaged, or of a newer version. */
  readonly skipped: number;
  /** Segments that could not be read, and why. */
  readonly unread: readonly { readonly name: string; readonly reason: FileReason }[];
};

/**
 * Reads the history of a state folder, also while an engine writes it. `since`: segments that ended before, Unix ms, are
 * left out. Changes nothing. A folder that is not there is an empty history; throws as `openStateFolder`.
 */
export function readHistory(stateDir: string, since: Ms | null = null): ReadHistory {
  const folder = peekHistory(stateDir);
  if (folder === null) return { entries: [], skipped: 0, unread: [] };
  const read: Reading = { entries: [], skipped: 0, unread: [] };
  try {
    for (const file of segmentsFrom(listSegments(folder), since)) readSegment(folder, file, read);
  } finally {
    folder.close();
  }
  return read;
}

type Reading = { entries: HistoryEntry[]; skipped: number; unread: { name: string; reason: FileReason }[] };

function readSegment(folder: StateFolder, file: SegmentFile, read: Reading): void {
  try {
    for (const entry of entriesIn(folder, file)) {
      // What comes before the first state cannot be understood.
      if (entry === null) read.skipped += 1;
      else if (read.entries.length > 0 || entry.type === 'opening') read.entries.push(entry);
    }
  } catch (error) {
    read.unread.push({ name: file.name, reason: reasonOf(error) });
  }
}

/** Returns the number of segments and their bytes; null where there is no history. Throws as `readHistory`. */
export function measureHistory(stateDir: string): { readonly segments: number; readonly bytes: number } | null {
  const folder = peekHistory(stateDir);
  if (folder === null) return null;
  try {
    const files = listSegments(folder).filter(({ isFile }) => isFile);
    return { segments: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
  } finally {
    folder.close();
  }
}

function peekHistory(stateDir: string): StateFolder | null {
  const state = peekStateFolder(stateDir);
  if (state === null) return null;
  try {
    return peekSubfolder(state, HISTORY_FOLDER);
  } finally {
    state.close();
  }
}

function segmentsFrom(files: readonly SegmentFile[], since: Ms | null): readonly SegmentFile[] {
  if (since === null) return files;
  const first = files.findIndex(({ writtenAt }) => writtenAt >= since);
  return first < 0 ? files.slice(-1) : files.slice(first);
}

function* entriesIn(folder: StateFolder, { name }: SegmentFile): Generator<HistoryEntry | null, void> {
  const path = folder.at(name);
  const descriptor = openOwnFileToRead(path);
  if (descriptor === null) return; // forgotten meanwhile
  try {
    for (const line of linesOf(readChunks(descriptor, path, MAX_SEGMENT_READ), MAX_LINE)) {
      yield line === null ? null : parseEntry(line);
    }
  } finally {
    closeSync(descriptor);
  }
}

function parseEntry(line: string): HistoryEntry | null {
  try {
    const body = unsealed(line);
    // Each line of ours has a checksum.
    if (body === null || body === line) return null;
    // What is checked is what is searched and shown; the rest is as we wrote it, by the checksum, and a replay that
    // cannot take it says so.
    const value: unknown = JSON.parse(body);
    return entrySchema().safeParse(value).success ? (value as HistoryEntry) : null;
  } catch {
    return null;
  }
}

// Made when something is read: no start waits for it.
let made: z.ZodType | null = null;

function entrySchema(): z.ZodType {
  made ??= makeSchema();
  return made;
}

function makeSchema(): z.ZodType {
  const text = z.string();
  const signal = z.looseObject({
    signalId: text,
    type: text,
    origin: z.enum(SIGNAL_ORIGINS),
    severity: z.enum(SEVERITIES),
    agent: text.nullable(),
    processName: text.nullable(),
    pid: z.number().nullable(),
    conversationId: text.nullable(),
    callId: text.nullable(),
    interruptionId: text.nullable(),
    workspace: text.nullable(),
    at: z.number(),
    historical: z.boolean(),
    cause: z.looseObject({ code: text }),
  });
  const reason = z.looseObject({ code: text });
  const fate = z.looseObject({
    kind: z.enum(FATES),
    settled: z.boolean(),
    reason,
    at: z.number(),
    snapshot: text.nullable(),
  });
  const input = z.union([
    z.looseObject({ type: z.enum(['raised']), signals: z.array(signal) }),
    z.looseObject({ type: z.enum(['stop']), raised: z.array(signal).exactOptional() }),
    z.looseObject({ type: text.refine((type) => type !== 'raised' && type !== 'stop') }),
  ]);
  const decision = z.union([
    z.looseObject({ type: z.literal('fate'), signalId: text, fate }),
    z.looseObject({ type: z.literal('spawn'), workspace: text, runId: text, signals: z.array(text) }),
    z.looseObject({ type: text.refine((type) => type !== 'fate' && type !== 'spawn') }),
  ]);
  const stamped = { at: z.number(), mono: z.number() };
  return z.discriminatedUnion('type', [
    z.looseObject({
      ...stamped,
      type: z.literal('opening'),
      format: z.literal(HISTORY_FORMAT),
      why: z.enum(OPENINGS),
      lost: z.number(),
      state: z.looseObject({
        settings: z.looseObject({ workspaces: z.looseObject({}) }),
        signals: z.array(z.looseObject({ signal })),
        workspaces: z.array(z.looseObject({ path: text })),
        timers: z.array(z.tuple([text, z.number()])),
      }),
    }),
    z.looseObject({ ...stamped, type: z.literal('input'), input, came: z.array(decision) }),
    z.looseObject({
      ...stamped,
      type: z.literal('action'),
      action: z.looseObject({ type: text }),
      result: z.looseObject({ ok: z.boolean() }),
    }),
  ]);
}
