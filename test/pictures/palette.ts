/** A colour as SVG writes it: `#rrggbb`. */
export type Colour = string;

/** A terminal's own colours. */
export type Palette = {
  readonly foreground: Colour;
  readonly background: Colour;
  /** The sixteen: black, red, green, yellow, blue, magenta, cyan, white, and their bright ones. */
  readonly sixteen: readonly Colour[];
};

export type PaletteName = 'dark' | 'light';

/**
 * A dark and a light terminal; colours have a contrast of 4.5 or more to their background, the greys less. Yellow and
 * white on the light one are only backgrounds and the text upon one (chips): the light theme uses no other.
 */
export const PALETTES: Readonly<Record<PaletteName, Palette>> = {
  dark: {
    foreground: '#d8dee6',
    background: '#12161c',
    sixteen: colours(
      '#2a313b #ea4d50 #57c76b #e3b341 #6cb0ff #d2a0ff #4cc9d4 #f0f3f6 ' +
        '#76818e #ffa198 #7ee08f #f2cc60 #96c8ff #e2c0ff #7fe0e8 #ffffff',
    ),
  },
  light: {
    foreground: '#24292f',
    background: '#ffffff',
    sixteen: colours(
      '#24292f #c2232f #1a7a35 #e3b341 #0b5cc7 #8038cf #0f7480 #f6f8fa ' +
        '#6a737d #a5121f #12622a #6f4700 #0848a0 #6a28b3 #0a5b65 #8c959f',
    ),
  },
};

/** Colour `index` of the 256: the palette's sixteen, the cube of six steps a channel, the greys. */
export function indexedColour(palette: Palette, index: number): Colour {
  if (index < 16) return palette.sixteen[index] ?? palette.foreground;
  if (index >= 232) return rgbColour(Array.from({ length: 3 }, () => 8 + (index - 232) * 10));
  const place = index - 16;
  const steps = [Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6];
  return rgbColour(steps.map((step) => (step === 0 ? 0 : 55 + step * 40)));
}

/** `share` (0 to 1) of one colour over another. */
export function mixColours(over: Colour, under: Colour, share: number): Colour {
  const [above, below] = [channels(over), channels(under)];
  return rgbColour(above.map((value, channel) => Math.round(value * share + (below[channel] ?? 0) * (1 - share))));
}

/** Red, green and blue from 0 to 255 as one colour. */
export function rgbColour(rgb: readonly number[]): Colour {
  return `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

function channels(colour: Colour): readonly number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
}

function colours(names: string): readonly Colour[] {
  return names.split(' ');
}
