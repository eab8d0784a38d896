import type { Context } from '../../app/bindings.ts';
import { matchesOf } from '../../widgets/reader/search.ts';
import { detailText } from './render.ts';

/** Characters of a line, and lines that are read out at once. */
const WIDTH = 240;
const ROWS = 20;

/** A call's detail as lines, from where one has scrolled to; what is searched for, where it stands. */
export function describeDetail({ view: { detail } }: Context): readonly string[] {
  if (detail === null) return [];
  const { call, search, offset } = detail;
  const lines = detailText(detail, WIDTH);
  const shown = lines.slice(offset, offset + ROWS).map((line) => line.map(({ text }) => text).join(''));
  const found = search.text === '' ? '' : `; "${search.text}" in ${matchesOf(lines, search.text).length} lines`;
  const rest = Math.max(0, lines.length - offset - ROWS);
  return [
    `call ${call.callId}${found}`,
    ...shown.filter((line) => line.trim() !== ''),
    `${rest} more lines; escape goes back`,
  ];
}
