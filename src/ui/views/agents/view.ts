import type { AgentView } from '../../../core/model/types.ts';
import type { EngineView } from '../../../engine/types.ts';
import { disabled, enabled, viewAction } from '../../app/bindings.ts';
import { searchTable } from '../../app/column-table.ts';
import { byText, listOf } from '../../app/list.ts';
import { agentTarget, isWhole, paneOf, zoomInto } from '../../app/view.ts';
import { percent, tokens } from '../../render/values.ts';
import type { SearchFields } from '../../widgets/query.ts';
import { activityOf } from '../sources/rows.ts';
import { AGENT_COLUMNS, agentLines } from './render.ts';
import { BY_TOTALS, agentsInOrder, detailOf, summaryWords } from './rows.ts';

/** The agents, those that spend without a cache first. */
export const AGENTS = listOf<AgentView>({
  name: 'agents',
  title: 'agents',
  rows: ({ view }) => agentsInOrder(view),
  idOf: ({ name }) => name,
  orders: [
    { name: 'state', compare: null },
    ...BY_TOTALS,
    { name: 'agent', compare: (a, b) => byText(a.name, b.name) },
  ],
  searchFields,
});

export const agentsPane = paneOf(AGENTS, {
  hotkey: '5',
  tab: 'Agents',
  badge: ({ model }) => ({ count: model.fleet.agents, isMarked: false }),
  render: (props, { queries, shown, selected: { agent } }) =>
    agentLines({
      ...props,
      detail: props.whole === true && agent !== null ? detailOf(queries, shown.view.model, agent.name) : null,
    }),
  describe: ({ name: agent, totals, summary }) => {
    const cache = percent(totals.cacheRatio, 'not reported');
    return `${agent}, ${totals.calls} calls${summaryWords(summary)}, ${tokens(totals.promptTokens)} tokens in, ${tokens(totals.outputTokens)} out, cache ${cache}`;
  },
  open: {
    availability: (context) => {
      if (!isWhole(context)) return enabled('whole screen');
      return context.selected.agent === null ? disabled('there is no agent to open') : enabled('its conversations');
    },
    run: (context) => {
      if (!isWhole(context)) return zoomInto(context, 'agents');
      const text = `agent:"${context.selected.agent?.name ?? ''}"`;
      return [
        ...viewAction({ type: 'filter', change: { type: 'set', of: 'conversations', text } }),
        ...zoomInto(context, 'conversations'),
      ];
    },
  },
  copied: ({ name: agent }) => ({ what: 'agent', text: agent }),
  target: (row, { live }) => agentTarget(live, row?.name ?? null),
});

function searchFields(row: AgentView, view: EngineView): SearchFields {
  const { name: agent, pids, totals, sources } = row;
  const state = [activityOf(view, agent, view.at), totals.failed > 0 ? 'failed' : ''].join(' ');
  return searchTable(AGENT_COLUMNS, row, view, { text: pids.join(' '), fields: { state, source: sources.join(' ') } });
}
