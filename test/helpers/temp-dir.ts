import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * Removes a folder and all that is in it; none there is no error. A child that is just ending may still write into it:
 * tried again for about 5 s.
 */
export function removeTree(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 14, retryDelay: 50 });
}

/** A new folder (its real path) that is gone when the running test has finished. */
export function tempDir(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'sightline-test-')));
  onTestFinished(() => removeTree(dir));
  return dir;
}
