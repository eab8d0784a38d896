import { ConfigError } from '../config/error.ts';
import type { CommandValues, Flags } from '../config/options.ts';
import type { Ack, AckScope } from '../core/acks.ts';
import type { ActionResult } from '../core/actions.ts';
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import type { AckReport } from '../core/reactor/messages.ts';
import { cleanLine } from '../core/text.ts';
import type { Ms } from '../core/units.ts';
import { print, printJson } from '../effects/terminal/output.ts';
import { wordAckBy, wordAcked, wordAckEnd } from '../wording/acks.ts';
import { counted, timeOfDay } from '../wording/units.ts';
import { type Answer, printAnswer, printNoTarget, refused } from './acting/answer.ts';
import { openState, type StateSession, unusable } from './acting/state.ts';
import { findState } from './acting/target.ts';
import { EXIT } from './exit-codes.ts';
import { isoTime } from './iso-time.ts';
import { ackJson } from './once/document.ts';
import { tableWidth } from './table-width.ts';
import { textTable } from './text-table.ts';

export type AckOptions = {
  readonly values: CommandValues<'ack'>;
  readonly flags: Flags;
  /** The id of a signal, or its beginning; '' where none was given. */
  readonly signalId: string;
};

/** Acknowledges signals, takes that back, or lists it; resolves to the exit code. Throws ConfigError. */
export async function runAck({ values, flags, signalId }: AckOptions): Promise<number> {
  const { json, engine, list, undo } = values;
  const isScoped = checkScope(values, signalId);
  const target = await findState({ flags, workspace: '', engine });
  if (!target.ok) return printNoTarget(target.reason, { json, command: 'ack' });
  const session = await openState(target.value, { acts: !list });
  if (!('view' in session)) return printAnswer(unusable(session), { json, command: 'ack' });
  const { at, host, acks, signals } = session.view();
  if (list) {
    await session.close();
    return printAcks(acks, { at, host, json });
  }
  const found = signalId === '' ? [] : signals.filter(({ signal }) => signal.signalId.startsWith(signalId));
  if (signalId !== '' && found.length !== 1) {
    await session.close();
    return printAnswer(notOne(signalId, found.length), { json, command: 'ack', engine: session.engine });
  }
  const ids = found.map(({ signal }) => signal.signalId);
  const scope = isScoped ? scopeOf(values, at) : { ids };
  const result = await session.act(
    undo
      ? { type: 'unack', scope }
      : { type: 'ack', scope, durationMs: values.for, note: values.note && cleanLine(values.note, MAX_TEXT_LENGTH) },
  );
  const answer = answerOf(result, reportIn(session), at);
  await session.close();
  return printAnswer(answer, { json, command: 'ack', engine: session.engine });
}

function checkScope({ agent, signal, conversation, olderThan, all, list }: AckOptions['values'], id: string): boolean {
  const isScoped = [agent, signal, conversation, olderThan].some((one) => one !== null) || all;
  if (list || isScoped !== (id !== '')) return isScoped;
  throw new ConfigError(
    isScoped
      ? 'ack: give the id of one signal, or --agent, --signal, --conversation, --older-than or --all'
      : 'ack: name what is acknowledged: the id of a signal, --agent, --signal, --conversation or --older-than; --all acknowledges everything',
  );
}

// What is read of a history later exists at this moment, too: nothing newer is meant.
function scopeOf({ agent, signal, conversation, olderThan, undo }: AckOptions['values'], now: Ms): AckScope {
  return {
    ...(agent !== null && { agent }),
    ...(signal !== null && { signal }),
    ...(conversation !== null && { conversation }),
    ...(undo && olderThan === null ? {} : { before: now - (olderThan ?? 0) }),
  };
}

function notOne(id: string, count: number): Answer {
  const reason =
    count === 0
      ? `no signal whose id begins with ${cleanLine(id, MAX_TEXT_LENGTH)} is known; "sightline signals" lists them`
      : `${counted(count, 'signal')} have an id that begins with ${cleanLine(id, MAX_TEXT_LENGTH)}`;
  return { ok: false, outcome: 'refused', lines: [], reason, code: count === 0 ? 'no_such_signal' : 'several' };
}

function reportIn({ notices }: StateSession): AckReport | null {
  const told = notices.findLast((notice) => notice.type === 'operator' && notice.ack !== undefined);
  return told?.type === 'operator' ? (told.ack ?? null) : null;
}

function answerOf(result: ActionResult, report: AckReport | null, at: Ms): Answer {
  if (!result.ok) return refused(result);
  const done = report?.ack === null ? 'no longer acknowledged' : 'acknowledged';
  const what =
    report === null ? '' : `${report.ack === null ? '' : wordAckEnd(report.ack, at)}: ${wordAcked(report, at)}`;
  const facts = report === null ? {} : { signals: report.signals, acked: report.ack && ackJson(report.ack) };
  const outcome = report?.ack === null ? 'taken_back' : 'acknowledged';
  return { ok: true, outcome, lines: [`${done}${what}`], reason: null, code: null, facts };
}

type Printed = { readonly at: Ms; readonly host: string; readonly json: boolean };

function printAcks(acks: readonly Ack[], { at, host, json }: Printed): number {
  if (json) {
    const listed = acks.map((ack) => {
      const { agent = null, signal = null, conversation = null, before } = ack.older ?? {};
      const older = ack.older && { agent, signal, conversation, before: before === undefined ? null : isoTime(before) };
      return { id: ack.id, ...ackJson(ack), signals: Object.keys(ack.signals), older };
    });
    printJson({ schema: 'sightline.acks/1', at: isoTime(at), host, acks: listed });
    return EXIT.done;
  }
  const rows = acks.map((ack) => [
    ack.id,
    timeOfDay(ack.at, at),
    ack.endsAt === null ? 'it ends' : timeOfDay(ack.endsAt, at),
    String(Object.keys(ack.signals).length),
    ack.older === null ? '' : timeOfDay(ack.older.before, at),
    wordAckBy(ack),
    ack.note ?? '',
  ]);
  print(rows.length === 0 ? 'nothing is acknowledged' : textTable(COLUMNS, rows, tableWidth()).join('\n'));
  return EXIT.done;
}

const COLUMNS = [
  { title: 'ID' },
  { title: 'SINCE' },
  { title: 'UNTIL' },
  { title: 'SIGNALS', align: 'right' },
  { title: 'AND BEFORE' },
  { title: 'BY' },
  { title: 'NOTE' },
] as const;
