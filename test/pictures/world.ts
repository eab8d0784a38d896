import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoConfig } from '../../src/commands/demo/config.ts';
import { launchPlayer } from '../../src/feeds/demo/launch.ts';
import type { PlayerMessage } from '../../src/feeds/demo/protocol.ts';
import { findScenario } from '../../src/feeds/demo/script/select.ts';
import { makeStage, removeStage, type Stage } from '../../src/feeds/demo/stage.ts';
import { until } from '../helpers/until.ts';
import { record, type Recording } from './recording.ts';

const PROGRAM = resolve(import.meta.dirname, '../../dist/cli.js');
const PLAYER = fileURLToPath(new URL('../fixtures/demo/player.ts', import.meta.url));
const PATIENCE_MS = 60_000;

export type Size = { readonly columns: number; readonly rows: number };

export type WorldOptions = Size & {
  readonly mode: 'observe' | 'hold' | 'auto';
  readonly scenario: string;
  /** How much further apart than written the parts begin. */
  readonly pace?: number;
  /** Countdown before a checkpoint, and the window after one, seconds. */
  readonly grace?: number;
  readonly debounce?: number;
  /** How the screen looks, as the configuration file says it. */
  readonly ui?: { readonly ascii?: boolean; readonly theme?: string; readonly screen_reader?: boolean };
};

/** The ordinary program over the demo's agents, in a terminal. */
export type World = Recording & {
  /** Lets the agents begin. */
  readonly begin: () => void;
  /** Waits until an agent has done something. */
  readonly noted: (agent: string, text: string) => Promise<void>;
};

/** Opens a world, hands it over, and takes everything away again. */
export async function withWorld<T>(options: WorldOptions, visit: (world: World) => Promise<T>): Promise<T> {
  const stage = await makeStage();
  const messages: PlayerMessage[] = [];
  const { scenario, pace = 1, columns, rows } = options;
  const player = launchPlayer({
    command: [process.execPath, PLAYER],
    options: { root: stage.root, scenario, pace, seed: 1, speed: 1 },
    onMessage: (message) => {
      messages.push(message);
      if (message.type === 'cue') player.order('ack');
    },
  });
  try {
    await until(() => messages.some(({ type }) => type === 'ready'), PATIENCE_MS);
    const command = [process.execPath, PROGRAM, '--config', await writeConfig(stage, options)] as const;
    const recording = record({ command, columns, rows, cwd: stage.root, env: environment(stage) });
    const noted = async (agent: string, text: string): Promise<void> => {
      const isThere = (message: PlayerMessage): boolean =>
        message.type === 'note' && message.agent === agent && message.text.includes(text);
      await until(() => messages.some(isThere), PATIENCE_MS);
    };
    try {
      return await visit({ ...recording, begin: () => player.order('go'), noted });
    } finally {
      await recording.kill();
    }
  } finally {
    await player.close();
    await removeStage(stage.root);
  }
}

/** Opens the demo of a fleet, hands it over, and takes everything away again. */
export async function withFleet<T>({ columns, rows }: Size, visit: (fleet: Recording) => Promise<T>): Promise<T> {
  const stage = await makeStage();
  try {
    const command = [process.execPath, PROGRAM, 'demo', '--fleet', '5'] as const;
    const env = { ...environment(stage), TMPDIR: stage.root };
    const recording = record({ command, columns, rows, cwd: stage.root, env });
    try {
      return await visit(recording);
    } finally {
      await recording.kill();
    }
  } finally {
    await removeStage(stage.root);
  }
}

async function writeConfig(stage: Stage, { scenario, mode, grace, debounce, ui }: WorldOptions): Promise<string> {
  const played = findScenario(scenario);
  if (played === null) throw new Error(`the demo has no scenario "${scenario}"`);
  const file = join(stage.root, 'config.json');
  const config = {
    sources: [`sqlite:${stage.feedDir}`],
    workspaces: { agents: demoConfig(played, stage).workspaces.agents },
    checkpointer: 'git',
    mode,
    grace,
    debounce,
    guard: { store_used_ratio: 1 },
    ui,
    state_dir: stage.stateDir,
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

/** Nothing of this machine configures the program. */
function environment({ root }: Stage): Readonly<Record<string, string>> {
  const configured = { AGENTSIGHT_CONFIG: join(root, 'agentsight.json'), SIGHTLINE_ATTACH: 'none' };
  return { PATH: process.env['PATH'] ?? '', HOME: root, ...configured };
}
