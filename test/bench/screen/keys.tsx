/** Key → frame in one process, beside a bare Ink app: from the byte that the terminal sends to the write that answers it. */
import { openScreen } from '../../../src/ui/app/open-screen.tsx';
import { median, pause, percentile, report } from '../measure.ts';
import { openBare } from './bare.tsx';
import { playEngine, takeMoments } from './moments.ts';
import { type PlayedTerminal, playTerminal } from './streams.ts';

const PRESSES = 120;
const COLUMNS = 120;
const ROWS = 40;
/** Long enough for every timer of Ink to have fired. */
const BETWEEN_MS = 25;

async function press(terminal: PlayedTerminal, keyOf: (press: number) => string): Promise<readonly number[]> {
  const took: number[] = [];
  for (let at = 0; at < PRESSES; at += 1) {
    await pause(BETWEEN_MS);
    const written = terminal.nextWrite();
    const start = performance.now();
    terminal.send(keyOf(at));
    took.push((await written) - start);
  }
  return took.slice(20);
}

async function ofScreen(conversations: number): Promise<readonly number[]> {
  const terminal = playTerminal(COLUMNS, ROWS);
  const moments = await takeMoments(conversations, 1, () => undefined);
  const now = moments.views[0]?.at ?? 0;
  const idle = {
    copy: () => true,
    suspend: () => undefined,
    quit: () => undefined,
    redraw: () => undefined,
    pager: async () => false,
    lend: async () => ({ ok: true, value: { code: 0, signal: null } }) as const,
  };
  const engine = playEngine(moments);
  const screen = openScreen({ ...terminal, engine, terminal: idle, now: () => now, ascii: false, colour: true });
  await pause(100);
  const took = await press(terminal, (at) => (at % 40 < 20 ? 'j' : 'k'));
  screen.close();
  await screen.closed;
  return took;
}

async function ofBare(): Promise<readonly number[]> {
  const terminal = playTerminal(COLUMNS, ROWS);
  const rows = Array.from({ length: ROWS }, (_, at) => `row ${at} `.padEnd(COLUMNS, 'abc '));
  const bare = openBare(terminal, rows);
  await pause(100);
  const took = await press(terminal, (at) => (at % 2 === 0 ? 'j' : 'k'));
  bare.close();
  return took;
}

const bare = await ofBare();
const few = await ofScreen(100);
const many = await ofScreen(100_000);
report({
  name: 'key → frame at 120×40, p50',
  value: median(few),
  unit: 'ms',
  floor: median(bare),
  target: '≤ 12 ms',
  ok: median(few) <= 12,
});
report({
  name: '… p99',
  value: percentile(few, 0.99),
  unit: 'ms',
  floor: percentile(bare, 0.99),
  target: '≤ 30 ms',
  ok: percentile(few, 0.99) <= 30,
});
report({
  name: '… p50 with 100 000 conversations',
  value: median(many),
  unit: 'ms',
  floor: median(few),
  target: '≤ 12 ms',
  ok: median(many) <= 12,
});
