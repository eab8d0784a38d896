import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment } from '../helpers/program.ts';
import { screenWorld } from '../helpers/screen-world.ts';
import { KEYS, openTerminal, type TestTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';
import { wsCkptInPath } from '../helpers/ws-ckpt-in-path.ts';
import { SNAPSHOT, WS_ID } from '../helpers/ws-ckpt-stand-in.ts';

const PAGER = resolve(import.meta.dirname, '../fixtures/pager.sh');

const show = (text: string): void => void (process.env['SHOW'] && console.log(text));

/** Takes a checkpoint by hand; resolves to its id. */
async function checkpoint(screen: TestTerminal): Promise<string> {
  screen.press('c');
  await screen.shows('✓ checkpoint created');
  screen.press('L');
  const text = await screen.shows(/checkpoint created.*: manual-\d{8}T\d{6}/s);
  screen.press(KEYS.escape);
  await screen.hides('Esc closes');
  return /manual-\d{8}T\d{6}(?:-\d+)?/.exec(text)?.[0] ?? '';
}

/** What the plan on the screen asks to be typed. */
async function asked(screen: TestTerminal): Promise<string> {
  const text = await screen.shows(/Type the time of the checkpoint, \d{6}\S*, then Enter:/);
  return /checkpoint, (\d{6}\S*), then Enter:/.exec(text)?.[1] ?? '';
}

async function opened(pager: string) {
  const world = await screenWorld();
  const notes = join(world.workspace, 'notes.txt');
  const screen = await world.open([], { env: { ...cleanEnvironment(), PAGER: pager } });
  await world.writer.call({ conversation_id: 'one', agent_name: 'Hermes' });
  await screen.shows('Hermes');
  return { notes, screen };
}

test('a snapshot is listed, compared in the pager, gone back to after its time was typed, and deleted', async () => {
  const { notes, screen } = await opened(PAGER);
  const id = await checkpoint(screen);
  writeFileSync(notes, 'two\n');
  screen.press('5');
  await screen.shows(/Checkpoints \d/);
  await screen.shows('sightline, by an operator');
  show(screen.text());

  screen.press('d');
  await screen.shows('(END of the pager)');
  expect(screen.text()).toContain('+two');
  expect(screen.modes().alternateScreen).toBe(false);
  screen.press(KEYS.enter);
  await screen.shows('Checkpoints');
  expect(screen.modes()).toMatchObject({ alternateScreen: true, cursorHidden: true });

  screen.press('R');
  await screen.shows(/Roll back project to \d\d:\d\d:\d\d/);
  // The same counts as the result will tell.
  await screen.shows(/it will +restore 1 file, delete 0 files, leave 0 as they are/);
  await screen.shows(/restore +notes\.txt/);
  const digits = await asked(screen);
  expect(digits).toMatch(/^\d{6}$/);
  show(screen.text());
  screen.press(KEYS.enter);
  await screen.shows(`type ${digits} first`);
  expect(readFileSync(notes, 'utf8')).toBe('two\n');
  screen.press(digits);
  await screen.shows(/Enter roll back [^,]/);
  screen.press(KEYS.enter);
  await until(() => readFileSync(notes, 'utf8') === 'one\n', 20_000);
  await screen.shows(/Checkpoints 2|Checkpoints 3/);
  show(screen.text());

  // What was there before the rollback was checkpointed first, and can be had again.
  // The selected one has stayed selected.
  await screen.shows(new RegExp(`id +${id}`));
  screen.press('D');
  await screen.shows(`Delete snapshot ${id}?`);
  screen.press('y');
  await screen.shows(/Checkpoints 1 /);
  show(screen.text());
  screen.press(KEYS.escape);
  await screen.shows('Conversations');
  screen.press('q');
  expect(await screen.ended).toEqual({ exitCode: 0, signal: 0 });
});

test('without a pager the comparison is shown here, and Ctrl-C still leaves', async () => {
  const { notes, screen } = await opened('');
  await checkpoint(screen);
  writeFileSync(notes, 'two\n');
  screen.press('5');
  await screen.shows('sightline, by an operator');
  screen.press('d');
  await screen.shows('+two');
  screen.press('/');
  await screen.shows('/_');
  screen.press('TWO');
  await screen.shows('/TWO_ 1 line');
  screen.press(KEYS.enter);
  await screen.shows(/\/TWO 1 of 1 line/);
  screen.press(KEYS.escape);
  await screen.hides('/TWO');
  screen.press('q');
  await screen.shows('Checkpoints');
  screen.press(KEYS.ctrlC);
  expect(await screen.ended).toMatchObject({ exitCode: 0 });
});

test('snapshots of ws-ckpt 0.3.2 are listed with who made them, and one is gone back to by its time', async () => {
  const world = await screenWorld();
  const { env, ...standIn } = wsCkptInPath();
  for (const [command, name] of [
    ['list', 'list-json'],
    ['diff', 'diff'],
    ['rollback', 'rollback'],
  ] as const) {
    standIn.answer(command, standIn.recorded(name));
  }
  const where = ['--source', `sqlite:${world.folder}`, '--state-dir', world.stateDir, '--workspace', standIn.workspace];
  const screen = openTerminal(where, { env: { ...cleanEnvironment(), ...env, PAGER: '' } });
  await screen.shows('● live');
  screen.press('5');
  await screen.shows(/Checkpoints 3/);
  screen.press('G');
  await screen.shows(new RegExp(`id +${SNAPSHOT}`));
  screen.press('R');
  await screen.shows(/Roll back .* to /);
  const digits = await asked(screen);
  show(screen.text());
  expect(screen.text()).toContain('databases, logs and untracked files too');
  screen.press(KEYS.tab);
  await screen.shows('Tab checkpoint first on');
  screen.press(digits);
  await screen.shows(/Enter roll back [^,]/);
  screen.press(KEYS.enter);
  await until(() => standIn.calls('rollback').length === 1, 20_000);
  expect(standIn.calls('rollback')[0]).toEqual(['rollback', `--workspace=${WS_ID}`, `--snapshot=${SNAPSHOT}`]);
});

test('the list is filtered, ordered and frozen, and a snapshot that somebody makes meanwhile is counted', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  await world.writer.call({ conversation_id: 'one', agent_name: 'Hermes' });
  await screen.shows('Hermes');
  const first = await checkpoint(screen);
  screen.press('5');
  await screen.shows(/Checkpoints 1 .*newest first/);
  screen.press(KEYS.space);
  await screen.shows('FROZEN, 0 new');
  screen.press('c');
  await screen.shows('FROZEN, 1 new');
  expect(screen.text()).toContain('Checkpoints 1 ');
  screen.press(KEYS.space);
  await screen.shows(/Checkpoints 2 /);
  // The place in the list stays where it was.
  await screen.shows(new RegExp(`id +${first}`));
  screen.press('o');
  await screen.shows('by oldest');
  screen.press('/');
  await screen.shows('/_');
  screen.press('maker:cron');
  await screen.shows('Checkpoints 0 of 2');
  await screen.shows('nothing matches /maker:cron');
  screen.press(KEYS.escape);
  await screen.shows(/Checkpoints 2 /);
  screen.press(KEYS.escape);
  await screen.shows('Conversations');
});

