import type { Flags, Settings } from '../settings.ts';

/** Who said something: from the most to the least specific. */
export type Origin = 'flag' | 'environment' | 'file' | 'agentsight';

/** What one place says, and how it names an option in a message. */
export type Layer = {
  readonly origin: Origin;
  readonly nameOf: (option: keyof Flags) => string;
  readonly settings: Settings;
};

/** The most specific first. */
export type Layers = readonly Layer[];

export type Picked<T> = { readonly value: T; readonly layer: Layer; readonly rank: number };

/** What the most specific layer says about a setting, and which layer that is. */
export function pick<K extends keyof Settings>(layers: Layers, key: K): Picked<NonNullable<Settings[K]>> | null {
  for (const [rank, layer] of layers.entries()) {
    const value = layer.settings[key];
    if (value !== undefined) return { value, layer, rank };
  }
  return null;
}
