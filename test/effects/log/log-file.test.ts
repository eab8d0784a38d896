import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MAX_LOG_FILES } from '../../../src/effects/log/log-file.ts';
import { type LogFile, openLogFile } from '../../../src/effects/log/log-file.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

function opened(path: string, maxBytes?: number): LogFile {
  const result = openLogFile(path, maxBytes);
  if (!result.ok) throw new Error(JSON.stringify(result.reason));
  return result.value;
}

describe('the log file', () => {
  test('gets one line with time and level for whatever is told, without control characters, for its owner alone', () => {
    const path = join(tempDir(), 'log');
    const log = opened(path);
    log.write(0, 'info', 'one\n\u001b[31mred');
    log.write(1_500, 'debug', 'two');
    log.close();
    expect(readFileSync(path, 'utf8')).toBe(
      '1970-01-01T00:00:00.000Z info  one red\n1970-01-01T00:00:01.500Z debug two\n',
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('goes on where an earlier run ended, and takes from others what they could read', () => {
    const path = join(tempDir(), 'log');
    writeFileSync(path, 'before\n', { mode: 0o644 });
    const log = opened(path);
    log.write(0, 'info', 'after');
    log.close();
    expect(readFileSync(path, 'utf8')).toMatch(/^before\n.* after\n$/u);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is bounded: full ones are kept under numbers, and no more than some of them', () => {
    const folder = tempDir();
    const log = opened(join(folder, 'log'), 100);
    for (let number = 0; number < 40; number += 1) log.write(0, 'info', `line ${number}`);
    log.close();
    expect(readdirSync(folder).toSorted()).toEqual(['log', 'log.1', 'log.2', 'log.3']);
    expect(readdirSync(folder)).toHaveLength(MAX_LOG_FILES);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).size).toBeLessThanOrEqual(100);
    const lines = ['log.3', 'log.2', 'log.1', 'log'].map((file) => readFileSync(join(folder, file), 'utf8')).join('');
    expect(lines).toContain('line 39');
    const numbers = [...lines.matchAll(/line (\d+)/gu)].map(([, number]) => Number(number));
    expect(numbers).toEqual(numbers.map((_, index) => 40 - numbers.length + index));
  });

  test.each([
    ['a folder', 'folder', { code: 'errno', errno: 'EISDIR' }],
    ['a link to a file of somebody else', 'link', { code: 'errno', errno: 'ENOTREG' }],
    ['a place in a folder that is not there', 'nowhere/log', { code: 'errno', errno: 'ENOENT' }],
    ['below a file', 'theirs/log', { code: 'errno', errno: 'ENOTDIR' }],
    ['behind links in a circle', 'circle/log', { code: 'errno', errno: 'ELOOP' }],
  ])('cannot be %s', (_, name, reason) => {
    const root = tempDir();
    mkdirSync(join(root, 'folder'));
    writeFileSync(join(root, 'theirs'), '', { mode: 0o644 });
    symlinkSync('theirs', join(root, 'link'));
    symlinkSync('circle', join(root, 'circle'));
    expect(openLogFile(join(root, name))).toEqual({ ok: false, reason });
    expect(statSync(join(root, 'theirs')).mode & 0o777).toBe(0o644);
  });
});
