import type { SummaryPart } from '../../../core/model/types.ts';
import { alertWords, alertsOf } from '../alerts.ts';
import { fateOf, isResolved, ownerOf } from '../../views/signals/rows.ts';
import { markId } from '../../views/calls/marks.ts';
import { callWords, markWords } from '../../views/calls/rows.ts';
import { wordsOf } from '../../views/workspaces/rows.ts';
import { age, callDuration, callTime, counted, duration, left, percent, tokens } from '../../render/values.ts';
import { spokenCheckpoints } from '../../views/checkpoints/describe.ts';
import { spokenSources } from '../../views/sources/describe.ts';
import { spokenRule } from '../../views/policy/describe.ts';
import { spokenDetail } from '../../views/call/describe.ts';
import { bindingsOf, hintOf, keyLabel, placeOfKeys } from '../keymap.ts';
import { commandsFor, selectedCommand } from '../palette/commands.ts';
import { behind } from '../keys/beside.ts';
import type { Context } from '../bindings.ts';
import { covers } from '../../../core/reactor/silences/view.ts';
import { TITLES, editedList } from '../lists.ts';
import { logOf, waitingBehind, waitingText } from '../frozen.ts';
import { rowIds } from '../shown.ts';
import { SILENCE_PRESETS, type SilenceForm } from '../../views/silences/form.ts';
import { choicesOf, fires, heldBy, isSameHold } from '../../views/holds/rows.ts';
import type { HoldChoice } from '../state.ts';

const NONE = 'unknown';

/** Where we are, in words: what has the focus and what is selected, or what an overlay asks. */
export function describe(context: Context): readonly string[] {
  const { frozen } = context.view;
  if (frozen === null) return place(context);
  return [`frozen, ${waitingText(waitingBehind(frozen, context.live))} since; space lets it go on`, ...place(context)];
}

function place(context: Context): readonly string[] {
  const { view } = context;
  switch (placeOfKeys(view)) {
    case 'panes':
      return [selection(context)];
    case 'filter':
      return [typedFilter(context)];
    case 'help':
      return keys(context);
    case 'log':
      return logOf(view).map(({ text }) => text);
    case 'palette':
      return commands(context);
    case 'confirm':
      return view.overlay.type === 'confirm'
        ? [view.overlay.question, ...view.overlay.does, 'y does it, n leaves it']
        : [];
    case 'detail':
    case 'search':
      return view.detail === null ? [] : spokenDetail(view.detail);
    case 'checkpoints':
    case 'plan':
    case 'diff':
      return spokenCheckpoints(context);
    case 'policy':
      return [spokenRule(context)];
    case 'sources':
      return spokenSources(context);
    case 'silence':
      return view.overlay.type === 'silence' ? [form(view.overlay.form)] : [];
    case 'silences':
      return [silences(context)];
    case 'holds':
      return view.overlay.type === 'holds' ? holds(view.overlay.choice, context) : [];
  }
}

/** How things stand: mode, what is wrong or about to act, each workspace. */
export function standing({ live, view }: Context): readonly string[] {
  const alerts = alertsOf(live, view.now).map((alert) => alertWords(alert));
  const { fleet } = live.model;
  const known = [
    counted(fleet.conversations, 'conversation'),
    counted(fleet.agents, 'agent'),
    counted(fleet.totals.calls, 'call'),
  ].join(', ');
  return [
    `mode ${live.mode}; ${known}`,
    ...(alerts.length === 0 ? ['nothing is wrong'] : alerts),
    ...live.workspaces.map(
      (workspace) => `workspace ${workspace.workspace}: ${wordsOf(live, workspace, view.now).words}`,
    ),
  ];
}

function typedFilter({ view, shown }: Context): string {
  const list = editedList(view) ?? view.focus;
  const found = rowIds(shown, list).length;
  return `filter of ${TITLES[list]}: ${view.filters[list] || 'nothing yet'}; ${found} found; enter keeps it, escape drops it`;
}

function selection(context: Context): string {
  const { shown, view } = context;
  const ids = rowIds(shown, view.focus);
  const { row, id } = selectedRow(context);
  if (row === null) return `${view.focus}: empty`;
  return `${view.focus}, ${ids.indexOf(id) + 1} of ${ids.length}: ${row}`;
}

