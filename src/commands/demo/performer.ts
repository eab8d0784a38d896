import { launchPlayer, type Player } from '../../feeds/demo/launch.ts';
import type { PlayerMessage } from '../../feeds/demo/protocol.ts';
import type { Show } from './show.ts';
import { DemoStopped } from './stop.ts';

/** The player process, with the messages it has sent so far. */
export type Performer = Pick<Player, 'order'> & {
  readonly has: (type: PlayerMessage['type']) => boolean;
  readonly close: () => Promise<void>;
};

/** A round of the demo: the first one has history before it. */
export type Round = { readonly number: number; readonly pace: number };

/** Starts this very program again, as the player. Its early end ends the demo. */
export function startPerformer(
  { scenario, seed, speed, stage, requests }: Show,
  { number, pace }: Round,
  onMessage: (message: PlayerMessage) => void,
): Performer {
  const received = new Set<PlayerMessage['type']>();
  let leaving = false;
  const player = launchPlayer({
    command: [process.execPath, ...process.execArgv, process.argv[1] ?? '', 'demo'],
    options: { root: stage.root, scenario: scenario.name, seed: seed + number, speed, pace, history: number === 0 },
    onMessage: (message) => {
      received.add(message.type);
      onMessage(message);
    },
  });
  void player.ended.then((problem) => {
    if (!leaving) requests.stop(new DemoStopped(problem ?? 'the player has ended too early', 1));
  });
  return {
    order: player.order,
    has: (type) => received.has(type),
    close: async () => {
      leaving = true;
      await player.close();
    },
  };
}
