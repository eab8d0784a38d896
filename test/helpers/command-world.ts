import { spawn } from 'node:child_process';
import { type ConsoleWorld, consoleWorld } from './console-world.ts';
import { cleanEnvironment, PROGRAM } from './program.ts';

/** The end of a command: what it printed, and its exit code. */
export type Done = {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
  /** The object that it printed with `--json`. */
  readonly json: () => Readonly<Record<string, unknown>>;
};

/** A world of consoles in which commands are typed. */
export type CommandWorld = ConsoleWorld & {
  /** Runs a command to its end, on the state folder of the world. */
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Done>;
};

export type RunOptions = {
  /** Without `--state-dir` and `--checkpointer git`. */
  readonly bare?: boolean;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Makes the world of a test of commands; needs `CAN_ISOLATE`. */
export async function commandWorld(): Promise<CommandWorld> {
  const world = await consoleWorld();
  const [file, ...before] = world.launcher;
  return {
    ...world,
    run: (args, { bare = false, cwd = '/', env = {} } = {}) => {
      const where = bare ? [] : ['--state-dir', world.stateDir, '--checkpointer', 'git'];
      // What stands behind `--` is no option.
      const end = args.includes('--') ? args.indexOf('--') : args.length;
      const all = [...before, PROGRAM, ...args.slice(0, end), ...where, ...args.slice(end)];
      const child = spawn(file, all, { cwd, env: { ...cleanEnvironment(), ...world.env, ...env }, stdio: 'pipe' });
      let [out, errors] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
      child.stdin.end();
      return new Promise((resolve) => {
        child.once('close', (code) =>
          resolve({ code, out, errors, json: () => JSON.parse(out) as Readonly<Record<string, unknown>> }),
        );
      });
    },
  };
}
