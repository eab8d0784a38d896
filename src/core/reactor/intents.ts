import { given } from '../done.ts';
import type { Refusal } from '../reasons.ts';
import { cancel, type Draft, notice, patchWorkspace, settle, workspaceOf } from './draft.ts';
import { MAX_POLICY_RULES } from '../limits.ts';
import { layered } from './policy/policy.ts';
import { dropSilence, putSilence, shownSilence, silenceLeft } from './silences/silences.ts';
import type { ActiveSilence } from './types.ts';
import { causeOf, startManual } from './acting/spawn.ts';
import type { CheckpointCause, Input, OperatorAction } from './messages.ts';
import { advance, endHold, fireWaiting, recheck } from './acting/waiting.ts';
import { startOperation } from './acting/operation.ts';

type Of<T extends Input['type']> = Input & { readonly type: T };

/** A request of an operator, by key or by program. */
export type Intent = Of<
  'mode' | 'silence' | 'unsilence' | 'extend_silence' | 'veto' | 'fire' | 'checkpoint' | 'policy' | 'operation'
>;

/** Runs a request of an operator, or refuses it with the reason. */
export function intend(draft: Draft, intent: Intent): void {
  const { readOnly } = draft.state.settings;
  if (readOnly && !(intent.type === 'mode' && intent.mode === 'observe')) {
    const [action, target] = aim(intent);
    return refuse(draft, action, target, { code: 'read_only' });
  }
  switch (intent.type) {
    case 'mode':
      return setMode(draft, intent);
    case 'silence':
      return silence(draft, intent);
    case 'unsilence':
      return unsilence(draft, intent);
    case 'extend_silence':
      return extendSilence(draft, intent);
    case 'veto':
      return veto(draft, intent);
    case 'fire':
      return fire(draft, intent);
    case 'checkpoint':
      return checkpoint(draft, intent);
    case 'policy':
      return setPolicy(draft, intent);
    case 'operation':
      return startOperation(draft, intent);
  }
}

function aim(intent: Intent): readonly [OperatorAction, string] {
  switch (intent.type) {
    case 'mode':
      return ['mode', intent.mode];
    case 'silence':
      return ['silence', intent.silence.id];
    case 'extend_silence':
      return ['silence', intent.id];
    case 'unsilence':
      return ['unsilence', intent.id];
    case 'veto':
    case 'fire':
    case 'checkpoint':
      return [intent.type, intent.workspace];
    case 'policy':
      return ['policy', intent.target.name];
    case 'operation':
      return [intent.kind, intent.workspace];
  }
}

// *observe* → *hold* → *auto*. Going down settles what waits at once; a running child is left alone.
function setMode(draft: Draft, { mode, reason }: Of<'mode'>): void {
  draft.state = { ...draft.state, mode };
  notice(draft, { type: 'operator', action: 'mode', target: mode, reason: given(reason) });
  if (mode === 'observe') recheckAll(draft, ['disarmed']);
}

// A new silence (or a new end of a known one) settles at once whatever waits and matches.
function silence(draft: Draft, { silence: wanted }: Of<'silence'>): void {
  setSilence(draft, { ...wanted, endsMono: draft.mono + (wanted.endsAt - draft.at) });
}

function extendSilence(draft: Draft, { id, byMs }: Of<'extend_silence'>): void {
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

function unsilence(draft: Draft, { id }: Of<'unsilence'>): void {
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
function veto(draft: Draft, intent: Of<'veto'>): void {
  const { workspace: name, reason } = intent;
  const { waiting, run } = workspaceOf(draft, name);
  const absent = whyNotHeld(draft, intent);
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
function fire(draft: Draft, intent: Of<'fire'>): void {
  const { workspace: name, reason } = intent;
  const { run } = workspaceOf(draft, name);
  const absent = whyNotHeld(draft, intent);
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
function whyNotHeld(draft: Draft, { workspace, heldSince = null }: Of<'veto' | 'fire'>): Refusal | null {
  const { hold } = workspaceOf(draft, workspace);
  if (hold === null) return { code: 'nothing_held' };
  return heldSince === null || hold.startedMono === heldSince ? null : { code: 'other_hold' };
}

// An operator's own checkpoint: outranks everything but a manual one that is on or queued already.
function checkpoint(draft: Draft, { workspace: name, request }: Of<'checkpoint'>): void {
  const { run, queuedManual } = workspaceOf(draft, name);
  if (draft.state.stopping) return refuse(draft, 'checkpoint', name, { code: 'stopping' });
  if (run?.kind === 'manual') return refuse(draft, 'checkpoint', name, { code: 'manual_running' });
  if (queuedManual) return refuse(draft, 'checkpoint', name, { code: 'manual_queued' });
  notice(draft, { type: 'operator', action: 'checkpoint', target: name, reason: given(request.reason) });
  if (run) return patchWorkspace(draft, name, { queuedManual: request });
  startManual(draft, name, request);
}

// For this session. What waits and is not to be acted upon any more is settled at once; what is settled stays so.
function setPolicy(draft: Draft, { target, action }: Of<'policy'>): void {
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
