import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, runProgram } from '../helpers/program.ts';
import { screenWorld } from '../helpers/screen-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { KEYS, openTerminal, type TestTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

const WHOLE = { alternateScreen: false, cursorHidden: false, bracketedPaste: false, mouse: false };

async function endsCleanly(screen: TestTerminal, exitCode = 0): Promise<void> {
  expect(await screen.ended).toEqual({ exitCode, signal: 0 });
  expect(screen.modes()).toEqual(WHOLE);
}

describe('the terminal is asked how wide it draws ambiguous characters', () => {
  const QUESTION = '\u001b[6n';

  test('where they are two cells wide, signs and borders are ASCII, and other text stays', async () => {
    const world = await screenWorld();
    await world.failedCall('boom', { user_query: '修复测试 → ok' });
    const screen = await world.open();
    expect(screen.raw()).toContain(QUESTION);
    await screen.shows('╭');
    screen.press('\u001b[3;13R');
    await screen.hides('╭');
    await screen.shows(/\+- \[2\] Conversations/);
    expect(await screen.shows('修复测试 > ok')).not.toMatch(/[●─│▸]/);
  });

  test('no answer, or one that says one cell, changes nothing and presses no key', async () => {
    const world = await screenWorld();
    const screen = await world.open();
    screen.press('\u001b[3;7R', '\u001b[3;13R', '?');
    await screen.shows('Keys');
    expect(screen.text()).toContain('╭');
  });
});

describe('quitting gives the terminal back', () => {
  test('from an empty screen, leaving nothing behind', async () => {
    const world = await screenWorld();
    const screen = await world.open();
    expect(screen.modes()).toEqual({ alternateScreen: true, cursorHidden: true, bracketedPaste: true, mouse: false });
    screen.press('q');
    await endsCleanly(screen);
    expect(screen.text().trim()).toBe('');
  });

  test('from a form, by Ctrl-C', async () => {
    const world = await screenWorld();
    const screen = await world.armed('auto');
    screen.press('s');
    await screen.shows('Enter silence');
    screen.press(KEYS.ctrlC);
    await endsCleanly(screen);
  });

  test('while a filter is typed, by Ctrl-C', async () => {
    const world = await screenWorld();
    const screen = await world.open();
    screen.press('/');
    await screen.shows('/_');
    screen.press('q');
    await screen.shows('/q_');
    screen.press(KEYS.ctrlC);
    await endsCleanly(screen);
  });

  test('while frozen and while something is held, which is told as stopped', async () => {
    const world = await screenWorld();
    const screen = await world.armed('hold');
    await world.failedCall('process crashed', { call_id: 'a' });
    await screen.shows('held, fires in');
    screen.press(KEYS.space);
    await screen.shows('FROZEN');
    screen.press('q');
    await screen.shows(/is held, 1 h left, and is not taken if you quit/);
    screen.press('q');
    await endsCleanly(screen);
    const again = await world.open();
    await again.shows('stopped');
  });

  test('while a checkpoint runs: it says so and waits; a second q ends it at once', async () => {
    const world = await screenWorld();
    const config = join(world.stateDir, '..', 'config.json');
    writeFileSync(config, JSON.stringify({ command: ['/bin/sleep', '3600'], timeout: 3_600 }));
    const terminal = openTerminal([...world.args, '--config', config, '--checkpointer', 'command']);
    await terminal.shows('● live');
    terminal.press('c');
    await terminal.shows(/RUNNING +\d+ s/);
    terminal.press('q');
    await terminal.shows('a run is on; quitting waits for it');
    terminal.press('q');
    await terminal.shows('once more ends it at once');
    terminal.press('q');
    await endsCleanly(terminal, 130);
  });
});

describe('a signal gives the terminal back', () => {
  test.for(['SIGTERM', 'SIGHUP', 'SIGINT'])('%s', async (signal) => {
    const world = await screenWorld();
    const screen = await world.open();
    screen.signal(signal);
    await endsCleanly(screen);
  });
});

test('a crash gives the terminal back, then says what happened', async () => {
  const world = await screenWorld();
  const fixture = resolve(import.meta.dirname, '../fixtures/throws-on-usr2.ts');
  const env = { ...cleanEnvironment(), NODE_OPTIONS: `--import=${fixture}` };
  const screen = await world.open([], { env });
  screen.signal('SIGUSR2');
  await endsCleanly(screen, 70);
  expect(screen.text()).toContain('please report it');
  expect(screen.text()).toContain('a planted mistake');
});

test('a configuration that cannot be armed is told on the plain terminal', async () => {
  const world = await screenWorld();
  const screen = openTerminal(['--source', `sqlite:${world.folder}`, '--arm']);
  await endsCleanly(screen, 2);
  expect(screen.text()).toContain('cannot be armed: there is no workspace');
  const missing = openTerminal([...world.args, '--arm', '--checkpointer', 'ws-ckpt']);
  await endsCleanly(missing, 2);
  expect(missing.text()).toContain('ws-ckpt was asked for, but');
});

