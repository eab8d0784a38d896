import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLogger } from '../../src/commands/logger.ts';
import { fileReasonOf } from '../../src/core/errno.ts';
import { openJournal } from '../../src/effects/state/journal.ts';
import { wordFileCause, wordFileRemedy, wordFolderCause, wordWriteCause } from '../../src/wording/files.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { whyNotWritable } from '../../src/effects/state/folder.ts';

const CODES = 'ENOENT ENOTDIR EACCES EPERM EISDIR ENOSPC EDQUOT EROFS ELOOP EMFILE ENFILE ENAMETOOLONG EIO EBUSY EFBIG';
/** What only Node's own texts hold: a code, or the call that failed. */
const RAW = /\bE[A-Z]{4,}\b|, (?:open|lstat|stat|mkdir|scandir)\b|errno|syscall|undefined/u;

test.each(CODES.split(' '))('words %s without its code', (code) => {
  const reason = fileReasonOf(Object.assign(new Error(`${code}: raw, open '/x'`), { code }));
  for (const text of [wordFileCause(reason), wordWriteCause(reason), wordFolderCause(reason)]) {
    expect(text).not.toMatch(RAW);
    expect(text).toMatch(/ /u);
  }
  expect(wordFileRemedy(reason, 'name another one')).toContain('name another one');
});

test('names a code that it does not know, and keeps the text of an error without one', () => {
  expect(wordFileCause(fileReasonOf(Object.assign(new Error('raw'), { code: 'EUCLEAN' })))).toBe(
    'system error EUCLEAN',
  );
  expect(wordFileCause(fileReasonOf(Object.assign(new Error('no table'), { code: 'ERR_SQLITE_ERROR' })))).toBe(
    'no table',
  );
});

function badPaths(): readonly string[] {
  const root = tempDir();
  mkdirSync(join(root, 'folder'));
  writeFileSync(join(root, 'file'), '');
  symlinkSync('circle', join(root, 'circle'));
  return ['file/x', 'circle', 'circle/x', 'x'.repeat(300)].map((path) => join(root, path));
}

test('a log file that cannot be written is refused with what failed, why, and what to do', () => {
  for (const logFile of [...badPaths(), '/no/where/log', tempDir(), '/dev/null']) {
    const open = (): unknown => openLogger({ logFile, logFormat: 'text', debug: false, quiet: true }, null);
    expect(open).toThrow(/^cannot write the log file \S+: [^;]+; name another file with --log-file FILE$/u);
    expect(open).not.toThrow(RAW);
  }
});

test('a state folder that cannot be used is reported with what failed, why, and what to do', async () => {
  const below = join(tempDir(), 'file');
  writeFileSync(below, '');
  for (const dir of [...badPaths(), below, '/proc/sightline']) {
    const notices: string[] = [];
    await (await openJournal(dir, (text) => notices.push(text))).close();
    expect(notices.join()).toMatch(/^cannot use the state folder \S+: [^;]+; .*--state-dir DIR/u);
    expect(notices.join()).not.toMatch(RAW);
  }
});

test('the check of a state folder gives a reason for every such path, and creates nothing', () => {
  for (const dir of [...badPaths(), '/proc/sightline']) {
    const problem = whyNotWritable(dir);
    if (dir.includes('xxx')) continue;
    expect(problem).not.toBeNull();
  }
  expect(whyNotWritable(join(tempDir(), 'a', 'b'))).toBeNull();
});
