import type { EngineView } from '../../engine/types.ts';

/** Memoizes a derivation per engine view, so that several panes share one result. */
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
