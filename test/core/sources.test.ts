import { describe, expect, it } from 'vitest';
import { parseSource, type PathKind, withHome } from '../../src/core/sources.ts';
import { wordSourceUri } from '../../src/wording/sources.ts';

const kinds: ReadonlyMap<string, PathKind> = new Map([
  ['/var/log/feed', 'folder'],
  ['.', 'folder'],
  ['odd.jsonl', 'folder'],
  ['/dev/fd/63', 'fifo'],
  ['/tmp/events', 'file'],
]);
const parse = (text: string) => parseSource(text, (path) => kinds.get(path) ?? null);

describe('what has a scheme is taken apart as it was written', () => {
  it.each([
    ['sqlite:/var/log/sysak/.agentsight', 'sqlite', '/var/log/sysak/.agentsight'],
    ['sqlite:data', 'sqlite', 'data'],
    ['sqlite:~/data', 'sqlite', '~/data'],
    ['jsonl:/tmp/a:b.jsonl', 'jsonl', '/tmp/a:b.jsonl'],
    ['logtail:/tmp/x.log', 'logtail', '/tmp/x.log'],
    ['http://127.0.0.1:7396/', 'http', 'http://127.0.0.1:7396'],
    ['https://[::1]:7396/behind/a/proxy/', 'http', 'https://[::1]:7396/behind/a/proxy'],
    ['-', 'stdin', ''],
  ])('%s', (text, medium, location) => {
    expect(parse(text)).toEqual({ ok: true, value: { uri: text, medium, location } });
  });

  it('and a scheme may be written large', () => {
    expect(parse('JSONL:/X')).toEqual({ ok: true, value: { uri: 'jsonl:/X', medium: 'jsonl', location: '/X' } });
  });
});

describe('a bare path becomes the URI that it stands for', () => {
  it.each([
    ['/var/log/feed', 'sqlite:/var/log/feed'],
    ['.', 'sqlite:.'],
    ['/not/there/yet/', 'sqlite:/not/there/yet/'],
    ['odd.jsonl', 'sqlite:odd.jsonl'],
    ['/x/genai_events.db', 'sqlite:/x/genai_events.db'],
    ['genai_events.jsonl', 'jsonl:genai_events.jsonl'],
    ['/dev/fd/63', 'jsonl:/dev/fd/63'],
    ['~/events.NDJSON', 'jsonl:~/events.NDJSON'],
  ])('%s is %s', (text, uri) => {
    expect(parse(text)).toMatchObject({ ok: true, value: { uri } });
  });
});

describe('what is no source is refused, with the forms that are', () => {
  it.each([
    ['', 'jsonl:FILE, logtail:FILE, http(s)://HOST:PORT, claude:[DIR]'],
    ['ftp:x', "got 'ftp:x'"],
    ['thing', "got 'thing'"],
    ['/nowhere/thing', "which is not a folder (yet); for agentsight's databases use sqlite:/nowhere/thing"],
    ['/tmp/events', 'for a file of JSON lines use jsonl:/tmp/events'],
    ['/var/log/my events.log', "for a file of JSON lines use jsonl:'/var/log/my events.log'"],
    ['http://', "got 'http://'"],
    ['http://h:99999', 'with a port between 1 and 65535; got port 99999'],
    ['https://[::1]:65536/path', 'got port 65536'],
    ['http://h:0', 'got port 0'],
    ['sqlite:', 'expected a path after sqlite:'],
    ['sqlite:a\0b', 'expected sqlite:DIR'],
  ])('%j', (text, words) => {
    const parsed = parse(text);
    expect(parsed.ok ? '' : wordSourceUri(parsed.reason)).toContain(words);
  });

  it.each(['http://user:secret@h:1', 'https://h:1?token=secret', 'http://h:1/#secret'])(
    'an address with a secret in it is not even repeated (%s)',
    (text) => {
      const parsed = parse(text);
      expect(parsed).toMatchObject({ ok: false, reason: { code: 'credentials_in_address' } });
      expect(JSON.stringify(parsed)).not.toContain('secret');
    },
  );
});

it('a tilde that no shell has seen is the home folder', () => {
  expect(withHome('~/feed', '/home/ann')).toBe('/home/ann/feed');
  expect(withHome('~', '/home/ann')).toBe('/home/ann');
  expect(withHome('/~/feed', '/home/ann')).toBe('/~/feed');
});
