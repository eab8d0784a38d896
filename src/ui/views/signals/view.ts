import { SEVERITIES } from '../../../core/interruptions.ts';
import type { SignalRecord } from '../../../core/reactor/types.ts';
import { isUnsettled } from '../../../core/reactor/view.ts';
import type { EngineView } from '../../../engine/types.ts';
import { enabled } from '../../app/bindings.ts';
import { searchTable } from '../../app/column-table.ts';
import { causeAvailability, goToCause } from '../../app/keys/opening.ts';
import { byText, listOf } from '../../app/list.ts';
import { agentTarget, isWhole, paneOf, workspaceNamed, zoomInto } from '../../app/view.ts';
import type { SearchFields } from '../../widgets/query.ts';
import { TO_POLICY } from '../policy/keys.ts';
import { SIGNAL_COLUMNS, signalLines } from './render.ts';
import { RESOLVE } from './resolve.ts';
import { isResolved } from '../../ladder/open-signals.ts';
import { fateOf, ownerOf, signalsInOrder } from './rows.ts';

const NAME = 'signals';

/** The signals, unsettled ones first, then the newest. */
export const SIGNALS = listOf<SignalRecord>({
  name: NAME,
  title: 'signals',
  rows: ({ view }) => signalsInOrder(view),
  idOf: ({ signal }) => signal.signalId,
  orders: [
    { name: 'newest', compare: null },
    { name: 'severity', compare: (a, b) => rankOf(a) - rankOf(b) },
    { name: 'type', compare: (a, b) => byText(a.signal.type, b.signal.type) },
    { name: 'fate', compare: (a, b) => byText(a.fate?.kind ?? '', b.fate?.kind ?? '') },
    { name: 'agent', compare: (a, b) => byText(a.signal.agent ?? '', b.signal.agent ?? '') },
  ],
  searchFields,
});

export const signalsPane = paneOf(SIGNALS, {
  hotkey: '4',
  tab: 'Signals',
  badge: ({ signals }) => ({ count: signals.length, isMarked: signals.some(isUnsettled) }),
  render: signalLines,
  describe: (record, { shown, view: { now } }) => {
    const { type: signal, severity, agent, conversationId } = record.signal;
    const resolved = isResolved(shown.view, record);
    const state = resolved === null ? '' : resolved ? ', resolved' : ', unresolved';
    const owner = conversationId === null ? `, ${ownerOf(shown.view, record)}` : '';
    return `${signal}, ${severity}${state}, agent ${agent ?? 'unknown'}${owner}: ${fateOf(shown.view, record, now).words}`;
  },
  bindings: [RESOLVE, TO_POLICY],
  open: {
    availability: (context) => (isWhole(context) ? causeAvailability(context) : enabled('whole screen')),
    run: (context) => (isWhole(context) ? goToCause(context) : zoomInto(context, NAME)),
  },
  copied: ({ signal, fate }) =>
    fate?.snapshot ? { what: 'snapshot id', text: fate.snapshot } : { what: 'signal id', text: signal.signalId },
  target: (record, { live }) => {
    if (record === null) return agentTarget(live, null);
    const { agent, conversationId, workspace, type: signal } = record.signal;
    return { workspace: workspaceNamed(live, workspace), agent, conversationId, signal };
  },
});

// Its state is `open` or `settled`, and `resolved` or `unresolved` by agentsight; `timed_out` is found as it is shown, too.
function searchFields(record: SignalRecord, view: EngineView): SearchFields {
  const { signal, fate } = record;
  const { signalId, type, severity } = signal;
  const resolved = isResolved(view, record);
  const cause = resolved === null ? '' : resolved ? 'resolved' : 'unresolved';
  const name = fate?.kind ?? 'waiting';
  const fields = {
    id: signalId,
    type,
    severity,
    state: `${isUnsettled(record) ? 'open' : 'settled'} ${cause}`,
    fate: `${name} ${name.replaceAll('_', ' ')}`,
  };
  return searchTable(SIGNAL_COLUMNS, record, view, { text: [signalId, severity].join(' '), fields });
}

function rankOf({ signal }: SignalRecord): number {
  return SEVERITIES.indexOf(signal.severity);
}
