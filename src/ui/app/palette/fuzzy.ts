/** Points for a letter at the beginning of a word, and for one right behind the letter before. */
const WORD_START = 4;
const IN_A_ROW = 3;
/** Points for words that stand there as they were typed. */
const WHOLE = 1_000;

/**
 * How well what was typed fits a name: its letters must occur there in their order. More is better, null is no match;
 * nothing typed fits everything alike.
 */
export function fuzzyScore(typed: string, name: string): number | null {
  const wanted = typed.toLowerCase().replaceAll(' ', '');
  const text = name.toLowerCase();
  if (wanted === '') return 0;
  const starts = Array.from(text.matchAll(/[^\s-]+/g), ({ index }) => index);
  const whole = starts.find((start) => text.startsWith(typed.trim().toLowerCase(), start));
  // Formats as they were typed beat scattered letters, the sooner the better.
  if (whole !== undefined) return WHOLE - whole - text.length / 100;
  let score = 0;
  let last = -2;
  for (const letter of wanted) {
    const index = nextIndex(text, letter, last + 1, starts);
    if (index === -1) return null;
    score += 1 + (index === last + 1 ? IN_A_ROW : 0) + (starts.includes(index) ? WORD_START : 0);
    last = index;
  }
  return score - text.length / 100;
}

// The next letter, or the same letter at the beginning of a later word unless the next one directly follows.
function nextIndex(text: string, letter: string, from: number, starts: readonly number[]): number {
  const next = text.indexOf(letter, from);
  return next === from ? next : (starts.find((start) => start >= from && text[start] === letter) ?? next);
}