test('checkpoints and rollbacks stand between the calls, also after a restart, and lead to the snapshots', async () => {
  const world = await screenWorld();
  const call = () => world.writer.call({ conversation_id: 'one', agent_name: 'Hermes' });
  const screen = await world.open();
  await call();
  await screen.shows('Hermes');
  const id = await checkpoint(screen);
  await call();
  await screen.shows('2 calls/min');
  screen.press('2');
  screen.press(KEYS.enter);
  await screen.shows(`checkpointed by an operator: ${id}`);
  screen.press('k');
  await screen.shows(new RegExp(`▸ +\\S+ +◆ checkpointed by an operator: ${id}`));
  screen.press('e');
  await screen.shows('no signal caused it: by an operator');
  screen.press(KEYS.enter);
  await screen.shows(/Checkpoints 1 /);
  screen.press('R');
  // Nothing has changed since: no checkpoint is advised.
  await screen.shows('Tab checkpoint first on');
  screen.press(await asked(screen));
  await screen.shows(/Enter roll back [^,]/);
  screen.press(KEYS.enter);
  await screen.shows(/project: ✓ rolled back to \d\d:\d\d:\d\d: 0 restored, 0 deleted; compared again: no difference/);
  // While the plan is on the screen, q would be text.
  await screen.hides('Roll back project');
  screen.press(KEYS.escape);
  await screen.shows(`rolled back by an operator to ${id}`);
  screen.press('q');
  await screen.ended;

  const again = await world.open();
  await call();
  again.press('2');
  again.press(KEYS.enter);
  await again.shows(`checkpointed by an operator: ${id}`);
  await again.shows(`rolled back by an operator to ${id}`);
  show(again.text());
});

test('who leaves during a rollback is told what is waited for, and how long at most', async () => {
  const world = await screenWorld();
  const { env, ...standIn } = wsCkptInPath();
  standIn.answer('list', standIn.recorded('list-json'));
  standIn.answer('diff', standIn.recorded('diff'));
  standIn.answer('rollback', `while [ ! -e ${standIn.dir}/go ]; do sleep 0.1; done; ${standIn.recorded('rollback')}`);
  const where = ['--source', `sqlite:${world.folder}`, '--state-dir', world.stateDir, '--workspace', standIn.workspace];
  const screen = openTerminal(where, { env: { ...cleanEnvironment(), ...env, PAGER: '' }, columns: 200 });
  await screen.shows('● live');
  screen.press('5');
  await screen.shows('Checkpoints 3');
  screen.press('/');
  await screen.shows('/_');
  screen.press(SNAPSHOT);
  screen.press(KEYS.enter);
  await screen.shows('Checkpoints 1 of 3');
  // The filter hid what was selected: a key selects again.
  screen.press('j');
  await screen.shows(/▸ +23 Nov/);
  screen.press('R');
  const digits = await asked(screen);
  screen.press(KEYS.tab);
  await screen.shows('Tab checkpoint first on');
  screen.press(digits);
  await screen.shows(/Enter roll back [^,]/);
  screen.press(KEYS.enter);
  await screen.shows('the operation is running');
  screen.press(KEYS.escape);
  await screen.shows('rollback is running');
  screen.press(KEYS.ctrlC);
  await screen.shows(/leaving when it is done: the rollback of \S+ to \S+ \(at most 2 min more\)/);
  await screen.shows('once more leaves it to the daemon, which continues');
  show(screen.text());
  writeFileSync(join(standIn.dir, 'go'), '');
  expect(await screen.ended).toMatchObject({ exitCode: 0 });
});
