import xterm from '@xterm/headless';
import { expect, test } from 'vitest';
import { drawLine } from './line.ts';
import { PALETTES } from './palette.ts';
import { readScreen } from './screen.ts';

const { dark } = PALETTES;

/** A terminal's only line, drawn after `output` was written to it. */
function drawn(output: string): Promise<string> {
  const terminal = new xterm.Terminal({ cols: 40, rows: 1, allowProposedApi: true });
  return new Promise((resolve) => {
    terminal.write(output, () => resolve(drawLine(readScreen(terminal).lines[0] ?? [], dark)));
  });
}

test('words keep their blanks, and every sign has the place of its column', async () => {
  expect(await drawn('ab cd   e')).toBe(
    `<text x="0 9 18 27 36" y="14" fill="${dark.foreground}">ab cd</text>` +
      `<text x="72" y="14" fill="${dark.foreground}">e</text>`,
  );
});

test('a wide sign takes two columns, a composed one stands alone', async () => {
  const line = await drawn('中文e\u0301x');
  expect(line).toContain('<text x="0 18" y="14"');
  expect(line).toContain('<text x="36" ');
  expect(line).toContain('<text x="45" ');
});

test('colours, bold and inverse are resolved against the palette', async () => {
  expect(await drawn('\u001b[1;31mred')).toContain(`fill="${dark.sixteen[1]}" font-weight="bold">red<`);
  expect(await drawn('\u001b[38;5;196mx')).toContain('fill="#ff0000"');
  expect(await drawn('\u001b[38;2;1;2;3mx')).toContain('fill="#010203"');
  const inverse = await drawn('\u001b[7m ok ');
  expect(inverse).toContain(`<rect x="0" width="36" height="19" fill="${dark.foreground}"/>`);
  expect(inverse).toContain(`fill="${dark.background}">ok<`);
});

test('lines and blocks are drawn, neighbours as one', async () => {
  const line = await drawn('╭──╮ ██▌░');
  expect(line).not.toContain('<text');
  expect(line).toContain('<path d="M18 9.5L9 9.5M18 9.5L27 9.5" ');
  expect(line).toContain('<rect x="45" y="0" width="18" height="19"');
});

test('what XML would read as its own is escaped', async () => {
  expect(await drawn('a<b>&"')).toContain('>a&lt;b&gt;&amp;&quot;<');
});
