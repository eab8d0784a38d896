import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import {
  parsePlayerMessage,
  PLAYER_VARIABLE,
  type PlayerMessage,
  type PlayerOrder,
  type PlayerRequest,
} from './protocol.ts';

/** The longest time for the player to close its databases before it is killed, ms. */
const PLAYER_GRACE_MS = 2_000;
/** Characters kept of the player's standard error. */
const MAX_COMPLAINT = 2_000;

export type LaunchOptions = {
  /** Program and arguments that read `PLAYER_VARIABLE` and then play. */
  readonly command: readonly [string, ...string[]];
  readonly options: PlayerRequest;
  readonly onMessage: (message: PlayerMessage) => void;
};

/** A running player. */
export type Player = {
  readonly pid: number | undefined;
  readonly order: (order: PlayerOrder) => void;
  /** Resolves when it has ended, with what went wrong, or null when it ended as it should. */
  readonly ended: Promise<string | null>;
  /** Asks it to end, and kills it if it does not. Resolves when it is gone. */
  readonly close: () => Promise<void>;
};

/** Starts the player as a process of its own. Never throws: `ended` reports what goes wrong. */
export function launchPlayer({ command, options, onMessage }: LaunchOptions): Player {
  const [file, ...args] = command;
  // A session of its own: Ctrl-C is for the demo, which then ends its player.
  const child = spawn(file, args, {
    stdio: 'pipe',
    detached: true,
    env: { ...process.env, [PLAYER_VARIABLE]: JSON.stringify(options) },
  });
  const ended = playerEnd(child);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = parsePlayerMessage(line);
    if (message !== null) onMessage(message);
  });
  // It may be gone when an order is sent; `ended` reports that.
  child.stdin.on('error', () => undefined);
  const order = (message: PlayerOrder): void => void child.stdin.write(message + '\n');
  return {
    pid: child.pid,
    order,
    ended,
    close: async () => {
      order('bye');
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), PLAYER_GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function playerEnd(child: ChildProcess): Promise<string | null> {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT);
  });
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code === 0) return null;
    return `the player ended with ${code === null ? String(signal) : `exit code ${code}`}: ${complaint.trim()}`;
  } catch (error) {
    return `the player could not be started: ${String(error)}`;
  }
}
