import stringWidth from 'string-width';
import { NARROW } from './string-width.ts';

/** Letters of two cells, and of one, that are the same in every normal form: ideographs, kana, hangul; Hebrew and Arabic. */
const WIDE = String.raw`\u3000-\u3029\u3030-\u303e\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60`;
const ONE_CELL = String.raw`\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u0400-\u0481\u2010-\u2027\u05d0-\u05ea\u0621-\u063a\u0641-\u064a`;
/** Runs of characters of one code unit each, which need no segmentation. Short ones are not worth the split. */
const PLAIN_RUN = new RegExp(`[${ONE_CELL}${WIDE}]{16,}`, 'gu');
const PLAIN = new RegExp(`^[${ONE_CELL}${WIDE}]*$`, 'u');
const WIDE_SIGN = new RegExp(`[${WIDE}]`, 'u');
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** Joiners, variation selectors, bidi controls, tags, skin tones, the keycap: they change how their neighbours are drawn. */
const UNSTEADY = /(?:[\p{Default_Ignorable_Code_Point}\p{Cf}\u{1f3fb}-\u{1f3ff}\u{e0000}-\u{e0fff}]|\u20e3)+/gu;
/** Two of these draw a flag in one terminal and two letters in the next. */
const REGIONAL = /[\u{1f1e6}-\u{1f1ff}]/gu;
/** Unpaired surrogates and unassigned code points: their width is unknown. */
const UNKNOWN = /[\p{Cs}\p{Cn}]/gu;
const MARKS = /(\p{M}{2})\p{M}+/gu;
/** An Indic virama joins the next letter to its own in some terminals only; a non-joiner behind it settles that. */
const JOINING = /[\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d](?=\p{L})/gu;
/** Thai and Lao vowels of two parts, which count as one cell here and two there. */
const TWO_PARTS: readonly (readonly [string, string])[] = [
  ['\u0e33', '\u0e4d\u0e32'],
  ['\u0eb3', '\u0ecd\u0eb2'],
];

/**
 * Returns the text with characters whose width every terminal agrees on: composed letters, emoji one by one, flags as letters, at most
 * two marks on a letter, no control or formatting characters.
 */
export function steady(text: string): string {
  if (NARROW.test(text) || PLAIN.test(text)) return text;
  const plain = text
    .replace(CONTROL, ' ')
    .replace(UNSTEADY, '')
    .normalize('NFC')
    .replace(REGIONAL, letterOf)
    .replace(UNKNOWN, '?')
    .replace(MARKS, '$1')
    .replace(JOINING, '$&\u200c');
  return TWO_PARTS.reduce((result, [vowel, parts]) => result.replaceAll(vowel, parts), plain);
}

/** Returns the cells that a text takes. */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  return PLAIN.test(text) ? plainWidth(text) : stringWidth(text);
}

/** One grapheme of a text, its index, and the cells that it takes. */
export type Sign = { readonly sign: string; readonly index: number; readonly width: number };

/** Yields the graphemes of a steady text, which may be a quarter of a megabyte: plain runs are not segmented. */
export function* signsOf(text: string): Generator<Sign> {
  let at = 0;
  for (const { index, 0: run } of text.matchAll(PLAIN_RUN)) {
    yield* segmentsOf(text, at, index);
    const end = index + run.length;
    // What follows may belong to the last one: a mark on a letter.
    at = end === text.length ? end : end - 1;
    for (let position = index; position < at; position += 1) {
      const sign = text.charAt(position);
      yield { sign, index: position, width: isWide(sign) ? 2 : 1 };
    }
  }
  yield* segmentsOf(text, at, text.length);
}

function* segmentsOf(text: string, from: number, to: number): Generator<Sign> {
  if (from >= to) return;
  for (const { segment, index } of SEGMENTER.segment(text.slice(from, to))) {
    yield { sign: segment, index: from + index, width: signWidth(segment) };
  }
}

// A text has few different graphemes, and measuring one is slow.
function signWidth(sign: string): number {
  const width = known.get(sign) ?? widthOf(sign);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(sign, width);
  return width;
}

const known = new Map<string, number>();
/** Signs whose width is remembered. */
const MAX_KNOWN = 4_096;

function plainWidth(text: string): number {
  let width = 0;
  for (const sign of text) width += isWide(sign) ? 2 : 1;
  return width;
}

// Nearly all that is no wide sign is far below the first of them.
function isWide(sign: string): boolean {
  return sign >= '\u3000' && WIDE_SIGN.test(sign);
}

