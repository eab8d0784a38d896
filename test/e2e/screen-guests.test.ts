/** Issue 18, part 9: `!` lends the terminal to a shell, `E` to an editor, with the rights of the folder's owner. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { CAN_ISOLATE } from '../helpers/console-world.ts';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { screenWorld } from '../helpers/screen-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { KEYS, openTerminal, type TestTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

const EDITOR = resolve(import.meta.dirname, '../fixtures/editor.sh');
const IS_ROOT = process.getuid?.() === 0;
/** An account that only the tests' own list of users has. */
const GUEST = 54_321;
const HOME_MODE = 0o755;

const show = (text: string): void => void (process.env['SHOW'] && console.log(text));

/** A place of a user with an account: the program runs as root beside it, or as that user (`own`). */
async function place({ own, hasScript = true }: { readonly own: boolean; readonly hasScript?: boolean }) {
  const world = await screenWorld();
  const home = tempDir();
  for (const folder of [home, dirname(world.workspace)]) chmodSync(folder, HOME_MODE);
  const passwd = join(home, 'passwd');
  const account = `guest:x:${GUEST}:${GUEST}::${home}:/bin/sh\n`;
  writeFileSync(passwd, readFileSync('/etc/passwd', 'utf8') + account);
  const feed = join(home, 'feed.jsonl');
  writeFileSync(feed, '');
  if (IS_ROOT) spawnSync('chown', ['-R', `${GUEST}:${GUEST}`, home, world.workspace]);
  const { workspace } = world;
  const below = own && IS_ROOT ? ['setpriv', `--reuid=${GUEST}`, `--regid=${GUEST}`, '--clear-groups'] : [];
  const masked = hasScript ? '' : ' && mount --bind /dev/null /usr/bin/script';
  const isolated = [
    'unshare',
    '-m',
    'sh',
    '-c',
    `mount --bind "$0" /etc/passwd${masked} && exec "$@"`,
    passwd,
  ] as const;
  const env = { ...cleanEnvironment(), EDITOR: `${EDITOR} --wait`, SIGHTLINE_TOKEN: 'secret', HOME: home };
  const state = ['--state-dir', join(home, 'state'), '--source', own ? `jsonl:${feed}` : `sqlite:${world.folder}`];
  const program = [process.execPath, PROGRAM, ...state, '--workspace', workspace, '--checkpointer', 'git'];
  const start = (argv: readonly string[]): TestTerminal => {
    const [file = '', ...args] = IS_ROOT ? [...isolated, ...below, ...argv] : argv;
    return openTerminal(args, { env, command: [file], cwd: '/' });
  };
  const open = async (args: readonly string[] = [], isOpen = /[●*] live/): Promise<TestTerminal> => {
    const terminal = start([...program, ...args]);
    await terminal.shows(isOpen);
    return terminal;
  };
  return { ...world, home, program, start, open };
}

const NEEDS_ROOT = test.skipIf(!IS_ROOT || !CAN_ISOLATE);
const NEEDS_ANY = test.skipIf(!CAN_ISOLATE);

NEEDS_ROOT("! as root is a shell of the folder's owner, with nothing of ours, while the feed is read on", async () => {
  const { open, workspace, writer, home } = await place({ own: false });
  const screen = await open();
  screen.press('!');
  await screen.shows(`sightline: shell in ${workspace}, owner uid ${GUEST}`);
  expect(screen.modes()).toMatchObject({ alternateScreen: false, cursorHidden: false, mouse: false });
  expect(screen.text()).toContain('watching goes on; exit to come back');
  screen.press('pwd; id -u; id -G; env | cut -d= -f1 | sort | tr "\\n" " "; ls -A | wc -l\r');
  const text = await screen.shows(/\nHOME .* 1\n/);
  show(text);
  expect(text).toContain(`${workspace}\n${GUEST}\n${GUEST}\nHOME LANG LOGNAME PATH PWD SHELL TERM USER 1\n`);
  // What is typed is the shell's alone, and calls come in meanwhile.
  screen.press('echo q:$HOME:$SHELL; echo $((6 * 7)) > answer\r');
  await screen.shows(`q:${home}:/bin/sh`);
  expect(readFileSync(join(workspace, 'answer'), 'utf8')).toBe('42\n');
  await writer.call({ conversation_id: 'meanwhile', agent_name: 'Hermes' });
  screen.press('exit 3\r');
  await screen.shows('back from the shell in project, exit 3');
  await screen.shows('Hermes');
  expect(screen.modes()).toMatchObject({ alternateScreen: true, cursorHidden: true });
  screen.press('?');
  await screen.shows('shell in the folder');
});

