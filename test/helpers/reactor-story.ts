/** Plays a story to the reactive core, as an engine would. */
import type { Call } from '../../src/core/calls.ts';
import type { Interruption } from '../../src/core/interruptions.ts';
import type { Lock } from '../../src/core/reactor/types.ts';
import { failedCall, makeCall, makeDetail, makeRow } from './feed-events.ts';
import { AVAILABLE, World } from './reactor.ts';
import { type Op, WORKSPACES } from './reactor-ops.ts';
import { quoted } from './reasons.ts';

export type Story = { readonly ops: readonly Op[]; readonly trailing: boolean; readonly graceMs: number | null };

/** What a feed has said so far, so that a row finds the calls that it names and a call its earlier account. */
type Told = { readonly rows: Interruption[]; readonly calls: Map<string, Call>; count: number };

/** Plays a story in an armed world; `begin` sees that before anything has happened. */
export function play(story: Story, begin: (world: World) => void = () => undefined): World {
  const { ops, trailing, graceMs } = story;
  const workspaces = { agents: { a: '/a', b: '/b' }, processes: {}, fallback: null };
  const guard = { perAgentPerHour: 5, perWorkspacePerHour: 60, storeUsedRatio: 0.9 };
  const types = { noise: 'ignore', turn_start: 'checkpoint', risky_tool: 'checkpoint' } as const;
  const policy = { types, severities: {} } as const;
  const world = World.armed({ trailing, graceMs, workspaces, guard, policy }, 'auto', [...WORKSPACES]);
  const told: Told = { rows: [], calls: new Map(), count: 0 };
  begin(world);
  for (const op of ops) happen(world, told, op);
  return world;
}

/** Ends a story: stop, then whatever runs ends with `type`. */
export function end(world: World, type: 'created' | 'failed' | 'unknown'): World {
  world.do({ type: 'stop' });
  for (const workspace of WORKSPACES) {
    const { run } = world.workspace(workspace);
    if (run?.kind === 'baseline') world.do({ type: 'baseline', workspace, phase: 'ended' });
    else if (run?.kind === 'rollback') rolledBack(world, workspace, type === 'created');
    else if (run) world.ends({ type }, workspace);
  }
  return world;
}

function happen(world: World, told: Told, op: Op): void {
  if (op.op === 'ack') return void world.do({ type: 'ack', scope: op.scope, durationMs: op.ms, note: null });
  if (op.op === 'unack') return void world.do({ type: 'unack', scope: op.scope });
  told.count += 1;
  switch (op.op) {
    case 'wait':
      return void world.wait(op.ms);
    case 'clock':
      world.at += op.ms;
      return;
    case 'row':
      return sayRow(world, told, op);
    case 'resolve':
      return resolve(world, told, op.nth);
    case 'burst':
      for (let index = 0; index < op.count; index += 1)
        world.crash({ agent: op.agent, conversationId: `burst-${index}` });
      return;
    case 'failures':
      for (let nth = 1; nth <= op.count; nth += 1) {
        told.count += 1;
        const call = { ...op, op: 'call', kind: 'failed', error: null, callId: `f${told.count}` } as const;
        sayCall(world, told, call);
      }
      return;
    case 'luckless':
      for (let nth = 1; nth <= op.count; nth += 1) {
        world.crash({ agent: op.agent, conversationId: `luckless-${told.count}-${nth}` });
        const name = op.agent === 'b' ? '/b' : '/a';
        if (world.workspace(name).run?.kind === 'auto') world.fails(name);
        world.wait(2_000);
      }
      return;
    case 'call':
      return sayCall(world, told, op);
    case 'notify':
      return void world.do({
        type: 'notify',
        signal: op.type,
        conversationId: op.conversation,
        agent: op.agent,
        processName: null,
        pid: 7,
      });
    case 'moment':
      return sayMoment(world, op);
    case 'outcome':
      return endRun(world, op);
    case 'manual':
      return void world.manual({}, op.workspace);
    case 'mode':
      return void world.do({ type: 'mode', mode: op.mode, reason: null });
    case 'silence':
      return void world.silence(op.matcher, op.ms, op.id);
    case 'unsilence':
      return void world.do({ type: 'unsilence', id: op.id });
    case 'extend':
      return void world.do({ type: 'extend_silence', id: op.id, byMs: op.ms });
    case 'veto':
    case 'fire':
      return void world.do({ type: op.op, workspace: op.workspace, reason: null });
    case 'lock':
    case 'availability':
    case 'foreign':
    case 'baseline':
      return outside(world, op);
    case 'rollback':
      if (op.phase === 'ended') return rolledBack(world, op.workspace, op.ok);
      return void world.do({ type: 'rollback', workspace: op.workspace, snapshot: 'auto-x' });
    case 'rules':
      return reload(world, op);
    case 'policy':
      return void world.do({ type: 'policy', target: { scope: 'type', name: op.type }, action: op.action });
  }
}

