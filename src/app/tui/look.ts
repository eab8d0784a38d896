import type { ThemeChoice } from '../../core/config-type.ts';
import { hasLightBackground, isUtf8Locale } from '../../effects/terminal/terminal.ts';

/** How things are drawn: with ASCII signs only, with the terminal's colours or without, and for which background. */
export type Look = {
  readonly ascii: boolean;
  readonly colour: boolean;
  readonly theme: Exclude<ThemeChoice, 'auto'>;
  /** Events as lines instead of a screen: for screen readers, and for terminals that only print. */
  readonly spoken: boolean;
};

/** What the command line says about the look of the screen. */
export type LookFlags = { readonly ascii: boolean; readonly screenReader: boolean; readonly color: boolean };

/** By the options, the locale, NO_COLOR, FORCE_COLOR, COLORFGBG, TERM and INK_SCREEN_READER. */
export function lookOf({ ascii, screenReader, color }: LookFlags, choice: ThemeChoice): Look {
  const { env } = process;
  const colour = color && choice !== 'mono' && !env['NO_COLOR'] && !/^(?:0|false)$/.test(env['FORCE_COLOR'] ?? '');
  const background = hasLightBackground(env) ? 'light' : 'dark';
  return {
    ascii: ascii || !isUtf8Locale(env),
    colour,
    theme: !colour ? 'mono' : choice === 'auto' ? background : choice,
    spoken: screenReader || env['INK_SCREEN_READER'] === 'true' || env['TERM'] === 'dumb',
  };
}
