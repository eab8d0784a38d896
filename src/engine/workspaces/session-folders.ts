import type { SessionFolder } from '../../core/config-type.ts';
import type { SessionEvent } from '../../core/feed.ts';
import { MAX_SESSION_FOLDERS, MAX_WORKSPACES } from '../../core/limits.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Loop } from '../loop.ts';

/** A folder that was refused is looked at again after this: a person may have confirmed it meanwhile, ms. */
const AGAIN_MS = 5_000;
/** Parents of a sub-agent that are followed. */
const MAX_PARENTS = 16;

export type SessionFolders = {
  readonly session: (event: SessionEvent) => void;
  /** Resolves when all that was told so far is decided. */
  readonly settled: () => Promise<void>;
  readonly close: () => void;
};

export type SessionFoldersDeps = {
  readonly find: (cwd: string, ownerUid: number | null) => Promise<SessionFolder>;
  /** Makes a folder one of the workspaces; resolves once it can be acted upon. */
  readonly open: (workspace: string) => Promise<void>;
  readonly isOpen: (workspace: string) => boolean;
  readonly count: () => number;
  readonly loop: Pick<Loop, 'dispatch'>;
  readonly clock: Clock;
  readonly log: (line: string) => void;
};

type Known = { readonly cwd: string | null; readonly parentId: string | null; readonly ownerUid: number | null };

/** The workspaces of sessions, by the folders that their agents record. Sub-agents act on their parent's. */
export function createSessionFolders(deps: SessionFoldersDeps): SessionFolders {
  const { loop, clock } = deps;
  const sessions = new Map<string, Known>();
  /** The conversations that work in a folder, and what was decided of it. */
  const folders = new Map<string, { readonly conversations: Set<string>; decided: SessionFolder | null }>();
  let pending: Promise<void> = Promise.resolve();
  let cancel: () => void = () => undefined;
  let closed = false;

  const decide = async (cwd: string, ownerUid: number | null): Promise<void> => {
    const folder = folders.get(cwd);
    if (folder === undefined || closed) return;
    const found = await deps.find(cwd, ownerUid);
    const isNew = found.type === 'workspace' && !deps.isOpen(found.path);
    if (isNew && deps.count() >= MAX_WORKSPACES) return;
    if (isNew && !closed) await deps.open(found.path);
    if (closed) return;
    folder.decided = found;
    for (const conversationId of folder.conversations) loop.dispatch({ type: 'folder', conversationId, folder: found });
  };
  const queue = (cwd: string, ownerUid: number | null): void => {
    pending = pending.then(() => decide(cwd, ownerUid)).catch((error: unknown) => deps.log(String(error)));
  };
  const again = (): void => {
    for (const [cwd, { decided }] of folders) if (decided?.type === 'refused') queue(cwd, ownerOf(sessions, cwd));
    cancel = clock.after(AGAIN_MS, again);
  };
  cancel = clock.after(AGAIN_MS, again);
  return {
    session: ({ conversationId, session, ownerUid }) => {
      // Telemetry tells of sessions too, but of no folder.
      if (session === null || (session.cwd === null && ownerUid === null)) return;
      const before = sessions.get(conversationId);
      if (before?.cwd === session.cwd && before.parentId === session.parentId) return;
      sessions.set(conversationId, { cwd: session.cwd, parentId: session.parentId, ownerUid });
      const [oldest] = sessions.keys();
      if (sessions.size > MAX_SESSION_FOLDERS && oldest !== undefined) sessions.delete(oldest);
      const { cwd, ownerUid: uid } = rootOf(sessions, conversationId);
      if (cwd === null) return;
      const known = folders.get(cwd);
      if (known?.conversations.has(conversationId) === true) return;
      if (known === undefined) folders.set(cwd, { conversations: new Set([conversationId]), decided: null });
      else known.conversations.add(conversationId);
      const decided = known?.decided ?? null;
      if (decided === null) queue(cwd, uid);
      else loop.dispatch({ type: 'folder', conversationId, folder: decided });
    },
    settled: () => pending,
    close: () => {
      closed = true;
      cancel();
    },
  };
}

function rootOf(sessions: ReadonlyMap<string, Known>, conversationId: string): Known {
  let at: Known = sessions.get(conversationId) ?? { cwd: null, parentId: null, ownerUid: null };
  for (let level = 0; level < MAX_PARENTS && at.parentId !== null; level += 1) {
    const parent = sessions.get(at.parentId);
    if (parent === undefined) break;
    at = parent;
  }
  return at;
}

function ownerOf(sessions: ReadonlyMap<string, Known>, cwd: string): number | null {
  for (const known of sessions.values()) if (known.cwd === cwd) return known.ownerUid;
  return null;
}
