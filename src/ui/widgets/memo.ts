import type { EngineView } from '../../engine/types.ts';

/** A derivation that is made once of each moment, however many panes ask for it. */
export function perView<T>(derive: (view: EngineView) => T): (view: EngineView) => T {
  const made = new WeakMap<EngineView, { readonly value: T }>();
  return (view) => {
    const known = made.get(view);
    if (known) return known.value;
    const value = derive(view);
    made.set(view, { value });
    return value;
  };
}
