import type { Action, ActionOf, ActionResult, ReactorAction } from '../core/actions.ts';
import type { Feed } from '../core/feed.ts';
import type { Refusal } from '../core/reasons.ts';
import { silenceLeft } from '../core/reactor/silences/silences.ts';
import type { Notice } from '../core/reactor/messages.ts';
import type { Budgets } from './budgets.ts';
import type { Loop } from './loop.ts';
import type { Pauses } from './pauses.ts';
import type { Engine, Intents } from './types.ts';
import type { WorkspaceLocks } from './workspaces/locks.ts';
import type { Operations } from './workspaces/operations.ts';
import type { SessionFolders } from './workspaces/session-folders.ts';
import type { Workspaces } from './workspaces/workspaces.ts';

export type ActionDeps = {
  readonly loop: Pick<Loop, 'dispatch'>;
  readonly locks: Pick<WorkspaceLocks, 'setMode' | 'takeOver'>;
  readonly probe: Workspaces['probe'];
  readonly notify: (notice: Notice) => void;
  readonly operations: Operations;
  readonly readOnly: boolean;
  readonly pauses: Pick<Pauses, 'pause' | 'resume'>;
  /** Null where sessions' folders are no workspaces. */
  readonly folders: Pick<SessionFolders, 'confirm'> | null;
  readonly feeds: readonly Pick<Feed, 'older'>[];
  readonly budgets: Pick<Budgets, 'find'>;
};

/**
 * Makes the one door for the actions of an operator. What the reactor decides has been decided when the call returns; what
 * takes time resolves at its end.
 */
export function createDispatch(deps: ActionDeps): Engine['dispatch'] {
  const { loop, locks, probe, notify, operations, pauses, readOnly, feeds, budgets } = deps;
  const decide = (action: ReactorAction): Promise<ActionResult> => Promise.resolve(resultOf(loop.dispatch(action)));
  const setMode = async (action: ActionOf<'mode'>): Promise<ActionResult> => {
    const { mode, by } = action;
    const refused = await locks.setMode(action);
    if (refused === null) return accepted(mode);
    notify({ type: 'refused', action: 'mode', target: mode, reason: refused, ...(by && { by }) });
    return { ok: false, reason: refused };
  };
  const takeOver = async ({ workspace, by }: ActionOf<'take_over'>): Promise<ActionResult> => {
    const refused = readOnly ? ({ code: 'read_only' } as const) : await locks.takeOver(workspace, by);
    return refused === null ? accepted(workspace) : { ok: false, reason: refused };
  };
  return (action: Action) => {
    switch (action.type) {
      case 'checkpoint':
        if (action.rollbackTo !== undefined && action.rollbackTo !== null) return operations.checkpointBefore(action);
        // A checkpointer that was gone may be back: a manual checkpoint is a reason to ask.
        void probe(action.workspace);
        return action.wait === true ? operations.checkpoint(action) : decide(action);
      case 'mode':
        return setMode(action);
      case 'take_over':
        return takeOver(action);
      case 'confirm_folder':
        return confirmFolder(action, deps);
      case 'older':
        return Promise.resolve(readOlder(feeds, action));
      case 'rollback':
        return operations.rollback(action);
      case 'restore':
        return operations.restore(action);
      case 'init':
        return operations.init(action);
      case 'repin':
        return operations.repin(action);
      case 'remove':
        return operations.remove(action);
      case 'resolve':
        return operations.resolve(action);
      case 'pause':
        return pauses.pause(action);
      case 'resume':
        return Promise.resolve(pauses.resume(action));
      case 'budget': {
        const found = budgets.find(action.name, action.subject);
        return decide(found.ok ? { ...action, fact: found.value } : { ...action, why: found.reason });
      }
      case 'silence':
      case 'unsilence':
      case 'extend_silence':
      case 'ack':
      case 'unack':
      case 'veto':
      case 'fire':
      case 'policy':
        return decide(action);
    }
  };
}