NEEDS_ANY(
  'a shell that is killed, and one in a terminal that changes its size, leave the screen as it was',
  async () => {
    const { open } = await place({ own: true });
    const screen = await open();
    screen.press('!');
    await screen.shows('sightline: shell in');
    screen.resize(100, 30);
    screen.press('stty size\r');
    await screen.shows('30 100');
    screen.press('kill -9 $$\r');
    await screen.shows(/back from the shell in project, (?:ended by SIGKILL|exit 137)/);
    expect(screen.modes()).toMatchObject({ alternateScreen: true, cursorHidden: true });
    // Keys are ours again.
    screen.press('L');
    await screen.shows('Esc closes');
  },
);

NEEDS_ANY('is stopped with us by SIGTSTP, and has the terminal again after fg', async () => {
  const { program, start, home } = await place({ own: true });
  const outer = start(['bash', '--norc', '--noprofile', '--noediting', '-i']);
  outer.press(`PS1='outer> '; ${program.join(' ')}\r`);
  await outer.shows('● live');
  outer.press('!');
  await outer.shows('sightline: shell in');
  // Behind script(1): its parent's parent is the program.
  outer.press('echo $PPID > "$HOME/guest"\r');
  await until(() => existsSync(join(home, 'guest')) && readFileSync(join(home, 'guest'), 'utf8') !== '', 20_000);
  const ours = parentOf(parentOf(Number(readFileSync(join(home, 'guest'), 'utf8'))));
  process.kill(ours, 'SIGTSTP');
  await outer.shows('Stopped');
  outer.press('echo outer-$((2 + 2))\r');
  await outer.shows('outer-4');
  outer.press('fg\r');
  await until(() => !stateOf(ours).startsWith('T'), 20_000);
  outer.press('echo back-$((3 + 3))\r');
  await outer.shows('back-6');
  outer.press('exit\r');
  await outer.shows('back from the shell in project');
  outer.press('L');
  await outer.shows('Esc closes');
});

NEEDS_ANY('ends with us: the shell is hung up, and the terminal given back', async () => {
  const { open, home } = await place({ own: true });
  const screen = await open();
  screen.press('!');
  await screen.shows('sightline: shell in');
  screen.press(`echo $$ > ${home}/pid; sleep 1000\r`);
  await until(() => existsSync(join(home, 'pid')) && readFileSync(join(home, 'pid'), 'utf8') !== '', 20_000);
  const pid = Number(readFileSync(join(home, 'pid'), 'utf8'));
  screen.signal('SIGTERM');
  await screen.ended;
  expect(screen.modes()).toMatchObject({ alternateScreen: false, cursorHidden: false, bracketedPaste: false });
  await until(() => !isRunning(pid), 20_000);
});

NEEDS_ROOT('gives the terminal its usual modes again, whatever a shell has left', async () => {
  const { open, workspace } = await place({ own: false });
  const screen = await open();
  screen.press('!');
  await screen.shows('sightline: shell in');
  // The other screen, mouse, focus, paste, margins, origin, no wrapping, reversed, keys, insertion, colours, line drawing.
  const modes = ['?1049', '?1003', '?1006', '?1004', '?2004', '?6', '?5', '?1', '4'].map((mode) => `\\033[${mode}h`);
  const left = `${modes.join('')}\\033[5;10r\\033[?7l\\033=\\033[31;41m\\033(0\\016\\033P unfinished`;
  writeFileSync(join(workspace, 'leave.sh'), `printf '${left}'; exit\n`);
  screen.press('. ./leave.sh\r');
  await screen.shows('back from the shell in project');
  expect(screen.text()).toContain('╭─ [2] Conversations 0 ─');
  expect(screen.modes()).toMatchObject({ alternateScreen: true, mouse: false });
  expect(screen.oddities()).toEqual([]);
  screen.press('q');
  await screen.ended;
  expect(screen.modes()).toMatchObject({ alternateScreen: false, cursorHidden: false, mouse: false });
  expect(screen.oddities()).toEqual([]);
});

