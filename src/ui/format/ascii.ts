import { widthOf } from './width.ts';

const ASCII = /^[\u0020-\u007e]*$/;
const SEGMENTER = new Intl.Segmenter();

/** Signs of ours and of typographers that have an ASCII stand-in of one cell. */
const STAND_INS: Readonly<Record<string, string>> = {
  '…': '~',
  '→': '>',
  '←': '<',
  '−': '-',
  '↑': '^',
  '↓': 'v',
  '⏎': '<',
  '·': '-',
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

/** The text in ASCII, as many cells wide: letters without their marks, a question mark for each cell of what has no stand-in. */
export function asciiOf(text: string): string {
  if (ASCII.test(text)) return text;
  return Array.from(SEGMENTER.segment(text), ({ segment }) => standIn(segment)).join('');
}

function standIn(sign: string): string {
  if (ASCII.test(sign)) return sign;
  const width = widthOf(sign);
  const plain = STAND_INS[sign] ?? sign.normalize('NFKD').replace(/[^\u0020-\u007e]/g, '');
  return plain.length === width ? plain : '?'.repeat(width);
}
