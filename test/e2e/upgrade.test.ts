import { cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { headlessWorld } from '../helpers/headless-world.ts';
import { PROGRAM } from '../helpers/program.ts';
import { removeTree, tempDir } from '../helpers/temp-dir.ts';
import { KEYS, openTerminal } from '../helpers/terminal.ts';

/** The key of each view, with what only that view shows; the overview, from which `q` leaves, is the last. */
const VIEWS = [
  ['2', 'MODEL'],
  ['3', 'LAST HOUR'],
  ['4', 'WORKSPACE'],
  ['5', 'Checkpoints 0'],
  ['6', 'Silences 0'],
  ['7', 'Sources 1'],
  ['1', /\[2\] Conversations 1 .*\[4\] Signals 1 /u],
] as const;

/** A copy of the build, as `npm i -g` makes one; `remove` takes it away, as the next one does. */
function installed(): { readonly program: string; readonly remove: () => void } {
  const place = tempDir();
  cpSync(dirname(PROGRAM), join(place, 'dist'), { recursive: true });
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
  const remove = (): void => {
    removeTree(join(place, 'dist'));
    expect(readdirSync(place)).toEqual(['package.json']);
  };
  return { program: join(place, 'dist/cli.js'), remove };
}

test('an engine goes on, acts and ends cleanly when its files are gone', async () => {
  const world = await headlessWorld();
  const { program, remove } = installed();
  const config = join(world.stateDir, '../config.json');
  writeFileSync(config, '{}');
  const args = ['--arm', '--workspace', world.workspace, '--checkpointer', 'git', '--config', config];
  const run = world.start(args, { program });
  await run.line({ kind: 'started' });
  remove();
  await world.failedCall('process crashed');
  await run.line({ kind: 'fate', fate: 'checkpointed' });
  writeFileSync(config, '{ "debounce": 1 }');
  await run.line({ kind: 'operator' });
  expect(await run.end('SIGTERM')).toMatchObject({ code: 0 });
  expect(run.lines.at(-1)).toMatchObject({ kind: 'stopped' });
  expect(run.errors()).not.toMatch(/ERR_MODULE_NOT_FOUND|should not have happened/u);
});

test('an engine without a workspace goes on too: it has started no child before', async () => {
  const world = await headlessWorld();
  const { program, remove } = installed();
  const run = world.start([], { program });
  await run.line({ kind: 'started' });
  remove();
  await world.failedCall('process crashed');
  await run.line({ kind: 'fate', fate: 'no_workspace' });
  expect(await run.end('SIGTERM')).toMatchObject({ code: 0 });
});

test('a dashboard shows its views and ends cleanly when its files are gone', async () => {
  const world = await headlessWorld();
  const { program, remove } = installed();
  const sources = ['--source', `sqlite:${world.folder}`, '--state-dir', world.stateDir, '--workspace', world.workspace];
  const screen = openTerminal([...sources, '--checkpointer', 'git'], { command: [process.execPath, program] });
  await screen.shows('OBSERVE');
  await world.failedCall('process crashed');
  await screen.shows('agent_crash');
  remove();
  for (const [key, shown] of VIEWS) {
    screen.press(key);
    await screen.shows(shown);
  }
  screen.press('?');
  await screen.shows('Keys');
  screen.press(KEYS.escape);
  await screen.hides('Keys');
  screen.press('q');
  expect(await screen.ended).toMatchObject({ exitCode: 0 });
  // Compiled code, which Node keeps at the end, does not bring the folder back.
  expect(existsSync(dirname(program))).toBe(false);
});
