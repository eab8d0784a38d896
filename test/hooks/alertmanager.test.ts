import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Signal, Silence } from '../../src/core/signals.ts';
import type { Notice } from '../../src/core/reactor/messages.ts';
import { createHooks } from '../../src/hooks/index.ts';
import { freePort } from '../helpers/free-port.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const hasAlertmanager = spawnSync('prometheus-alertmanager', ['--version']).status === 0;

/** Starts an Alertmanager of its own; its URL. */
async function alertmanager(): Promise<string> {
  const folder = tempDir();
  const port = await freePort();
  writeFileSync(join(folder, 'am.yml'), JSON.stringify({ route: { receiver: 'none' }, receivers: [{ name: 'none' }] }));
  const args = [
    `--config.file=${folder}/am.yml`,
    `--storage.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ];
  const child = spawn('prometheus-alertmanager', args, { stdio: 'ignore' });
  const ended = new Promise((done) => child.once('exit', done));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return `http://127.0.0.1:${port}`;
}

const SIGNAL: Signal = {
  signalId: 's1',
  type: 'agent_crash',
  origin: 'interruption',
  severity: 'critical',
  agent: 'Codex',
  processName: null,
  pid: null,
  conversationId: 'c1',
  callId: null,
  interruptionId: 'i1',
  workspace: '/srv/project',
  at: Date.now() - 1_000,
  historical: false,
  downgraded: null,
  cause: { code: 'notified' },
} as never;

test.skipIf(!hasAlertmanager)('an Alertmanager shows signals and silences, and the end of both', async () => {
  const url = await alertmanager();
  const ask = async (path: string): Promise<string> => {
    const response = await fetch(`${url}/api/v2/${path}`).catch(() => null);
    return response === null ? '' : response.text();
  };
  await until(async () => (await ask('status')).includes('versionInfo'));
  const kept = new Map<string, unknown>();
  const complaints: string[] = [];
  const hooks = createHooks(
    [
      {
        name: 'am',
        on: ['signal', 'resolved', 'silence', 'unsilence'],
        types: null,
        severities: null,
        fates: null,
        timeoutMs: 5_000,
        target: { type: 'webhook', url, shape: 'alertmanager', tokenFile: null, secretFile: null, caFile: null },
      },
    ],
    {
      host: 'box',
      store: {
        get: (key) => kept.get(key),
        entries: (prefix) => [...kept].filter(([key]) => key.startsWith(prefix)),
        put: (key, value) => void (value === null ? kept.delete(key) : kept.set(key, value)),
      },
      signalOf: () => SIGNAL,
      count: () => undefined,
      complain: (text) => complaints.push(text),
    },
  );
  onTestFinished(hooks.close);
  const emit = (notice: Notice): void => hooks.event({ type: 'notice', notice, at: Date.now() });

  emit({ type: 'signal', signal: SIGNAL });
  await until(async () => (await ask('alerts')).includes('"state":"active"'));
  const [alert] = JSON.parse(await ask('alerts'));
  expect(alert.labels).toMatchObject({ alertname: 'agent_crash', severity: 'critical', gen_ai_agent_name: 'Codex' });

  const silence: Silence = {
    id: 'n1',
    matcher: { agent: 'Codex' },
    createdAt: Date.now(),
    endsAt: Date.now() + 3_600_000,
    createdBy: 'root',
    reason: 'known',
    heldBack: 0,
  };
  emit({ type: 'operator', action: 'silence', target: 'Codex', reason: null, silence });
  await until(async () => (await ask('alerts')).includes('"state":"suppressed"'));
  const [shown] = JSON.parse(await ask('silences'));
  expect(shown).toMatchObject({ createdBy: 'root', comment: 'known', status: { state: 'active' } });

  emit({ type: 'operator', action: 'unsilence', target: 'Codex', reason: null, silence });
  await until(async () => (await ask('silences')).includes('"state":"expired"'));
  emit({
    type: 'update',
    signalId: 's1',
    signal: 'agent_crash',
    interruptionId: 'i1',
    resolved: true,
    count: 1,
    lastAt: Date.now(),
  });
  await until(async () => (await ask('alerts')).trim() === '[]');
  expect(hooks.queued().get('am')).toBe(0);
  expect(complaints).toEqual([]);
});
