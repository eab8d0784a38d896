/**
 * Sessions whose agent names no process, but holds the session's file open while it runs (Codex, rule X8): a turn without an
 * end, in a file that no one has open any more and that stays quiet, was left at work. How it ended is not known.
 */
import type { Dirent } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { textDetail } from '../../core/interruptions.ts';
import type { Ms } from '../../core/units.ts';
import type { Book } from './book.ts';
import type { InterruptionItem } from './provider.ts';
import type { Root } from './root.ts';

/** A file counts as quiet after this long, ms (contract, section 7). */
const QUIET_MS = 60_000;
/** Interval between two polls at all processes, ms: only while a quiet turn is open. */
const EVERY_MS = 10_000;
/** Processes of one user, and files of one process, that are looked at. */
const MAX_PROCESSES = 4_096;
const MAX_DESCRIPTORS = 4_096;

/** A session's file as it was read last. */
export type SessionFile = { readonly path: readonly string[]; readonly sessionId: string; readonly lastWriteMs: Ms };

export type Holders = { readonly check: (files: Iterable<SessionFile>) => Promise<void> };

export type HoldersOptions = {
  readonly book: Book;
  readonly root: Pick<Root, 'path' | 'uid'>;
  readonly now: () => Ms;
  readonly openedAt: Ms;
  readonly everyMs?: Ms;
};

/** Follows the files of one root. A poll needs Linux, and the rights to see what the user's processes have open. */
export function createHolders({ book, root, now, openedAt, everyMs = EVERY_MS }: HoldersOptions): Holders {
  const file = book.add({ path: [], format: 'document', kind: 'holders', sessionId: null, agentId: null });
  const left = new Map<string, InterruptionItem>();
  let lookedAt = -Infinity;

  // What was left before we came is history, and files alone cannot report how long ago it was given up.
  const isQuiet = ({ sessionId, lastWriteMs }: SessionFile): boolean =>
    lastWriteMs >= openedAt && now() - lastWriteMs >= QUIET_MS && (book.session(sessionId)?.open ?? null) !== null;
  const resolve = ({ sessionId, lastWriteMs }: SessionFile): void => {
    const item = left.get(sessionId);
    if (item === undefined || lastWriteMs <= item.at) return;
    left.delete(sessionId);
    file.sink.put({ ...item, resolved: true });
    book.process(sessionId, { state: null });
  };
  const leave = ({ sessionId, lastWriteMs }: SessionFile): void => {
    const item: InterruptionItem = {
      type: 'interruption',
      key: `crash:${sessionId}:${lastWriteMs}`,
      conversationId: sessionId,
      at: now(),
      interruption: 'agent_crash',
      severity: 'critical',
      resolved: false,
      detail: textDetail('a turn has no end, and no process has the session open; how it ended is not recorded'),
    };
    left.set(sessionId, item);
    file.sink.put(item);
    book.process(sessionId, { state: 'died' });
  };
  return {
    check: async (files) => {
      if (process.platform !== 'linux') return;
      const all = [...files];
      for (const one of all) resolve(one);
      const quiet = all.filter((one) => !left.has(one.sessionId) && isQuiet(one));
      if (quiet.length === 0 || performance.now() - lookedAt < everyMs) return;
      lookedAt = performance.now();
      const open = await openBelowRoot(root);
      if (open === null) return;
      for (const one of quiet) if (!open.has(join(root.path, ...one.path))) leave(one);
    },
  };
}

/** The files below a root that a process of its owner has open; null where that cannot be seen. */
async function openBelowRoot({ path, uid }: HoldersOptions['root']): Promise<ReadonlySet<string> | null> {
  if (process.getuid?.() !== 0 && process.getuid?.() !== uid) return null;
  const open = new Set<string>();
  const processes = (await entriesOf('/proc')).filter(({ name }) => /^\d+$/u.test(name)).slice(-MAX_PROCESSES);
  for (const { name } of processes) {
    const folder = `/proc/${name}`;
    if ((await stat(folder).catch(() => null))?.uid !== uid || name === String(process.pid)) continue;
    for (const { name: descriptor } of (await entriesOf(`${folder}/fd`)).slice(0, MAX_DESCRIPTORS)) {
      const target = await readlink(`${folder}/fd/${descriptor}`).catch(() => '');
      if (target.startsWith(`${path}/`)) open.add(target);
    }
  }
  return open;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}
