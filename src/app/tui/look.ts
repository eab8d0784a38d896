import { isUtf8Locale } from '../../effects/terminal.ts';

/** How things are drawn: with ASCII signs only, and with the terminal's colours or without. */
export type Look = {
  readonly ascii: boolean;
  readonly colour: boolean;
  /** Events as lines instead of a screen: for screen readers, and for terminals that only print. */
  readonly spoken: boolean;
};

/** What the command line says about the look of the screen. */
export type LookFlags = { readonly ascii: boolean; readonly screenReader: boolean };

/** By the options, the locale, NO_COLOR, TERM and INK_SCREEN_READER. */
export function lookOf({ ascii, screenReader }: LookFlags): Look {
  const { env } = process;
  return {
    ascii: ascii || !isUtf8Locale(env),
    colour: !env['NO_COLOR'],
    spoken: screenReader || env['INK_SCREEN_READER'] === 'true' || env['TERM'] === 'dumb',
  };
}
