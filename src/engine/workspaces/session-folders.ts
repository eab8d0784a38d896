import type { SessionFolder } from '../../core/folder.ts';
import type { PinMove } from '../../core/done.ts';
import type { SessionEvent } from '../../core/feed.ts';
import { MAX_SESSION_FOLDERS, MAX_WORKSPACES } from '../../core/limits.ts';
import type { Refusal } from '../../core/reasons.ts';
import type { Result } from '../../core/result.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Loop } from '../loop.ts';

/**
 * A folder that was refused is looked at again after this, ms; one that waits for a person, of the latest sessions, at each
 * fifth of it: `doctor --repin` may have confirmed it, and a signal before we know of it finds no workspace.
 */
const AGAIN_MS = 5_000;
const CONFIRMED_MS = AGAIN_MS / 5;
const MAX_CONFIRMED = 8;
/** Refused folders that are looked at again, those of the latest sessions: old records name thousands that are gone. */
const MAX_AGAIN = 64;
/** Parents of a sub-agent that are followed. */
const MAX_PARENTS = 16;

export type SessionFolders = {
  readonly session: (event: SessionEvent) => void;
  /** Takes a folder that waits for a person as a workspace: its path, as it was shown. */
  readonly confirm: (path: string) => Promise<Result<PinMove, Refusal>>;
  /** Resolves when all that was reported so far is decided. */
  readonly settled: () => Promise<void>;
  readonly close: () => void;
};

export type SessionFoldersDeps = {
  readonly find: (cwd: string, ownerUid: number | null) => Promise<SessionFolder>;
  /** Notes that a person has confirmed a folder; resolves to what was pinned, or to why it cannot be. */
  readonly pin: (path: string) => Promise<Result<PinMove, Refusal>>;
  /** Makes a folder one of the workspaces; resolves once it can be acted upon. */
  readonly open: (workspace: string) => Promise<void>;
  readonly isOpen: (workspace: string) => boolean;
  readonly count: () => number;
  readonly loop: Pick<Loop, 'dispatch'>;
  readonly clock: Clock;
  readonly log: (line: string) => void;
};

type Known = { readonly cwd: string | null; readonly parentId: string | null; readonly ownerUid: number | null };

/** A folder, the conversations that work in it, and what was decided of it. */
type Folder = {
  readonly cwd: string;
  readonly ownerUid: number | null;
  readonly conversations: Set<string>;
  decided: SessionFolder | null;
};

/** The workspaces of sessions, by the folders that their agents record. Sub-agents act on their parent's. */
export function createSessionFolders(deps: SessionFoldersDeps): SessionFolders {
  const { loop, clock } = deps;
  let pending: Promise<void> = Promise.resolve();
  let cancel: () => void = () => undefined;
  let closed = false;

  const opened = async (found: SessionFolder): Promise<SessionFolder> => {
    if (found.type !== 'workspace' || deps.isOpen(found.path) || closed) return found;
    if (deps.count() >= MAX_WORKSPACES) return { type: 'refused', code: 'too_many', path: found.path };
    await deps.open(found.path);
    return found;
  };
  const decide = async (folder: Folder): Promise<void> => {
    if (!folders.has(folder) || closed) return;
    const decided = await opened(await deps.find(folder.cwd, folder.ownerUid));
    if (closed || !folders.has(folder)) return;
    folder.decided = decided;
    for (const conversationId of folder.conversations)
      loop.dispatch({ type: 'folder', conversationId, folder: decided });
  };
  const queue = (folder: Folder): Promise<void> => {
    pending = pending.then(() => decide(folder)).catch((error: unknown) => deps.log(String(error)));
    return pending;
  };
  const sessions = createPlacement((folder, conversationId) => {
    if (folder.conversations.size === 1 && folder.decided === null) void queue(folder);
    else if (folder.decided !== null) loop.dispatch({ type: 'folder', conversationId, folder: folder.decided });
  });
  const { folders } = sessions;
  const again = (looks: number): void => {
    const isAll = looks * CONFIRMED_MS >= AGAIN_MS;
    const waiting = Array.from(folders).filter(
      ({ decided }) => decided?.type === 'refused' && (isAll || decided.code === 'unconfirmed'),
    );
    for (const folder of waiting.slice(-(isAll ? MAX_AGAIN : MAX_CONFIRMED))) void queue(folder);
    cancel = clock.after(CONFIRMED_MS, () => again(isAll ? 1 : looks + 1));
  };
  cancel = clock.after(CONFIRMED_MS, () => again(1));
  return {
    session: ({ conversationId, session, ownerUid }) => {
      // Telemetry tells of sessions too, but of no folder.
      if (session === null || (session.cwd === null && ownerUid === null)) return;
      sessions.set(conversationId, { cwd: session.cwd, parentId: session.parentId, ownerUid });
    },
    confirm: async (path) => {
      const waiting = Array.from(folders).filter(({ decided }) => isUnconfirmed(decided, path));
      const [first] = waiting;
      if (first === undefined) return { ok: false, reason: { code: 'not_unconfirmed', path } };
      // It may have become another folder since it was shown.
      const found = await deps.find(first.cwd, first.ownerUid);
      if (found.path !== path) return { ok: false, reason: { code: 'not_unconfirmed', path } };
      if (found.type === 'refused' && found.code !== 'unconfirmed') return refusedAs(found);
      const pinned = await deps.pin(path);
      if (!pinned.ok) return pinned;
      await Promise.all(waiting.map(queue));
      const { decided } = first;
      return decided?.type === 'refused' ? refusedAs(decided) : pinned;
    },
    settled: () => pending,
    close: () => {
      closed = true;
      cancel();
    },
  };
}

