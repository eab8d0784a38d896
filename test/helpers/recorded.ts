import { chmodSync, cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from './temp-dir.ts';

/** A writable copy of a recorded folder of test/fixtures. */
export function recorded(name: string): string {
  const folder = tempDir();
  cpSync(new URL(`../fixtures/${name}`, import.meta.url), folder, { recursive: true });
  for (const file of readdirSync(folder)) chmodSync(join(folder, file), 0o644);
  return folder;
}
