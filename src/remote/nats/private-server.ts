import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Result } from '../../core/result.ts';
import { cleanLine } from '../../core/text.ts';
import type { Ms } from '../../core/units.ts';
import { endAtExit } from '../../effects/process/run.ts';
import { type BrokerOptions, NO_SECRETS } from './broker.ts';

/** The longest time for the server to listen, and how often that is looked for, ms. */
const READY_MS: Ms = 20_000;
const POLL_MS: Ms = 50;
/** Characters kept of what it says. */
const MAX_COMPLAINT = 2_000;
const MAX_REASON = 300;
/** Bytes that its streams may take on the disk: what the stream of events reserves, and as much again. */
const MAX_STORE = 512 * 1024 * 1024;
/** The folder of servers on Debian, which the path of an ordinary user lacks. */
const SERVER_FOLDERS = '/usr/local/sbin:/usr/sbin';
/** The exit code of a program that is not there, as shells give it. */
const NOT_FOUND = 127;

/** Why there is no server. */
export type NoServer =
  { readonly code: 'not_installed' } | { readonly code: 'ended' | 'silent'; readonly text: string };

/** A private broker. */
export type PrivateServer = {
  /** The options with which one of its users connects. */
  readonly as: (user: string) => BrokerOptions;
  readonly close: () => Promise<void>;
};

/**
 * Starts the server, and ends it with us, however we end: on SIGKILL too, where nobody else removes the folder either.
 * Arguments: the program, its configuration file, the folder.
 */
const GUARD = `
  const [program, config, folder] = process.argv.slice(1);
  const server = require('node:child_process').spawn(program, ['-c', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  let isAsked = false;
  let isOver = false;
  const leave = () => {
    const { existsSync, rmSync } = require('node:fs');
    // Players remove what is theirs meanwhile: a removal that meets another one stops where it is.
    for (let turn = 0; turn < 20 && isOver && !isAsked && existsSync(folder); turn += 1)
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    process.exit(isAsked ? 0 : 1);
  };
  server.on('error', ({ code, message }) => {
    process.stderr.write(message);
    process.exit(code === 'ENOENT' ? ${NOT_FOUND} : 1);
  });
  // Where nobody reads what it says any more it may end before we know that nobody is there.
  server.on('exit', () => (isOver ? leave() : setTimeout(leave, 500)));
  process.stdin.on('data', () => (isAsked = true)).on('end', () => {
    isOver = true;
    server.kill('SIGKILL') || leave();
  });
`;

/**
 * Starts a nats-server of our own: on a free port of this machine, its files in a folder that it makes in `root`, a user
 * and a password for each name with the permissions of `share/nats`, the operator for all hosts. Ends with us; where we are
 * killed, `root` is removed.
 */
export async function startPrivateServer(
  root: string,
  { hosts, operator }: { readonly hosts: readonly string[]; readonly operator: string },
  program = 'nats-server',
): Promise<Result<PrivateServer, NoServer>> {
  const folder = join(root, 'nats');
  await mkdir(folder, { mode: 0o700 });
  const passwordFile = (user: string): string => join(folder, `${user}.password`);
  const users = [...hosts.map(hostUser), operatorUser(operator)].map((user) => ({
    ...user,
    password: randomBytes(24).toString('hex'),
  }));
  for (const { user, password } of users) await writeFile(passwordFile(user), password, { mode: 0o600 });
  const config = join(folder, 'nats.conf');
  await writeFile(config, JSON.stringify(configuration(folder, users)), { mode: 0o600 });
  const server = launch(program, config, root);
  const deadline = performance.now() + READY_MS;
  while (server.ended() === null && addressIn(folder) === null && performance.now() < deadline) await delay(POLL_MS);
  const url = addressIn(folder);
  if (server.ended() !== null || url === null) {
    await server.close();
    return { ok: false, reason: server.ended() ?? { code: 'silent', text: server.said() } };
  }
  return {
    ok: true,
    value: { as: (user) => ({ ...NO_SECRETS, url, user, passwordFile: passwordFile(user) }), close: server.close },
  };
}

function configuration(folder: string, users: readonly object[]) {
  return {
    server_name: 'sightline-demo',
    host: '127.0.0.1',
    port: -1,
    ports_file_dir: folder,
    jetstream: { store_dir: join(folder, 'store'), max_file_store: MAX_STORE },
    accounts: { SIGHTLINE: { jetstream: 'enabled', users } },
  };
}

function hostUser(host: string) {
  const permissions = {
    publish: [
      `sightline.${host}.now`,
      `sightline.${host}.event.>`,
      `sightline.${host}.to.>`,
      `$KV.sightline_hosts.${host}`,
      '$JS.API.INFO',
      '$JS.API.STREAM.INFO.KV_sightline_hosts',
      '$JS.API.STREAM.CREATE.KV_sightline_hosts',
      '$JS.API.STREAM.CREATE.SIGHTLINE',
    ],
    subscribe: [`sightline.${host}.now`, `sightline.${host}.ask.>`, `sightline.${host}.act.*`, `_INBOX.host.${host}.>`],
    allow_responses: { max: 1, expires: '10m' },
  };
  return { user: host, permissions };
}

function operatorUser(user: string) {
  return {
    user,
    permissions: {
      publish: [
        `sightline.*.act.${user}`,
        `sightline.*.ask.${user}.>`,
        '$JS.API.INFO',
        '$JS.API.STREAM.INFO.*',
        '$JS.API.CONSUMER.>',
      ],
      subscribe: ['sightline.*.now', 'sightline.*.event.>', `sightline.*.to.${user}.>`, `_INBOX.user.${user}.>`],
    },
  };
}

/** The address that the server has written beside its configuration; null before that. */
function addressIn(folder: string): string | null {
  const file = readdirSync(folder).find((name) => name.endsWith('.ports'));
  if (file === undefined) return null;
  return /"(nats:\/\/127\.0\.0\.1:\d{1,5})"/u.exec(readFileSync(join(folder, file), 'utf8'))?.[1] ?? null;
}

function launch(program: string, config: string, root: string) {
  const child: ChildProcess = spawn(process.execPath, ['-e', GUARD, program, config, root], {
    stdio: ['pipe', 'ignore', 'pipe'],
    // Ctrl-C is for the demo, which then ends its server.
    detached: true,
    env: { ...process.env, PATH: [process.env['PATH'], SERVER_FOLDERS].filter(Boolean).join(':') },
  });
  const forget = endAtExit(child.pid);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-MAX_COMPLAINT)));
  child.stdin?.on('error', () => undefined);
  const gone = once(child, 'close').then(
    () => undefined,
    () => undefined,
  );
  const words = (): string => cleanLine(said, MAX_REASON);
  return {
    said: words,
    /** Why it has ended; null while it runs. */
    ended: (): NoServer | null => {
      if (child.exitCode === null && child.signalCode === null) return null;
      return child.exitCode === NOT_FOUND ? { code: 'not_installed' } : { code: 'ended', text: words() };
    },
    close: async (): Promise<void> => {
      child.stdin?.end('bye');
      await gone;
      forget();
    },
  };
}
