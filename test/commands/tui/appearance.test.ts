import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AppearanceOptions, appearanceOf } from '../../../src/commands/tui/appearance.ts';

const NOTHING_SAID: AppearanceOptions = { ascii: false, screenReader: false, color: null, theme: 'auto' };

beforeEach(() => {
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'COLORFGBG', 'INK_SCREEN_READER', 'LC_ALL', 'LC_CTYPE']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('LANG', 'en_US.UTF-8');
  vi.stubEnv('TERM', 'xterm-256color');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the appearance of the screen', () => {
  test.each([
    ['nothing is said', {}, {}, true],
    ['NO_COLOR', { NO_COLOR: '1' }, {}, false],
    ['NO_COLOR is empty', { NO_COLOR: '' }, {}, true],
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, {}, false],
    ['FORCE_COLOR outranks NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, {}, true],
    ['--no-color', { FORCE_COLOR: '1' }, { color: false }, false],
    ['--color outranks the environment', { NO_COLOR: '1', FORCE_COLOR: '0' }, { color: true }, true],
    ['--theme mono', { FORCE_COLOR: '1' }, { theme: 'mono' }, false],
    ['a theme does not outrank NO_COLOR', { NO_COLOR: '1' }, { theme: 'dark' }, false],
  ] as const)('colours: %s', (_, env, said, colour) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const look = appearanceOf({ ...NOTHING_SAID, ...said });
    expect(look.colour).toBe(colour);
    expect(look.theme === 'mono').toBe(!colour);
  });

  test.each([
    [{}, false],
    [{ LANG: 'C' }, true],
    [{ LC_ALL: 'POSIX' }, true],
    [{ LANG: 'C', LC_CTYPE: 'de_DE.utf8' }, false],
    [{ LANG: '' }, true],
  ])('signs: with %j ASCII alone is %s', (env, ascii) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(appearanceOf(NOTHING_SAID).ascii).toBe(ascii);
    expect(appearanceOf({ ...NOTHING_SAID, ascii: true }).ascii).toBe(true);
  });

  test.each([
    [{}, false],
    [{ TERM: 'dumb' }, true],
    [{ INK_SCREEN_READER: 'true' }, true],
  ])('lines instead of a screen: with %j %s', (env, spoken) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(appearanceOf(NOTHING_SAID).spoken).toBe(spoken);
    expect(appearanceOf({ ...NOTHING_SAID, screenReader: true }).spoken).toBe(true);
  });

  test('the background, from COLORFGBG, unless a theme is chosen', () => {
    vi.stubEnv('COLORFGBG', '0;15');
    expect(appearanceOf(NOTHING_SAID).theme).toBe('light');
    expect(appearanceOf({ ...NOTHING_SAID, theme: 'dark' }).theme).toBe('dark');
  });
});
