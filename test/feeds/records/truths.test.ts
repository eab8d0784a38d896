import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIXTURES, readRecords, sumsOf, truthOf } from '../../helpers/records.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

test.each([
  ['claude', true],
  ['codex', false],
  ['gemini', false],
  ['opencode', false],
] as const)(
  "arrives at the truth of every recorded session of %s (a sub-agent's are in its session's: %s)",
  async (medium, isPart) => {
    // A copy: SQLite makes its own files beside a database, and a link to the fixture would be followed out of the root.
    const root = join(tempDir(), medium);
    cpSync(join(FIXTURES, medium), root, { recursive: true });
    const view = await readRecords(medium, root);
    expect(sumsOf(view, isPart)).toEqual(truthOf(medium, isPart));
  },
);
