import type { EngineView, SourceView, WorkspaceView } from '../../engine/types.ts';
import type { Call } from '../../core/calls.ts';
import type { Silence } from '../../core/signals.ts';
import type { SnapshotView } from '../../core/snapshots.ts';
import type { AgentView, ConversationView } from '../../core/model/types.ts';
import type { PolicyRow } from '../../core/reactor/policy/table.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import type { SearchFields } from '../widgets/query.ts';
import { isResolved, ownerOf } from '../views/signals/rows.ts';
import { isUnsettled } from '../../core/reactor/view.ts';
import { attentionOf } from '../views/conversations/rows.ts';
import { activityOf, healthWord } from '../views/sources/rows.ts';
import { type StreamRow, callWords } from '../views/calls/rows.ts';

/** What a filter can ask of a conversation; its state is `acting` or how active its agent is, `failed` after failures. */
export function conversationSearchFields(view: EngineView, row: ConversationView): SearchFields {
  const { conversationId: id, agent, models, userQuery, flags, totals, sources } = row;
  const attention = attentionOf(view).get(id) ?? '';
  const state = [attention, activityOf(view, agent, view.at), totals.failed > 0 ? 'failed' : ''].join(' ');
  const text = [id, agent, ...models, userQuery ?? '', ...flags].join(' ');
  const named = { model: models.join(' '), type: flags.join(' '), source: sources.join(' ') };
  return { text, fields: { id, agent, state, severity: attention, ...named } };
}

/** What a filter can ask of a call; its state is `ok`, `failed` or `pending`, and what the feed calls it. */
function callSearchFields(call: Call): SearchFields {
  const { callId: id, agent, model, error, finishReason, tools, statusCode, userQuery, kind, status } = call;
  const text = [id, agent, model, error, finishReason, ...tools, statusCode, userQuery].join(' ');
  const state = `${callWords(call).sign} ${status}`;
  return { text, fields: { id, agent, model: model ?? '', state, type: [kind, call.interruptionType].join(' ') } };
}

/** What a filter can ask of a row of the calls; a mark is of type `checkpoint` or `rollback`, its id the snapshot's. */
export function streamSearchFields(row: StreamRow): SearchFields {
  if (row.type === 'call') return callSearchFields(row.call);
  const { operation, snapshot, cause } = row;
  return { text: [operation, snapshot, cause].join(' '), fields: { id: snapshot, type: operation } };
}

export function workspaceSearchFields({ workspace, agents, status }: WorkspaceView): SearchFields {
  const text = [workspace, ...agents, status.state].join(' ');
  return { text, fields: { id: workspace, agent: agents.join(' '), state: status.state } };
}

/** What a filter can ask of a signal; its state is `open` or `settled`, and `resolved` or `unresolved` as agentsight says. */
export function signalSearchFields(view: EngineView, record: SignalRecord): SearchFields {
  const { signal, fate } = record;
  const { signalId: id, signal: type, agent, severity, cause } = signal;
  const name = fate?.fate ?? 'waiting';
  const text = [id, type, agent, ownerOf(view, record), severity, cause, fate?.fate, fate?.reason, fate?.snapshot].join(
    ' ',
  );
  const resolved = isResolved(view, record);
  const causeState = resolved === null ? '' : resolved ? 'resolved' : 'unresolved';
  const state = `${isUnsettled(record) ? 'open' : 'settled'} ${causeState}`;
  // Whoever looks for `timed_out` may write it as it is shown.
  return {
    text,
    fields: { id, type, agent: agent ?? '', severity, state, fate: `${name} ${name.replaceAll('_', ' ')}` },
  };
}

export function agentSearchFields(view: EngineView, { agent, models, pids, totals, sources }: AgentView): SearchFields {
  const state = [activityOf(view, agent, view.at), totals.failed > 0 ? 'failed' : ''].join(' ');
  const text = [agent, ...models, ...pids].join(' ');
  return { text, fields: { id: agent, agent, model: models.join(' '), state, source: sources.join(' ') } };
}

/** What a filter can ask of a silence; its type is the signal that it covers. */
export function silenceSearchFields({ id, matcher, createdBy, reason }: Silence): SearchFields {
  const { conversation = '', agent = '', signal = '', workspace = '' } = matcher;
  const text = [id, conversation, agent, signal, workspace, createdBy, reason].join(' ');
  return { text, fields: { id, agent, type: signal } };
}

/** What a filter can ask of a rule of the policy; its fate is what is done, its state who says so. */
export function ruleSearchFields({ scope, name, action, from, ...row }: PolicyRow): SearchFields {
  const severity = 'severity' in row ? row.severity : name;
  const type = scope === 'type' ? name : '';
  const text = [scope, name, action, from].join(' ');
  return { text, fields: { id: name, type, severity, fate: action ?? '', state: from } };
}

/** What a filter can ask of a snapshot: who made it, what gave rise to it (a signal, a call), and of what kind it is. */
export function snapshotSearchFields(row: SnapshotView): SearchFields {
  const { id, maker, by, kind, message, pinned, cause } = row;
  const made = `${maker} ${by}`;
  const signal = [cause?.signal, cause?.signalId, cause?.callId].filter(Boolean).join(' ');
  const agent = cause?.agent ?? '';
  const text = [id, made, signal, agent, message, pinned ? 'pinned' : ''].filter(Boolean).join(' ');
  return { text, fields: { id, agent, type: kind, maker: made, by: made, cause: signal, signal } };
}

/** What a filter can ask of a source; its state is its health, its type its medium. */
export function sourceRowSearchFields(source: SourceView): SearchFields {
  const { uri, medium, health, detail, lastSkip } = source.health;
  const text = [uri, medium, health, detail, lastSkip, source.position].join(' ');
  return { text, fields: { id: uri, type: medium, state: `${health} ${healthWord(source).text}` } };
}
