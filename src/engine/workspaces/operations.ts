import type { ActionOf, ActionResult, CheckpointAction, Operator } from '../../core/actions.ts';
import type { Refusal } from '../../core/reasons.ts';
import type { Result } from '../../core/result.ts';
import type { Notice, OperatorAction } from '../../core/reactor/messages.ts';
import type { Run } from '../../core/reactor/types.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import type { Loop } from '../loop.ts';
import type { Resolvers } from '../queries.ts';
import type { WorkspaceLocks } from './locks.ts';
import type { Plans } from './plans.ts';
import type { Runs } from './runs.ts';
import type { Snapshots } from './snapshots.ts';
import type { Workspaces } from './workspaces.ts';

/** The longest wait for a server's answer to `resolve`, ms. */
const RESOLVE_MS = 10_000;

export type OperationDeps = {
  readonly readOnly: boolean;
  readonly loop: Pick<Loop, 'dispatch' | 'state'>;
  readonly plans: Plans;
  readonly runs: Pick<Runs, 'ending' | 'nextManual'>;
  readonly locks: Pick<WorkspaceLocks, 'acquireTemporarily'>;
  readonly workspaces: Pick<Workspaces, 'get' | 'repinned'>;
  readonly snapshots: Pick<Snapshots, 'checkpointer' | 'list'>;
  readonly resolversOf: (interruptionId: string) => Result<Resolvers, Refusal>;
  readonly notify: (notice: Notice) => void;
};

/** The actions on a whole workspace or at a source. */
export type Operations = {
  readonly [T in 'rollback' | 'restore' | 'init' | 'repin' | 'remove' | 'resolve']: (
    action: ActionOf<T>,
  ) => Promise<ActionResult>;
} & {
  /** Takes a checkpoint and waits for its end. */
  readonly checkpoint: (action: CheckpointAction) => Promise<ActionResult>;
  /** Takes the checkpoint that precedes a rollback. */
  readonly checkpointBefore: (action: CheckpointAction) => Promise<ActionResult>;
};
type Refuse = (reason: Refusal) => Result<never, Refusal>;

/** Makes the operations of an operator on a whole workspace or at a source: each resolves to its end, which a notice reports too. */
export function createOperations(deps: OperationDeps): Operations {
  const { plans, loop, workspaces } = deps;

  const refuser = (action: OperatorAction, target: string, by?: Operator): Refuse =>
    refuserOf(deps, action, target, by);
  /** Holds the machine's lock of the workspace during `act`, armed or not: no other engine may act meanwhile. */
  const withLock = async (
    workspace: string,
    refuse: Refuse,
    act: () => Promise<ActionResult>,
  ): Promise<ActionResult> => {
    const lock = await deps.locks.acquireTemporarily(workspace);
    if (!lock.ok) return refuse(lock.reason);
    try {
      return await act();
    } finally {
      await lock.value();
    }
  };
  /** Dispatches an action; resolves to the end of the run that it started, or to why the core refused it. */
  const run = async (
    kind: Run['kind'],
    action: ActionOf<'rollback' | 'restore' | 'init' | 'checkpoint'>,
  ): Promise<ActionResult> => {
    const refused = loop.dispatch(action).find((notice) => notice.type === 'refused');
    if (refused !== undefined) return { ok: false, reason: refused.reason };
    const started = loop.state().workspaces.get(action.workspace)?.run;
    const ending = started?.kind === kind ? deps.runs.ending(started.runId) : null;
    return ending ?? { ok: false, reason: { code: 'overtaken' } };
  };

  /** Goes back to a snapshot, with the whole workspace or with some of its paths. */
  const back = async (action: ActionOf<'rollback' | 'restore'>): Promise<ActionResult> => {
    const { type, workspace, snapshot, checkpointFirst = false, reason = null, by } = action;
    const refuse = refuser(type, workspace, by);
    const plan = await (type === 'rollback'
      ? plans.rollback(workspace, snapshot)
      : plans.restore(workspace, snapshot, action.paths));
    if (!plan.ok) return refuse(plan.reason);
    if (plan.value.refusals.length > 0) return refuse({ code: 'several', reasons: plan.value.refusals });
    return withLock(workspace, refuse, async () => {
      const before = { type: 'checkpoint', workspace, reason, rollbackTo: snapshot, ...(by && { by }) } as const;
      const made = checkpointFirst ? await run('manual', before) : null;
      if (made?.ok === false) return refuse({ code: 'checkpoint_first_failed', why: made.reason });
      return run(type, action);
    });
  };

  return {
    checkpoint: (action) => {
      const { workspace, exclusive, by } = action;
      if (exclusive !== true) return checkpoint(deps, action);
      return withLock(workspace, refuser('checkpoint', workspace, by), () => checkpoint(deps, action));
    },
    rollback: back,
    restore: back,
    checkpointBefore: (action) =>
      withLock(action.workspace, refuser('rollback', action.workspace, action.by), () => run('manual', action)),
    init: async (action) => {
      const { workspace, by } = action;
      const refuse = refuser('init', workspace, by);
      const plan = await plans.init(workspace);
      if (!plan.ok) return refuse(plan.reason);
      if (plan.value.refusals.length > 0) return refuse({ code: 'several', reasons: plan.value.refusals });
      return withLock(workspace, refuse, () => run('init', action));
    },
    // Pins the folder that was shown, unless it was exchanged again since.
    repin: async ({ workspace, shown, by }) => {
      const refuse = refuser('repin', workspace, by);
      const plan = await plans.repin(workspace);
      if (!plan.ok) return refuse(plan.reason);
      if (plan.value.refusals.length > 0) return refuse({ code: 'several', reasons: plan.value.refusals });
      const done = await workspaces.get(workspace)?.checkpointer.pin?.repin(shown);
      if (done === undefined) return refuse({ code: 'unknown_workspace', workspace });
      if (!done.ok) return refuse(done.reason);
      await workspaces.repinned(workspace, done.value, by);
      return { ok: true, value: { code: 'repinned', ...done.value } };
    },
    remove: (action) => {
      const { workspace, exclusive, by } = action;
      if (exclusive !== true) return remove(deps, action);
      return withLock(workspace, refuser('remove', workspace, by), () => remove(deps, action));
    },
    resolve: (action) => resolveAtSources(deps, action),
  };
}