NEEDS_ROOT('goes on with a shell that stops itself or what started it: no key could continue it', async () => {
  const { open } = await place({ own: false });
  const screen = await open();
  screen.press('!');
  await screen.shows('sightline: shell in');
  screen.press('kill -STOP $$; echo on-$((1 + 1))\r');
  await screen.shows('on-2');
  screen.press('kill -STOP $PPID; echo on-$((1 + 2))\r');
  await screen.shows('on-3');
  screen.press('exit\r');
  await screen.shows('back from the shell in project');
});

NEEDS_ROOT(
  'ends with us also where the shell is stopped and hears no signal: nothing is left on the terminal',
  async () => {
    const { open, home } = await place({ own: false });
    const screen = await open();
    screen.press('!');
    await screen.shows('sightline: shell in');
    const pids = join(home, 'pids');
    screen.press(`trap '' HUP TERM INT; echo $$ $PPID > ${pids}; kill -STOP $PPID; while :; do kill -STOP $$; done\r`);
    await until(() => existsSync(pids) && readFileSync(pids, 'utf8').endsWith('\n'), 20_000);
    const [shell = 0, parent = 0] = readFileSync(pids, 'utf8').split(' ').map(Number);
    const script = parentOf(parent);
    screen.signal('SIGTERM');
    await screen.ended;
    await until(() => [shell, parent, script].every((pid) => !isRunning(pid) || stateOf(pid) === 'Z'), 20_000);
    expect(screen.modes()).toMatchObject({ alternateScreen: false, cursorHidden: false });
  },
);

NEEDS_ANY('is refused without script(1), and the screen stays', async () => {
  const { open } = await place({ own: true, hasScript: false });
  const screen = await open();
  screen.press('!');
  await screen.shows('no shell in project: script(1) is missing');
  expect(screen.modes().alternateScreen).toBe(true);
});

NEEDS_ROOT('a screen that is read aloud says how it ended, and goes on', async () => {
  const { open } = await place({ own: false });
  const screen = await open(['--screen-reader'], /Enter alone says/);
  screen.press('!\r');
  await screen.shows('sightline: shell in');
  screen.press('exit 3\r');
  await screen.shows('back from the shell in project, exit 3');
  screen.press('L\r');
  await screen.shows(/log:|message/);
});

NEEDS_ANY('E opens the file of a checkpoint in the editor of our own user, whatever its name is', async () => {
  const { open, workspace, home } = await place({ own: true });
  const hostile = '-c !rm; $(touch owned) "x';
  const screen = await open();
  screen.press('c');
  await screen.shows('✓ checkpoint created');
  mkdirSync(join(workspace, 'a b'));
  writeFileSync(join(workspace, 'a b', hostile), 'new\n');
  screen.press('c');
  await screen.shows(/checkpoint created, 1 file/);
  screen.press('5');
  await screen.shows('1 file since');
  screen.press(KEYS.tab);
  await screen.shows('E edit in project');
  screen.press('E');
  await screen.shows('(the editor)');
  show(screen.text());
  expect(readFileSync(join(home, 'edited'), 'utf8')).toBe(`--wait\n./a b/${hostile}\nin ${workspace}\n`);
  screen.press(KEYS.enter);
  await screen.shows('back from the editor in project');
  await screen.shows('Enter diff of the file');
  expect(existsSync(join(workspace, 'owned'))).toBe(false);
});

NEEDS_ROOT('is refused in a folder of root, which would configure what runs as root', async () => {
  const { open } = await screenWorld();
  const screen = await open();
  screen.press('!');
  await screen.shows('no shell in project: root owns');
  expect(screen.modes().alternateScreen).toBe(true);
});

test('is refused in a screen that is only read', async () => {
  const { open } = await screenWorld();
  const screen = await open(['--read-only']);
  screen.press('!');
  await screen.shows('read-only: start without --read-only to act');
});

// What stands behind the program's name in its status.
function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function stateOf(pid: number): string {
  return statOf(pid)[0] ?? '';
}

function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
