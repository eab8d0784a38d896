import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { RUNTIME_FOLDERS } from '../../src/effects/lock/runtime-folder.ts';
import type { Headless } from './headless.ts';
import { headlessWorld, type HeadlessWorld } from './headless-world.ts';
import { cleanEnvironment, PROGRAM } from './program.ts';
import { tempDir } from './temp-dir.ts';
import { openTerminal, type TerminalOptions, type TestTerminal } from './terminal.ts';
import { until } from './until.ts';

/** A feed, a workspace, and a runtime folder in which no engine is found but those of this world. */
export type ConsoleWorld = HeadlessWorld & {
  /** The runtime folder, as it is seen from here. */
  readonly runtime: string;
  /** What starts our Node so that it sees that folder. */
  readonly launcher: readonly [file: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
  /** The socket of an engine. */
  readonly socketOf: (engine: Headless) => string;
  /** A headless engine; in mode hold (left out) it does not fire by itself. Waits until consoles can attach to it. */
  readonly engine: (mode?: 'hold' | 'observe', args?: readonly string[]) => Promise<Headless>;
  /** `sightline` in a terminal, with these options alone. */
  readonly console: (args?: readonly string[], options?: TerminalOptions) => TestTerminal;
};

const IS_ROOT = process.getuid?.() === 0;
// The only folder of root's that the program looks into: another one lies over it, for this process alone.
const OVER = `mount --bind "$0" '${RUNTIME_FOLDERS.root}' && exec "$@"`;

/** False where root may not mount: the engines of other tests would be found there. */
export const CAN_ISOLATE = !IS_ROOT || spawnSync('unshare', ['-m', 'true']).status === 0;

/** Makes the world of a test of consoles; needs `CAN_ISOLATE`. */
export async function consoleWorld(): Promise<ConsoleWorld> {
  const world = await headlessWorld();
  const place = tempDir();
  const runtime = join(place, 'sightline');
  mkdirSync(runtime, { mode: 0o755 });
  if (IS_ROOT) mkdirSync(RUNTIME_FOLDERS.root, { recursive: true, mode: 0o755 });
  const node = [process.execPath] as const;
  const launcher = IS_ROOT ? (['unshare', '-m', 'sh', '-c', OVER, runtime, ...node] as const) : node;
  const env: Readonly<Record<string, string>> = IS_ROOT ? {} : { XDG_RUNTIME_DIR: place };
  const socketOf = ({ child }: Headless): string => join(runtime, `${child.pid}.sock`);
  return {
    ...world,
    runtime,
    launcher,
    env,
    socketOf,
    engine: async (mode = 'hold', args = []) => {
      const acts = ['--mode', mode, '--grace', '3600', '--workspace', world.workspace, '--checkpointer', 'git'];
      const engine = world.start([...acts, ...args], { env, launcher });
      await until(() => existsSync(socketOf(engine)));
      return engine;
    },
    console: (args = [], options = {}) =>
      openTerminal(args, {
        ...options,
        env: { ...cleanEnvironment(), ...env, SIGHTLINE_ATTACH: '', ...options.env },
        command: [...launcher, PROGRAM],
      }),
  };
}
