import type { ActionOf, CheckpointAction, ReactorAction } from '../actions.ts';
import { given } from '../done.ts';
import type { Refusal } from '../reasons.ts';
import { cancel, type Draft, notice, patchWorkspace, settle, workspaceOf } from './draft.ts';
import { MAX_POLICY_RULES } from '../limits.ts';
import { layered } from './policy/policy.ts';
import { acknowledge, takeBackAck } from './acks/acks.ts';
import { dropSilence, putSilence, shownSilence, silenceLeft } from './silences/silences.ts';
import type { ActiveSilence } from './types.ts';
import { changeBudget, keepBudgets } from './budgets.ts';
import { causeOf, startManual } from './acting/spawn.ts';
import type { CheckpointCause, Input, OperatorAction } from './messages.ts';
import { advance, endHold, fireWaiting, recheck } from './acting/waiting.ts';
import { startOperation } from './acting/operation.ts';

/** Runs an action of an operator, or refuses it with the reason. */
export function runAction(draft: Draft, action: ReactorAction): void {
  const first = draft.commands.length;
  decide(draft, action);
  const { by } = action;
  if (by === undefined) return;
  for (const [index, command] of draft.commands.entries()) {
    if (index < first || command.type !== 'notice') continue;
    const { notice: told } = command;
    if (told.type === 'operator' || told.type === 'refused')
      draft.commands[index] = { type: 'notice', notice: { ...told, by } };
  }
}

function decide(draft: Draft, action: ReactorAction): void {
  const { readOnly } = draft.state.settings;
  if (readOnly && !(action.type === 'mode' && action.mode === 'observe')) {
    return refuse(draft, nameOf(action), targetOf(action), { code: 'read_only' });
  }
  switch (action.type) {
    case 'mode':
      return setMode(draft, action);
    case 'silence':
      return silence(draft, action);
    case 'unsilence':
      return unsilence(draft, action);
    case 'extend_silence':
      return extendSilence(draft, action);
    case 'ack':
      return acknowledge(draft, action);
    case 'unack':
      return takeBackAck(draft, action);
    case 'veto':
      return veto(draft, action);
    case 'fire':
      return fire(draft, action);
    case 'checkpoint':
      return checkpoint(draft, action);
    case 'policy':
      return setPolicy(draft, action);
    case 'budget':
      return changeBudget(draft, action);
    case 'rollback':
    case 'restore':
    case 'init':
      return startOperation(draft, action);
  }
}

function nameOf({ type }: ReactorAction): OperatorAction {
  return type === 'extend_silence' ? 'silence' : type;
}

function targetOf(action: ReactorAction): string {
  if (action.type === 'mode') return action.mode;
  if (action.type === 'policy') return action.target.name;
  if (action.type === 'unack') return '';
  if (action.type === 'budget') return action.name;
  return 'workspace' in action ? action.workspace : (action.id ?? '');
}

// *observe* → *hold* → *auto*. Going down settles what waits at once; a running child is left alone.
function setMode(draft: Draft, { mode, reason = null }: ActionOf<'mode'>): void {
  draft.state = { ...draft.state, mode };
  notice(draft, { type: 'operator', action: 'mode', target: mode, reason: given(reason) });
  if (mode === 'observe') recheckAll(draft, ['disarmed']);
}

// A new silence (or a new end of a known one) settles at once whatever waits and matches.
function silence(draft: Draft, action: ActionOf<'silence'>): void {
  const { id = nextSilenceId(draft), matcher, durationMs, reason, createdBy = action.by?.user ?? 'operator' } = action;
  const ends = { endsAt: draft.at + durationMs, endsMono: draft.mono + durationMs };
  setSilence(draft, { id, matcher, createdAt: draft.at, ...ends, createdBy, reason, heldBack: 0 });
}

function nextSilenceId(draft: Draft): string {
  const { nextSilence, settings } = draft.state;
  draft.state = { ...draft.state, nextSilence: nextSilence + 1 };
  return `${settings.instance}-s${nextSilence}`;
}

function extendSilence(draft: Draft, { id, byMs }: ActionOf<'extend_silence'>): void {
  const known = draft.state.silences.find((candidate) => candidate.id === id);
  if (!known) return refuse(draft, 'silence', id, { code: 'no_such_silence' });
  const leftMs = silenceLeft(draft, known) + byMs;
  setSilence(draft, { ...known, endsAt: draft.at + leftMs, endsMono: draft.mono + leftMs });
}

function setSilence(draft: Draft, requested: ActiveSilence): void {
  const { id, reason } = requested;
  if (silenceLeft(draft, requested) <= 0) return refuse(draft, 'silence', id, { code: 'silence_over' });
  putSilence(draft, requested);
  notice(draft, {
    type: 'operator',
    action: 'silence',
    target: id,
    reason: given(reason),
    silence: shownSilence(draft, requested),
  });
  recheckAll(draft, ['suppressed']);
}

function unsilence(draft: Draft, { id }: ActionOf<'unsilence'>): void {
  const dropped = dropSilence(draft, id);
  if (!dropped) return refuse(draft, 'unsilence', id, { code: 'no_such_silence' });
  notice(draft, {
    type: 'operator',
    action: 'unsilence',
    target: id,
    reason: null,
    silence: shownSilence(draft, dropped),
  });
}

