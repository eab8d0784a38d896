import type { ScreenConfig } from '../../config/config.ts';
import { hasLightBackground, isUtf8Locale } from '../../effects/terminal/terminal.ts';

/** The appearance of the screen: ASCII signs only or not, colours or not, and the background. */
export type Appearance = {
  readonly ascii: boolean;
  readonly colour: boolean;
  readonly theme: Exclude<ScreenConfig['theme'], 'auto'>;
  /** Events as lines instead of a screen: for screen readers, and for terminals that only print. */
  readonly spoken: boolean;
};

/** The configured appearance. */
export type AppearanceOptions = Pick<ScreenConfig, 'ascii' | 'screenReader' | 'color' | 'theme'>;

/** By the configuration, the locale, NO_COLOR, FORCE_COLOR, COLORFGBG, TERM and INK_SCREEN_READER. */
export function appearanceOf({ ascii, screenReader, color, theme }: AppearanceOptions): Appearance {
  const { env } = process;
  const colour = theme !== 'mono' && (color ?? wantsColour(env));
  const background = hasLightBackground(env) ? 'light' : 'dark';
  return {
    ascii: ascii || !isUtf8Locale(env),
    colour,
    theme: !colour ? 'mono' : theme === 'auto' ? background : theme,
    spoken: screenReader || env['INK_SCREEN_READER'] === 'true' || env['TERM'] === 'dumb',
  };
}

// As in Node: FORCE_COLOR, with any value, outranks NO_COLOR, which counts unless it is empty.
function wantsColour({ FORCE_COLOR: forced, NO_COLOR: unwanted }: NodeJS.ProcessEnv): boolean {
  if (forced !== undefined && forced !== '') return !/^(?:0|false)$/i.test(forced);
  return !unwanted;
}
