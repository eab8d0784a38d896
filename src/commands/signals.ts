import type { Ack } from '../core/acks.ts';
import { ackOf } from '../core/reactor/acks/covers.ts';
import { wordAckBy, wordAckEnd } from '../wording/acks.ts';
import type { CommandValues, Flags } from '../config/options.ts';
import type { SignalRecord } from '../core/reactor/types.ts';
import type { Ms } from '../core/units.ts';
import { print, printJson } from '../effects/terminal/output.ts';
import { wordFate } from '../wording/fates.ts';
import { timeOfDay } from '../wording/units.ts';
import { printAnswer, printNoTarget } from './acting/answer.ts';
import { newestFirst, openState, unusable } from './acting/state.ts';
import { findState } from './acting/target.ts';
import { EXIT } from './exit-codes.ts';
import { isoTime } from './iso-time.ts';
import { signalJson } from './once/document.ts';
import { tableWidth } from './table-width.ts';
import { textTable } from './text-table.ts';

export type SignalsOptions = { readonly values: CommandValues<'signals'>; readonly flags: Flags };

/** Prints the signals that an engine, or the state folder, remembers, newest first; resolves to the exit code. */
export async function runSignals({ values, flags }: SignalsOptions): Promise<number> {
  const { json, engine, since, fate, agent } = values;
  const target = await findState({ flags, workspace: '', engine });
  if (!target.ok) return printNoTarget(target.reason, { json, command: 'signals' });
  const session = await openState(target.value, { acts: false });
  if (!('view' in session)) return printAnswer(unusable(session), { json, command: 'signals' });
  const { at, host, signals, acks } = session.view();
  await session.close();
  const from = since === null ? -Infinity : at - since;
  const shown = newestFirst(signals).filter(
    (one) => one.signal.at >= from && isFate(one, fate) && (agent === null || one.signal.agent === agent),
  );
  if (json)
    printJson({
      schema: 'sightline.signals/1',
      at: isoTime(at),
      host,
      signals: shown.map((one) => signalJson(one, ackOf(acks, one))),
    });
  else print(tableOf(shown, acks, at));
  return EXIT.done;
}

// What waits, is held or runs has none that is settled.
function isFate({ fate }: SignalRecord, wanted: string | null): boolean {
  if (wanted === null) return true;
  return wanted === 'open' ? fate?.settled !== true : fate?.kind === wanted && fate.settled;
}

const COLUMNS = [
  { title: 'AT' },
  { title: 'SEVERITY' },
  { title: 'SIGNAL' },
  { title: 'AGENT' },
  { title: 'FATE' },
  { title: 'ID' },
  { title: 'REASON' },
] as const;

function tableOf(signals: readonly SignalRecord[], acks: readonly Ack[], now: Ms): string {
  if (signals.length === 0) return 'no signal';
  const rows = signals.map((record) => {
    const { signal, fate, reports } = record;
    const ack = ackOf(acks, record);
    return [
      timeOfDay(signal.at, now),
      signal.severity,
      `${signal.type}${reports.count > 1 ? ` ×${reports.count}` : ''}`,
      signal.agent ?? '',
      fate?.settled === true ? fate.kind : 'open',
      signal.signalId,
      [ack && `acked by ${wordAckBy(ack)}${wordAckEnd(ack, now)}`, fate && wordFate(fate.reason)]
        .filter(Boolean)
        .join('; '),
    ];
  });
  return textTable(COLUMNS, rows, tableWidth()).join('\n');
}
