import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processesWith } from '../helpers/processes.ts';
import { cleanEnvironment } from '../helpers/program.ts';
import { KEYS, openTerminal, type TestTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

/**
 * Above the time until a checkpoint is held, also where that of the first round was missed: the pause between two rounds
 * is 20 s, ms.
 */
const NEXT_ROUND_MS = 50_000;

test('a newcomer sees a storm, is told what it is, and that it was checkpointed; then can act and leave', async () => {
  const { screen, expectNothingLeft } = openDemo([], { columns: 80, rows: 24 });
  await screen.shows('now: three agents at work');
  await screen.shows('now: OpenClaw begins to fail');
  await screen.shows('now: OpenClaw failed 5 times in a row, a retry storm: billing checkpointed');
  screen.press('c');
  await screen.shows(/billing: ✓ checkpoint created, \d+ files?/);
  screen.press('s');
  await screen.shows('NO CHECKPOINT FOR');
  screen.press(KEYS.escape);
  await screen.hides('NO CHECKPOINT FOR');
  screen.press('q');
  expect(await screen.ended).toEqual({ exitCode: 0, signal: 0 });
  expect(screen.modes().alternateScreen).toBe(false);
  await until(() => /billing +manual-\d{8}T\d{6}/.test(screen.text()));
  await expectNothingLeft();
});

test('in mode hold a checkpoint of the demo can be vetoed', { timeout: 90_000 }, async () => {
  const { screen } = openDemo(['--scenario', 'overflow', '--speed', '0.1']);
  await screen.shows(' AUTO ');
  screen.press('m');
  await screen.shows('(•) AUTO');
  screen.press('k');
  await screen.shows('(•) HOLD');
  screen.press('\r');
  await screen.shows(' HOLD 10 s ');
  // A machine that needed longer for this than the demo for its overflow is shown the next round.
  await screen.shows('now: a checkpoint of search is held: x stops it, f takes it now', NEXT_ROUND_MS);
  await screen.shows('x veto search', NEXT_ROUND_MS);
  screen.press('x');
  await screen.shows('now: the context of Hermes has overflowed: vetoed, so no checkpoint');
});

test('when its agents are gone, the screen stays and says so, and the exit code is 1', async () => {
  const { screen, place } = openDemo(['--scenario', 'calm']);
  await screen.shows('now: three agents at work');
  const [player] = await processesWith(`TMPDIR=${place}`, 'SIGHTLINE_DEMO_PLAYER=');
  if (player === undefined) throw new Error('there is no player');
  process.kill(player, 'SIGKILL');
  await screen.shows('now: the demo cannot continue: the player ended with SIGKILL');
  screen.press('q');
  expect(await screen.ended).toMatchObject({ exitCode: 1 });
  expect(screen.text()).toContain('sightline: the player ended with SIGKILL');
});

type Size = { readonly columns?: number; readonly rows?: number };
type Demo = {
  readonly screen: TestTerminal;
  readonly place: string;
  readonly expectNothingLeft: () => Promise<void>;
};

/** In a place for temporary files of its own, so that what is left behind shows. */
function openDemo(args: readonly string[], size: Size = {}): Demo {
  const env = cleanEnvironment();
  const place = join(env['HOME'] ?? '', 'tmp');
  mkdirSync(place);
  const screen = openTerminal(['demo', ...args], { ...size, env: { ...env, TMPDIR: place } });
  return {
    screen,
    place,
    expectNothingLeft: async () => void (await until(() => readdirSync(place).length === 0, 10_000)),
  };
}
