import { systemClock } from '../../../effects/clock.ts';
import { printLines } from '../../../effects/terminal/output.ts';
import { COMMIT_MS, showEngine, type ShowOptions } from '../../tui/run.ts';
import { createGuide } from './guide.ts';
import { allStoredSnapshots } from '../report/listing.ts';
import { openShow } from '../opening.ts';
import type { Performer } from '../performer.ts';
import type { Show } from '../show.ts';
import { DemoStopped } from '../stop.ts';
import { openRound, type Play, playOn, waitReady } from './rounds.ts';
import { storyLines } from '../report/summary.ts';

type Seat = Pick<ShowOptions, 'keyboard' | 'appearance' | 'beyond'>;

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

async function tellStory({ engine, guide }: Play): Promise<void> {
  const lines = storyLines({ recording: guide.recording(), snapshots: await allStoredSnapshots(engine) });
  printLines(lines);
}
