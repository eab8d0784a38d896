import { quote } from '../../config/error.ts';
import { alternatives } from '../../wording/units.ts';
import { errnoOf } from '../../core/errno.ts';
import { performOnScreen } from './screen/on-screen.ts';
import { perform } from './perform.ts';
import type { Show } from './show.ts';
import { DemoStopped, quietStopRequests, stopRequests } from './stop.ts';
import { appearanceOf } from '../tui/appearance.ts';
import type { ScreenConfig } from '../../config/config.ts';
import { ArmError } from '../../engine/types.ts';
import { complain, outputTerminal, printLines } from '../../effects/terminal/output.ts';
import { openKeyboard } from '../../effects/terminal/terminal.ts';
import { PLAYER_VARIABLE } from '../../feeds/demo/protocol.ts';
import { PARTS } from '../../feeds/demo/script/parts.ts';
import { findScenario, SCENARIO_NAMES } from '../../feeds/demo/script/select.ts';
import { makeStage, removeStage } from '../../feeds/demo/stage.ts';

/** `scenario` is the name of one part, or `all`; `list` prints the names and plays nothing. */
export type DemoOptions = {
  readonly speed: number;
  readonly scenario: string;
  readonly seed: number;
  readonly list: boolean;
  /** The number of hosts of a fleet; null plays on this machine alone. */
  readonly fleet: number | null;
  readonly screen: ScreenConfig;
};

/**
 * Plays the demonstration: on a terminal the dashboard over it, until the person leaves; elsewhere as a timeline that
 * checks itself. Resolves to the exit code: 0 when everything happened as it should, 1 when it did not, 2 for a wrong
 * option or where nothing can be played.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const player = process.env[PLAYER_VARIABLE];
  if (player !== undefined) return playAgentsight(player);
  if (options.list) return list();
  const scenario = findScenario(options.scenario);
  if (scenario === null) {
    return refuse(`--scenario: expected ${alternatives(SCENARIO_NAMES)}, got ${quote(options.scenario)}`, 2);
  }
  try {
    const { fleet } = options;
    if (fleet !== null) return await (await import('./fleet.ts')).runFleetDemo({ ...options, fleet, scenario });
    const stage = await makeStage();
    try {
      return await performWhere({ ...options, scenario, stage });
    } finally {
      await removeStage(stage.root);
    }
  } catch (error) {
    return explain(error);
  }
}

async function performWhere(show: Omit<Show, 'requests'> & Pick<DemoOptions, 'screen'>): Promise<number> {
  const keyboard = outputTerminal() !== null ? openKeyboard(false) : null;
  const requests = keyboard === null ? stopRequests() : quietStopRequests();
  try {
    if (keyboard === null) return await perform({ ...show, requests });
    return await performOnScreen(
      { ...show, requests },
      { keyboard, appearance: appearanceOf(show.screen), beyond: show.screen },
    );
  } finally {
    keyboard?.close();
    requests.forget();
  }
}

async function playAgentsight(options: string): Promise<number> {
  const { runDemoPlayer } = await import('./player.ts');
  return runDemoPlayer(options);
}

function list(): number {
  const width = Math.max(...SCENARIO_NAMES.map((name) => name.length));
  const lines = [...PARTS.map(({ name, shows }) => [name, shows] as const), ['all', 'all of them (default)'] as const];
  printLines(lines.map(([name, shows]) => `${name.padEnd(width)}  ${shows}`));
  return 0;
}

function explain(error: unknown): number {
  if (error instanceof DemoStopped) return refuse(error.message, error.exitCode);
  if (error instanceof ArmError) return refuse(`cannot arm: ${error.message}`, 2);
  if (error instanceof Error && errnoOf(error) !== '')
    return refuse(`the demo cannot be played here: ${error.message}`, 2);
  throw error;
}

function refuse(text: string, exitCode: number): number {
  complain(text);
  return exitCode;
}
