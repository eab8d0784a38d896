import type { Engine } from '../../../engine/types.ts';
import { agentsOf, isIdle, silenceAgents } from '../opening.ts';
import { startPerformer, type Performer } from '../performer.ts';
import type { Show } from '../show.ts';
import { DemoStopped, waitUntil } from '../stop.ts';
import type { Guide } from './guide.ts';

/** The factor by which the parts begin further apart: a person reads what happens. */
const PACE = 2;
/** The longest time for the player to get ready, and for a round to settle after its last step, ms. */
const PATIENCE_MS = 20_000;
/** Between two rounds, ms: time to try the keys. */
const INTERMISSION_MS = 20_000;

/** A show on a screen, with what explains it. */
export type Play = { readonly show: Show; readonly engine: Engine; readonly guide: Guide };

/** One round after the other. When the demo cannot continue, the screen stays and shows that. */
export async function playOn(play: Play, first: Performer): Promise<void> {
  const { show, guide } = play;
  try {
    await playRound(play, first);
    for (let number = 1; ; number += 1) {
      guide.show('that was all; try ? (keys) and m (mode: hold lets you veto); q leaves');
      await waitUntil(() => false, INTERMISSION_MS, show.requests.signal);
      await playRound(play, openRound(play, number));
    }
  } catch (error) {
    if (!(error instanceof DemoStopped)) throw error;
    guide.show(`the demo cannot continue: ${error.message}; q leaves`);
  }
}

async function playRound({ show, engine, guide }: Play, performer: Performer): Promise<void> {
  const { signal } = show.requests;
  const settle = (): Promise<boolean> => waitUntil(() => isIdle(engine.store.getState()), PATIENCE_MS, signal);
  try {
    await waitReady(performer, show);
    guide.beginRound();
    await settle();
    performer.order('go');
    await waitUntil(() => performer.has('end'), Number.POSITIVE_INFINITY, signal);
    await settle();
  } finally {
    await performer.close();
  }
}

/** Starts the player of a round. */
export function openRound({ show, engine, guide }: Play, number: number): Performer {
  const performer: Performer = startPerformer(show, { number, pace: PACE }, (message) => {
    if (message.type === 'note') guide.receive({ ...message, type: 'agent' });
    if (message.type !== 'cue') return;
    silenceAgents(engine, agentsOf(show.scenario, message.part));
    performer.order('ack');
  });
  return performer;
}

/** Resolves when the player has written what is there before the round. */
export async function waitReady(performer: Performer, { requests }: Show): Promise<void> {
  if (await waitUntil(() => performer.has('ready'), PATIENCE_MS, requests.signal)) return;
  throw new DemoStopped(`the player was not ready within ${PATIENCE_MS / 1_000} s`, 1);
}
