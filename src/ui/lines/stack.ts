import { windowStart } from '../derive/window.ts';
import type { Line } from '../format/line.ts';

export type StackOptions = {
  readonly count: number;
  /** The selected block: it is shown whole, as far as there is room. */
  readonly index: number;
  readonly offset: number;
  /** Lines that there are. */
  readonly room: number;
  /** Lines of a block that is not selected. */
  readonly least: number;
};

export type Stack = {
  readonly lines: readonly Line[];
  /** Blocks before and behind what is shown. */
  readonly above: number;
  readonly below: number;
  /** Line on which the selected block begins. */
  readonly selected: number;
};

/** The visible part of a list whose rows take several lines, the selected one more than the others. */
export function stack(
  { count, index, offset, room, least }: StackOptions,
  blockAt: (place: number) => readonly Line[],
): Stack {
  const own = blockAt(index).length;
  const before = Math.max(0, Math.floor((room - own) / least));
  const wished = windowStart(index, { count, offset, height: Math.floor(room / least) });
  const start = Math.max(wished, index - before);
  const lines: Line[] = [];
  let end = start;
  for (; end < count && lines.length < room; end += 1) lines.push(...blockAt(end));
  const isCut = lines.length > room;
  return {
    lines: lines.slice(0, room),
    above: start,
    below: count - end + (isCut ? 1 : 0),
    selected: (index - start) * least,
  };
}
