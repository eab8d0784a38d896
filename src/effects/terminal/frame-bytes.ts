/**
 * Says a frame in fewer bytes: on a slow line each one counts, and what changes in a frame is little beside what stays. Two
 * things alone, which every terminal does that knows the sequences they come from: several steps to the next line become
 * one with a number, and blanks on a part of a line that was just erased are stepped over.
 */

// oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
const STEPS = /(?:\u001b\[E){2,}/gu;
/** A part of a line that is erased from a column on, and what is written there. */
// oxlint-disable-next-line no-control-regex -- as above
const REWRITTEN = /(?<erase>\u001b\[\d+G\u001b\[K)(?<text>[^\n]*)/gu;
/**
 * A style, or blanks that take more bytes than a step over them. Something has to come behind them: at the end of a line
 * the last blank leaves the cursor in another state than a step does.
 */
// oxlint-disable-next-line no-control-regex -- as above
const STYLE_OR_BLANKS = /\u001b\[(?<codes>[\d;]*)m| {6,}(?=(?:\u001b\[[\d;]*m)*[^\u001b])/gu;

/** Returns the same frame, as Ink writes one (each change on lines of its own), in fewer bytes. */
export function shortened(frame: string): string {
  return frame
    .replaceAll(REWRITTEN, (_, erase: string, text: string) => erase + withoutBlanks(text))
    .replaceAll(STEPS, (steps) => `\u001b[${steps.length / STEP_LENGTH}E`);
}

const STEP_LENGTH = '\u001b[E'.length;

// Erased cells are blank and have no style: those that are seen on a blank are written.
function withoutBlanks(text: string): string {
  const seen = new Set<string>();
  return text.replaceAll(STYLE_OR_BLANKS, (found, codes: string | undefined) => {
    if (codes === undefined) return seen.size === 0 ? `\u001b[${found.length}C` : found;
    follow(seen, codes);
    return found;
  });
}

/** The styles that are seen on a blank, by the code that ends each. */
const ENDS: Readonly<Record<number, string>> = { 4: '24', 21: '24', 7: '27', 9: '29', 53: '55' };
/** Codes of a colour that others follow: of the palette one, of a true colour three. */
const COLOURS: ReadonlySet<number> = new Set([38, 48, 58]);
const OF_PALETTE = 5;
const AFTER_PALETTE = 2;
const AFTER_TRUE = 4;

function follow(seen: Set<string>, codes: string): void {
  const numbers = codes.split(';').map(Number);
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at] ?? 0;
    if (code === 0) seen.clear();
    else if (isGround(code)) seen.add('49');
    else if (ENDS[code] !== undefined) seen.add(ENDS[code]);
    else seen.delete(String(code));
    if (COLOURS.has(code)) at += numbers[at + 1] === OF_PALETTE ? AFTER_PALETTE : AFTER_TRUE;
  }
}

function isGround(code: number): boolean {
  return (code >= 40 && code <= 48) || (code >= 100 && code <= 107);
}
