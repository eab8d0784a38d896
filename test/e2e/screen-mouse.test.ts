import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { screenWorld, type ScreenWorld } from '../helpers/screen-world.ts';
import { KEYS, openTerminal, type TestTerminal } from '../helpers/terminal.ts';

/** A click on the first cell of a text that is on the screen. */
async function click(screen: TestTerminal, text: string | RegExp): Promise<void> {
  await screen.shows(text);
  const lines = screen.lines();
  const y = lines.findIndex((line) => line.search(text) !== -1);
  const x = (lines[y] ?? '').search(text);
  screen.press(`\u001b[<0;${x + 1};${y + 1}M`, `\u001b[<0;${x + 1};${y + 1}m`);
}

/** A pager of our own: it shows its text, waits for a line on the terminal, and says when it goes on after a stop. */
function pagerOf({ folder }: ScreenWorld): string {
  const file = join(folder, 'pager.sh');
  writeFileSync(
    file,
    `#!/bin/sh
trap 'echo GOES ON' CONT
cat
echo "END OF TEXT"
for try in 1 2 3; do read -r line </dev/tty && break; done
`,
  );
  chmodSync(file, 0o755);
  return file;
}

/** A session behind a shell with job control, as a person has it; a change waits to be compared. */
async function behindShell(world: ScreenWorld, env: Record<string, string> = {}): Promise<TestTerminal> {
  const shell = openTerminal(['--norc', '--noprofile', '--noediting', '-i'], {
    command: ['/bin/bash'],
    env: { ...cleanEnvironment(), ...env },
  });
  shell.press(`PS1='shell> '; ${process.execPath} ${PROGRAM} ${world.args.join(' ')} --mouse\r`);
  await shell.shows('● live');
  return shell;
}

async function toComparison(screen: TestTerminal, world: ScreenWorld): Promise<void> {
  screen.press('c');
  await screen.shows('✓ checkpoint created');
  writeFileSync(join(world.workspace, 'changed.txt'), 'a new line\n');
  screen.press('5');
  await screen.shows(/Checkpoints \d/);
  screen.press('d');
}

test('clicks choose and open, also after a resize, and a tab is clicked like its key', async () => {
  const world = await screenWorld();
  const screen = await world.open(['--mouse']);
  await world.writer.call({ conversation_id: 'first', agent_name: 'Hermes', user_query: 'one' });
  await world.writer.call({ conversation_id: 'second', agent_name: 'Cosh', user_query: 'two' });
  await click(screen, /Cosh +two/);
  await screen.shows(/▸ ● active +Cosh +two/);
  await screen.shows(/╭─ Cosh · two ─/);
  await click(screen, /Hermes +one/);
  await screen.shows(/▸ ● active +Hermes +one/);
  await screen.shows(/╭─ Hermes · one ─/);
  screen.resize(80, 24);
  await screen.shows('▸2 Conversations');
  await click(screen, /4 Signals/);
  await screen.shows('▸4 Signals');
  await click(screen, /2 Conversations/);
  await screen.shows('▸2 Conversations');
  await click(screen, /Cosh +two/);
  await screen.shows(/▸ ● active +Cosh +two/);
  await click(screen, /Cosh +two/);
  await screen.shows(/▌ user: two[\s\S]* Enter this call /);
});

describe('the mouse is given back', () => {
  test('at the end, by Ctrl-Z, and taken again by fg', async () => {
    const shell = await behindShell(await screenWorld());
    expect(shell.modes().mouse).toBe(true);
    shell.press(KEYS.ctrlZ);
    await shell.shows('Stopped');
    expect(shell.modes().mouse).toBe(false);
    shell.press('fg\r');
    await shell.shows('Automation');
    expect(shell.modes().mouse).toBe(true);
    shell.press('q');
    await shell.shows(/shell>\s*$/);
    expect(shell.modes()).toMatchObject({ mouse: false, alternateScreen: false, bracketedPaste: false });
  });

  test.for(['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)('by %s, and when it crashes', async (signal) => {
    const world = await screenWorld();
    // The last of these signals plants a mistake.
    const fixture = resolve(import.meta.dirname, '../fixtures/throws-on-usr2.ts');
    const env = { ...cleanEnvironment(), NODE_OPTIONS: `--import=${fixture}` };
    const screen = await world.open(['--mouse'], { env });
    expect(screen.modes().mouse).toBe(true);
    screen.signal(signal);
    await screen.ended;
    expect(screen.modes()).toMatchObject({ mouse: false, alternateScreen: false, cursorHidden: false });
  });

  test('while a pager has the terminal', async () => {
    const world = await screenWorld();
    const shell = await behindShell(world, { PAGER: pagerOf(world) });
    await toComparison(shell, world);
    await shell.shows('END OF TEXT');
    expect(shell.modes().mouse).toBe(false);
    shell.press('\r');
    await shell.shows(/Checkpoints \d/);
    expect(shell.modes().mouse).toBe(true);
    await click(shell, /manual-|first/);
    shell.press(KEYS.escape);
    await shell.shows('Automation');
    shell.press('q');
    await shell.shows(/shell>\s*$/);
    expect(shell.modes().mouse).toBe(false);
  });

  test('Ctrl-Z in the pager stops both; fg goes on in the pager, and then on the screen', async () => {
    const world = await screenWorld();
    const shell = await behindShell(world, { PAGER: pagerOf(world) });
    await toComparison(shell, world);
    await shell.shows('END OF TEXT');
    shell.press(KEYS.ctrlZ);
    await shell.shows('Stopped');
    shell.press('echo in the $((40 + 2)) shell\r');
    await shell.shows('in the 42 shell');
    shell.press('fg\r');
    await shell.shows('GOES ON');
    shell.press('\r');
    await shell.shows(/Checkpoints \d/);
    expect(shell.modes()).toMatchObject({ mouse: true, alternateScreen: true });
    shell.press(KEYS.escape);
    await shell.shows('Automation');
    shell.press('q');
    await shell.shows(/shell>\s*$/);
    expect(shell.modes()).toMatchObject({ mouse: false, alternateScreen: false, cursorHidden: false });
  });
});
