import { expect, test } from 'vitest';
import { loadScreen } from '../../src/config/config.ts';
import { given } from './given.ts';

test('the theme is taken from the flag, then the variable, then the configuration file', () => {
  const { load, write } = given();
  expect(load().screen.theme).toBe('auto');
  write({ ui: { theme: 'light' } });
  expect(load().screen.theme).toBe('light');
  expect(load({}, { SIGHTLINE_THEME: 'mono' }).screen.theme).toBe('mono');
  expect(load({ theme: 'dark' }, { SIGHTLINE_THEME: 'mono' }).screen.theme).toBe('dark');
});

test('everything that reaches beyond the screen is off by default', () => {
  const { load, write } = given();
  expect(load().screen).toMatchObject({
    theme: 'auto',
    mouse: false,
    title: false,
    bell: false,
    notify: false,
    keys: {},
  });
  write({ ui: { mouse: true, title: true, bell: true, notify: true, keys: { checkpoint: 'C' } } });
  expect(load().screen).toMatchObject({
    mouse: true,
    title: true,
    bell: true,
    notify: true,
    keys: { checkpoint: 'C' },
  });
  expect(load({}, { SIGHTLINE_MOUSE: 'false' }).screen.mouse).toBe(false);
});

test('a mistake there names the file, the key and what was probably meant', () => {
  const { complaint, load, write } = given();
  const path = write({ ui: { them: 'dark' } });
  expect(load().notices).toEqual([`${path}: unknown key 'them' in 'ui' ignored; did you mean 'theme'?`]);
  write({ ui: { theme: 'pink' } });
  expect(complaint()).toBe(`${path}: ui.theme: expected auto, dark, light, high-contrast or mono, got 'pink'`);
  write({});
  expect(complaint({ theme: 'drak' })).toContain("did you mean 'dark'?");
});

test('colours: --color and --no-color, their variables, else undecided', () => {
  const { load, write } = given();
  expect(load().screen.color).toBe(null);
  expect(load({}, { SIGHTLINE_NO_COLOR: '1' }).screen.color).toBe(false);
  expect(load({}, { SIGHTLINE_COLOR: 'yes' }).screen.color).toBe(true);
  expect(load({ color: true }, { SIGHTLINE_NO_COLOR: '1' }).screen.color).toBe(true);
  write({ ui: { ascii: true, screen_reader: true } });
  expect(load().screen).toMatchObject({ ascii: true, screenReader: true });
  expect(load({}, { SIGHTLINE_ASCII: '0', SIGHTLINE_SCREEN_READER: '0' }).screen).toMatchObject({
    ascii: false,
    screenReader: false,
  });
});

test('the demo takes its appearance from the command line and the environment alone', () => {
  expect(loadScreen({ mouse: true }, { env: { SIGHTLINE_THEME: 'light' } })).toMatchObject({
    theme: 'light',
    mouse: true,
  });
});

test('the log file, from the folder where it was named', () => {
  const { load, write, home } = given();
  expect(load({ logFile: 'log' }).talk).toEqual({
    logFile: `${home}/log`,
    logFormat: 'auto',
    debug: false,
    quiet: false,
  });
  write({ log_file: 'log' });
  expect(load({}, { SIGHTLINE_DEBUG: '1', SIGHTLINE_QUIET: 'on' }).talk).toEqual({
    logFile: `${home}/.config/sightline/log`,
    logFormat: 'auto',
    debug: true,
    quiet: true,
  });
});
