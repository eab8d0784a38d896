import { chmodSync, chownSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tempDir } from '../helpers/temp-dir.ts';
import { mayKeepIn } from '../../src/cli/compiled.ts';

test.each([
  [0o755, true],
  [0o700, true],
  [0o775, false],
  [0o757, false],
  [0o1777, false],
])('compiled code is kept in a folder of mode %o: %s', (mode, may) => {
  const folder = tempDir();
  chmodSync(folder, mode);
  expect(mayKeepIn(folder)).toBe(may);
});

test.skipIf(process.geteuid?.() !== 0)("root keeps nothing in another user's folder", () => {
  const folder = tempDir();
  chownSync(folder, 65_534, 65_534);
  expect(mayKeepIn(folder)).toBe(false);
});
