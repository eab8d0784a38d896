import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Pin } from '../../core/folder.ts';

/** A larger file is none of ours, bytes: two paths of 4 KiB each and ten changes are far less. */
const MAX_FILE = 256 * 1024;
/** Changes remembered of one pin, the newest. */
const MAX_CHANGES = 10;

/** The record of one configured path. */
export type PinRecord = Pin & {
  /** The workspace's name: what the path stood for when it was pinned. */
  readonly name: string;
  /** The changes of the pin, oldest first. */
  readonly changes: readonly PinChange[];
};

export type PinChange = { readonly at: number; readonly by: 'arming' | 'operator'; readonly words: string };

/** One small file for each configured path in the state folder: replaced in one step, so that two processes may write. */
export type PinStore = {
  readonly stateDir: string;
  /** Null where there is none, or none that can be ours. */
  readonly read: (path: string) => PinRecord | null;
  /** False when it could not be written. */
  readonly write: (path: string, record: PinRecord) => boolean;
};

const recordSchema = z.object({
  format: z.literal(1),
  configured: z.string(),
  name: z.string(),
  path: z.string(),
  uid: z.number().int(),
  gid: z.number().int(),
  link: z.object({ target: z.string(), id: z.string() }).nullable(),
  at: z.number(),
  byHand: z.boolean(),
  changes: z.array(z.object({ at: z.number(), by: z.enum(['arming', 'operator']), words: z.string() })),
});

/** Opens the pins of a state folder; nothing is made before the first write. */
export function pinStore(stateDir: string): PinStore {
  const folder = join(stateDir, 'pins');
  const fileOf = (path: string): string =>
    join(folder, `${createHash('sha256').update(path).digest('hex').slice(0, 32)}.json`);
  return {
    stateDir,
    read: (path) => {
      const text = readOwn(fileOf(path));
      if (text === null) return null;
      const record = parse(text);
      if (record?.configured !== path) return null;
      const { format: _format, configured: _configured, ...kept } = record;
      return kept;
    },
    write: (path, record) => {
      const value = { format: 1, configured: path, ...record, changes: record.changes.slice(-MAX_CHANGES) };
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        replace(fileOf(path), `${JSON.stringify(value)}\n`);
        return true;
      } catch {
        return false;
      }
    },
  };
}

function parse(text: string): z.infer<typeof recordSchema> | null {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

// What another user put there, or made of it, is not our record of what may be touched.
function readOwn(file: string): string | null {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    const descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const { uid, size, mode } = fstatSync(descriptor);
      const isFile = (mode & 0o170_000) === 0o100_000;
      const isOurs = uid === process.geteuid?.() && (mode & 0o022) === 0;
      return isFile && isOurs && size <= MAX_FILE ? readFileSync(descriptor, 'utf8') : null;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}

function replace(file: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const next = `${file}.${randomUUID()}`;
  const descriptor = openSync(next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(next, file);
}
