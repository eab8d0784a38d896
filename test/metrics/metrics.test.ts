import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { request } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Call } from '../../src/core/calls.ts';
import { loadPricer } from '../../src/effects/prices.ts';
import { boundedLabel } from '../../src/metrics/labels.ts';
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import { serveMetrics } from '../../src/metrics/server.ts';
import { calm } from '../helpers/screen-stories.ts';
import { ScreenWorld } from '../helpers/view.ts';

const share = resolve(import.meta.dirname, '../../src/share');
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

const CALL: Call = {
  callId: 'c',
  startNs: 1n,
  endNs: 2n,
  status: 'complete',
  conversationId: 'c1',
  sessionId: null,
  agent: 'Codex',
  processName: null,
  pid: null,
  provider: 'openai',
  model: 'gpt',
  kind: 'main',
  statusCode: 200,
  error: null,
  usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 3, cacheCreationTokens: null },
  finishReason: null,
  tools: [],
  userQuery: null,
  interruptionType: null,
} as never;

async function page(metrics: Metrics, format: 'prometheus' | 'openmetrics' = 'prometheus'): Promise<string> {
  const world = await calm();
  return (await metrics.text(world.view(), new Map([['page', 3]]), format)).text;
}

test('a call is counted once, when it has finished, and its tokens as they become known', async () => {
  const metrics = createMetrics();
  const pending: Call = { ...CALL, status: 'pending', usage: null, statusCode: null };
  const late: Call = {
    ...CALL,
    usage: { inputTokens: 10, outputTokens: 9, cacheReadTokens: 3, cacheCreationTokens: null },
  };
  metrics.call(pending, null);
  metrics.call(CALL, pending);
  metrics.call(late, CALL);
  metrics.call({ ...CALL, statusCode: 500, usage: null }, null);
  metrics.call({ ...CALL, cost: 1_500_000_000_000n }, CALL);
  metrics.call({ ...CALL, cost: null }, CALL);
  const text = await page(metrics);
  const labels = 'gen_ai_agent_name="Codex",gen_ai_request_model="gpt"';
  expect(text).toContain(`sightline_calls_total{${labels}} 2\n`);
  expect(text).toContain(`sightline_call_failures_total{${labels}} 1\n`);
  expect(text).toContain(`sightline_tokens_total{${labels},gen_ai_token_type="output"} 9\n`);
  expect(text).toContain(`sightline_tokens_total{${labels},gen_ai_token_type="cache_read"} 3\n`);
  expect(text).toContain(`sightline_cost_dollars_total{${labels}} 1.5\n`);
  expect(text).toContain(`sightline_calls_unpriced_total{${labels}} 1\n`);
});

test('an agent that renames itself in each call fills one bucket, not the memory', async () => {
  const metrics = createMetrics();
  for (let n = 0; n < 5_000; n += 1) metrics.call({ ...CALL, agent: `a${n}\n"} 1\u001b[31m`, model: `m${n}` }, null);
  const text = await page(metrics);
  const series = text.split('\n').filter((line) => line.startsWith('sightline_calls_total{'));
  expect(series.length).toBeLessThanOrEqual(51);
  expect(series.some((line) => line.endsWith('{gen_ai_agent_name="other",gen_ai_request_model="other"} 4950'))).toBe(
    true,
  );
  expect(text).not.toMatch(/\u001b/);
});

test('a value that has found its place keeps it', () => {
  const label = boundedLabel(1);
  expect([label('a'), label('b'), label('a'), label(null)]).toEqual(['a', 'other', 'a', 'other']);
});

