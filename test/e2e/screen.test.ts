import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AgentsightWriter } from '../helpers/agentsight-writer.ts';
import { cleanEnvironment } from '../helpers/program.ts';
import { KEYS, openTerminal } from '../helpers/terminal.ts';

test('the screen opens over a live feed, and q gives the terminal back', async () => {
  const env = cleanEnvironment();
  const feed = join(env['HOME'] ?? '', 'feed');
  mkdirSync(feed);
  const writer = await AgentsightWriter.start(feed);
  onTestFinished(() => writer.end());
  await writer.call({ agent_name: 'Hermes' });
  const terminal = openTerminal(['--source', `sqlite:${feed}`], { env });
  await terminal.shows('Hermes');
  if (process.env['SHOW']) console.log(terminal.text());
  terminal.press('?');
  await terminal.shows('Keys');
  terminal.press(KEYS.escape);
  await terminal.hides('Keys');
  terminal.press('q');
  expect(await terminal.ended).toEqual({ exitCode: 0, signal: 0 });
  expect(terminal.modes()).toEqual({
    alternateScreen: false,
    cursorHidden: false,
    bracketedPaste: false,
    mouse: false,
  });
});
