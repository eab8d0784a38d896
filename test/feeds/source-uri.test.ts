import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseSourceUri } from '../../src/feeds/source-uri.ts';
import { tempDir } from '../helpers/temp-dir.ts';

test.each([
  ['sqlite:/var/log/sysak/.agentsight', { medium: 'sqlite', path: '/var/log/sysak/.agentsight' }],
  ['sqlite:data', { medium: 'sqlite', path: resolve('data') }],
  ['sqlite:~/data', { medium: 'sqlite', path: join(homedir(), 'data') }],
  ['jsonl:/tmp/a:b.jsonl', { medium: 'jsonl', path: '/tmp/a:b.jsonl' }],
  ['logtail:/tmp/x.log', { medium: 'logtail', path: '/tmp/x.log' }],
  ['http://127.0.0.1:7396/', { medium: 'http', path: 'http://127.0.0.1:7396' }],
  ['https://[::1]:7396', { medium: 'http', path: 'https://[::1]:7396' }],
  ['-', { medium: 'stdin', path: '' }],
])('%s is kept as it was typed and taken apart', (text, parts) => {
  expect(parseSourceUri(text)).toEqual({ ok: true, value: { uri: text, ...parts } });
});

test('a bare path is told by what it is or by its ending', () => {
  const folder = join(tempDir(), 'feed');
  mkdirSync(folder);
  expect(parseSourceUri(folder)).toMatchObject({ ok: true, value: { uri: `sqlite:${folder}`, medium: 'sqlite' } });
  expect(parseSourceUri('/x/genai_events.db')).toMatchObject({ ok: true, value: { medium: 'sqlite' } });
  expect(parseSourceUri('/x/genai_events.jsonl')).toMatchObject({
    ok: true,
    value: { uri: 'jsonl:/x/genai_events.jsonl' },
  });
});

test.each(['', 'ftp:x', '/nowhere/thing', 'http://', 'sqlite:', 'sqlite:a\0b', 'http:'])('%j is no source', (text) => {
  const parsed = parseSourceUri(text);
  expect(parsed.ok).toBe(false);
  expect(parsed.ok ? '' : parsed.reason).toMatch(/source is sqlite:DIR|wants a path/);
});
