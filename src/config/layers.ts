import type { OptionId, Settings } from './options.ts';

/** The origin of a value, the most specific first. */
export type Origin = 'flag' | 'environment' | 'file' | 'agentsight';

/** The values of one origin, and how it spells an option in a message. */
export type Layer = {
  readonly origin: Origin;
  /** The file that it was read from, where options of the file alone can stand in it. */
  readonly path: string | null;
  readonly nameOf: (option: OptionId) => string;
  readonly settings: Settings;
};

/** The most specific first. */
export type Layers = readonly Layer[];

export type Picked<T> = { readonly value: T; readonly layer: Layer; readonly rank: number };

/** Returns the value of an option in the most specific layer that has one, and which layer that is; else null. */
export function pick<Id extends OptionId>(layers: Layers, id: Id): Picked<NonNullable<Settings[Id]>> | null {
  for (const [rank, layer] of layers.entries()) {
    const value = layer.settings[id];
    if (value !== undefined) return { value, layer, rank };
  }
  return null;
}
