import { expect, test } from 'vitest';
import { ConfigError, openSightline, pushFeed } from '../../src/index.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const circle: Record<string, unknown> = {};
circle['circle'] = circle;

const BAD: readonly (readonly [options: unknown, words: string])[] = [
  [{ debounce: 0.2 }, 'debounce'],
  [{ timeout: null }, 'timeout'],
  [{ debounce: 1n }, 'debounce'],
  [{ workspace: ['a'] }, 'workspace'],
  [{ stateDir: Symbol('x') }, 'state-dir'],
  [{ source: [1] }, 'source'],
  [{ source: { uri: '-' } }, 'source'],
  [{ mode: true }, 'mode'],
  [{ arm: 'yes' }, 'arm'],
  [{ debouce: '1' }, "unknown option 'debouce'; did you mean 'debounce'?"],
  [{ feeds: 'sqlite:x' }, 'feeds'],
  [{ feeds: [{}] }, 'feeds'],
  [{ feeds: circle }, 'feeds'],
  [{ talk: 'loud' }, 'talk'],
  [{ commitMs: '5' }, 'commitMs'],
  [{ commitMs: Number.NaN }, 'commitMs'],
  [null, 'expected an object'],
  [undefined, 'expected an object'],
  [['--arm'], 'expected an object'],
];

test.each(BAD)('%o of an embedding program is a ConfigError', async (options, words) => {
  const error: unknown = await openSightline(options as never).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as Error).message).toContain(words);
});

test('options that are right open an engine', async () => {
  const { feed } = pushFeed('ours');
  const options = { feeds: [feed], stateDir: tempDir(), debounce: '0.2', commitMs: 5, talk: () => undefined };
  const engine = await openSightline(options);
  await engine.close();
});