function refuserOf({ notify }: OperationDeps, action: OperatorAction, target: string, by?: Operator): Refuse {
  return (reason) => {
    notify({ type: 'refused', action, target, reason, ...(by && { by }) });
    return { ok: false, reason };
  };
}

/** Takes a checkpoint; resolves to its end, also where it is queued behind an automatic one and runs next. */
async function checkpoint({ loop, runs }: OperationDeps, action: CheckpointAction): Promise<ActionResult> {
  const { workspace } = action;
  const refused = loop.dispatch(action).find((notice) => notice.type === 'refused');
  if (refused !== undefined) return { ok: false, reason: refused.reason };
  const started = loop.state().workspaces.get(workspace)?.run;
  const ending = started?.kind === 'manual' ? runs.ending(started.runId) : runs.nextManual(workspace);
  return ending ?? { ok: false, reason: { code: 'overtaken' } };
}

async function remove(deps: OperationDeps, { workspace, snapshot, by }: ActionOf<'remove'>): Promise<ActionResult> {
  const refuse = refuserOf(deps, 'remove', workspace, by);
  if (deps.readOnly) return refuse({ code: 'read_only' });
  const found = deps.snapshots.checkpointer(workspace, 'remove');
  if (!found.ok) return refuse(found.reason);
  if (deps.loop.state().workspaces.get(workspace)?.run?.kind === 'rollback') {
    return refuse({ code: 'busy', kind: 'rollback' });
  }
  const removed = await found.value.remove(snapshot);
  if (!removed.ok) return refuse(removed.reason);
  // Screens know of it from now on, whoever asked for it.
  await deps.snapshots.list(workspace);
  deps.notify({ type: 'operator', action: 'remove', target: workspace, reason: removed.value, ...(by && { by }) });
  return removed;
}

async function resolveAtSources(
  deps: OperationDeps,
  { interruptionId, by }: ActionOf<'resolve'>,
): Promise<ActionResult> {
  const refuse = refuserOf(deps, 'resolve', interruptionId, by);
  if (deps.readOnly) return refuse({ code: 'read_only' });
  const resolvers = deps.resolversOf(interruptionId);
  if (!resolvers.ok) return refuse(resolvers.reason);
  const { interruption, takers } = resolvers.value;
  const answers = await Promise.all(takers.map((taker) => answerOf(taker, interruptionId)));
  const failed = answers.flatMap(({ answer }) => (answer.ok ? [] : [answer.reason]));
  const done = answers.flatMap(({ uri, answer }) => (answer.ok ? [uri] : []));
  if (failed.length > 0) return refuse({ code: 'not_resolved', failures: failed, resolvedAt: done });
  const { type, agent } = interruption;
  const resolved = { code: 'resolved', type, agent, sources: done } as const;
  deps.notify({ type: 'operator', action: 'resolve', target: interruptionId, reason: resolved, ...(by && { by }) });
  return { ok: true, value: resolved };
}

async function answerOf({ uri, resolve }: Resolvers['takers'][number], interruptionId: string) {
  const answer = await resolve(interruptionId, AbortSignal.timeout(RESOLVE_MS)).catch((error: unknown) => {
    const text = cleanLine(`${uri}: ${String(error)}`, MAX_TEXT_LENGTH);
    return { ok: false, reason: { code: 'quoted', text } } as const;
  });
  return { uri, answer };
}
