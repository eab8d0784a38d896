import type { Call } from '../../core/calls.ts';
import type { SessionEvent } from '../../core/feed.ts';
import { MAX_SESSION_FOLDERS } from '../../core/limits.ts';
import { workspaceFor } from '../../core/reactor/signals.ts';
import { mayWrite } from '../../core/tools.ts';
import type { Mono } from '../../core/units.ts';
import type { Loop } from '../loop.ts';

/** A tool that is open longer is taken for one whose agent was killed, ms. */
const MAX_OPEN_MS = 3_600_000;

/**
 * Notes in which workspaces tools ran that may write, for checkpointers that cannot compare a workspace with their last
 * snapshot. What a person, or a program that no source tells of, writes is not seen.
 */
export type Writes = {
  readonly call: (call: Call) => void;
  readonly session: (event: SessionEvent) => void;
  /** A snapshot was made whose reading began at `since`. */
  readonly made: (workspace: string, snapshot: string, since: Mono) => void;
  /** The workspace is another one than the last snapshot. */
  readonly changed: (workspace: string) => void;
  /** Returns the last snapshot of this run if no tool that may write ran since; null where one did or does, or where none was made. */
  readonly unchangedSince: (workspace: string) => string | null;
};

export function createWrites(loop: Pick<Loop, 'now' | 'state'>): Writes {
  const made = new Map<string, { readonly snapshot: string; readonly since: Mono }>();
  const written = new Map<string, Mono>();
  /** Conversations with a tool under way that may write, and its workspace; the one that began longest ago goes first. */
  const open = new Map<string, { readonly workspace: string | null; readonly since: Mono }>();
  const mark = (owner: Pick<Call, 'agent' | 'processName' | 'conversationId' | 'sessionId'>): string | null => {
    const workspace = workspaceFor(loop.state().settings.workspaces, owner);
    if (workspace !== null) written.set(workspace, loop.now().mono);
    return workspace;
  };
  return {
    call: (call) => {
      if (call.tools.some(mayWrite)) mark(call);
    },
    session: ({ conversationId, session }) => {
      const tool = session?.open?.type === 'tool' ? (session.open.name ?? '') : null;
      const isOpen = tool !== null && mayWrite(tool);
      // It writes until it ends, which is told by what is open after it.
      if ((!open.delete(conversationId) && !isOpen) || session === null) return;
      const { agent, sessionId } = session;
      const workspace = mark({ agent, processName: null, conversationId, sessionId });
      if (isOpen) open.set(conversationId, { workspace, since: loop.now().mono });
      const [oldest] = open.keys();
      if (open.size > MAX_SESSION_FOLDERS && oldest !== undefined) open.delete(oldest);
    },
    made: (workspace, snapshot, since) => void made.set(workspace, { snapshot, since }),
    changed: (workspace) => void made.delete(workspace),
    unchangedSince: (workspace) => {
      const last = made.get(workspace);
      const from = loop.now().mono - MAX_OPEN_MS;
      const isOpen = [...open.values()].some((one) => one.workspace === workspace && one.since > from);
      if (last === undefined || isOpen) return null;
      return (written.get(workspace) ?? -Infinity) >= last.since ? null : last.snapshot;
    },
  };
}