test('the state is that of the moment of the scrape', async () => {
  const text = await page(createMetrics());
  expect(text).toMatch(/^sightline_build_info\{version="[\d.]+"\} 1$/m);
  expect(text.match(/^sightline_mode\{mode="\w+"\} 1$/gm)).toHaveLength(1);
  expect(text).toMatch(/^sightline_workspace_state\{workspace="[^"]+",state="ready"\} [01]$/m);
  expect(text).toMatch(/^sightline_source_health\{source="[^"]+",state="ok"\} 1$/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d/m);
});

test.skipIf(!hasPromtool)('promtool finds nothing to complain about', async () => {
  const metrics = createMetrics();
  metrics.call(CALL, null);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: await page(metrics),
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

test.skipIf(!hasPromtool)('the alert rules pass their unit tests', () => {
  const run = spawnSync('promtool', ['test', 'rules', 'sightline.rules.test.yml'], { cwd: join(share, 'prometheus') });
  expect({ status: run.status, output: run.status === 0 ? '' : String(run.stdout) + String(run.stderr) }).toEqual({
    status: 0,
    output: '',
  });
});

test('the rules and the dashboard ask for metrics that exist', async () => {
  const text = await page(createMetrics());
  const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  for (const path of ['prometheus/sightline.rules.yml', 'grafana/sightline.json']) {
    const asked = readFileSync(join(share, path), 'utf8').matchAll(/\b(?:sightline|process)_\w+(?=[{[ )]|$)/gm);
    const names = [...asked].map(([name]) => name.replace(/_bucket$/, ''));
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  }
});

describe('the server', () => {
  async function ask(options: { path?: string; method?: string; headers?: Record<string, string> }) {
    const opened = await serveMetrics({ host: '127.0.0.1', port: 0 }, () =>
      Promise.resolve({ type: 'text/plain', text: 'x 1\n' }),
    );
    if (!opened.ok) throw new Error(opened.reason);
    onTestFinished(opened.value.close);
    return new Promise<number | undefined>((answered, failed) => {
      const asked = request(
        { host: '127.0.0.1', port: opened.value.port, path: '/metrics', ...options },
        (response) => {
          response.resume();
          answered(response.statusCode);
        },
      );
      asked.on('error', failed).end();
    });
  }

  test('serves GET /metrics alone', async () => {
    expect(await ask({})).toBe(200);
    expect(await ask({ path: '/' })).toBe(404);
    expect(await ask({ method: 'POST' })).toBe(405);
  });

  test('refuses a web page, and a name that was bound to our address', async () => {
    expect(await ask({ headers: { Origin: 'https://evil.example' } })).toBe(403);
    expect(await ask({ headers: { Host: 'evil.example:9464' } })).toBe(403);
    expect(await ask({ headers: { Host: 'localhost:9464' } })).toBe(200);
  });
});

test('tells what agents spend, and how full the limits of their plans are', async () => {
  const world = await ScreenWorld.started('observe', { pricer: loadPricer() });
  const usage = { inputTokens: 1_000_000, outputTokens: 0, cacheReadTokens: null, cacheCreationTokens: null };
  world.call({
    agent: 'Codex',
    model: 'claude-sonnet-4-5',
    provider: 'anthropic',
    conversationId: 'c1',
    ago: 60_000,
    usage,
  });
  const window = { name: 'primary', usedPercent: 63, windowMinutes: 300, resetsAt: world.now + 3_600_000 };
  world.session('c1', { agent: 'Codex', quota: [window] });
  const { text } = await createMetrics().text(world.view(), new Map(), 'prometheus');
  const account = 'gen_ai_agent_name="Codex",account="agentsight"';
  expect(text).toContain('sightline_spent_dollars{gen_ai_agent_name="Codex",span="hour"} 6\n');
  expect(text).toContain('sightline_spent_dollars{gen_ai_agent_name="Codex",span="today"} 6\n');
  // The day after nothing was spent, which is known.
  const nextDay = await createMetrics().text({ ...world.view(), at: world.now + 86_400_000 }, new Map(), 'prometheus');
  expect(nextDay.text).toContain('sightline_spent_dollars{gen_ai_agent_name="Codex",span="hour"} 0\n');
  expect(nextDay.text).toContain('sightline_spent_dollars{gen_ai_agent_name="Codex",span="today"} 0\n');
  expect(text).toContain(`sightline_quota_used_ratio{${account},window="5h"} 0.63\n`);
  expect(text).toContain(
    `sightline_quota_reset_timestamp_seconds{${account},window="5h"} ${(world.now + 3_600_000) / 1_000}\n`,
  );
  expect(text).toContain(`sightline_quota_reached{${account}} 0\n`);
});
