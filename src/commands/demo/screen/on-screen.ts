import { systemClock } from '../../../effects/clock.ts';
import { printLines } from '../../../effects/terminal/output.ts';
import type { Engine } from '../../../engine/types.ts';
import { COMMIT_MS, showEngine, type ShowOptions } from '../../tui/run.ts';
import { createGuide, type Guide } from './guide.ts';
import { allStoredSnapshots } from '../report/listing.ts';
import { agentsOf, isIdle, openShow, silenceAgents } from '../opening.ts';
import { startPerformer, type Performer } from '../performer.ts';
import type { Show } from '../show.ts';
import { DemoStopped, waitUntil } from '../stop.ts';
import { storyLines } from '../report/summary.ts';

/** The factor by which the parts begin further apart: a person reads what happens. */
const PACE = 2;
/** The longest time for the player to get ready, and for a round to settle after its last step, ms. */
const PATIENCE_MS = 20_000;
/** Between two rounds, ms: time to try the keys. */
const INTERMISSION_MS = 20_000;

type Seat = Pick<ShowOptions, 'keyboard' | 'appearance' | 'beyond'>;
type Play = { readonly show: Show; readonly engine: Engine; readonly guide: Guide };

/**
 * Shows the dashboard over the demo, round after round, until the person leaves; then prints what has happened. Resolves
 * to the exit code; rejects with the `DemoStopped` that kept the demo from going on.
 */
export async function performOnScreen(show: Show, seat: Seat): Promise<number> {
  const guide = createGuide(systemClock);
  const engine = await openShow(show, { receive: guide.receive, talk: () => undefined, commitMs: COMMIT_MS });
  const play: Play = { show, engine, guide };
  const first = openRound(play, 0);
  let playing = Promise.resolve();
  try {
    const code = await showEngine(
      { ...engine, start: () => startBehind(first, play) },
      {
        ...seat,
        early: [],
        onOpen: ({ caption }) => {
          guide.open(caption);
          playing = playOn(play, first);
        },
      },
    );
    show.requests.signal.throwIfAborted();
    await tellStory(play);
    return code;
  } finally {
    guide.close();
    show.requests.stop(new DemoStopped('the person has left', 0));
    await first.close();
    await playing;
  }
}

/** Rows that the player writes before it is ready must be history to the engine; the screen is open by then. */
async function startBehind(first: Performer, { show, engine }: Play): Promise<void> {
  await waitReady(first, show);
  await engine.start();
}

/** One round after the other. When the demo cannot continue, the screen stays and shows that. */
async function playOn(play: Play, first: Performer): Promise<void> {
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

function openRound({ show, engine, guide }: Play, number: number): Performer {
  const performer: Performer = startPerformer(show, { number, pace: PACE }, (message) => {
    if (message.type === 'note') guide.receive({ ...message, type: 'agent' });
    if (message.type !== 'cue') return;
    silenceAgents(engine, agentsOf(show.scenario, message.part));
    performer.order('ack');
  });
  return performer;
}

async function waitReady(performer: Performer, { requests }: Show): Promise<void> {
  if (await waitUntil(() => performer.has('ready'), PATIENCE_MS, requests.signal)) return;
  throw new DemoStopped(`the player was not ready within ${PATIENCE_MS / 1_000} s`, 1);
}

async function tellStory({ engine, guide }: Play): Promise<void> {
  const lines = storyLines({ recording: guide.recording(), snapshots: await allStoredSnapshots(engine) });
  printLines(lines);
}
