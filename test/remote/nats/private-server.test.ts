import { existsSync } from 'node:fs';
import { connect } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { startPrivateServer } from '../../../src/remote/nats/private-server.ts';
import { fleetConsole, publishedOn } from '../../helpers/fleet-world.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';
import { ScreenWorld, WORKSPACE } from '../../helpers/view.ts';

const USERS = { hosts: ['build-07', 'edge-fra'], operator: 'ops' };

test('a private server serves its own users alone, and is gone with its close', async () => {
  const root = tempDir();
  const started = await startPrivateServer(root, USERS);
  if (!started.ok) throw new Error(started.reason.code);
  const server = started.value;
  onTestFinished(server.close);
  const { url } = server.as('ops');
  await expect(connect({ servers: url, reconnect: false })).rejects.toThrow(/authorization/iu);
  const world = await ScreenWorld.started('hold');
  const host = publishedOn(world, url, { broker: server.as('build-07') });
  await until(() => host.said.some((line) => line.includes('connected')));
  const console = await fleetConsole(url, { broker: server.as('ops') });
  await until(() => console.store.getState().fleet?.hosts.some(({ started: isUp }) => isUp) === true);
  const answer = await console.act('build-07', {
    type: 'checkpoint',
    workspace: WORKSPACE,
    agent: null,
    conversationId: null,
    reason: null,
  });
  expect(answer).toMatchObject({ ok: true });
  await console.close();
  await host.close();
  await server.close();
  await expect(connect({ servers: url, reconnect: false })).rejects.toThrow(/refused/iu);
  expect(existsSync(root)).toBe(true);
});

test('a server that is not installed is told from one that does not start', async () => {
  expect(await startPrivateServer(tempDir(), USERS, 'no-such-nats-server')).toEqual({
    ok: false,
    reason: { code: 'not_installed' },
  });
  expect(await startPrivateServer(tempDir(), USERS, 'false')).toMatchObject({ ok: false, reason: { code: 'ended' } });
});
