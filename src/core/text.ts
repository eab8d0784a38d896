/**
 * Cleaning of foreign text. Everything that comes from a feed or a child passes through here before it is kept, so
 * that nothing behind this door has to think about escapes.
 */

// CSI, OSC (ended by BEL or ST), DCS/SOS/PM/APC strings, and two-character escapes; 7-bit and 8-bit introducers.
const ESCAPES =
  // oxlint-disable-next-line no-control-regex -- control characters are what this pattern is for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|(?:\u001b[PX^_]|[\u0090\u0098\u009e\u009f])[^\u001b\u009c]*(?:\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/gu;
// C0, DEL, C1, line and paragraph separators, bidi controls and marks, zero-width no-break space, interlinear marks, tags.
const CONTROLS =
  // oxlint-disable-next-line no-control-regex -- see above
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]+/gu;
const SUSPECT =
  // oxlint-disable-next-line no-control-regex -- see above
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\udb40]/u;

/** One line of clean text of at most `max` UTF-16 units: escapes removed, control characters turned into one space. */
export function cleanLine(text: string, max: number): string {
  const head = text.length > max * 4 ? text.slice(0, max * 4) : text;
  const clean = SUSPECT.test(head) ? head.replace(ESCAPES, '').replace(CONTROLS, ' ').trim() : head;
  return truncate(clean, max);
}

/** Like `cleanLine`, but keeps line feeds and tabs: for text that is shown in a pager. */
export function cleanText(text: string, max: number): string {
  return truncate(
    text
      .replace(ESCAPES, '')
      .split('\n')
      .map((line) =>
        line
          .split('\t')
          .map((cell) => cell.replace(CONTROLS, ''))
          .join('\t'),
      )
      .join('\n'),
    max,
  );
}

/** One word of a command line that a person can paste into a shell; we never run one. */
export function shellWord(word: string): string {
  return /^[\w./@%+=:,-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1);
  const last = cut.charCodeAt(cut.length - 1);
  // Never leave half of a surrogate pair behind.
  const kept = (last >= 0xd8_00 && last <= 0xdb_ff ? cut.slice(0, -1) : cut) + '…';
  // A slice keeps its whole parent alive, and that may be a body of many megabytes: this makes a string of its own.
  return kept.toWellFormed();
}
