import type { Interruption } from '../../../core/interruptions.ts';
import type { RecordProblem } from '../../../core/source-reasons.ts';
import { idOf, pidOf } from '../../wire/fields.ts';
import { severityAndDetail } from '../../wire/interruption.ts';
import { createNames, cutTo, toNs, toNumber } from './cells.ts';
import type { Names, Row, Skip } from './cells.ts';
import type { Table } from './table.ts';

/** The table `interruption_events` of agentsight: the same columns in every version. */
export function interruptionTable(file: string): Table {
  const names = createNames();
  return {
    file,
    table: 'interruption_events',
    columns: COLUMNS,
    usual: {},
    required: ['id', 'interruption_id', 'interruption_type', 'occurred_at_ns', 'resolved'],
    computed: (has) => [has('detail') ? cutTo(MAX_DETAIL_BYTES, 'detail') : 'NULL'],
    detail: () => 'NULL',
    compared: ['resolved', 'session_id', 'conversation_id', 'call_id', 'severity', 'interruption_type'],
    unfinished: 'resolved = 0',
    time: 'occurred_at_ns',
    anchor: 'interruption_id',
    state: (row) => (isResolved(row) ? 'resolved' : 'unresolved'),
    finished: 'resolved',
    sums: null,
    read: (row, arrival) => {
      const interruption = toInterruption(row, names);
      if ('skip' in interruption) return interruption;
      return { type: 'interruption', record: String(row[0]), arrival, interruption };
    },
  };
}

const COLUMNS = [
  'id',
  'interruption_id',
  'interruption_type',
  'severity',
  'agent_name',
  'pid',
  'conversation_id',
  'session_id',
  'call_id',
  'occurred_at_ns',
  'resolved',
] as const;

/** A detail is a handful of short keys; one that is longer than this is shown cut, and not understood. */
const MAX_DETAIL_BYTES = 65_536;

function toInterruption(row: Row, names: Names): Interruption | Skip {
  const interruptionId = idOf(row[1]);
  const type = names(row[2]);
  const occurredNs = toNs(row[9]);
  if (interruptionId === null || type === null) return malformed(row, { code: 'no_id_or_type' });
  if (occurredNs === null) return malformed(row, { code: 'no_time', column: 'occurred_at_ns' });
  return {
    interruptionId,
    type,
    ...severityAndDetail(type, row[3], row[11]),
    agent: names(row[4]) ?? 'unknown',
    pid: pidOf(toNumber(row[5])),
    conversationId: idOf(row[6]),
    sessionId: idOf(row[7]),
    callId: idOf(row[8]),
    occurredNs,
    resolved: isResolved(row),
  };
}

function isResolved(row: Row): boolean {
  return Number(row[10]) !== 0;
}

function malformed(row: Row, why: RecordProblem): Skip {
  return { skip: 'malformed', detail: { code: 'interruption_row', row: String(row[0]), why } };
}
