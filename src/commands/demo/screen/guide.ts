import type { Clock } from '../../../effects/clock.ts';
import { captionOf } from './captions.ts';
import type { DemoEvent } from '../event.ts';
import { EMPTY_RECORDING, record, type Recording } from '../recording.ts';

/** The shortest time that a caption stands, so that it can be read, ms. */
const LEAST_MS = 2_500;
/** Captions that may wait for their turn; the screen itself shows what they would show too late. */
const MAX_WAITING = 2;

/** Explains on the screen what happens, and remembers it for the end. */
export type Guide = {
  /** From now on captions are shown. */
  readonly open: (display: (text: string) => void) => void;
  readonly receive: (event: DemoEvent) => void;
  readonly show: (text: string) => void;
  /** The caption with which every round begins may be shown again. */
  readonly beginRound: () => void;
  readonly recording: () => Recording;
  readonly close: () => void;
};

export function createGuide(clock: Clock): Guide {
  const begun = new Set<string>();
  let recording = EMPTY_RECORDING;
  let display: ((text: string) => void) | null = null;
  let waiting: readonly string[] = [];
  let shown = '';
  let takeBack: (() => void) | null = null;
  const next = (): void => {
    const [text, ...rest] = waiting;
    takeBack = null;
    if (text === undefined) return;
    waiting = rest;
    shown = text;
    display?.(`now: ${text}`);
    takeBack = clock.after(LEAST_MS, next);
  };
  const show = (text: string): void => {
    if (display === null || text === (waiting.at(-1) ?? shown)) return;
    waiting = [...waiting, text].slice(-MAX_WAITING);
    if (takeBack === null) next();
  };
  return {
    open: (speaker) => {
      display = speaker;
    },
    receive: (event) => {
      recording = record(recording, event);
      const caption = captionOf(event);
      if (caption === null) return;
      // An agent's part is introduced once, whatever it does later.
      if (event.type === 'agent' && begun.has(caption)) return;
      if (event.type === 'agent') begun.add(caption);
      show(caption);
    },
    show,
    beginRound: () => begun.clear(),
    recording: () => recording,
    close: () => {
      display = null;
      takeBack?.();
    },
  };
}
