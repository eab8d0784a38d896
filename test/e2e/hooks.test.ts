import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { CAN_ISOLATE, consoleWorld } from '../helpers/console-world.ts';
import { headlessWorld } from '../helpers/headless-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

function configOf(hooks: readonly unknown[], more: object = {}): string {
  const path = join(tempDir(), 'config.json');
  writeFileSync(path, JSON.stringify({ hooks, ...more }));
  return path;
}

/** A server that answers with these statuses, and then with 200; the ids and kinds of what it was told. */
async function receiver(port: number, statuses: number[]) {
  const got: { readonly id: string; readonly kind: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { id, kind } = JSON.parse(body);
      got.push({ id, kind });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', () => listening()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return got;
}

test('an event waits for its server over a kill, and comes with the same id until it is taken', async () => {
  const world = await headlessWorld();
  const port = await freePort();
  const config = configOf([
    { name: 'page', on: ['signal'], severities: ['critical'], url: `http://127.0.0.1:${port}/hook` },
  ]);
  const first = world.start(['--config', config, '--workspace', world.workspace]);
  await first.line({ kind: 'started' });
  await world.failedCall('process crashed');
  await first.line({ kind: 'signal', signal: 'agent_crash' });
  await until(() => first.errors().includes('hook page: ECONNREFUSED'));
  await first.end('SIGKILL');
  const got = await receiver(port, [503]);
  const second = world.start(['--config', config, '--workspace', world.workspace]);
  await until(() => got.length >= 2);
  expect(got[0]).toMatchObject({ kind: 'signal' });
  expect(new Set(got.map(({ id }) => id)).size).toBe(1);
  expect(await second.end('SIGTERM')).toMatchObject({ code: 0 });
});

test('a command gets the event on its standard input; one that hangs is ended with its group, and acting goes on', async () => {
  const world = await headlessWorld();
  const seen = join(tempDir(), 'seen');
  const hooks = [
    {
      name: 'file',
      on: ['fate'],
      fates: ['checkpointed'],
      command: ['/bin/sh', '-c', `cat > ${seen}.next && mv ${seen}.next ${seen}`],
    },
    { name: 'stuck', on: ['signal'], timeout: 1, command: ['/bin/sh', '-c', "trap '' TERM; sleep 100 & wait"] },
  ];
  const run = await world.armed(['--config', configOf(hooks), '--metrics', '127.0.0.1:0']);
  await world.failedCall('process crashed');
  await run.line({ fate: 'checkpointed' });
  await until(() => existsSync(seen));
  expect(JSON.parse(readFileSync(seen, 'utf8'))).toMatchObject({
    schema: 'sightline.hook/1',
    kind: 'fate',
    signal: { type: 'agent_crash', severity: 'critical' },
    fate: { kind: 'checkpointed' },
  });
  await until(() => run.errors().includes('hook stuck: /bin/sh: timed out'));
  const address = /metrics: (?<url>http:\S+)/.exec(run.errors())?.groups?.['url'] ?? '';
  const page = await (await fetch(address)).text();
  expect(page).toContain('sightline_hook_deliveries_total{hook="file",outcome="delivered"} 1');
  expect(page).toMatch(/sightline_hook_deliveries_total\{hook="stuck",outcome="failed"\} [1-9]/);
  expect(page).toContain('sightline_hook_queue_length{hook="stuck"} 1');
  expect(await run.end('SIGTERM')).toMatchObject({ code: 0 });
});

test.skipIf(!CAN_ISOLATE)(
  'a dashboard calls its hooks, and none where another engine keeps the state folder',
  async () => {
    const world = await consoleWorld();
    const seen = join(tempDir(), 'seen');
    const hooks = [{ name: 'file', on: ['signal'], command: ['sh', '-c', `cat >> '${seen}'`] }];
    const own = ['--no-attach', '--source', `sqlite:${world.folder}`, '--state-dir', world.stateDir];
    const options = [...own, '--config', configOf(hooks), '--workspace', world.workspace];
    const first = world.console(options);
    await first.shows('● live');
    const second = world.console(options);
    await second.shows('● live');
    await world.failedCall('process crashed', { call_id: 'a' });
    await second.shows('agent_crash');
    await until(() => existsSync(seen));
    first.press('q');
    expect((await first.ended).exitCode).toBe(0);
    // The one that kept the state folder told it, and that one alone.
    expect(readFileSync(seen, 'utf8').trimEnd().split('\n')).toHaveLength(1);
  },
);

test.skipIf(!CAN_ISOLATE)(
  'a hook that fails is named in the sources view, on a console of another process too',
  async () => {
    const world = await consoleWorld();
    const hooks = [{ name: 'page', on: ['signal'], url: `http://127.0.0.1:${await freePort()}/hook` }];
    const engine = await world.engine('observe', ['--config', configOf(hooks)]);
    await engine.line({ kind: 'started' });
    await world.failedCall('process crashed', { call_id: 'a' });
    await until(() => engine.errors().includes('hook page: ECONNREFUSED'));
    const console = world.console();
    await console.shows('ATTACHED headless');
    console.press('7');
    await console.shows(/hook +page: failing since \d\d:\d\d:\d\d: ECONNREFUSED; 1 event waits/u);
  },
);
