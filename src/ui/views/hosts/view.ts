import { hostAndName } from '../../../core/fleet-names.ts';
import { byAmount } from '../../../core/model/meters/money.ts';
import {
  type Availability,
  type Context,
  type ScreenAction,
  disabled,
  enabled,
  viewAction,
} from '../../app/bindings.ts';
import { nowOf } from '../../app/frozen.ts';
import { byText, listOf, selectedIn } from '../../app/list.ts';
import { paneOf } from '../../app/view.ts';
import { TROUBLE_FIRST } from '../../app/list-notes.ts';
import { searchTable } from '../../widgets/column-table.ts';
import { hostColumns, hostLines } from './render.ts';
import { type HostRow, hostRows, isHostInTrouble } from './rows.ts';

/** The hosts of a fleet, the one in the worst trouble first. */
export const HOSTS = listOf<HostRow>({
  name: 'hosts',
  title: 'hosts',
  rows: ({ view, state }) => hostRows(view, nowOf(state)),
  idOf: ({ host }) => host.name,
  isTrouble: isHostInTrouble,
  orders: [
    { name: TROUBLE_FIRST, compare: null },
    { name: 'name', compare: (a, b) => byText(a.host.name, b.host.name) },
    { name: 'agents', compare: (a, b) => b.host.agents - a.host.agents },
    { name: 'cost', compare: (a, b) => byAmount(hourOf(a), hourOf(b)) },
  ],
  searchFields: (row, view) => searchTable(hostColumns(view), row, view, { text: '', fields: { id: row.host.name } }),
});

export const hostsPane = paneOf(HOSTS, {
  hotkey: '8',
  tab: 'Hosts',
  isThere: ({ fleet }) => fleet !== undefined,
  badge: ({ fleet }) => ({
    count: fleet?.hosts.length ?? 0,
    isMarked: fleet?.hosts.some(({ isUnseen }) => isUnseen) === true,
  }),
  render: hostLines,
  describe: ({ host, worst }) =>
    `${host.name}, ${host.isUnseen ? 'unseen' : host.mode}, ${worst === null ? 'nothing wrong' : worst.condition.kind}`,
  // Of another host than the selected one nothing is meant.
  target: (row) => {
    const [only, ...others] = row?.workspaces ?? [];
    return {
      workspace: others.length === 0 ? (only ?? null) : null,
      agent: null,
      conversationId: null,
      signal: null,
    };
  },
  copied: ({ host }) => ({ what: 'host', text: host.name }),
  open: {
    availability: (context) => {
      const row = selectedIn(HOSTS, context.shown);
      return row === null ? disabled('no host is selected') : enabled(`open ${row.host.name}`, row.host.name);
    },
    run: ({ shown }) => {
      const row = selectedIn(HOSTS, shown);
      return row === null ? [] : toHost(row.host.name);
    },
  },
});

// One of which nothing is known comes last.
function hourOf({ host }: HostRow): bigint {
  return host.figures?.hour?.pico ?? -1n;
}

/** Shows a host whole. */
function toHost(host: string): readonly ScreenAction[] {
  return [{ type: 'open_host', host }, ...viewAction({ type: 'overview' })];
}

/** In a fleet, Enter on a conversation opens its host, with the conversation selected; null where there is no fleet. */
export function openingOfHost({ live, selected }: Context): Availability | null {
  if (live.fleet === undefined) return null;
  const host = hostAndName('id', selected.conversation?.conversationId ?? '')?.host;
  return host === undefined ? disabled('there is no conversation to open') : enabled(`open ${host}`, host);
}

/** Opens the host of the selected conversation. */
export function openHostOf({ selected }: Context): readonly ScreenAction[] {
  const found = hostAndName('id', selected.conversation?.conversationId ?? '');
  if (found === null) return [];
  const list = { selectedId: found.name, offset: 0 };
  return [...toHost(found.host), ...viewAction({ type: 'list', of: 'conversations', list })];
}
