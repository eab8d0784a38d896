import { expect, test } from 'vitest';
import { tokenOf } from '../../../src/remote/nats/subjects.ts';
import { encodeValue } from '../../../src/remote/wire.ts';
import { fleetConsole, publishedOn } from '../../helpers/fleet-world.ts';
import { natsServer } from '../../helpers/nats-server.ts';
import { until } from '../../helpers/until.ts';
import { ScreenWorld } from '../../helpers/view.ts';

const ESCAPE = '\u001B[31m';

const NAMES: readonly string[] = [
  'build 07',
  'a.b.example.com',
  '*',
  '>.>',
  'hôst-日本-🚀',
  'x'.repeat(300),
  `${ESCAPE}red\u0007`,
  '$JS.API.STREAM.DELETE',
];

test('hosts of odd names are shown by their tokens, which nothing else could be, and take actions', async () => {
  const { url } = await natsServer();
  const worlds = new Map<string, ScreenWorld>();
  for (const name of NAMES) {
    const world = await ScreenWorld.started('hold', { config: { host: name } });
    world.call({ agent: `${ESCAPE}agent`, conversationId: `${name}/1 2:3` });
    world.engine.commit();
    worlds.set(tokenOf(name), world);
    publishedOn(world, url, { host: tokenOf(name), run: `run-${worlds.size}` });
  }
  expect(worlds.size).toBe(NAMES.length);
  const console = await fleetConsole(url);
  const hosts = () => {
    console.commit();
    return console.store.getState().fleet?.hosts.filter(({ started }) => started) ?? [];
  };
  await until(() => hosts().length === NAMES.length);
  const { model } = console.store.getState();
  expect(model.conversations).toHaveLength(NAMES.length);
  expect(encodeValue([hosts(), model.conversations, model.agents])).not.toMatch(/\\u001b|\\u0007/iu);
  const silence = { type: 'silence', matcher: {}, durationMs: 60_000, reason: null } as const;
  for (const [token, world] of worlds) {
    expect(token).toMatch(/^[\w-]{1,64}$/u);
    expect(await console.act(token, silence)).toMatchObject({ ok: true });
    expect(world.engine.store.getState().silences).toHaveLength(1);
    expect((await console.open(token)).ok).toBe(true);
  }
});

test('names that differ only in what no subject may hold are one name: the second one is refused', async () => {
  const { url } = await natsServer();
  const first = publishedOn(await ScreenWorld.started('hold'), url, { host: tokenOf('build.07'), run: 'run-1' });
  await until(() => first.said.length > 0);
  const second = publishedOn(await ScreenWorld.started('hold'), url, { host: tokenOf('build 07'), run: 'run-2' });
  await until(() => second.said.some((line) => line.includes('another engine is named build_07')));
});
