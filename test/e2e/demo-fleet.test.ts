import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { processesWith } from '../helpers/processes.ts';
import { cleanEnvironment, runProgram } from '../helpers/program.ts';
import { KEYS, openTerminal } from '../helpers/terminal.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

/** Five engines start, and five players: on a busy machine that takes its time, ms. */
const OPEN_MS = 60_000;

test(
  'a newcomer sees five hosts on one console, opens one, and nothing is left behind',
  { timeout: 150_000 },
  async () => {
    const place = tempDir();
    const screen = openTerminal(['demo', '--fleet', '5'], { env: { ...cleanEnvironment(), TMPDIR: place } });
    await screen.shows('[8] Hosts 5', OPEN_MS);
    await screen.shows(/2 AUTO · 2 HOLD · 1 OBSERVE/u, OPEN_MS);
    await screen.shows(/build-08 +AUTO .*agent_crash/u, OPEN_MS);
    screen.press('/host:build-08', KEYS.enter, KEYS.down, KEYS.enter);
    await screen.shows(/ATTACHED build-08 demo \d+ · AUTO/u);
    screen.press('q');
    expect(await screen.ended).toEqual({ exitCode: 0, signal: 0 });
    await until(async () => (await processesWith(`TMPDIR=${place}`)).length === 0);
    expect(readdirSync(place)).toEqual([]);
  },
);

test('a fleet that is killed takes its server and its files along', { timeout: 120_000 }, async () => {
  const place = tempDir();
  const screen = openTerminal(['demo', '--fleet', '1'], { env: { ...cleanEnvironment(), TMPDIR: place } });
  await screen.shows(/build-07 +HOLD/u, OPEN_MS);
  screen.signal('SIGKILL');
  await screen.ended;
  await until(async () => (await processesWith(`TMPDIR=${place}`)).length === 0);
  await until(() => readdirSync(place).length === 0);
});

test('where there is no terminal, it says so, with the exit code of what cannot be played', async () => {
  const piped = runProgram(['demo', '--fleet', '5']);
  expect(piped).toMatchObject({ status: 2, stderr: 'sightline: --fleet needs a terminal\n' });
});
