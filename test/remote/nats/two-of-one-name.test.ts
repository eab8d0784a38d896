import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/effects/clock.ts';
import { wordTwin } from '../../../src/wording/fleet.ts';
import { ENGINE, fleetConsole, hostOn, listener, publishedOn, type TestConsole } from '../../helpers/fleet-world.ts';
import { brokerAt, natsServer } from '../../helpers/nats-server.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';
import { ScreenWorld } from '../../helpers/view.ts';

const hostIn = (console: TestConsole) => {
  console.commit();
  return console.store.getState().fleet?.hosts.find(({ name }) => name === 'build-07');
};

async function named(agent: string): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('hold');
  world.call({ agent, conversationId: agent });
  world.engine.commit();
  return world;
}

const silence = { type: 'silence', matcher: {}, durationMs: 60_000, reason: null } as const;

test('the second one is refused: both log it, the console says it, and only the first one is shown and acts', async () => {
  const { url } = await natsServer();
  const [one, two] = [await named('first'), await named('second')];
  const first = await hostOn(one, url, { run: 'run-1' });
  const console = await fleetConsole(url);
  await until(() => hostIn(console)?.started === true);
  const second = publishedOn(two, url, { run: 'run-2' });
  await until(() => first.said.some((line) => line.includes('another engine is named build-07, pid 4711 of root')));
  await until(() => second.said.some((line) => line.includes('this one acts alone')));
  const refused = { ...ENGINE, run: 'run-2' };
  await until(() => hostIn(console)?.twin !== null);
  expect(hostIn(console)).toMatchObject({ engine: { run: 'run-1' }, twin: { refused } });
  expect(console.said).toContain(`build-07: ${wordTwin(refused)}`);
  expect(await console.act('build-07', silence)).toMatchObject({ ok: true });
  expect([one, two].map(({ engine }) => engine.store.getState().silences.length)).toEqual([1, 0]);
  // One that looks in for a moment is told, too: doctor and once.
  const late = await fleetConsole(url, { user: 'mia' });
  expect(hostIn(late)?.twin).toEqual({ refused });
  const agents = late.store.getState().model.agents.map(({ name }) => name);
  expect(agents).toEqual(['build-07 first']);
});

test('once the first one has ended, the second one is shown, with the events that waited', async () => {
  const { url } = await natsServer();
  const first = await hostOn(await named('first'), url, { run: 'run-1' });
  const second = publishedOn(await named('second'), url, { run: 'run-2' });
  await until(() => second.said.some((line) => line.includes('this one acts alone')));
  second.event({ seq: 1, kind: 'signal', signal: 'retry_storm', agent: 'second' });
  const console = await fleetConsole(url);
  await until(() => hostIn(console)?.engine?.run === 'run-1');
  await first.close();
  await until(() => hostIn(console)?.engine?.run === 'run-2');
  await until(() => console.events.some((line) => line.includes('"agent":"second"')));
  expect(hostIn(console)?.twin).toBeNull();
  expect(second.said.filter((line) => line.includes('shown now'))).toHaveLength(1);
});

test('one that is killed loses the name after some missed signs of life', async () => {
  const { url } = await natsServer();
  const { connection } = await listener(url);
  const said = JSON.stringify({ run: 'run-0', seq: 1, at: Date.now(), since: 0 });
  // Forty times as fast.
  const clock = { ...systemClock, mono: () => systemClock.mono() * 40, after: fast };
  const host = publishedOn(await named('second'), url, { clock });
  await until(() => host.said.some((line) => line.includes('connected')));
  await until(() => {
    if (host.said.some((line) => line.includes('this one acts alone'))) return true;
    connection.publish('sightline.build-07.now', said);
    return false;
  });
  await until(() => host.said.some((line) => line.includes('shown now')));
});

function fast(ms: number, run: () => void): () => void {
  return systemClock.after(ms / 40, run);
}

test('what is meant for one of two is answered by that one alone, and what is meant for neither by the first', async () => {
  const { url } = await natsServer();
  const [one, two] = [await named('first'), await named('second')];
  await hostOn(one, url, { run: 'run-1' });
  const { connection, heard } = await listener(url);
  const send = async (id: string, run: string): Promise<readonly unknown[]> => {
    const inbox = `_INBOX.${id}`;
    const act = { type: 'act', id, run, until: Date.now() + 9_000, revision: 1, action: silence };
    connection.publish('sightline.build-07.act.ops', JSON.stringify(act), { reply: inbox });
    const answers = () => heard.filter(({ subject }) => subject === inbox);
    await until(() => answers().length > 0);
    // Time for a second answer, which must not come: one of another run is a second late.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return answers().map(({ data }) => (JSON.parse(Buffer.from(data).toString()) as { answer: unknown }).answer);
  };
  // In the moment in which it comes, too.
  publishedOn(two, url, { run: 'run-2' });
  expect(await send('id-1', 'run-1')).toMatchObject([{ ok: true }]);
  expect(await send('id-2', 'run-0')).toEqual([{ ok: false, reason: { code: 'other_run' } }]);
  expect([one, two].map(({ engine }) => engine.store.getState().silences.length)).toEqual([1, 0]);
});

test('where they cannot hear each other, the console notices both, says so, and asks neither to act', async () => {
  const deaf = 'permissions: { subscribe: { deny: ["sightline.*.now"] } }';
  const users = `users: [{ user: host, password: pass, ${deaf} }, { user: ops, password: pass }]`;
  const { url } = await natsServer({ config: `authorization { ${users} }` });
  const passwordFile = join(tempDir(), 'password');
  writeFileSync(passwordFile, 'pass', { mode: 0o600 });
  const broker = (user: string) => brokerAt(url, { user, passwordFile });
  const [one, two] = [await named('first'), await named('second')];
  publishedOn(one, url, { run: 'run-1', broker: broker('host') });
  publishedOn(two, url, { run: 'run-2', broker: broker('host') });
  const console = await fleetConsole(url, { broker: broker('ops') });
  await until(() => hostIn(console)?.twin !== null && hostIn(console) !== undefined);
  expect(console.said).toContain(`build-07: ${wordTwin(null)}`);
  expect(await console.act('build-07', silence)).toEqual({
    ok: false,
    reason: { code: 'two_hosts', host: 'build-07' },
  });
  expect([one, two].map(({ engine }) => engine.store.getState().silences.length)).toEqual([0, 0]);
});

test('a host that starts again at once has its name at once', async () => {
  const { url } = await natsServer();
  const world = await named('first');
  const before = await hostOn(world, url, { run: 'run-1' });
  const console = await fleetConsole(url);
  await until(() => hostIn(console)?.engine?.run === 'run-1');
  await before.close();
  const after = await hostOn(world, url, { run: 'run-2' });
  await until(() => hostIn(console)?.engine?.run === 'run-2');
  expect(hostIn(console)?.twin).toBeNull();
  expect(after.said.filter((line) => line.includes('another engine'))).toEqual([]);
});