test('without a terminal it says which command to use', () => {
  const { status, stdout, stderr } = runProgram([]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('use "sightline headless"');
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('Ctrl-Z goes back to the shell, and fg brings the whole screen back', async () => {
  const world = await screenWorld();
  const shell = openTerminal(['--norc', '--noprofile', '--noediting', '-i'], { command: ['/bin/bash'] });
  shell.press(`PS1='shell> '; ${process.execPath} ${PROGRAM} ${world.args.join(' ')}\r`);
  await shell.shows('● live');
  shell.press(KEYS.ctrlZ);
  await shell.shows('Stopped');
  expect(shell.modes()).toEqual(WHOLE);
  shell.press('echo in the $((40 + 2)) shell\r');
  await shell.shows('in the 42 shell');
  await world.writer.call({ agent_name: 'Meanwhile' });
  shell.press('fg\r');
  await shell.shows('Meanwhile');
  await shell.shows('Automation');
  expect(shell.modes().alternateScreen).toBe(true);
  shell.press('?');
  await shell.shows('Keys');
  shell.press(KEYS.ctrlC);
  await shell.shows(/shell>\s*$/);
  shell.press('exit\r');
  await endsCleanly(shell);
});

test('where no shell could continue it, Ctrl-Z only draws anew', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  screen.press(KEYS.ctrlZ);
  await world.writer.call({ agent_name: 'Later' });
  await screen.shows('Later');
  screen.press('q');
  await endsCleanly(screen);
});

test('stopped and continued from outside, it draws everything anew', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  screen.signal('SIGSTOP');
  screen.signal('SIGCONT');
  await world.writer.call({ agent_name: 'Later' });
  await screen.shows('Later');
  expect(screen.modes()).toEqual({ alternateScreen: true, cursorHidden: true, bracketedPaste: true, mouse: false });
  screen.press('?');
  await screen.shows('Keys');
});

test('when the terminal goes away, it ends', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  screen.hangUp();
  await screen.ended;
  const again = await world.open();
  again.press('q');
  await endsCleanly(again);
});

test('when the terminal goes away while a checkpoint runs, that is let finish', async () => {
  const world = await screenWorld();
  const place = tempDir();
  const [made, config] = [join(place, 'made'), join(place, 'config.json')];
  // It must outlast the end of its terminal by more than what ends at once.
  writeFileSync(
    config,
    JSON.stringify({ command: ['/bin/sh', '-c', `echo > ${place}/begun; sleep 3; echo > ${made}`] }),
  );
  const where = ['--source', `sqlite:${world.folder}`, '--state-dir', world.stateDir, '--workspace', world.workspace];
  const screen = openTerminal([...where, '--checkpointer', 'command', '--config', config, '--mode', 'auto']);
  await screen.shows('● live');
  await world.failedCall('process crashed');
  await until(() => existsSync(join(place, 'begun')), 20_000);
  screen.hangUp();
  expect(await screen.ended).toMatchObject({ exitCode: 0 });
  expect(existsSync(made)).toBe(true);
});

test('it follows the terminal from wide to one line and back, while calls come in', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  const writing = (async () => {
    for (let n = 0; n < 150; n += 1) await world.writer.call({ conversation_id: `c${n % 30}` });
  })();
  for (const [columns, rows, words] of [
    [300, 100, 'Agents'],
    [150, 40, 'Agents'],
    [100, 30, 'Automation'],
    [80, 24, '▸2 Conversations'],
    [60, 15, '▸2 Conversations'],
    [40, 10, 'needs 60x15'],
    [120, 34, 'Automation'],
  ] as const) {
    screen.resize(columns, rows);
    await screen.shows(words);
    // The words may still be those of the frame before; the new one fits.
    await until(() => screen.lines().every((line) => line.length <= columns), 20_000);
  }
  await writing;
  await screen.shows('Conversations 30');
  screen.press('q');
  await endsCleanly(screen);
});

test('a feed on standard input leaves the keyboard to the screen', async () => {
  const world = await screenWorld();
  const lines = resolve(import.meta.dirname, '../fixtures/jsonl/traced-0.5.jsonl');
  const pipe = `(cat ${lines}; sleep 3600) | ${process.execPath} ${PROGRAM} --source - --state-dir ${world.stateDir}`;
  const screen = openTerminal(['-c', pipe], { command: ['/bin/bash'] });
  await screen.shows('● live');
  await screen.shows(/Conversations [1-9]/);
  screen.press('?');
  await screen.shows('Keys');
  screen.press(KEYS.escape);
  await screen.hides('Keys');
  screen.press('q');
  await screen.hides('Automation');
  expect(screen.modes()).toEqual(WHOLE);
});

test('a source that is lost is told, and so is its return', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  await world.writer.call({ agent_name: 'Hermes' });
  await screen.shows('Hermes');
  await world.writer.close();
  renameSync(world.folder, `${world.folder}-gone`);
  await screen.shows('BLIND');
  renameSync(`${world.folder}-gone`, world.folder);
  await screen.shows('● live');
  expect(existsSync(world.folder)).toBe(true);
});
