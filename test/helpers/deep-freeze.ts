/** Freezes a plain value and all that it holds, maps included, so that a change of it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) freezeMap(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

function freezeMap(map: Map<unknown, unknown>): void {
  for (const inner of map.values()) deepFreeze(inner);
  Object.assign(map, { set: refuse, delete: refuse, clear: refuse });
}

function refuse(): never {
  throw new TypeError('a state must never be changed in place');
}