function selectedRow({ shown, view, selected }: Context): { readonly row: string | null; readonly id: string } {
  const { now } = view;
  switch (view.focus) {
    case 'conversations': {
      const { conversation } = selected;
      if (conversation === null) return { row: null, id: '' };
      const { conversationId, agent, totals, summary, lastCallAt, flags } = conversation;
      const flagged = flags.length === 0 ? '' : `, unresolved ${flags.join(', ')}`;
      const row = `${agent}, conversation ${conversationId}, ${totals.calls} calls${bySummary(summary)}, ${totals.failed} failed${flagged}, last call ${age(lastCallAt, now, NONE)} ago`;
      return { row, id: conversationId };
    }
    case 'stream': {
      const { call, mark } = selected;
      if (mark !== null) return { row: `${markWords(mark)}, ${age(mark.at, now, NONE)} ago`, id: markId(mark) };
      if (call === null) return { row: null, id: '' };
      const took = duration(callDuration(call), NONE);
      const row = `${callWords(call).words}, ${call.model ?? 'unknown model'}, took ${took}, ${age(callTime(call), now, NONE)} ago`;
      return { row, id: call.callId };
    }
    case 'reactor': {
      const { workspace } = selected;
      if (workspace === null) return { row: null, id: '' };
      return { row: `${workspace.workspace}: ${wordsOf(shown.view, workspace, now).words}`, id: workspace.workspace };
    }
    case 'signals': {
      const { signal: record } = selected;
      if (record === null) return { row: null, id: '' };
      const { signal, severity, agent, signalId, conversationId } = record.signal;
      const resolved = isResolved(shown.view, record);
      const state = resolved === null ? '' : resolved ? ', resolved' : ', unresolved';
      const whose = conversationId === null ? `, ${ownerOf(shown.view, record)}` : '';
      const row = `${signal}, ${severity}${state}, agent ${agent ?? 'unknown'}${whose}: ${fateOf(shown.view, record, now).words}`;
      return { row, id: signalId };
    }
    case 'agents': {
      const { agent } = selected;
      if (agent === null) return { row: null, id: '' };
      const { totals, summary } = agent;
      const cache = percent(totals.cacheRatio, 'not reported');
      const row = `${agent.agent}, ${totals.calls} calls${bySummary(summary)}, ${tokens(totals.promptTokens)} tokens in, ${tokens(totals.outputTokens)} out, cache ${cache}`;
      return { row, id: agent.agent };
    }
  }
}

function bySummary(summary: SummaryPart | null): string {
  return summary === null ? '' : `, ${summary.calls} of them by summary`;
}

function keys(context: Context): readonly string[] {
  const here = behind(context);
  return bindingsOf(placeOfKeys(here.view), here.view.keys).map((binding) => {
    const hint = hintOf(binding, here);
    const now = hint.can ? hint.says : `now not: ${hint.why}`;
    return `${binding.keys.map((key) => keyLabel(key)).join(' or ')}: ${binding.help}${now === '' ? '' : `; ${now}`}`;
  });
}

// The best few are enough to hear; typing more narrows them.
function commands(context: Context): readonly string[] {
  const { overlay } = context.view;
  if (overlay.type !== 'palette') return [];
  const selected = selectedCommand(context);
  const found = commandsFor(overlay.query, context).slice(0, SPOKEN_COMMANDS);
  const names = found.map(({ label }) => label).join(', ') || 'no command is called like that';
  return [`commands ${overlay.query}: ${names}; enter runs ${selected?.label ?? 'nothing'}, escape closes`];
}

const SPOKEN_COMMANDS = 10;

function form({ scopes, scope, preset, ownDuration, reason, field, problem }: SilenceForm): string {
  const values = {
    scope: `${scopes[scope]?.label ?? ''}, choice ${scope + 1} of ${scopes.length}`,
    duration: SILENCE_PRESETS[preset]?.label ?? `own, ${ownDuration || 'nothing yet'}`,
    reason: reason || 'none',
  };
  const all = `silence ${values.scope}; duration ${values.duration}; reason ${values.reason}`;
  return `${problem === null ? '' : `${problem}; `}${all}; at ${field}; enter creates, escape cancels, tab goes on, left and right choose`;
}

function holds(choice: HoldChoice, { live, view }: Context): readonly string[] {
  const listed = choicesOf(choice, live).map((hold) => {
    const held = heldBy(live, hold);
    const isSelected = choice.selected !== null && isSameHold(hold, choice.selected);
    return `${isSelected ? 'selected: ' : ''}${hold.workspace}, ${held === null ? 'over' : fires(held, view.now)}`;
  });
  return [...listed, `up and down select, enter is to ${choice.action} the selected one, escape leaves them`];
}

function silences(context: Context): string {
  const { silence } = context.selected;
  if (silence === null) return 'no silence is on; escape closes the list';
  const rows = context.shown.silences;
  const { matcher, endsAt, heldBack } = silence;
  return `silence ${rows.indexOf(silence) + 1} of ${rows.length}: ${covers(matcher)}, ${left(endsAt, context.view.now)} left, held back ${heldBack}; u ends it, plus extends it, escape closes the list`;
}
