import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type BrokerOptions, NO_SECRETS } from '../../src/remote/nats/broker.ts';
import { freePort } from './free-port.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

/** A real nats-server with JetStream on a free port of 127.0.0.1; gone when the test has finished. */
export type NatsServer = {
  readonly url: string;
  readonly port: number;
  readonly start: () => Promise<void>;
  /** Kills it; its store stays for the next start. */
  readonly stop: () => Promise<void>;
  /** Removes that store, while it is stopped. */
  readonly loseStore: () => void;
  /** Has it enable JetStream while its connections stay. */
  readonly enableJetStream: () => void;
};

/** Starts a server. `config`: more lines for its configuration file. */
export async function natsServer({ config = '', starts = true, hasJetStream = true } = {}): Promise<NatsServer> {
  const port = await freePort();
  const folder = tempDir();
  const file = join(folder, 'nats.conf');
  const jetStream = `jetstream { store_dir: "${join(folder, 'store')}" }`;
  const configure = (...lines: string[]): void =>
    writeFileSync(file, [`listen: "127.0.0.1:${port}"`, ...lines, config].join('\n'));
  if (hasJetStream) configure(jetStream);
  else configure();
  let child: ChildProcess | null = null;
  const stop = async (): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  };
  const start = async (): Promise<void> => {
    const started = spawn('nats-server', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    let said = '';
    started.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
    started.once('exit', (code, signal) => {
      if (child === started) process.stderr.write(`nats-server ended by itself (${code ?? signal}): ${said}\n`);
    });
    await until(() => {
      if (started.exitCode !== null) throw new Error(`nats-server ended: ${said}`);
      return answers(port);
    });
  };
  onTestFinished(stop);
  if (starts) await start();
  const enableJetStream = (): void => {
    configure(jetStream);
    child?.kill('SIGHUP');
  };
  const loseStore = (): void => rmSync(join(folder, 'store'), { recursive: true });
  return { url: `nats://127.0.0.1:${port}`, port, start, stop, loseStore, enableJetStream };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** How to reach a broker without any secret. */
export function brokerAt(url: string, access: Partial<BrokerOptions> = {}): BrokerOptions {
  return { ...NO_SECRETS, url, ...access };
}
