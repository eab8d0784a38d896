import type { Line } from '../../render/line.ts';

/** Returns the indexes of the lines that contain a text, ignoring case, also across a line break. */
export function matchesOf(lines: readonly Line[], wanted: string): readonly number[] {
  const needle = wanted.toLowerCase();
  if (needle.trim() === '') return [];
  const texts = textsOf(lines);
  return [...texts.keys()].filter((at) => {
    const text = texts[at] ?? '';
    if (text.includes(needle)) return true;
    const next = (texts[at + 1] ?? '').trimStart();
    return !next.includes(needle) && [`${text} ${next}`, text + next].some((both) => both.includes(needle));
  });
}

/** Returns the next matching line after `at`, or the previous one; wraps around. */
export function nextMatch(matches: readonly number[], at: number, by: 1 | -1): number | null {
  const found = by === 1 ? matches.find((line) => line > at) : matches.findLast((line) => line < at);
  return found ?? (by === 1 ? matches[0] : matches.at(-1)) ?? null;
}

/** Returns the line with the search text highlighted. */
export function highlighted(line: Line, wanted: string): Line {
  const needle = wanted.toLowerCase();
  if (needle.trim() === '') return line;
  return line.flatMap(({ text, tone }) => {
    const at = text.toLowerCase().indexOf(needle);
    if (at === -1) return [{ text, tone }];
    const end = at + needle.length;
    return [
      { text: text.slice(0, at), tone },
      { text: text.slice(at, end), tone: 'selected' as const },
      ...highlighted([{ text: text.slice(end), tone }], wanted),
    ];
  });
}

const known = new WeakMap<readonly Line[], readonly string[]>();

function textsOf(lines: readonly Line[]): readonly string[] {
  const texts =
    known.get(lines) ??
    lines.map((line) =>
      line
        .map(({ text }) => text)
        .join('')
        .toLowerCase(),
    );
  known.set(lines, texts);
  return texts;
}
