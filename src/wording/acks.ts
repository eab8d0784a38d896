import type { Ack } from '../core/acks.ts';
import type { AckReport } from '../core/reactor/messages.ts';
import { MAX_NAME_LENGTH } from '../core/limits.ts';
import { cleanLine } from '../core/text.ts';
import { DAY_MS, type Ms } from '../core/units.ts';
import { count, counted, shortClock, timeOfDay } from './units.ts';

/** Formats until when an acknowledgement holds, after a blank; '' for as long as its signals are known. */
export function wordAckEnd({ endsAt }: Pick<Ack, 'endsAt'>, now: Ms): string {
  if (endsAt === null) return '';
  return ` until ${endsAt - now < DAY_MS ? shortClock(endsAt) : timeOfDay(endsAt, now)}`;
}

/** Formats who acknowledged it: whoever claims a name is another process, and calls itself what it likes. */
export function wordAckBy({ by }: Pick<Ack, 'by'>): string {
  return cleanLine(by, MAX_NAME_LENGTH);
}

/** Formats what was acknowledged or taken back: `auth_error ×12 of OpenClaw`, `3 signals of OpenClaw`. */
export function wordAcked({ signals, count: reports, signal, agent, scope }: Omit<AckReport, 'ack'>, now: Ms): string {
  const older = scope.before === undefined ? '' : `what was reported before ${timeOfDay(scope.before, now)}`;
  if (signals.length === 0) return older === '' ? 'nothing that is known' : older;
  const what =
    signal === null ? counted(signals.length, 'signal') : `${signal}${reports > 1 ? ` ×${count(reports)}` : ''}`;
  const whose = agent === null ? '' : ` of ${agent}`;
  return `${what}${whose}${older === '' ? '' : `, ${older}`}`;
}
