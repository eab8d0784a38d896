/** Returns the code of a system error (`ENOENT`), or an empty string for anything else. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
