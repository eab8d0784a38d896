import { MAX_UNPRINTED } from '../../core/limits.ts';
import {
  complain,
  flushOutput,
  type LogLevel,
  onOutputState,
  printJson,
  unread,
  waitForRoom,
} from '../../effects/terminal/output.ts';
import { isoTime } from '../iso-time.ts';
import type { Line } from './lines.ts';
import { counted } from '../../wording/units.ts';

/** A line as it is printed and published. */
export type EventLine = Readonly<Record<string, unknown>> & { readonly seq: number; readonly kind: string };

/** Bytes that may wait for a reader that stops reading, or for room on a full disk; later ones are left out. */
const MAX_UNREAD = 16 * 1024 * 1024;

export type Output = {
  /** One JSON object a line on stdout, flushed at once; `printed` is called once it has left us. */
  readonly line: (line: Line, printed?: () => void) => void;
  /** A line for people on stderr. */
  readonly talk: (text: string, level?: LogLevel) => void;
  /** Resolves when the reader of stdout has gone away. */
  readonly closed: Promise<void>;
  /** Resolves when everything printed has left us, or its reader does not read on. */
  readonly flush: () => Promise<void>;
};

type LeftOut = { readonly line: Line; readonly printed: (() => void) | undefined };

/**
 * Writes `sightline.event/1` to this process's own streams. Lines beyond what may wait are left out, `seq` shows it; the
 * settled fates among them follow as soon as there is room. `also` gets each line, whatever becomes of standard output.
 */
export function createOutput(host: string, also: (line: EventLine) => void = () => undefined): Output {
  let seq = 0;
  let isOpen = true;
  let leftOut = 0;
  let lost = 0;
  const fates = new Map<string, LeftOut>();
  const closed = Promise.withResolvers<undefined>();
  waitForRoom();
  onOutputState((state, error) => {
    if (state === 'blocked') {
      complain(`standard output cannot be written (${error?.message ?? 'unknown error'}): lines wait for room`);
    } else if (state === 'open') complain('standard output is written again');
    else {
      isOpen = false;
      closed.resolve(undefined);
    }
  });
  const documentOf = ({ at, kind, ...facts }: Line) => {
    seq += 1;
    const document = { schema: 'sightline.event/1', seq, at: isoTime(at), host, kind, ...facts };
    also(document);
    return document;
  };
  const write = (line: Line, printed: (() => void) | undefined): void => {
    const done = (): void => {
      printed?.();
      if (leftOut > 0 && unread() < MAX_UNREAD / 2) catchUp();
    };
    printJson(documentOf(line), { done });
  };
  const catchUp = (): void => {
    const waiting = [...fates.values()];
    const losses = lost === 0 ? '' : `; ${lost} settled fates are lost`;
    complain(
      `standard output is read again; left out: ${counted(leftOut, 'line')}, repeated: ${counted(waiting.length, 'fate')}${losses}`,
    );
    fates.clear();
    leftOut = 0;
    lost = 0;
    for (const { line, printed } of waiting) write(line, printed);
  };
  const leaveOut = (line: Line, printed: (() => void) | undefined): void => {
    if (leftOut === 0) complain('standard output takes nothing: lines are left out until it does');
    leftOut += 1;
    documentOf(line);
    if (line.kind !== 'fate' || line['settled'] !== true) return;
    fates.set(String(line['signal_id']), { line, printed });
    if (fates.size <= MAX_UNPRINTED) return;
    const [oldest = ''] = fates.keys();
    fates.delete(oldest);
    lost += 1;
  };
  return {
    line: (line, printed) => {
      if (!isOpen) return void documentOf(line);
      if (leftOut > 0 || unread() > MAX_UNREAD) leaveOut(line, printed);
      else write(line, printed);
    },
    talk: complain,
    closed: closed.promise,
    flush: async () => {
      await flushOutput();
    },
  };
}
