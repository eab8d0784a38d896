/** The two times of an `LLMCall` line as the digits that stand in its text; null where no plain integer stands there. */
export type NsDigits = { readonly start: string | null; readonly end: string | null };

const INTEGER = /\s*:\s*(\d{1,20})(?=\s*[,}])/uy;

/**
 * Finds the exact nanoseconds of a line that is known to be valid JSON: `JSON.parse` rounds them to multiples of 256.
 * The same names inside strings or deeper objects are not taken.
 */
export function nsDigits(line: string): NsDigits {
  let start: string | null = null;
  let end: string | null = null;
  let depth = 0;
  let tag = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (char !== '"') continue;
    const close = closingQuote(line, at);
    if (depth <= 2) {
      const text = line.slice(at + 1, close);
      if (depth === 1) tag = text;
      else if (tag === 'LLMCall' && text === 'start_timestamp_ns') start = integerAfter(line, close) ?? start;
      else if (tag === 'LLMCall' && text === 'end_timestamp_ns') end = integerAfter(line, close) ?? end;
    }
    at = close;
  }
  return { start, end };
}

function closingQuote(line: string, open: number): number {
  let quote = line.indexOf('"', open + 1);
  while (quote !== -1 && isEscaped(line, quote)) quote = line.indexOf('"', quote + 1);
  return quote === -1 ? line.length : quote;
}

function isEscaped(line: string, quote: number): boolean {
  let first = quote;
  while (line[first - 1] === '\\') first--;
  return (quote - first) % 2 === 1;
}

function integerAfter(line: string, quote: number): string | null {
  INTEGER.lastIndex = quote + 1;
  return INTEGER.exec(line)?.[1] ?? null;
}
