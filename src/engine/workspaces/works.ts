import type { Result } from '../../core/result.ts';
import type { SourceUri } from '../../core/sources.ts';
import type { OperatorAction } from '../../core/reactor/messages.ts';
import type { Run, WorkKind } from '../../core/reactor/types.ts';
import { resolversOf } from '../answers.ts';
import { planInit } from './init-plan.ts';
import type { Unstamped } from '../loop.ts';
import type { RollbackOptions } from './operations.ts';
import type { Parts } from '../parts.ts';
import { repin } from './repin.ts';
import { planRollback } from './rollback-plan.ts';
import { checkpointerOf } from './snapshots.ts';
import type { Intents } from '../types.ts';

/** A server's answer to `resolve` is waited for this long, ms. */
const RESOLVE_MS = 10_000;

/** What an operator does to a whole workspace or to a source: each says how it ended, also as a notice. */
export function createWorks(
  parts: Parts,
): Pick<Intents, 'rollback' | 'checkpointBefore' | 'remove' | 'init' | 'repin' | 'resolve'> {
  return {
    rollback: (workspace, snapshot, options = {}) => rollback(parts, workspace, snapshot, options),
    checkpointBefore: (workspace, snapshot) =>
      alone(parts, workspace, 'rollback', () => checkpointFirst(parts, workspace, snapshot, null)),
    remove: (workspace, snapshot) => remove(parts, workspace, snapshot),
    init: (workspace) => init(parts, workspace),
    repin: (workspace, shown) => repin(parts, workspace, shown),
    resolve: (interruptionId) => resolve(parts, interruptionId),
  };
}

async function rollback(
  parts: Parts,
  workspace: string,
  snapshot: string,
  options: RollbackOptions,
): Promise<Result<string>> {
  const refused = refuser(parts, 'rollback', workspace);
  const plan = await planRollback(parts, workspace, snapshot);
  if (!plan.ok) return refused(plan.reason);
  if (plan.value.refusals.length > 0) return refused(plan.value.refusals.join('; '));
  return alone(parts, workspace, 'rollback', async () => {
    if (options.checkpointFirst === true) {
      const made = await checkpointFirst(parts, workspace, snapshot, options.reason ?? null);
      if (!made.ok) return refused(`the checkpoint before it was not made, so nothing was rolled back: ${made.reason}`);
    }
    return work(parts, workspace, 'rollback', snapshot);
  });
}

async function init(parts: Parts, workspace: string): Promise<Result<string>> {
  const refused = refuser(parts, 'init', workspace);
  const plan = await planInit(parts, workspace);
  if (!plan.ok) return refused(plan.reason);
  if (plan.value.refusals.length > 0) return refused(plan.value.refusals.join('; '));
  return alone(parts, workspace, 'init', () => work(parts, workspace, 'init', ''));
}

async function remove(parts: Parts, workspace: string, snapshot: string): Promise<Result<string>> {
  const refused = refuser(parts, 'remove', workspace);
  if (parts.settings.readOnly) return refused(READ_ONLY);
  const found = checkpointerOf(parts, workspace, 'remove');
  if (!found.ok) return refused(found.reason);
  if (parts.loop.state().workspaces.get(workspace)?.run?.kind === 'rollback') {
    return refused('a rollback is running here; wait for its end');
  }
  const removed = await found.value.remove(snapshot);
  if (!removed.ok) return refused(removed.reason);
  parts.notice({ type: 'operator', action: 'remove', target: workspace, reason: removed.value });
  return removed;
}

async function resolve(parts: Parts, interruptionId: string): Promise<Result<string>> {
  const refused = refuser(parts, 'resolve', interruptionId);
  if (parts.settings.readOnly) return refused(READ_ONLY);
  const resolvers = resolversOf(parts, interruptionId);
  if (!resolvers.ok) return refused(resolvers.reason);
  const answers = await Promise.all(
    resolvers.value.takers.map(async ({ uri, resolve: tell }) => {
      const answer = await tell(interruptionId, AbortSignal.timeout(RESOLVE_MS)).catch((error: unknown) => {
        return { ok: false as const, reason: String(error) };
      });
      return { uri, reason: answer.ok ? null : answer.reason };
    }),
  );
  const failed = answers.filter(({ reason }) => reason !== null);
  const done = answers.filter((answer) => !failed.includes(answer)).map(({ uri }) => uri);
  if (failed.length > 0) {
    const words = failed.map(({ uri, reason }) => named(uri, reason ?? '')).join('; ');
    return refused(done.length === 0 ? words : `${words}; it is resolved at ${done.join(', ')}`);
  }
  const at = `at ${done.join(', ')}`;
  const { type, agent } = resolvers.value.interruption;
  parts.notice({ type: 'operator', action: 'resolve', target: interruptionId, reason: `${type} of ${agent} ${at}` });
  return { ok: true, value: `resolved ${at}` };
}

// Most reasons name the source themselves.
function named(uri: SourceUri, reason: string): string {
  return reason.includes(uri) ? reason : `${uri}: ${reason}`;
}

const READ_ONLY = 'read-only: start without --read-only to act';

function refuser(parts: Parts, action: OperatorAction, target: string): (reason: string) => Result<never> {
  return (reason) => {
    parts.notice({ type: 'refused', action, target, reason });
    return { ok: false, reason };
  };
}

/** Holds the machine's lock of the workspace meanwhile, armed or not: no other engine may act under our hands. */
async function alone(
  parts: Parts,
  workspace: string,
  action: WorkKind,
  act: () => Promise<Result<string>>,
): Promise<Result<string>> {
  const lock = await parts.arming.borrow(workspace);
  if (!lock.ok) return refuser(parts, action, workspace)(lock.reason);
  try {
    return await act();
  } finally {
    await lock.value();
  }
}

async function checkpointFirst(
  parts: Parts,
  workspace: string,
  rollbackTo: string,
  reason: string | null,
): Promise<Result<string>> {
  const request = { conversationId: null, agent: null, reason, rollbackTo };
  const refused = ask(parts, { type: 'checkpoint', workspace, request });
  return refused === null ? endOf(parts, workspace, 'manual') : { ok: false, reason: refused };
}

async function work(parts: Parts, workspace: string, kind: WorkKind, snapshot: string): Promise<Result<string>> {
  const refused = ask(parts, { type: 'work', workspace, kind, snapshot });
  return refused === null ? endOf(parts, workspace, kind) : { ok: false, reason: refused };
}

/** Asks the core for something; null, or why it refused. The core answers before this returns. */
function ask({ loop, speaker }: Parts, input: Unstamped): string | null {
  let refused: string | null = null;
  const stop = speaker.listen((event) => {
    if (event.type === 'notice' && event.notice.type === 'refused') refused = event.notice.reason;
  });
  loop.dispatch(input);
  stop();
  return refused;
}

async function endOf({ loop, acting }: Parts, workspace: string, kind: Run['kind']): Promise<Result<string>> {
  const run = loop.state().workspaces.get(workspace)?.run;
  const ending = run?.kind === kind ? acting.ending(run.runId) : null;
  return ending ?? { ok: false, reason: 'something else began here at the same moment; look, and try again' };
}
