import { signsOf, steady } from './width.ts';

const ASCII = /^[\u0020-\u007e]*$/;
/** Blanks that a tab takes. */
const TAB = '  ';

/** Wraps a text of any length into lines of at most `width` cells between words; keeps its line breaks and indentation. */
export function wrapText(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((line) => wrapLine(steady(line.replaceAll('\t', TAB)).trimEnd(), width));
}

// A continued line keeps the indentation of its first.
function wrapLine(line: string, wanted: number): readonly string[] {
  const width = Math.max(1, wanted);
  const indent = Math.min(line.length - line.trimStart().length, Math.floor(width / 2));
  const room = Math.max(2, width - indent);
  const body = line.trimStart();
  const rows = ASCII.test(body) ? wrapAscii(body, room) : wrapSigns(body, room);
  return rows.map((row) => ' '.repeat(indent) + row);
}

function wrapAscii(text: string, width: number): readonly string[] {
  const rows: string[] = [];
  let start = 0;
  while (text.length - start > width) {
    const blank = text.slice(start, start + width + 1).lastIndexOf(' ');
    const end = start + (blank > 0 ? blank : width);
    rows.push(text.slice(start, end));
    start = text[end] === ' ' ? end + 1 : end;
  }
  return [...rows, text.slice(start)];
}

// One pass over the graphemes: a text may be a quarter of a megabyte without a blank.
function wrapSigns(text: string, width: number): readonly string[] {
  const rows: string[] = [];
  let [start, used, blank, sinceBlank] = [0, 0, -1, 0];
  for (const { sign, index, width: own } of signsOf(text)) {
    if (used + own > width && index > start) {
      const isWord = blank > start;
      rows.push(text.slice(start, isWord ? blank : index));
      start = isWord ? blank + 1 : index;
      used = isWord ? sinceBlank : 0;
      blank = -1;
    }
    if (sign === ' ') [blank, sinceBlank] = [index, 0];
    else sinceBlank += own;
    used += own;
  }
  return [...rows, text.slice(start)];
}
