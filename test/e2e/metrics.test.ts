import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { type Headless } from '../helpers/headless.ts';
import { headlessWorld } from '../helpers/headless-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const rules = resolve(import.meta.dirname, '../../dist/share/prometheus/sightline.rules.yml');
const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;

async function addressOf(run: Headless): Promise<string> {
  await until(() => /metrics: http:\S+/.test(run.errors()));
  return /metrics: http:\/\/(?<address>\S+)\/metrics/.exec(run.errors())?.groups?.['address'] ?? '';
}

/** Starts a Prometheus of its own that scrapes the address; resolves to a function that asks its API. */
async function prometheus(target: string): Promise<(path: string) => Promise<unknown>> {
  const folder = tempDir();
  const port = await freePort();
  const config = {
    global: { scrape_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'sightline', static_configs: [{ targets: [target] }] }],
  };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((done) => child.once('exit', done));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return async (path) => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => null);
    return response === null || !response.ok ? null : response.json();
  };
}

test.skipIf(!hasPrometheus)('a Prometheus scrapes it, finds what has happened, and loads the rules', async () => {
  const world = await headlessWorld();
  const run = await world.armed(['--metrics', '127.0.0.1:0']);
  const ask = await prometheus(await addressOf(run));
  await world.failedCall('process crashed');
  await run.line({ fate: 'checkpointed' });
  let text = '';
  const holds = async (path: string, pattern: RegExp): Promise<boolean> => {
    text = JSON.stringify(await ask(path));
    return pattern.test(text);
  };
  await until(() => holds('targets?state=active', /"health":"up"/));
  await until(() => holds('query?query=sightline_signal_fates_total', /"fate":"checkpointed".{0,200}"1"\]/));
  await until(() => holds('query?query=sum(sightline_call_failures_total)', /"value":\[[\d.]+,"1"\]/));
  await until(() =>
    holds('query?query=sightline_checkpoint_duration_seconds_count', /"outcome":"created".{0,200}"1"\]/),
  );
  expect(await holds('rules', /SightlineCheckpointFailing/)).toBe(true);
  expect(await run.end('SIGTERM')).toMatchObject({ code: 0 });
});

test('an address that is taken is named, and the engine goes on', async () => {
  const taken = createServer();
  await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', () => listening()));
  onTestFinished(() => void taken.close());
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const world = await headlessWorld();
  const run = world.start(['--metrics', `127.0.0.1:${port}`]);
  await run.line({ kind: 'started' });
  expect(run.errors()).toContain(`no metrics on 127.0.0.1:${port}: another program listens there`);
  expect(await run.end('SIGTERM')).toMatchObject({ code: 0 });
});
