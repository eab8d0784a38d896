import { INTERRUPTION_TYPES, SEVERITIES } from '../../../core/interruptions.ts';
import { FATES } from '../../../core/signals.ts';
import { ackOf } from '../../../core/reactor/acks/covers.ts';
import { wordAckBy, wordAckEnd } from '../../../wording/acks.ts';
import { wordFate } from '../../../wording/fates.ts';
import type { SignalRecord } from '../../../core/reactor/types.ts';
import { isUnsettled } from '../../../core/reactor/view.ts';
import type { EngineView } from '../../../engine/types.ts';
import { disabled, enabled, viewAction } from '../../app/bindings.ts';
import { searchTable } from '../../widgets/column-table.ts';
import { nowOf } from '../../app/frozen.ts';
import { type Shown, byText, filterText, listOf, listState, selectedIn } from '../../app/list.ts';
import { agentTarget, paneOf, workspaceNamed, zoomInto } from '../../app/view.ts';
import type { SearchFields } from '../../widgets/query.ts';
import { TO_POLICY } from '../policy/view.ts';
import { CONFIRM_FOLDER } from './confirm-folder.ts';
import { SIGNAL_COLUMNS, signalLines } from './render.ts';
import { RESOLVE } from './resolve.ts';
import { isOpen, isResolved } from '../../ladder/open-signals.ts';
import { BEFORE_START, type SignalRow, fateOf, ownerOf, signalRows } from './rows.ts';
import { TROUBLE_FIRST } from '../../app/list-notes.ts';

const NAME = 'signals';

const ALL_OPEN: ReadonlySet<string> = new Set([BEFORE_START]);

/** The signals: open ones by the ladder, then past ones by time. */
export const SIGNALS = listOf<SignalRow>({
  name: NAME,
  title: 'signals',
  // A filter searches what was there before the start, too.
  rows: ({ view, state }) => {
    const groups = filterText(state, NAME).trim() === '' ? state.groups : ALL_OPEN;
    return signalRows(view, nowOf(state), { groups, selectedId: listState(state, NAME).selectedId });
  },
  idOf: ({ id }) => id,
  isTrouble: ({ record }, { view, state }) => isOpen(view, record, nowOf(state)),
  groupOf: ({ id, mark }) => (mark === '' ? null : id),
  orders: [
    { name: TROUBLE_FIRST, compare: null },
    { name: 'newest', compare: (a, b) => b.at - a.at },
    { name: 'severity', compare: (a, b) => rankOf(a) - rankOf(b) },
    { name: 'type', compare: (a, b) => byText(a.record.signal.type, b.record.signal.type) },
    { name: 'fate', compare: (a, b) => byText(a.record.fate?.kind ?? '', b.record.fate?.kind ?? '') },
    { name: 'agent', compare: (a, b) => byText(a.record.signal.agent ?? '', b.record.signal.agent ?? '') },
  ],
  searchFields,
  values: {
    severity: SEVERITIES,
    fate: ['waiting', ...FATES],
    state: ['open', 'settled', 'resolved', 'unresolved', 'acked'],
    type: Object.keys(INTERRUPTION_TYPES),
  },
});

/** The selected signal, of several the one that was reported last; null for none, and for those before the start together. */
export function selectedSignal(shown: Shown): SignalRecord | null {
  const row = selectedIn(SIGNALS, shown);
  return row === null || row.before > 0 ? null : row.record;
}

export const signalsPane = paneOf(SIGNALS, {
  hotkey: '4',
  panel: 'opened',
  tab: 'Signals',
  badge: (view) => {
    const open = signalRows(view, view.at).filter((row) => row.isOpen).length;
    return { count: open, isMarked: open > 0 };
  },
  render: (props, { view }) => signalLines({ ...props, newSince: view.pressedAt }),
  describe: ({ record, before }, { shown, view: { now } }) => {
    if (before > 0) return `${before} from before the start`;
    const { type: signal, severity, agent, conversationId } = record.signal;
    const resolved = isResolved(shown.view, record);
    const state = resolved === null ? '' : resolved ? ', resolved' : ', unresolved';
    const owner = conversationId === null ? `, ${ownerOf(shown.view, record)}` : '';
    const ack = ackOf(shown.view.acks, record);
    const acked = ack === null ? '' : `, acknowledged by ${wordAckBy(ack)}${wordAckEnd(ack, now)}`;
    return `${signal}, ${severity}${state}${acked}, agent ${agent ?? 'unknown'}${owner}: ${fateOf(shown.view, record, now).text}`;
  },
  bindings: [RESOLVE, CONFIRM_FOLDER, TO_POLICY],
  open: {
    availability: ({ selected: { signal } }) => {
      if (signal === null) return disabled('no signal is selected');
      return signal.signal.conversationId === null
        ? disabled('it belongs to no conversation')
        : enabled('its conversation');
    },
    run: ({ selected: { signal } }) => {
      const id = signal?.signal.conversationId ?? null;
      if (id === null) return [];
      return [
        ...zoomInto('calls'),
        ...viewAction({ type: 'filter', change: { type: 'clear', of: ['conversations'] } }),
        ...viewAction({ type: 'list', of: 'conversations', list: { selectedId: id, offset: 0 } }),
        ...viewAction({ type: 'follow', follow: true }),
      ];
    },
  },
  copied: ({ record: { signal, fate } }) =>
    fate?.snapshot ? { what: 'snapshot id', text: fate.snapshot } : { what: 'signal id', text: signal.signalId },
  target: (row, { live }) => {
    if (row === null || row.before > 0) return agentTarget(live, null);
    const { record } = row;
    const { agent, conversationId, workspace, type: signal } = record.signal;
    return { workspace: workspaceNamed(live, workspace), agent, conversationId, signal };
  },
});

// Its state is `open` or `settled`, and `resolved` or `unresolved` by agentsight; `timed_out` is found as it is shown, too.
function searchFields(row: SignalRow, view: EngineView): SearchFields {
  const { record } = row;
  const { signal, fate } = record;
  const { signalId, type, severity } = signal;
  const resolved = isResolved(view, record);
  const cause = resolved === null ? '' : resolved ? 'resolved' : 'unresolved';
  const name = fate?.kind ?? 'waiting';
  const fields = {
    id: signalId,
    type,
    severity,
    state: `${isUnsettled(record) ? 'open' : 'settled'} ${cause} ${ackOf(view.acks, record) === null ? '' : 'acked'}`,
    fate: `${name} ${name.replaceAll('_', ' ')}`,
  };
  const text = fate === null ? '' : [fate.kind, wordFate(fate.reason), fate.snapshot].join(' ');
  return searchTable(SIGNAL_COLUMNS, row, view, { text: [signalId, severity, text].join(' '), fields });
}

function rankOf({ record }: SignalRow): number {
  return SEVERITIES.indexOf(record.signal.severity);
}
