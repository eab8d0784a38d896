/** An object of a foreign program or file: any member may be anything. */
export type UnknownRecord = Readonly<Record<string, unknown>>;

/** Returns true for an object whose members can be read: no list, and not null. */
export function isRecord(value: unknown): value is UnknownRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
