import stringWidth from 'string-width';

/** Plain text in columns for a terminal or a file: widths are counted in cells, so that wide characters keep columns straight. */

export type Column = { readonly title: string; readonly align?: 'right' };

/** Rows under their titles, indented by two, each at most `width` cells wide; the last column gives way first. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly string[] {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, column) =>
    lines.reduce((max, line) => Math.max(max, cellWidth(line[column] ?? '')), 0),
  );
  return lines.map((line) => {
    const last = columns.length - 1;
    const cells = columns.map(({ align }, column) =>
      column === last && align === undefined
        ? (line[column] ?? '')
        : pad(line[column] ?? '', widths[column] ?? 0, align),
    );
    return fit(`  ${cells.join('  ')}`, width);
  });
}

/** Returns the cells that a text takes on a terminal. */
export function cellWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** At most `width` cells of a text, without trailing blanks; a cut is marked by `…`. */
export function fit(given: string, width: number): string {
  // A line feed in a foreign name must not begin a line of ours.
  const text = given.replaceAll(/[\n\t]+/gu, ' ');
  if (cellWidth(text) <= width) return text.trimEnd();
  if (PLAIN.test(text)) return `${text.slice(0, Math.max(0, width - 1))}…`;
  let used = 0;
  let kept = '';
  for (const { segment } of graphemesOf(text)) {
    used += cellWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Wraps a line at blanks, indenting what continues it; a word that is wider than a line is broken, never cut off. */
export function wrapped(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  // A line feed in a foreign name must not begin a line of ours.
  let rest = line.replaceAll(/[\n\t]+/gu, ' ');
  while (cellWidth(rest) > width) {
    const fitting = fit(rest, width).slice(0, -1);
    const blank = fitting.lastIndexOf(' ');
    const end = blank >= CONTINUED.length ? blank : Math.max(1, fitting.length);
    lines.push(rest.slice(0, end).trimEnd());
    rest = CONTINUED + rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

const CONTINUED = '    ';

let segmenter: Intl.Segmenter | null = null;

// Made for the first line that is too long and has more than plain characters: the first one of a process takes 10 ms.
function graphemesOf(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}

const PLAIN = /^[\u0020-\u007e\u00a1-\u02ff]*$/;
function pad(text: string, width: number, align: 'right' | undefined): string {
  const blanks = ' '.repeat(Math.max(0, width - cellWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}
