import { fileURLToPath } from 'node:url';
import { launchPlayer, type Player } from '../../src/feeds/demo/launch.ts';
import type { PlayerMessage } from '../../src/feeds/demo/protocol.ts';
import { makeStage, type Stage } from '../../src/feeds/demo/stage.ts';

/** Program and arguments that start the demo's player from source. */
export const PLAYER_COMMAND = [
  process.execPath,
  fileURLToPath(new URL('../fixtures/demo/player.ts', import.meta.url)),
] as const;

/** A simulated agentsight in a process of its own, for tests of whoever reads its databases. */
export type TestPlayer = Player & {
  readonly stage: Stage;
  /** What it has said so far. */
  readonly messages: readonly PlayerMessage[];
  readonly has: (type: PlayerMessage['type']) => boolean;
};

/** Starts a player that has made its databases and waits for `go`, once it has said `ready`; cues are acknowledged. */
export async function startPlayer(
  scenario: string,
  options: { speed?: number; seed?: number } = {},
): Promise<TestPlayer> {
  const stage = await makeStage();
  const messages: PlayerMessage[] = [];
  const player = launchPlayer({
    command: PLAYER_COMMAND,
    options: { root: stage.root, scenario, seed: options.seed ?? 1, speed: options.speed ?? 20 },
    onMessage: (message) => {
      messages.push(message);
      if (message.type === 'cue') player.order('ack');
    },
  });
  return { ...player, stage, messages, has: (type) => messages.some((message) => message.type === type) };
}
