import type { AgentView } from '../../../core/model/types.ts';
import type { EngineView } from '../../../engine/types.ts';
import { disabled, enabled, viewAction } from '../../app/bindings.ts';
import { searchTable } from '../../widgets/column-table.ts';
import { nowOf } from '../../app/frozen.ts';
import { type Order, type Shown, byText, listOf, listState, selectedIn } from '../../app/list.ts';
import { STATE_WORDS, isTrouble } from '../../ladder/conditions.ts';
import { agentTarget, paneOf, zoomInto } from '../../app/view.ts';
import { counted, percent, tokens } from '../../render/values.ts';
import type { SearchFields } from '../../widgets/query.ts';
import { AGENT_COLUMNS, agentLines } from './render.ts';
import { type AgentRow, BY_TOTALS, agentRows, summaryText } from './rows.ts';
import { TROUBLE_FIRST } from '../../app/list-notes.ts';

const NAME = 'agents';

/** The agents, trouble first. */
export const AGENTS = listOf<AgentRow>({
  name: NAME,
  title: 'agents',
  rows: ({ view, state }) =>
    agentRows(view, nowOf(state), { groups: state.groups, selectedId: listState(state, NAME).selectedId }),
  idOf: ({ id }) => id,
  isTrouble: ({ condition }) => isTrouble(condition),
  groupOf: ({ id, mark }) => (mark === '+' || mark === '-' ? id : null),
  orders: [
    { name: TROUBLE_FIRST, compare: null },
    ...BY_TOTALS.map(({ name, compare }): Order<AgentRow> => ({
      name,
      compare: compare && ((a, b) => compare(a.agent, b.agent)),
    })),
    { name: 'agent', compare: (a, b) => byText(a.agent.name, b.agent.name) },
  ],
  searchFields,
  values: { state: STATE_WORDS },
});

/** The selected agent, of a group the most recently active; null in an empty list. */
export function selectedAgent(shown: Shown): AgentView | null {
  return selectedIn(AGENTS, shown)?.agent ?? null;
}

export const agentsPane = paneOf(AGENTS, {
  hotkey: '3',
  tab: 'Agents',
  panel: 'opened',
  badge: ({ model }) => ({ count: model.fleet.agents, isMarked: false }),
  render: agentLines,
  describe: ({ agent: { name: agent, totals, summary } }) => {
    const cache = percent(totals.cacheRatio, 'not reported');
    return `${agent}, ${counted(totals.calls, 'call')}${summaryText(summary)}, ${tokens(totals.promptTokens)} tokens in, ${tokens(totals.outputTokens)} out, cache ${cache}`;
  },
  open: {
    availability: ({ selected: { agent } }) =>
      agent === null ? disabled('no agent is selected') : enabled(`conversations of ${agent.name}`, 'conversations'),
    run: ({ selected: { agent } }) => [
      ...zoomInto('conversations'),
      ...viewAction({
        type: 'filter',
        change: { type: 'set', of: 'conversations', text: `agent:"${agent?.name ?? ''}"` },
      }),
    ],
  },
  copied: ({ agent: { name: agent } }) => ({ what: 'agent', text: agent }),
  target: (row, { live }) => agentTarget(live, row?.agent.name ?? null),
});

function searchFields(row: AgentRow, view: EngineView): SearchFields {
  const { agent, condition } = row;
  const label = condition.kind === 'signal' ? `${condition.severity} ${condition.type}` : condition.kind;
  const state = [label, isTrouble(condition) ? 'trouble' : '', agent.totals.failed > 0 ? 'failed' : ''].join(' ');
  const fields = { state, source: agent.sources.join(', ') };
  return searchTable(AGENT_COLUMNS, row, view, { text: agent.pids.join(' '), fields });
}
