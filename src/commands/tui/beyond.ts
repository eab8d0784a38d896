import type { ScreenConfig } from '../../config/config.ts';
import { systemClock } from '../../effects/clock.ts';
import type { KeyStream } from '../../effects/terminal/key-stream.ts';
import { beyondScreen } from '../../effects/terminal/beyond.ts';
import type { Engine } from '../../engine/types.ts';
import { createAlarm, titleOf } from './alarm.ts';

type Suspend = (work: () => Promise<void>) => Promise<void>;

/** Nothing reaches beyond the screen unless the configuration asks for it. */
const OFF: Beyond = { mouse: false, title: false, bell: false, notify: false };
type Alarms = Pick<ScreenConfig, 'bell' | 'notify'>;
type Beyond = Pick<ScreenConfig, 'mouse' | 'title' | 'bell' | 'notify'>;

/** `keyStream`: null where keys are read as lines, without a mouse. */
export type Reach = { readonly wanted: Beyond | undefined; readonly keyStream: KeyStream | null };

/** Keeps mouse, title and alarms while the screen is open; whoever gets the terminal meanwhile gets it without them. */
export function reachBeyond(engine: Engine, output: NodeJS.WriteStream, { wanted = OFF, keyStream }: Reach) {
  const beyond = beyondScreen(output, { title: wanted.title, mouse: wanted.mouse && keyStream !== null });
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
          keyStream?.pause();
          await work();
          keyStream?.resume();
          beyond.enter();
        }),
    end: (): void => {
      for (const end of ends) end();
    },
  };
}
