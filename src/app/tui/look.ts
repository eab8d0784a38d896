import { isUtf8Locale } from '../../effects/terminal.ts';

/** How things are drawn: with ASCII signs only, and with the terminal's colours or without. */
export type Look = { readonly ascii: boolean; readonly colour: boolean };

/** By the option `--ascii`, the locale and NO_COLOR. */
export function lookOf(ascii: boolean): Look {
  return { ascii: ascii || !isUtf8Locale(process.env), colour: !process.env['NO_COLOR'] };
}