function reload(world: World, { debounceMs, trailing, graceMs }: Op & { readonly op: 'rules' }): void {
  const { timeoutMs, policy, recordsPolicy, guard, budgets } = world.state.settings;
  const rules = { debounceMs, trailing, graceMs, timeoutMs, policy, recordsPolicy, guard, budgets };
  world.do({ type: 'rules', rules, from: 'config.json', changes: 'some' });
}

function outside(world: World, op: Op & { readonly op: 'lock' | 'availability' | 'foreign' | 'baseline' }): void {
  const { workspace } = op;
  if (op.op === 'lock') {
    world.do({ type: 'lock', workspace, lock: lockOf(op.whose, world.at) });
  } else if (op.op === 'availability') {
    const availability = { ...AVAILABLE, state: op.state, usedRatio: op.used };
    world.do({ type: 'availability', workspace, availability });
  } else if (op.op === 'foreign') {
    const snapshot = { id: op.id, at: world.at - op.ageMs, message: null, metadata: null, pinned: false };
    world.do({ type: 'foreign_snapshot', workspace, snapshot });
  } else world.do({ type: 'baseline', workspace, phase: op.phase });
}

function lockOf(type: Lock['type'], since: number): Lock {
  if (type === 'other') return { type, owner: { user: 'bob', pid: 1, startedAt: 1 } };
  return type === 'gone' ? { type, since } : { type };
}

function rolledBack(world: World, workspace: string, ok: boolean): void {
  const { run } = world.workspace(workspace);
  if (run?.kind !== 'rollback') return;
  const result = ok ? ({ ok, value: quoted('rolled back') } as const) : ({ ok, reason: quoted('no luck') } as const);
  world.do({ type: 'finished', workspace, runId: run.runId, result });
}

function sayMoment(world: World, { type, key, agent, conversation, ageMs }: Op & { readonly op: 'moment' }): void {
  const cause =
    type === 'risky_tool'
      ? ({ code: type, tool: 'Bash', command: 'rm -r' } as const)
      : type === 'turn_start'
        ? ({ code: type } as const)
        : ({ code: type, usedTokens: 9, windowTokens: 10 } as const);
  const ids = { conversationId: conversation, sessionId: conversation };
  world.do({ type: 'moment', moment: { type, key, agent, ...ids, at: world.at - ageMs, cause } });
}

// Only a checkpoint that was asked to may be left out.
function endRun(world: World, { workspace, type }: Op & { readonly op: 'outcome' }): void {
  const { run } = world.workspace(workspace);
  if (run?.kind !== 'auto' && run?.kind !== 'manual') return;
  const mayBeLeftOut = world.spawns.some(
    ({ runId, unlessUnchanged }) => runId === run.runId && unlessUnchanged === true,
  );
  const isLeftOut = mayBeLeftOut && type === 'created' && world.spawns.length % 2 === 0;
  world.ends(isLeftOut ? { type: 'unchanged', snapshot: 'auto-before' } : { type }, workspace);
}

function sayRow(world: World, told: Told, op: Op & { readonly op: 'row' }): void {
  const row = makeRow({
    interruptionId: `i${told.count}`,
    type: op.type,
    agent: op.agent,
    conversationId: op.conversation,
    severity: op.severity,
    callId: op.call,
    occurredNs: BigInt(world.at) * 1_000_000n,
    detail: makeDetail(op.clean ? { signal: 15 } : {}),
  });
  told.rows.push(row);
  const call = op.call === null ? undefined : told.calls.get(op.call);
  world.row(row, op.news, call ? [call] : []);
}

function resolve(world: World, told: Told, nth: number): void {
  const index = told.rows.length === 0 ? 0 : nth % told.rows.length;
  const row = told.rows[index];
  if (!row || row.resolved) return;
  told.rows[index] = { ...row, resolved: true };
  world.row({ ...row, resolved: true }, 'none');
}

function sayCall(world: World, told: Told, op: Op & { readonly op: 'call' }): void {
  const previous = told.calls.get(op.callId) ?? null;
  const endNs = BigInt(world.at) * 1_000_000n + BigInt(told.count);
  const facts = {
    callId: op.callId,
    startNs: previous?.startNs ?? endNs,
    endNs,
    conversationId: op.conversation,
    agent: op.agent,
    error: op.error,
  };
  const call =
    op.kind === 'failed'
      ? failedCall(facts)
      : makeCall({
          ...facts,
          error: null,
          status: op.kind === 'ok' ? 'complete' : op.kind,
          endNs: op.kind === 'pending' ? null : endNs,
        });
  // An id that is used again is another call; a feed keeps them apart by their start.
  const again = previous !== null && previous.status !== 'complete';
  const now = again ? call : { ...call, startNs: endNs };
  told.calls.set(op.callId, now);
  world.do({ type: 'call', call: now, previous: again ? previous : null, news: op.news });
}
