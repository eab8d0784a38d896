import type { Engine } from '../engine/types.ts';
import type { Ms } from '../core/units.ts';
import type { Terminal } from './session.ts';
import type { Variant } from './theme.ts';
import type { OwnKeys, Toast } from './view/types.ts';

export type ScreenOptions = {
  readonly engine: Pick<Engine, 'store' | 'intents' | 'calls' | 'commit' | 'ask'>;
  readonly terminal: Terminal;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly now: () => Ms;
  readonly ascii: boolean;
  readonly colour: boolean;
  readonly theme?: Variant;
  readonly keys?: OwnKeys;
};

/** The open screen, as the front end holds it. */
export type Screen = {
  readonly tick: (now: Ms) => void;
  /** How long the screen may stand as it is, ms. */
  readonly pace: (now: Ms) => Ms;
  /** Calls back whenever something on it has changed; the returned function ends it. */
  readonly onChange: (listener: () => void) => () => void;
  readonly log: (text: string) => void;
  readonly toast: (text: string, kind: Toast['kind']) => void;
  readonly caption: (text: string | null) => void;
  /** Goes on with other keys, and other colours if they are given. */
  readonly choose: (chosen: { readonly theme?: Variant; readonly keys: OwnKeys }) => void;
  /** Says what is waited for before the screen closes. */
  readonly leaving: (text: string) => void;
  /** What the terminal said of the mouse (SGR, without the escape). */
  readonly pointed: (report: string) => void;
  /** Gives the terminal away while `work` lasts, and draws everything anew. */
  readonly suspend: (work: () => Promise<void>) => Promise<void>;
  /** Gives the terminal back, at once. */
  readonly close: () => void;
  /** Resolves when the terminal is given back; rejects with what broke the screen. */
  readonly closed: Promise<unknown>;
};
