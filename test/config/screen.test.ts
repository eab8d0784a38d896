import { expect, test } from 'vitest';
import { given } from './given.ts';

test('the theme is taken from the flag, then the variable, then the configuration file', () => {
  const { load, write } = given();
  expect(load().screen?.theme).toBe('auto');
  write({ ui: { theme: 'light' } });
  expect(load().screen?.theme).toBe('light');
  expect(load({}, { SIGHTLINE_THEME: 'mono' }).screen?.theme).toBe('mono');
  expect(load({ theme: 'dark' }, { SIGHTLINE_THEME: 'mono' }).screen?.theme).toBe('dark');
});

test('whatever reaches beyond the screen is off until it is asked for', () => {
  const { load, write } = given();
  expect(load().screen).toEqual({ theme: 'auto', mouse: false, title: false, bell: false, notify: false, keys: {} });
  write({ ui: { mouse: true, title: true, bell: true, notify: true, keys: { checkpoint: 'C' } } });
  expect(load().screen).toMatchObject({
    mouse: true,
    title: true,
    bell: true,
    notify: true,
    keys: { checkpoint: 'C' },
  });
  expect(load({}, { SIGHTLINE_MOUSE: 'false' }).screen?.mouse).toBe(false);
});

test('a mistake there names the file, the place and what was meant', () => {
  const { complaint, load, write } = given();
  const path = write({ ui: { them: 'dark' } });
  expect(load().notices).toEqual([`${path}: unknown key 'them' in 'ui' is ignored; did you mean 'theme'?`]);
  write({ ui: { theme: 'pink' } });
  expect(complaint()).toBe(`${path}: ui.theme wants one of auto, dark, light, high-contrast, mono, got 'pink'`);
  write({});
  expect(complaint({ theme: 'drak' })).toContain("did you mean 'dark'?");
});
