import xterm from '@xterm/headless';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { shortened } from '../../../src/effects/terminal/frame-bytes.ts';

const COLUMNS = 60;
const ROWS = 8;
const ESC = '\u001b[';

/** What a terminal shows: of each cell its character, and of a blank one only the styles that are seen on it. */
async function shown(frames: readonly string[]): Promise<readonly string[]> {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, convertEol: true });
  for (const frame of frames) await new Promise<void>((done) => terminal.write(frame, done));
  const { active } = terminal.buffer;
  const cells = Array.from({ length: ROWS }, (_, y) =>
    Array.from({ length: COLUMNS }, (__, x) => {
      const cell = active.getLine(y)?.getCell(x);
      if (cell === undefined) return '';
      const seen = [cell.isInverse(), cell.isUnderline(), cell.isStrikethrough(), cell.isOverline()];
      const ground = `${cell.getBgColorMode()}:${cell.getBgColor()}`;
      const character = cell.getChars() || (cell.getWidth() === 0 ? '' : ' ');
      const ink =
        character === ' ' ? '' : `${cell.getFgColorMode()}:${cell.getFgColor()} ${cell.isBold()} ${cell.isDim()}`;
      return `${character} ${ink} ${ground} ${seen.join('')}`;
    }).join('|'),
  );
  terminal.dispose();
  return [...cells, `${active.cursorX} ${active.cursorY}`];
}

const style = fc
  .array(
    fc.constantFrom(
      ...'0 1 2 22 4 24 7 27 9 29 53 55 21 31 39 41 49 47 97 107'.split(' '),
      ...'38;5;4 48;5;0 48;2;0;0;0 38;2;7;4;9 4;31 1;7'.split(' '),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((codes) => `${ESC}${codes.join(';')}m`);
const word = fc.constantFrom('a', 'agent 4', '│', '●', '漢字', '👩‍💻', 'é', '  ');
const blanks = fc.integer({ min: 1, max: 30 }).map((length) => ' '.repeat(length));
/** A part of a line from a column on, which fits in it. */
const part = fc
  .record({
    column: fc.integer({ min: 1, max: COLUMNS }),
    parts: fc.array(fc.oneof(style, word, blanks), { maxLength: 8 }),
  })
  .map(({ column, parts }) => ({ column, text: `${parts.join('')}${ESC}0m` }))
  .filter(({ column, text }) => column - 1 + stringWidth(text) <= COLUMNS);

/** A frame as Ink writes one: to its first line, then each line is stepped over or written from a column on. */
const frame = fc
  .array(fc.option(part, { nil: null }), {
    minLength: ROWS,
    maxLength: ROWS,
  })
  .map((lines) => {
    const written = lines.map((line, at) => {
      const end = at === ROWS - 1 ? '' : '\n';
      if (line === null) return end === '' ? '' : `${ESC}E`;
      return `${ESC}${line.column}G${ESC}K${line.text}${end}`;
    });
    return `${ESC}?2026h${ESC}1;1H${written.join('')}${ESC}?2026l`;
  });

test('a frame in fewer bytes looks the same, whatever styles, blanks and wide characters are in it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 3 }), async (frames) => {
      const fewer = frames.map(shortened);
      expect(await shown(fewer)).toEqual(await shown(frames));
      for (const [at, one] of fewer.entries()) expect(one.length).toBeLessThanOrEqual(frames[at]?.length ?? 0);
    }),
    { numRuns: 300 },
  );
});

test('steps over lines, and over blanks of an erased part, are one sequence each', () => {
  const before = `${ESC}59A${`${ESC}E`.repeat(12)}${ESC}7G${ESC}Kfour${' '.repeat(40)}│\n${`${ESC}E`.repeat(3)}`;
  expect(shortened(before)).toBe(`${ESC}59A${ESC}12E${ESC}7G${ESC}Kfour${ESC}40C│\n${ESC}3E`);
});

test('blanks are written where a style is seen on them, or nothing was erased', () => {
  const bar = `${ESC}3G${ESC}K${ESC}7mselected${' '.repeat(30)}${ESC}27m`;
  expect(shortened(bar)).toBe(bar);
  const whole = `title${' '.repeat(30)}end`;
  expect(shortened(whole)).toBe(whole);
});
