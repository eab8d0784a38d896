/**
 * Cleaning of foreign text. Everything that comes from a feed or a child passes through here before it is kept, so
 * that nothing behind this door has to think about escapes.
 */

// CSI, OSC (ended by BEL or ST), DCS/SOS/PM/APC strings, and two-character escapes; 7-bit and 8-bit introducers.
const ESCAPES =
  // oxlint-disable-next-line no-control-regex -- control characters are what this pattern is for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|(?:\u001b[PX^_]|[\u0090\u0098\u009e\u009f])[^\u001b\u009c]*(?:\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/gu;
/**
 * Characters that move the cursor or turn the direction of what follows: C0, DEL, C1, line and paragraph separators, bidi controls
 * and marks. One space stands in for a run of them, so that the text around it stays apart.
 */
const CONTROLS =
  // oxlint-disable-next-line no-control-regex -- see above
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
/** The same without line feed and tab, for text of several lines. */
const CONTROLS_OF_LINES =
  // oxlint-disable-next-line no-control-regex -- see above
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
/**
 * Characters that no terminal shows and that can hide text in text: zero-width characters, soft hyphens, fillers, variation selectors
 * and tags (all of Unicode's Default_Ignorable_Code_Point), interlinear annotations, hieroglyph format controls. Kept: a
 * variation selector right behind an emoji or in a keycap, and a joiner between two emojis.
 */
export const INVISIBLE =
  /[\p{DI}\ufff9-\ufffb\u{13430}-\u{1343f}](?<!\p{ExtPict}[\ufe0e\ufe0f])(?<![0-9#*]\ufe0f(?=\u20e3))(?<!\p{ExtPict}[\ufe0f\p{EMod}]?\u200d(?=\p{ExtPict}))/gu;
/** Anything but visible ASCII: most text is nothing else, and is not searched any further. */
const NOT_PLAIN = /[^\u0020-\u007e]/;
/**
 * The code units, from and to, of text that holds something of the above; invisible characters outside the basic plane
 * stand here by their first surrogates.
 */
const SUSPECT_UNITS = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x03_4f, 0x03_4f],
  [0x06_1c, 0x06_1c],
  [0x11_5f, 0x11_60],
  [0x17_b4, 0x17_b5],
  [0x18_0b, 0x18_0f],
  [0x20_0b, 0x20_0f],
  [0x20_28, 0x20_2e],
  [0x20_60, 0x20_6f],
  [0x31_64, 0x31_64],
  [0xd8_0d, 0xd8_0d],
  [0xd8_2f, 0xd8_2f],
  [0xd8_34, 0xd8_34],
  [0xdb_40, 0xdb_43],
  [0xfe_00, 0xfe_0f],
  [0xfe_ff, 0xfe_ff],
  [0xff_a0, 0xff_a0],
  [0xff_f0, 0xff_fb],
] as const;
// A table: a pattern with so many ranges takes ten times as long for text beyond ASCII.
const IS_SUSPECT = new Uint8Array(0x1_00_00);
for (const [from, to] of SUSPECT_UNITS) IS_SUSPECT.fill(1, from, to + 1);

/**
 * One line of clean text of at most `max` UTF-16 units: escape sequences and invisible characters removed, control
 * characters turned into one space, lone surrogates into U+FFFD.
 */
export function cleanLine(text: string, max: number): string {
  const head = text.length > max * 4 ? text.slice(0, max * 4) : text;
  return truncate(isSuspect(head) ? clean(head, CONTROLS, ' ').trim() : head, max);
}

/** Like `cleanLine`, but keeps line feeds and tabs, and leaves nothing instead of other control characters. */
export function cleanText(text: string, max: number): string {
  return truncate(isSuspect(text) ? clean(text, CONTROLS_OF_LINES, '') : text, max);
}

function isSuspect(text: string): boolean {
  if (!NOT_PLAIN.test(text)) return false;
  for (let at = 0; at < text.length; at += 1) if (IS_SUSPECT[text.charCodeAt(at)] === 1) return true;
  return !text.isWellFormed();
}

function clean(text: string, controls: RegExp, standIn: string): string {
  return text.toWellFormed().replace(ESCAPES, '').replace(controls, standIn).replace(INVISIBLE, '');
}

/** One word of a command line that a person can paste into a shell; we never run one. */
export function shellWord(text: string): string {
  return /^[\w./@%+=:,-]+$/u.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
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
