import type { PinMove } from '../core/done.ts';
import type { Refusal } from '../core/reasons.ts';
import type { Result } from '../core/result.ts';
import type { Mode } from '../core/signals.ts';
import { silenceLeft } from '../core/reactor/silences/silences.ts';
import type { Notice } from '../core/reactor/messages.ts';
import type { Loop } from './loop.ts';
import type { Intents } from './types.ts';
import type { WorkspaceLocks } from './workspaces/locks.ts';
import type { Operations } from './workspaces/operations.ts';
import type { SessionFolders } from './workspaces/session-folders.ts';
import type { Workspaces } from './workspaces/workspaces.ts';

export type IntentDeps = {
  /** Part of the ids of this process. */
  readonly instance: string;
  readonly loop: Loop;
  readonly locks: Pick<WorkspaceLocks, 'setMode' | 'takeOver'>;
  readonly probe: Workspaces['probe'];
  readonly notify: (notice: Notice) => void;
  readonly operations: Operations;
  readonly readOnly: boolean;
  /** Null where sessions' folders are no workspaces. */
  readonly folders: Pick<SessionFolders, 'confirm'> | null;
};

/** Makes the intents of an operator: a keypress and a program come in here alike. */
export function createIntents(deps: IntentDeps): Intents {
  const { instance, loop, locks, probe, notify, operations } = deps;
  let silences = 0;
  const nextSilenceId = (): string => {
    silences += 1;
    return `${instance}-s${silences}`;
  };
  const setMode = async (mode: Mode, reason: string | null = null): Promise<Refusal | null> => {
    const refused = await locks.setMode(mode, reason);
    if (refused !== null) notify({ type: 'refused', action: 'mode', target: mode, reason: refused });
    return refused;
  };
  return {
    setMode,
    checkpoint: (workspace, request = {}) => {
      // A checkpointer that was gone may be back: a manual checkpoint is a reason to ask.
      void probe(workspace);
      const { conversationId = null, agent = null, reason = null, rollbackTo = null } = request;
      loop.dispatch({ type: 'checkpoint', workspace, request: { conversationId, agent, reason, rollbackTo } });
    },
    silence: ({ matcher, durationMs, reason }) => {
      const id = nextSilenceId();
      const createdAt = loop.now().at;
      const silence = {
        id,
        matcher,
        createdAt,
        endsAt: createdAt + durationMs,
        createdBy: 'operator',
        reason,
        heldBack: 0,
      };
      loop.dispatch({ type: 'silence', silence });
      return id;
    },
    extendSilence: (id, endsAt) => {
      const now = loop.now();
      const known = loop.state().silences.find((silence) => silence.id === id);
      const byMs = endsAt - now.at - (known ? silenceLeft(now, known) : 0);
      loop.dispatch({ type: 'extend_silence', id, byMs });
    },
    lengthenSilence: (id, byMs) => void loop.dispatch({ type: 'extend_silence', id, byMs }),
    unsilence: (id) => void loop.dispatch({ type: 'unsilence', id }),
    veto: (workspace, reason = null, heldSince = null) =>
      void loop.dispatch({ type: 'veto', workspace, reason, heldSince }),
    fire: (workspace, reason = null, heldSince = null) =>
      void loop.dispatch({ type: 'fire', workspace, reason, heldSince }),
    takeOver: (workspace) => locks.takeOver(workspace),
    setPolicy: (target, action) => void loop.dispatch({ type: 'policy', target, action }),
    reload: ({ debounceMs, timeoutMs, graceMs, trailing, policy, recordsPolicy, guard }, from, changes) => {
      const rules = { debounceMs, timeoutMs, graceMs, trailing, policy, recordsPolicy, guard };
      loop.dispatch({ type: 'rules', rules, from, changes });
    },
    confirmFolder: (path) => confirmFolder(path, deps),
    ...operations,
  };
}

async function confirmFolder(
  path: string,
  { folders, readOnly, notify }: IntentDeps,
): Promise<Result<PinMove, Refusal>> {
  const refused = (reason: Refusal): Result<PinMove, Refusal> => {
    notify({ type: 'refused', action: 'confirm', target: path, reason });
    return { ok: false, reason };
  };
  if (readOnly) return refused({ code: 'read_only' });
  if (folders === null) return refused({ code: 'not_unconfirmed', path });
  const done = await folders.confirm(path);
  if (!done.ok) return refused(done.reason);
  notify({ type: 'operator', action: 'confirm', target: path, reason: null });
  return done;
}
