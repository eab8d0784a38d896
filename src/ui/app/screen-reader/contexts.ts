import type { SummaryPart } from '../../../core/model/types.ts';
import { fateOf, isResolved, ownerOf } from '../../views/signals/rows.ts';
import { markId } from '../../views/calls/marks.ts';
import { callWords, markWords } from '../../views/calls/rows.ts';
import { wordsOf } from '../../views/workspaces/rows.ts';
import { age, callDuration, callTime, duration, percent, tokens } from '../../render/values.ts';
import { availabilityOf, keyContextOf, keyLabel } from '../key-context.ts';
import { commandsFor, selectedCommand } from '../palette/commands.ts';
import { behind } from '../keys/beside.ts';
import type { Context } from '../bindings.ts';
import { TITLES, editedList } from '../lists.ts';
import { rowIds } from '../shown.ts';

const NONE = 'unknown';

/** Describes the filter that is being typed. */
export function describeFilter({ view, shown }: Context): string {
  const list = editedList(view) ?? view.focus;
  const found = rowIds(shown, list).length;
  return `filter of ${TITLES[list]}: ${view.filters[list] || 'nothing yet'}; ${found} found; enter keeps it, escape drops it`;
}

/** Describes what is selected in the focused pane. */
export function describePanes(context: Context): string {
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

/** Describes every key of where one is. */
export function describeKeys(context: Context): readonly string[] {
  const here = behind(context);
  return here.keysOf(keyContextOf(here.view)).map((binding) => {
    const hint = availabilityOf(binding, here);
    const now = hint.enabled ? hint.preview : `now not: ${hint.reason}`;
    return `${binding.keys.map((key) => keyLabel(key)).join(' or ')}: ${binding.help}${now === '' ? '' : `; ${now}`}`;
  });
}

// The best few are enough to hear; typing more narrows them.
/** Describes the commands that fit what was typed. */
export function describeCommands(context: Context): readonly string[] {
  const { overlay } = context.view;
  if (overlay.type !== 'palette') return [];
  const selected = selectedCommand(context);
  const found = commandsFor(overlay.query, context).slice(0, MAX_COMMANDS);
  const names = found.map(({ label }) => label).join(', ') || 'no command is called like that';
  return [`commands ${overlay.query}: ${names}; enter runs ${selected?.label ?? 'nothing'}, escape closes`];
}

const MAX_COMMANDS = 10;
