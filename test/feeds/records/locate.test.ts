import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { locateRecords, recordsOfOthers } from '../../../src/feeds/records/locate.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

function home(...folders: readonly string[]): string {
  const place = tempDir();
  for (const folder of folders) mkdirSync(join(place, folder), { recursive: true });
  return place;
}

const env = (place: string, variables: Readonly<Record<string, string>> = {}) =>
  ({ home: place, variables, platform: process.platform }) as const;

describe('the records that are found unasked', () => {
  test('are those in the home of the user', async () => {
    expect(await locateRecords(env(home('.claude', '.codex')))).toEqual(['claude:', 'codex:']);
    expect(await locateRecords(env(home()))).toEqual([]);
  });

  test('are where the agents’ own variables say', async () => {
    const elsewhere = home('claude');
    const variables = { CLAUDE_CONFIG_DIR: `/gone, ${join(elsewhere, 'claude')}` };
    expect(await locateRecords(env(home(), variables))).toEqual(['claude:']);
  });

  test.runIf(process.getuid?.() === 0)('are not another user’s, which are named', async () => {
    const other = home('.claude');
    chownSync(join(other, '.claude'), 12_345, 12_345);
    expect(await locateRecords(env(other))).toEqual([]);
    const users = join(tempDir(), 'passwd');
    writeFileSync(
      users,
      `root:x:0:0::/root:/bin/sh\nbob:x:1000:1000::${other}:/bin/sh\nd:x:2:2::${home('.claude')}:/bin/sh\n`,
    );
    expect(await recordsOfOthers(users, env('/root'))).toEqual([`claude:${other}/.claude`]);
    // As `sudo -E` leaves it.
    writeFileSync(users, `bob:x:1000:1000::${other}:/bin/sh\n`);
    expect(await recordsOfOthers(users, env(other))).toEqual([`claude:${other}/.claude`]);
    const own = home('.claude');
    writeFileSync(users, `root:x:0:0::${own}:/bin/sh\n`);
    expect(await recordsOfOthers(users, env(own))).toEqual([]);
  });
});
