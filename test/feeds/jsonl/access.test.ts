import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import type { SourceHealth } from '../../../src/core/sources.ts';
import { wordSource } from '../../../src/wording/sources.ts';
import { removeTree } from '../../helpers/temp-dir.ts';

// Root may read everything, so as root the feed is opened by a child that is nobody.
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const SAY_HEALTH = 'test/fixtures/jsonl/say-health.ts';
const canBeNobody =
  !isRoot ||
  (await sayHealth('/').then(
    () => true,
    () => false,
  ));

test.runIf(canBeNobody)('a file that we may not read is said with the command that allows it', async () => {
  const { directory, path } = feedFile();
  chmodSync(path, 0o600);
  chmodSync(directory, 0o755);
  if (!isRoot) chmodSync(path, 0);
  expect(await sayHealth(path)).toMatchObject({
    status: 'absent',
    detail: { code: 'file_denied', path, closed: null },
  });
});

test.runIf(canBeNobody)('a folder that we may not enter is named too', async () => {
  const { directory, path } = feedFile();
  chmodSync(directory, isRoot ? 0o700 : 0);
  expect(wordSource((await sayHealth(path)).detail)).toBe(
    `no permission to read ${path}; run sightline as root, or: ` +
      `sudo setfacl -m u:$USER:x ${directory} && sudo setfacl -m u:$USER:r ${path}`,
  );
});

function feedFile(): { readonly directory: string; readonly path: string } {
  const outer = realpathSync(mkdtempSync(join(tmpdir(), 'sightline-test-')));
  const directory = join(outer, 'closed');
  onTestFinished(() => {
    chmodSync(directory, 0o700);
    removeTree(outer);
  });
  chmodSync(outer, 0o755);
  mkdirSync(directory);
  const path = join(directory, 'events.jsonl');
  writeFileSync(path, '');
  return { directory, path };
}

async function sayHealth(path: string): Promise<SourceHealth> {
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const { stdout } = await promisify(execFile)(process.execPath, [SAY_HEALTH, path], user);
  return JSON.parse(stdout) as SourceHealth;
}