type SessionPlacement = {
  /** The folder in which a conversation began to work last stands last. */
  readonly folders: ReadonlySet<Folder>;
  /** Notes what is known of a session or sub-agent. */
  readonly set: (conversationId: string, known: Known) => void;
};

/** Creates the table of conversations by the folder that they work in. `onPlaced` is called when one begins to work in a folder. */
function createPlacement(onPlaced: (folder: Folder, conversationId: string) => void): SessionPlacement {
  const sessions = new Map<string, Known>();
  const children = new Map<string, Set<string>>();
  const folders = new Set<Folder>();
  /** By path and owner: what one user's records claim decides nothing for another's. */
  const byName = new Map<string, Folder>();
  const assigned = new Map<string, Folder>();

  const leave = (conversationId: string): void => {
    const folder = assigned.get(conversationId);
    if (folder === undefined) return;
    assigned.delete(conversationId);
    folder.conversations.delete(conversationId);
    if (folder.conversations.size > 0) return;
    folders.delete(folder);
    byName.delete(nameOf(folder));
  };
  const assign = (conversationId: string): void => {
    const { cwd, ownerUid } = rootOf(sessions, conversationId);
    const before = assigned.get(conversationId);
    if (before !== undefined && before.cwd === cwd && before.ownerUid === ownerUid) return;
    leave(conversationId);
    if (cwd === null) return;
    const name = nameOf({ cwd, ownerUid });
    const folder = byName.get(name) ?? { cwd, ownerUid, conversations: new Set(), decided: null };
    byName.set(name, folder);
    assigned.set(conversationId, folder);
    folder.conversations.add(conversationId);
    folders.delete(folder);
    folders.add(folder);
    onPlaced(folder, conversationId);
  };
  // What works below a session works in its folder.
  const placeBelow = (conversationId: string): void => {
    let level: readonly string[] = [conversationId];
    for (let depth = 0; depth <= MAX_PARENTS && level.length > 0; depth += 1) {
      for (const id of level) assign(id);
      level = level.flatMap((id) => [...(children.get(id) ?? [])]);
    }
  };
  const forget = (conversationId: string): void => {
    const parentId = sessions.get(conversationId)?.parentId ?? null;
    sessions.delete(conversationId);
    leave(conversationId);
    if (parentId === null) return;
    const siblings = children.get(parentId);
    siblings?.delete(conversationId);
    if (siblings?.size === 0) children.delete(parentId);
  };
  return {
    folders,
    set: (conversationId, known) => {
      const { cwd, parentId } = known;
      const before = sessions.get(conversationId);
      if (before?.cwd === cwd && before.parentId === parentId) return;
      if (before !== undefined && before.parentId !== parentId) forget(conversationId);
      sessions.set(conversationId, known);
      if (parentId !== null) children.set(parentId, (children.get(parentId) ?? new Set()).add(conversationId));
      const [oldest] = sessions.keys();
      if (sessions.size > MAX_SESSION_FOLDERS && oldest !== undefined) forget(oldest);
      placeBelow(conversationId);
    },
  };
}

function nameOf({ cwd, ownerUid }: Pick<Folder, 'cwd' | 'ownerUid'>): string {
  return `${ownerUid ?? ''}:${cwd}`;
}

function isUnconfirmed(folder: SessionFolder | null, path: string): boolean {
  return folder?.type === 'refused' && folder.code === 'unconfirmed' && folder.path === path;
}

function refusedAs({ code, path }: SessionFolder & { readonly type: 'refused' }): Result<never, Refusal> {
  return { ok: false, reason: { code: 'session_folder', folder: { code, path } } };
}

function rootOf(sessions: ReadonlyMap<string, Known>, conversationId: string): Known {
  let at: Known = sessions.get(conversationId) ?? { cwd: null, parentId: null, ownerUid: null };
  for (let level = 0; level < MAX_PARENTS && at.parentId !== null; level += 1) {
    const parent = sessions.get(at.parentId);
    // A parent whose folder is not known yet decides nothing.
    if (parent === undefined || (parent.cwd === null && parent.parentId === null)) break;
    at = parent;
  }
  return at;
}
