/** Which pictures there are: every view, and the overview at each size and in each look. */
import type { PaletteName } from './palette.ts';
import {
  broad,
  contrasted,
  crowded,
  deeper,
  fleet,
  held,
  LARGE,
  lit,
  litCrowd,
  plain,
  type Scene,
  SMALL,
  spoken,
  troubled,
  WIDE,
} from './scenes.ts';
import type { Size } from './world.ts';

/** One run of a scene: which of its stills are drawn, and with which colours. */
export type Take = {
  readonly scene: Scene;
  readonly size: Size;
  readonly stills: Readonly<Record<string, readonly PaletteName[]>>;
};

const DARK = ['dark'] as const;
const LIGHT = ['light'] as const;

export const TAKES: readonly Take[] = [
  {
    scene: troubled,
    size: LARGE,
    stills: {
      overview: DARK,
      silence: DARK,
      silences: DARK,
      help: DARK,
      agents: DARK,
      signals: DARK,
      automation: DARK,
      policy: DARK,
    },
  },
  {
    scene: deeper,
    size: LARGE,
    stills: { conversation: DARK, call: DARK, checkpoints: DARK, sources: DARK, palette: DARK },
  },
  { scene: held, size: LARGE, stills: { hold: DARK, mode: DARK } },
  { scene: fleet, size: LARGE, stills: { fleet: DARK } },
  { scene: spoken, size: LARGE, stills: { 'screen-reader': DARK } },
  {
    scene: troubled,
    size: SMALL,
    stills: { overview: DARK, silences: DARK, help: DARK, agents: DARK, signals: DARK, automation: DARK },
  },
  { scene: deeper, size: SMALL, stills: { conversation: DARK, call: DARK, checkpoints: DARK } },
  { scene: held, size: SMALL, stills: { hold: DARK, mode: DARK } },
  { scene: crowded, size: LARGE, stills: { 'forty-agents': DARK } },
  { scene: crowded, size: SMALL, stills: { 'forty-agents': DARK } },
  { scene: litCrowd, size: LARGE, stills: { 'forty-agents': LIGHT } },
  { scene: lit, size: LARGE, stills: { overview: LIGHT } },
  { scene: broad, size: WIDE, stills: { overview: DARK, signals: DARK } },
  { scene: plain, size: LARGE, stills: { ascii: DARK } },
  { scene: contrasted, size: LARGE, stills: { 'high-contrast': DARK } },
];

/** The film, the only picture that moves. */
export const FILM = 'observe-to-act.svg';

/** A picture's file without its ending. */
export function fileOf(name: string, { columns, rows }: Size, palette: PaletteName): string {
  return `${name}-${columns}x${rows}-${palette}`;
}

/** Every file that `npm run screenshots` makes. */
export const FILES: readonly string[] = [
  ...TAKES.flatMap(({ size, stills }) =>
    Object.entries(stills).flatMap(([name, palettes]) =>
      palettes.flatMap((palette) => [`${fileOf(name, size, palette)}.svg`, `${fileOf(name, size, palette)}.png`]),
    ),
  ),
  FILM,
];
