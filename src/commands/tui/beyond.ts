import type { ScreenConfig } from '../../config/config.ts';
import { systemClock } from '../../effects/clock.ts';
import type { MouseFilter } from '../../effects/terminal/mouse-filter.ts';
import { beyondScreen } from '../../effects/terminal/beyond.ts';
import type { Engine } from '../../engine/types.ts';
import { createAlarm, titleOf } from './alarm.ts';

type Suspend = (work: () => Promise<void>) => Promise<void>;

/** Nothing reaches beyond the screen unless the configuration asks for it. */
const OFF: Beyond = { mouse: false, title: false, bell: false, notify: false };
type Alarms = Pick<ScreenConfig, 'bell' | 'notify'>;
type Beyond = Pick<ScreenConfig, 'mouse' | 'title' | 'bell' | 'notify'>;

export type Reach = { readonly wanted: Beyond | undefined; readonly mouse: MouseFilter | null };

/** Keeps mouse, title and alarms while the screen is open; whoever gets the terminal meanwhile gets it without them. */
export function reachBeyond(engine: Engine, output: NodeJS.WriteStream, { wanted = OFF, mouse }: Reach) {
  const beyond = beyondScreen(output, { title: wanted.title, mouse: mouse !== null });
  // Nobody counts for a title at each commit where none is wanted.
  const tell = (): void => {
    if (wanted.title) beyond.title(titleOf(engine.store.getState()));
  };
  const alarm = (by: Alarms) => createAlarm(by, beyond, () => systemClock.now());
  let hear = alarm(wanted);
  const ends = [engine.store.subscribe(tell), engine.listen((event) => hear(event)), beyond.leave];
  tell();
  beyond.enter();
  return {
    /** From now on alarms go by this. */
    alarms: (by: Alarms): void => {
      hear = alarm(by);
    },
    around:
      (suspend: Suspend): Suspend =>
      (work) =>
        suspend(async () => {
          beyond.leave();
          mouse?.hold();
          await work();
          mouse?.go();
          beyond.enter();
        }),
    end: (): void => {
      for (const end of ends) end();
    },
  };
}