function readOlder(feeds: ActionDeps['feeds'], { stop }: ActionOf<'older'>): ActionResult {
  const parts = feeds.flatMap(({ older }) => older?.(stop === true) ?? []);
  if (parts.length === 0) return { ok: false, reason: { code: stop ? 'nothing_older_read' : 'nothing_older' } };
  const [files, bytes] = [sum(parts.map((part) => part.files)), sum(parts.map((part) => part.bytes))];
  // Of several sources the latest: before it some are not read.
  const from = Math.max(...parts.map((part) => part.from));
  return stop ? accepted('') : { ok: true, value: { code: 'older', files, bytes, from } };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

async function confirmFolder(
  { path, by }: ActionOf<'confirm_folder'>,
  { folders, readOnly, notify }: ActionDeps,
): Promise<ActionResult> {
  const refused = (reason: Refusal): ActionResult => {
    notify({ type: 'refused', action: 'confirm', target: path, reason, ...(by && { by }) });
    return { ok: false, reason };
  };
  if (readOnly) return refused({ code: 'read_only' });
  if (folders === null) return refused({ code: 'not_unconfirmed', path });
  const done = await folders.confirm(path);
  if (!done.ok) return refused(done.reason);
  notify({ type: 'operator', action: 'confirm', target: path, reason: null, ...(by && { by }) });
  return { ok: true, value: { code: 'repinned', ...done.value } };
}

/** Returns the result of what the reactor decided: an action that is granted has a notice of its target. */
export function resultOf(notices: readonly Notice[]): ActionResult {
  const refused = notices.find((notice) => notice.type === 'refused');
  if (refused !== undefined) return { ok: false, reason: refused.reason };
  return accepted(notices.find((notice) => notice.type === 'operator')?.target ?? '');
}

function accepted(target: string): ActionResult {
  return { ok: true, value: { code: 'accepted', target } };
}

/** Makes the actions as methods, for embedding programs. `instance` is a part of the ids of this process. */
export function createIntents(
  dispatch: Engine['dispatch'],
  {
    loop,
    instance,
    setBudgets,
  }: {
    readonly loop: Pick<Loop, 'dispatch' | 'now' | 'state'>;
    readonly instance: string;
    readonly setBudgets: Budgets['set'];
  },
): Intents {
  let silences = 0;
  const refusalOf = async (action: Action) => {
    const result = await dispatch(action);
    return result.ok ? null : result.reason;
  };
  return {
    setMode: (mode, reason = null) => refusalOf({ type: 'mode', mode, reason }),
    checkpoint: (workspace, about = {}) => void dispatch({ type: 'checkpoint', workspace, ...about }),
    silence: (request) => {
      silences += 1;
      const id = `${instance}-e${silences}`;
      void dispatch({ type: 'silence', id, ...request });
      return id;
    },
    extendSilence: (id, endsAt) => {
      const now = loop.now();
      const known = loop.state().silences.find((silence) => silence.id === id);
      const byMs = endsAt - now.at - (known ? silenceLeft(now, known) : 0);
      void dispatch({ type: 'extend_silence', id, byMs });
    },
    lengthenSilence: (id, byMs) => void dispatch({ type: 'extend_silence', id, byMs }),
    unsilence: (id) => void dispatch({ type: 'unsilence', id }),
    veto: (workspace, reason = null, heldSince = null) => void dispatch({ type: 'veto', workspace, reason, heldSince }),
    fire: (workspace, reason = null, heldSince = null) => void dispatch({ type: 'fire', workspace, reason, heldSince }),
    takeOver: (workspace) => refusalOf({ type: 'take_over', workspace }),
    setPolicy: (target, action) => void dispatch({ type: 'policy', target, action }),
    reload: ({ debounceMs, timeoutMs, graceMs, trailing, policy, recordsPolicy, guard, budgets }, from, changes) => {
      const rules = { debounceMs, timeoutMs, graceMs, trailing, policy, recordsPolicy, guard, budgets };
      loop.dispatch({ type: 'rules', rules, from, changes });
      setBudgets(budgets);
    },
    resolve: (interruptionId) => dispatch({ type: 'resolve', interruptionId }),
    rollback: (workspace, snapshot, options = {}) => dispatch({ type: 'rollback', workspace, snapshot, ...options }),
    checkpointBefore: (workspace, snapshot) => dispatch({ type: 'checkpoint', workspace, rollbackTo: snapshot }),
    remove: (workspace, snapshot) => dispatch({ type: 'remove', workspace, snapshot }),
    init: (workspace) => dispatch({ type: 'init', workspace }),
    repin: (workspace, shown) => dispatch({ type: 'repin', workspace, shown }),
    confirmFolder: (path) => dispatch({ type: 'confirm_folder', path }),
    older: (isStopped = false) => dispatch({ type: 'older', ...(isStopped && { stop: true }) }),
    pause: (subject, options = {}) => dispatch({ type: 'pause', ...subject, ...options }),
    resume: (subject = {}) => dispatch({ type: 'resume', ...subject }),
  };
}
