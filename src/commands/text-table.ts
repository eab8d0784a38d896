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
    const cells = columns.map(({ align }, column) => pad(line[column] ?? '', widths[column] ?? 0, align));
    return fit(`  ${cells.join('  ')}`, width);
  });
}

/** Cells that a text takes on a terminal: wide characters two, combining and formatting ones none. */
export function cellWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** At most `width` cells of a text, without trailing blanks; a cut is marked by `…`. */
export function fit(given: string, width: number): string {
  // A line feed in a foreign name must not begin a line of ours.
  const text = given.replaceAll(/[\n\t]+/gu, ' ');
  if (cellWidth(text) <= width) return text.trimEnd();
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += widthOf(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** A count in at most five characters: 950, 12k, 1.2M. */
export function compact(count: number): string {
  if (count < 1_000) return String(count);
  const [scaled, unit] =
    count < 999_500 ? [count / 1_000, 'k'] : count < 999_500_000 ? [count / 1e6, 'M'] : [count / 1e9, 'G'];
  return `${scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)}${unit}`;
}

/** A ratio in whole percent; `-` when it is unknown. */
export function percent(ratio: number | null): string {
  return ratio === null ? '-' : `${Math.round(ratio * 100)}%`;
}

const PLAIN = /^[\u0020-\u007e\u00a1-\u02ff]*$/;
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

function widthOf(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

function pad(text: string, width: number, align: 'right' | undefined): string {
  const blanks = ' '.repeat(Math.max(0, width - cellWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}
