import { join } from 'node:path';
import { expect, test } from 'vitest';
import { given } from './given.ts';

test('the token file is taken from the flag, then the variable, then the configuration file', () => {
  const { load, write, home } = given();
  expect(load().http).toEqual({ tokenFile: null, caFile: null, intervalMs: null });
  write({ token_file: 'token', ca_file: '~/ca.pem' });
  const folder = join(home, '.config', 'sightline');
  expect(load().http).toMatchObject({ tokenFile: join(folder, 'token'), caFile: join(home, 'ca.pem') });
  expect(load({}, { SIGHTLINE_TOKEN_FILE: 'mine' }).http?.tokenFile).toBe(join(home, 'mine'));
  expect(load({ tokenFile: '/t' }, { SIGHTLINE_TOKEN_FILE: 'mine' }).http?.tokenFile).toBe('/t');
});

test('a token in the environment outranks every file but the one of the command line, and is not kept', () => {
  const { load, write } = given();
  write({ token_file: '/theirs' });
  const config = load({}, { SIGHTLINE_TOKEN: 'secret', SIGHTLINE_TOKEN_FILE: '/ours' });
  expect(config.http?.tokenFile).toBe(null);
  expect(JSON.stringify(config)).not.toContain('secret');
  expect(config.notices).toEqual([]);
  expect(load({ tokenFile: '/given' }, { SIGHTLINE_TOKEN: 'secret' }).http?.tokenFile).toBe('/given');
});

test.each(['http://h:1/?token=secret', 'http://user:secret@h:1', 'https://h:1/#secret'])(
  '%s is refused without repeating what it gives away',
  (source) => {
    const message = given().complaint({ source: [source] });
    expect(message).toContain('--token-file FILE');
    expect(message).not.toContain('secret');
  },
);

test('an address with a path is a server behind another one', () => {
  const source = 'https://h/agentsight';
  expect(given().load({ source: [source] }).sources).toEqual([source]);
});

test('--interval is how long an HTTP source may stand between two looks', () => {
  const { load, complaint, write } = given();
  expect(load({ interval: '10' }).http?.intervalMs).toBe(10_000);
  expect(complaint({ interval: '0.1' })).toBe("--interval wants seconds >= 0.5, got '0.1'");
  expect(complaint({}, { SIGHTLINE_INTERVAL: '31' })).toBe("SIGHTLINE_INTERVAL wants at most 30 seconds, got '31'");
  write({ interval: 0.5 });
  expect(load().http?.intervalMs).toBe(500);
});