// Lets nothing come of what is held; opens no window.
function veto(draft: Draft, action: ActionOf<'veto' | 'fire'>): void {
  const { workspace: name, reason = null } = action;
  const { waiting, run } = workspaceOf(draft, name);
  const absent = whyNotHeld(draft, action);
  if (absent !== null) return refuse(draft, 'veto', name, absent);
  notice(draft, {
    type: 'operator',
    action: 'veto',
    target: name,
    reason: given(reason),
    cause: heldCause(draft, name),
  });
  // Signals that came while a manual run was on wait behind that, not behind the hold.
  const held = waiting.filter((id) => !run || run.signals.includes(id));
  endHold(draft, name, 'vetoed');
  for (const id of held) settle(draft, id, 'vetoed', { code: 'vetoed', reason });
  patchWorkspace(draft, name, { waiting: waiting.filter((id) => !held.includes(id)) });
}

// Acts at once for everything that is held.
function fire(draft: Draft, action: ActionOf<'veto' | 'fire'>): void {
  const { workspace: name, reason = null } = action;
  const { run } = workspaceOf(draft, name);
  const absent = whyNotHeld(draft, action);
  if (absent !== null) return refuse(draft, 'fire', name, absent);
  if (run) return refuse(draft, 'fire', name, { code: 'run_decides' });
  notice(draft, {
    type: 'operator',
    action: 'fire',
    target: name,
    reason: given(reason),
    cause: heldCause(draft, name),
  });
  fireWaiting(draft, name);
}

function heldCause(draft: Draft, name: string): CheckpointCause | null {
  const { hold, waiting } = workspaceOf(draft, name);
  return causeOf(draft.state, hold?.trigger ?? null, waiting);
}

// What is decided about must be the hold that the operator saw, not the next one.
function whyNotHeld(draft: Draft, { workspace, heldSince = null }: ActionOf<'veto' | 'fire'>): Refusal | null {
  const { hold } = workspaceOf(draft, workspace);
  if (hold === null) return { code: 'nothing_held' };
  return heldSince === null || hold.startedMono === heldSince ? null : { code: 'other_hold' };
}

// An operator's own checkpoint: outranks everything but a manual one that is on or queued already.
function checkpoint(draft: Draft, action: CheckpointAction): void {
  const { workspace: name, reason = null } = action;
  const { run, queuedManual } = workspaceOf(draft, name);
  if (draft.state.stopping) return refuse(draft, 'checkpoint', name, { code: 'stopping' });
  if (run?.kind === 'manual') return refuse(draft, 'checkpoint', name, { code: 'manual_running' });
  if (queuedManual) return refuse(draft, 'checkpoint', name, { code: 'manual_queued' });
  notice(draft, { type: 'operator', action: 'checkpoint', target: name, reason: given(reason) });
  if (run) return patchWorkspace(draft, name, { queuedManual: action });
  startManual(draft, action);
}

// For this session. What waits and is not to be acted upon any more is settled at once; what is settled stays so.
function setPolicy(draft: Draft, { target, action }: ActionOf<'policy'>): void {
  const { settings, session } = draft.state;
  const table = target.scope === 'type' ? 'types' : 'severities';
  const { [target.name]: _former, ...others } = session[table];
  const rules = action === null ? others : { ...others, [target.name]: action };
  if (Object.keys(rules).length > MAX_POLICY_RULES) {
    return refuse(draft, 'policy', target.name, { code: 'too_many_rules', max: MAX_POLICY_RULES });
  }
  const next = { ...session, [table]: rules };
  draft.state = { ...draft.state, session: next, policy: layered({ config: settings.policy, session: next }) };
  const reason = { code: 'policy_rule', scope: target.scope, action } as const;
  notice(draft, { type: 'operator', action: 'policy', target: target.name, reason });
  recheckAll(draft, ['ignored', 'flagged']);
}

/**
 * Continues by other rules: the configuration was reloaded. What was changed for the session stands over the new policy as over the old one; what waits and
 * may not act any more is settled at once. A window is as long as the new debounce, from where it began; a countdown and
 * a running checkpoint end as announced.
 */
export function setRules(draft: Draft, { rules, from, changes }: Input & { type: 'rules' }): void {
  const { settings, session } = draft.state;
  const longer = rules.debounceMs - settings.debounceMs;
  draft.state = {
    ...draft.state,
    settings: { ...settings, ...rules },
    policy: layered({ config: rules.policy, session }),
  };
  keepBudgets(draft, rules.budgets);
  notice(draft, { type: 'operator', action: 'reload', target: from, reason: given(changes) });
  recheckAll(draft, ['ignored', 'flagged']);
  for (const [name, { windowEndsMono }] of draft.state.workspaces) {
    if (windowEndsMono === null || windowEndsMono <= draft.mono) continue;
    cancel(draft, `window:${name}`);
    patchWorkspace(draft, name, { windowEndsMono: windowEndsMono + longer });
    advance(draft, name);
  }
}

/** Rechecks every workspace for some fates: what a silence, a disarm or a policy settles at once. */
export function recheckAll(draft: Draft, fates: readonly ('suppressed' | 'disarmed' | 'ignored' | 'flagged')[]): void {
  for (const name of draft.state.workspaces.keys()) recheck(draft, name, fates);
}

function refuse(draft: Draft, action: OperatorAction, target: string, reason: Refusal): void {
  notice(draft, { type: 'refused', action, target, reason });
}
