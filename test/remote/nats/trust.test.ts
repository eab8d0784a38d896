import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, nkeys } from '@nats-io/transport-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { BrokerOptions } from '../../../src/remote/nats/broker.ts';
import { fleetConsole, publishedOn, type TestConsole } from '../../helpers/fleet-world.ts';
import { brokerAt, natsServer } from '../../helpers/nats-server.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';
import { ScreenWorld, settle, WORKSPACE } from '../../helpers/view.ts';

const PERMISSIONS = readFileSync(join(import.meta.dirname, '../../../src/share/nats/sightline.conf'), 'utf8');

function passwordFile(user: string): string {
  const path = join(tempDir(), 'password');
  writeFileSync(path, `PASSWORD-OF-${user.toUpperCase()}\n`, { mode: 0o600 });
  return path;
}

function as(url: string, user: string): BrokerOptions {
  return brokerAt(url, { user, passwordFile: passwordFile(user) });
}

/** The hosts build-07 and build-08 of the permission sets, with a checkpoint held on each. */
async function fleet(): Promise<{ readonly url: string; readonly worlds: Readonly<Record<string, ScreenWorld>> }> {
  const { url } = await natsServer({ config: PERMISSIONS });
  const worlds: Record<string, ScreenWorld> = {};
  for (const host of ['build-07', 'build-08']) {
    const world = await ScreenWorld.started('hold');
    world.interruption({ type: 'agent_crash', severity: 'critical' });
    await settle();
    world.engine.commit();
    worlds[host] = world;
    const published = publishedOn(world, url, { host, broker: as(url, host) });
    published.event({ seq: 1, kind: 'started', mode: 'hold' });
    await until(() => published.said.some((line) => line.includes('connected')));
  }
  return { url, worlds };
}

async function person(url: string, user: string): Promise<TestConsole> {
  const console = await fleetConsole(url, { user, broker: as(url, user) });
  await until(() => console.store.getState().fleet?.hosts.filter(({ started }) => started).length === 2);
  return console;
}

describe('the permission sets that come with the program', () => {
  test('an operator acts on the host that is granted, and on no other', async () => {
    const { url, worlds } = await fleet();
    const ops = await person(url, 'ops');
    expect(await ops.act('build-07', { type: 'veto', workspace: WORKSPACE })).toMatchObject({ ok: true });
    expect(await ops.act('build-08', { type: 'veto', workspace: WORKSPACE })).toEqual({
      ok: false,
      reason: { code: 'not_permitted' },
    });
    expect(worlds['build-08']?.engine.store.getState().workspaces[0]?.hold).not.toBeNull();
  });

  test('a viewer sees every host whole, with its events, and acts on none', async () => {
    const { url } = await fleet();
    const mia = await person(url, 'mia');
    const opened = await mia.open('build-08');
    expect(opened.ok && opened.value.store.getState().signals).toHaveLength(1);
    for (const host of ['build-07', 'build-08'])
      expect(await mia.act(host, { type: 'veto', workspace: WORKSPACE })).toMatchObject({ ok: false });
    await until(() => mia.events.length === 2);
    const forbidden = mia.said.filter((line) => /permission/iu.test(line) && !line.includes('.act.'));
    expect(forbidden).toEqual([]);
  });

  test.each([
    ['build-07', 'sightline.build-08.now'],
    ['build-07', 'sightline.build-08.event.signal'],
    ['build-07', '$KV.sightline_hosts.build-08'],
    ['build-07', 'sightline.build-08.act.ops'],
    ['build-07', '$JS.API.STREAM.DELETE.SIGHTLINE'],
    ['mia', 'sightline.build-07.act.mia'],
    ['mia', 'sightline.build-07.act.ops'],
    ['mia', 'sightline.build-07.ask.mia.content.1'],
    ['mia', 'sightline.build-07.ask.ops.whole'],
    ['mia', 'sightline.build-07.now'],
    ['mia', '$KV.sightline_hosts.build-07'],
    ['ops', 'sightline.build-08.act.ops'],
    ['ops', 'sightline.build-07.act.mia'],
    ['ops', 'sightline.build-08.ask.ops.content.1'],
  ])('%s may not publish to %s', async (user, subject) => {
    const { url } = await natsServer({ config: PERMISSIONS });
    const connection = await connect({ servers: url, user, pass: `PASSWORD-OF-${user.toUpperCase()}` });
    onTestFinished(() => connection.close());
    const refused = (async () => {
      for await (const status of connection.status()) if (status.type === 'error') return status.error.message;
      return '';
    })();
    connection.publish(subject, 'x');
    expect(await refused).toContain(`Publish to "${subject}"`);
  });

  test('a viewer cannot listen to what others ask and are answered', async () => {
    const { url } = await natsServer({ config: PERMISSIONS });
    const connection = await connect({ servers: url, user: 'mia', pass: 'PASSWORD-OF-MIA' });
    onTestFinished(() => connection.close());
    for (const subject of ['sightline.*.act.*', 'sightline.*.to.ops.>', '_INBOX.user.ops.>', '>']) {
      const refused = new Promise<string>((resolve) => {
        connection.subscribe(subject, { callback: (error) => resolve(error?.message ?? '') });
      });
      expect(await refused).toContain('Permissions Violation');
    }
  });
});

describe('credentials', () => {
  test('an nkey is read from its file', async () => {
    const pair = nkeys.createUser();
    const { url } = await natsServer({ config: `authorization { users: [{ nkey: ${pair.getPublicKey()} }] }` });
    const path = join(tempDir(), 'seed');
    writeFileSync(path, pair.getSeed(), { mode: 0o600 });
    const world = await ScreenWorld.started('hold');
    const host = publishedOn(world, url, { broker: brokerAt(url, { nkeyFile: path }) });
    await until(() => host.said.some((line) => line.includes('connected')));
  });

  test('a wrong password, and a file that is gone, are said, and tried again for ever', async () => {
    const { url } = await natsServer({ config: 'authorization { user: a, password: PASSWORD-OF-B }' });
    const world = await ScreenWorld.started('hold');
    const wrong = publishedOn(world, url, { broker: brokerAt(url, { user: 'a', passwordFile: passwordFile('c') }) });
    await until(() => wrong.said.some((line) => /authorization/iu.test(line)));
    const path = join(tempDir(), 'later');
    const late = publishedOn(world, url, { broker: brokerAt(url, { user: 'a', passwordFile: path }) });
    await until(() => late.said.some((line) => line.includes('is not there')));
    writeFileSync(path, 'PASSWORD-OF-B', { mode: 0o600 });
    await until(() => late.said.some((line) => line.includes('connected')));
  });

  test('TLS by an authority of one’s own, and not by another', async () => {
    const folder = tempDir();
    const make = (name: string): void => {
      const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost'];
      const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', ...subject, ...files], {
        stdio: 'ignore',
      });
    };
    make('ours');
    make('another');
    const files = `cert_file: "${join(folder, 'ours.pem')}", key_file: "${join(folder, 'ours.key')}"`;
    const { port } = await natsServer({ config: `tls { ${files} }` });
    const url = `tls://localhost:${port}`;
    const world = await ScreenWorld.started('hold');
    const over = (caFile: string | null) => publishedOn(world, url, { broker: brokerAt(url, { caFile }) });
    const right = over(join(folder, 'ours.pem'));
    await until(() => right.said.some((line) => line.includes('connected')));
    const wrong = over(join(folder, 'another.pem'));
    await until(() => wrong.said.some((line) => /self-signed|certificate/iu.test(line)));
  });
});
