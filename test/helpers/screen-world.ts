import { headlessWorld, type HeadlessWorld } from './headless-world.ts';
import { openTerminal, type TerminalOptions, type TestTerminal } from './terminal.ts';

/** A live feed, a workspace, and the screen over them. */
export type ScreenWorld = Omit<HeadlessWorld, 'armed'> & {
  /** The arguments that make the program follow that feed, with that workspace and git. */
  readonly args: readonly string[];
  /** The screen, watching only. */
  readonly open: (args?: readonly string[], options?: TerminalOptions) => Promise<TestTerminal>;
  /** The screen of an engine that may act: in mode `auto`, or `hold` with a countdown that does not end by itself. */
  readonly armed: (mode: 'auto' | 'hold', args?: readonly string[], options?: TerminalOptions) => Promise<TestTerminal>;
};

export async function screenWorld(): Promise<ScreenWorld> {
  const world = await headlessWorld();
  const { folder, workspace, stateDir } = world;
  const where = ['--source', `sqlite:${folder}`, '--state-dir', stateDir];
  const args = [...where, '--workspace', workspace, '--checkpointer', 'git'];
  const open: ScreenWorld['open'] = async (more = [], options = {}) => {
    const terminal = openTerminal([...args, ...more], options);
    await terminal.shows(/[●*] live/);
    return terminal;
  };
  return {
    ...world,
    args,
    open,
    armed: async (mode, more = [], options = {}) => {
      const grace = mode === 'hold' ? ['--grace', '3600'] : [];
      const terminal = await open(['--mode', mode, ...grace, ...more], options);
      // Signals wait behind the first, whole snapshot.
      await terminal.shows(/ready/);
      return terminal;
    },
  };
}
