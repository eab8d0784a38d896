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

/** Memoizes a derivation per list: a list is another only when one of its rows has come, changed or gone, a moment is another with every call. */
export function perList<Row, T>(derive: (list: readonly Row[]) => T): (list: readonly Row[]) => T {
  const made = new WeakMap<readonly Row[], { readonly value: T }>();
  return (list) => {
    const known = made.get(list) ?? { value: derive(list) };
    made.set(list, known);
    return known.value;
  };
}
