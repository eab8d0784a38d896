import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { given } from './given.ts';

test('the token file is taken from the flag, then the variable, then the configuration file', () => {
  const { load, write, home } = given();
  expect(load().http).toEqual({ tokenFile: null, otlpTokenFile: null, caFile: null, intervalMs: null });
  write({ token_file: 'token', ca_file: '~/ca.pem' });
  const folder = join(home, '.config', 'sightline');
  const theirs = join(home, 'given');
  for (const file of [join(folder, 'token'), join(home, 'ca.pem'), join(home, 'mine'), theirs])
    writeFileSync(file, 'x');
  expect(load().http).toMatchObject({ tokenFile: join(folder, 'token'), caFile: join(home, 'ca.pem') });
  expect(load({}, { SIGHTLINE_TOKEN_FILE: 'mine' }).http?.tokenFile).toBe(join(home, 'mine'));
  expect(load({ tokenFile: theirs }, { SIGHTLINE_TOKEN_FILE: 'mine' }).http?.tokenFile).toBe(theirs);
});

test('a token in the environment outranks every file but the one of the command line, and is not kept', () => {
  const { load, write, home } = given();
  const file = join(home, 'given');
  writeFileSync(file, 'x');
  write({ token_file: '/theirs' });
  const config = load({}, { SIGHTLINE_TOKEN: 'secret', SIGHTLINE_TOKEN_FILE: '/ours' });
  expect(config.http?.tokenFile).toBe(null);
  expect(JSON.stringify(config)).not.toContain('secret');
  expect(config.notices).toEqual([]);
  expect(load({ tokenFile: file }, { SIGHTLINE_TOKEN: 'secret' }).http?.tokenFile).toBe(file);
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

test('--interval is the longest wait between two polls of an HTTP source', () => {
  const { load, complaint, write } = given();
  expect(load({ interval: '10' }).http?.intervalMs).toBe(10_000);
  expect(complaint({ interval: '0.1' })).toBe("--interval: expected at least 0.5 seconds, got '0.1'");
  expect(complaint({}, { SIGHTLINE_INTERVAL: '31' })).toBe("SIGHTLINE_INTERVAL: expected at most 30 seconds, got '31'");
  write({ interval: 0.5 });
  expect(load().http?.intervalMs).toBe(500);
});

test.each([
  ['tokenFile', '--token-file'],
  ['caFile', '--ca-file'],
  ['otlpTokenFile', '--otlp-token-file'],
] as const)('a %s that is missing is an error that names the option and the file', (option, name) => {
  expect(given().complaint({ [option]: '/dev/null' })).toContain('it is not a regular file');
  expect(given().complaint({ [option]: '/no/where' })).toBe(
    `${name}: cannot read /no/where: it does not exist; name a file that this user may read`,
  );
});
