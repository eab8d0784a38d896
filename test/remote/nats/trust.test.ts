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
    // Not even for the actions: what they return says it, in words that are no subject's.
    expect(mia.said.filter((line) => /permission/iu.test(line))).toEqual([]);
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

  test('a JWT is read from its file, and what it does not permit is refused', async () => {
    const { config, creds } = jwtServer({
      allow: ['sightline.build-07.>', '$KV.sightline_hosts.build-07', '$JS.API.>'],
    });
    const { url } = await natsServer({ config });
    const path = join(tempDir(), 'host.creds');
    writeFileSync(path, creds, { mode: 0o600 });
    const world = await ScreenWorld.started('hold');
    const broker = brokerAt(url, { credsFile: path });
    const host = publishedOn(world, url, { broker });
    await until(() => host.said.some((line) => line.includes('connected')));
    const other = publishedOn(world, url, { broker, host: 'build-08' });
    await until(() => other.said.some((line) => line.includes('"sightline.build-08.now"')));
    expect(host.said.filter((line) => /violation/iu.test(line))).toEqual([]);
  });

  test('TLS by an authority of one’s own, and not by another', async () => {
    const { folder, make } = certificates();
    make('ours', 'DNS:localhost');
    make('another', 'DNS:localhost');
    const { port } = await natsServer({ config: tls(folder) });
    const url = `tls://localhost:${port}`;
    const world = await ScreenWorld.started('hold');
    const over = (caFile: string | null) => publishedOn(world, url, { broker: brokerAt(url, { caFile }) });
    const right = over(join(folder, 'ours.pem'));
    await until(() => right.said.some((line) => line.includes('connected')));
    const wrong = over(join(folder, 'another.pem'));
    await until(() => wrong.said.some((line) => line.includes('name the one that did by --nats-ca-file')));
  });

  test('TLS to an address that the certificate names, and to none that it does not', async () => {
    const { folder, make } = certificates();
    make('ours', 'IP:127.0.0.1');
    const { port } = await natsServer({ config: tls(folder) });
    const world = await ScreenWorld.started('hold');
    const over = (url: string) =>
      publishedOn(world, url, { broker: brokerAt(url, { caFile: join(folder, 'ours.pem') }) });
    const right = over(`tls://127.0.0.1:${port}`);
    await until(() => right.said.some((line) => line.includes('connected')));
    make('ours', 'IP:127.0.0.9,DNS:localhost');
    const { port: another } = await natsServer({ config: tls(folder) });
    const wrong = over(`tls://127.0.0.1:${another}`);
    await until(() => wrong.said.some((line) => line.includes('altnames')));
  });

  test('a client shows its certificate, where the server asks for one', async () => {
    const { folder, make } = certificates();
    make('ours', 'DNS:localhost');
    make('client', 'email:build-07@example.org');
    const ca = `ca_file: "${join(folder, 'client.pem')}", verify: true`;
    const { port } = await natsServer({ config: tls(folder, ca) });
    const url = `tls://localhost:${port}`;
    const world = await ScreenWorld.started('hold');
    const files = { caFile: join(folder, 'ours.pem') };
    const keys = { certFile: join(folder, 'client.pem'), keyFile: join(folder, 'client.key') };
    const known = publishedOn(world, url, { broker: brokerAt(url, { ...files, ...keys }) });
    await until(() => known.said.some((line) => line.includes('connected')));
    const stranger = publishedOn(world, url, { broker: brokerAt(url, files) });
    await until(() => stranger.said.some((line) => line.includes('cannot be reached')));
    expect(stranger.said.some((line) => line.includes('connected'))).toBe(false);
  });
});

function certificates() {
  const folder = tempDir();
  const make = (name: string, of: string): void => {
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${of}`];
    const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', ...subject, ...files], {
      stdio: 'ignore',
    });
  };
  return { folder, make };
}

function tls(folder: string, more = ''): string {
  return `tls { cert_file: "${join(folder, 'ours.pem')}", key_file: "${join(folder, 'ours.key')}", ${more} }`;
}

/** A server that knows its users by JWTs alone, and the credentials of one of them: an operator, an account and a user. */
function jwtServer(pub: { readonly allow: readonly string[] }): { readonly config: string; readonly creds: string } {
  const operator = nkeys.createOperator();
  const account = nkeys.createAccount();
  const system = nkeys.createAccount();
  const user = nkeys.createUser();
  const all = { subs: -1, data: -1, payload: -1 };
  const limits = { ...all, conn: -1, leaf: -1, imports: -1, exports: -1, wildcards: true };
  const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const operatorJwt = jwt(operator, operator, { type: 'operator' });
  const accountJwt = jwt(operator, account, { type: 'account', limits: { ...limits, ...storage } });
  const systemJwt = jwt(operator, system, { type: 'account', limits });
  const userJwt = jwt(account, user, { type: 'user', pub, sub: {}, ...all });
  const seed = new TextDecoder().decode(user.getSeed());
  return {
    config: [
      `operator: ${operatorJwt}`,
      `system_account: ${system.getPublicKey()}`,
      'resolver: MEMORY',
      `resolver_preload: { ${account.getPublicKey()}: ${accountJwt}, ${system.getPublicKey()}: ${systemJwt} }`,
    ].join('\n'),
    creds: [
      `-----BEGIN NATS USER JWT-----\n${userJwt}\n------END NATS USER JWT------`,
      `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
    ].join('\n\n'),
  };
}

function jwt(issuer: nkeys.KeyPair, of: nkeys.KeyPair, nats: object): string {
  const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64url');
  const claims = {
    jti: of.getPublicKey(),
    iat: Math.floor(Date.now() / 1_000),
    iss: issuer.getPublicKey(),
    sub: of.getPublicKey(),
    name: 'test',
    nats: { ...nats, version: 2 },
  };
  const signed = `${base64(JSON.stringify({ typ: 'JWT', alg: 'ed25519-nkey' }))}.${base64(JSON.stringify(claims))}`;
  return `${signed}.${base64(issuer.sign(new TextEncoder().encode(signed)))}`;
}
