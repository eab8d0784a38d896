import { createInterface } from 'node:readline/promises';
import { complain } from './output.ts';
import type { Keyboard } from './terminal.ts';

/** Asks before there is a screen: reads lines until `read` takes one; null where the person leaves (Ctrl-C, Ctrl-D). */
export async function askLine<T>(
  { stream }: Keyboard,
  question: string,
  { read, again }: { readonly read: (line: string) => T | undefined; readonly again: string },
): Promise<T | null> {
  const lines = createInterface({ input: stream, terminal: false });
  complain(question);
  try {
    for await (const line of lines) {
      const answer = read(line.trim());
      if (answer !== undefined) return answer;
      complain(again);
    }
    return null;
  } finally {
    lines.close();
  }
}
