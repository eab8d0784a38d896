import type stringWidth from 'string-width';

/**
 * Texts of characters that are one cell each in any context: Latin, Cyrillic, dashes and quotes, arrows, frames and
 * bars, and the signs of the theme. Nearly all texts are such; the others are measured sign by sign.
 */
export const NARROW =
  /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u0400-\u0481\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2212\u2261\u2265\u23ce\u2500-\u259f\u25a0\u25b2\u25b3\u25b8\u25c6\u25c7\u25cb\u25cf\u2691\u26a0\u2713\u2717]*$/;
/** Colours and styles, which take no cell. */
// oxlint-disable-next-line no-control-regex -- they begin with one
const STYLES = /\u001b\[[\d;:]*m/g;

let library: typeof stringWidth | null = null;

/**
 * Returns the cells that a text takes. In the built program this module stands in for the library of its name (`--alias`
 * in package.json), for Ink too, and loads the library only for texts of other than narrow characters: a table of all
 * emoji, which the library makes when it is loaded and again when it is first used, takes a tenth of the whole start.
 */
// oxlint-disable-next-line import/no-default-export -- the library has one
export default function widthInCells(text: string, options?: Parameters<typeof stringWidth>[1]): number {
  const plain = options?.countAnsiEscapeCodes === true ? text : text.replaceAll(STYLES, '');
  if (options?.ambiguousIsNarrow !== false && NARROW.test(plain)) return plain.length;
  // The bundler takes this path's module into the program, and evaluates it here. Its bare name would mean this module.
  library ??= (require('../../../node_modules/string-width/index.js') as { readonly default: typeof stringWidth })
    .default;
  return library(text, options);
}