/** Returns at most `width` cells of a text; a cut is marked by `ellipsis` (one cell). */
export function clip(text: string, width: number, ellipsis: string): string {
  if (width <= 0) return '';
  // Long texts are cut before they are measured: only marks take less than a cell, and those are few.
  const one = steady(text.length > width * 8 ? text.slice(0, width * 8) : text);
  if (widthOf(one) <= width) return one;
  if (NARROW.test(one)) return one.slice(0, width - 1) + ellipsis;
  return head(one, width - 1) + ellipsis;
}

/** Returns exactly `width` cells: clipped, or padded with blanks on the right (`start`: on the left, for numbers). */
export function fit(text: string, width: number, ellipsis: string, align: 'start' | 'end' = 'end'): string {
  const one = clip(text, width, ellipsis);
  const blanks = ' '.repeat(Math.max(0, width - widthOf(one)));
  return align === 'end' ? one + blanks : blanks + one;
}

/** Returns at most `width` cells of a text's end, for paths: a cut is marked by `ellipsis` in front. */
export function clipStart(text: string, width: number, ellipsis: string): string {
  if (width <= 0) return '';
  const one = steady(text.length > width * 8 ? text.slice(-width * 8) : text);
  if (widthOf(one) <= width) return one;
  const signs = [...SEGMENTER.segment(one)].map(({ segment }) => segment).toReversed();
  let used = 1;
  let kept = '';
  for (const sign of signs) {
    used += widthOf(sign);
    if (used > width) break;
    kept = sign + kept;
  }
  // After the ASCII ellipsis `~` a slash would read as a home folder.
  return ellipsis + (ellipsis === '~' ? kept.replace(/^\//, '') : kept);
}

/** Splits a word into pieces of at most `width` cells, at least one grapheme each; an empty word gives none. */
export function pieces(word: string, width: number): readonly string[] {
  const found: string[] = [];
  let rest = word;
  while (rest !== '' && widthOf(rest) > width) {
    const piece = head(rest, Math.max(2, width)) || firstSign(rest);
    found.push(piece);
    rest = rest.slice(piece.length);
  }
  return rest === '' ? found : [...found, rest];
}

function letterOf(indicator: string): string {
  return String.fromCodePoint((indicator.codePointAt(0) ?? 0) - 0x1_f1e6 + 0x41);
}

function firstSign(text: string): string {
  for (const { segment } of SEGMENTER.segment(text)) return segment;
  return '';
}

function head(text: string, width: number): string {
  let used = 0;
  let kept = '';
  for (const { segment } of SEGMENTER.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    kept += segment;
  }
  return kept;
}

const SEGMENTER = new Intl.Segmenter();

const ASCII_TEXT = /^[\u0020-\u007e]*$/;
const GRAPHEMES = new Intl.Segmenter();

/** Our own and typographic characters that have an ASCII stand-in of one cell. */
const STAND_INS: Readonly<Record<string, string>> = {
  '…': '~',
  '→': '>',
  '←': '<',
  '−': '-',
  '↑': '^',
  '↓': 'v',
  '⏎': '<',
  '·': '|',
  '⚑': '!',
  '✗': 'x',
  '■': '=',
  '▲': '^',
  '△': 'i',
  '◇': 'w',
  '●': '*',
  '○': 'o',
  '✓': 'v',
  '•': '*',
  '◆': '#',
  '≡': '%',
  '▌': ':',
  '▸': '>',
  '≥': '>',
  '–': '-',
  '—': '-',
  '×': 'x',
  '“': '"',
  '”': '"',
  '„': '"',
  '‘': "'",
  '’': "'",
  '\u00a0': ' ',
};

/** Any character that is not in ASCII. */
const FOREIGN = /[^\u0020-\u007e]/u;

/**
 * Returns the text without characters that take one cell in some terminals and two in others (East Asian *ambiguous*), as
 * many cells wide: those have their ASCII stand-in, all others stay.
 */
export function unambiguous(text: string): string {
  if (!FOREIGN.test(text)) return text;
  return Array.from(GRAPHEMES.segment(text), ({ segment }) => (isAmbiguous(segment) ? standIn(segment) : segment)).join(
    '',
  );
}

function isAmbiguous(sign: string): boolean {
  return FOREIGN.test(sign) && stringWidth(sign, { ambiguousIsNarrow: false }) !== signWidth(sign);
}

/** Returns the text in ASCII, as many cells wide: letters without marks, a question mark per cell without a stand-in. */
export function asciiOf(text: string): string {
  if (ASCII_TEXT.test(text)) return text;
  return Array.from(GRAPHEMES.segment(text), ({ segment }) => standIn(segment)).join('');
}

function standIn(sign: string): string {
  if (ASCII_TEXT.test(sign)) return sign;
  const width = widthOf(sign);
  const plain = STAND_INS[sign] ?? sign.normalize('NFKD').replace(/[^\u0020-\u007e]/g, '');
  return plain.length === width ? plain : '?'.repeat(width);
}
