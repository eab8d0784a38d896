import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stateSchema } from '../../src/commands/once/schema.ts';
import type { Line } from '../helpers/headless.ts';
import { type HeadlessWorld, headlessWorld } from '../helpers/headless-world.ts';
import { runProgram } from '../helpers/program.ts';
import { screenWorld } from '../helpers/screen-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const show = (text: string): void => void (process.env['SHOW'] && console.log(text));

/** A dollar a million tokens of input: a call of a million costs a dollar. */
const PRICES = { 'a-model': { input: 1, output: 1 } };
const MILLION = { model: 'a-model', input_tokens: 1_000_000, output_tokens: 0, cache_read_tokens: 0 };

function configOf(budgets: readonly object[], more: object = {}): string {
  const path = join(tempDir(), 'config.json');
  writeFileSync(path, JSON.stringify({ prices: PRICES, budgets, ...more }));
  return path;
}

const spend = async ({ writer }: Pick<HeadlessWorld, 'writer'>, calls: number): Promise<void> => {
  for (let call = 0; call < calls; call += 1) await writer.call(MILLION);
};
const phases = (lines: readonly Line[]): readonly unknown[] =>
  lines.filter(({ kind, type }) => kind === 'advisory' && type === 'budget').map(({ phase }) => phase);

test('a budget warns at its share and at its limit, once over restarts and kills, and history fires nothing', async () => {
  const world = await headlessWorld();
  const config = configOf([{ name: 'day', every: 'day', usd: 5 }]);
  await spend(world, 2);
  const first = world.start(['--config', config]);
  await first.line({ kind: 'started' });
  await spend(world, 2);
  expect(await first.line({ kind: 'advisory', type: 'budget' })).toMatchObject({
    budget: 'day',
    per: 'all',
    phase: 'warned',
    spent: { usd: '4' },
    limit: { usd: '5' },
    share: 0.8,
    asks_until: null,
  });
  await first.end('SIGKILL');
  await spend(world, 2);
  const second = world.start(['--config', config]);
  await second.line({ kind: 'started' });
  // What was spent while nobody looked is a gap of some seconds: it is news.
  expect(await second.line({ kind: 'advisory', phase: 'reached' })).toMatchObject({ spent: { usd: '6' } });
  await second.end('SIGTERM');
  const third = world.start(['--config', config]);
  await third.line({ kind: 'started' });
  await spend(world, 1);
  await until(() => sumOf(world, config) === '7');
  expect(phases(third.lines)).toEqual([]);
  expect(third.all({ kind: 'signal' })).toEqual([]);
});

function sumOf(world: HeadlessWorld, config: string): string | undefined {
  const { stdout } = runProgram([
    'once',
    '--json',
    '--source',
    `sqlite:${world.folder}`,
    '--state-dir',
    world.stateDir,
    '--config',
    config,
  ]);
  const spent = stateSchema.parse(JSON.parse(stdout)).budgets?.[0]?.spent;
  return spent !== undefined && 'usd' in spent ? spent.usd : undefined;
}

test('an old history that is over a new budget is shown and fires nothing; the sums are right at once', async () => {
  const world = await headlessWorld();
  await spend(world, 9);
  const config = configOf([
    { name: 'day', every: 'day', usd: 5, action: 'checkpoint' },
    { name: 'all', every: 'total', usd: 5, action: 'checkpoint' },
  ]);
  const headless = await world.armed(['--config', config]);
  await spend(world, 1);
  await until(() => sumOf(world, config) === '10');
  expect(headless.all({ kind: 'signal' })).toEqual([]);
  expect(phases(headless.lines)).toEqual([]);
  const { stdout } = runProgram(['budget', 'list', '--json', '--engine', String(headless.child.pid)]);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'sightline.budgets/1',
    budgets: [
      { budget: 'day', spent: { usd: '10' }, share: 2, level: 'reached' },
      { budget: 'all', spent: { usd: '1' }, share: 0.2, level: 'none' },
    ],
  });
});

test('a budget that is used up takes a checkpoint, and what explains it is kept', async () => {
  const world = await headlessWorld();
  const config = configOf([{ name: 'each', per: 'agent', every: 'hour', tokens: 3_000_000, action: 'checkpoint' }]);
  const headless = await world.armed(['--config', config]);
  await spend(world, 3);
  const signal = await headless.line({ kind: 'signal', signal: 'budget' });
  expect(signal).toMatchObject({
    severity: 'medium',
    workspace: world.workspace,
    cause: expect.stringMatching(/^budget each of .*: 3\.0M tokens of 3\.0M tokens\/hour$/u),
  });
  const fate = await headless.line({ kind: 'fate', signal: 'budget', settled: true });
  expect(fate).toMatchObject({ fate: 'checkpointed', snapshot: expect.stringMatching(/-budget$/u) });
  await headless.end('SIGTERM');
  const explained = runProgram(['explain', String(signal.signal_id), '--state-dir', world.stateDir]).stdout;
  show(explained);
  expect(explained).toMatch(/because +budget each of/u);
  expect(explained).toContain('checkpointed');
  const replayed = runProgram(['replay', '--json', '--state-dir', world.stateDir]).stdout;
  expect(JSON.parse(replayed)).toMatchObject({
    same: true,
    different_steps: 0,
    checkpoints: { recorded: 1, replayed: 1 },
  });
});

test('a budget that asks tells its hook; without an answer a checkpoint is taken, with one there is none', async () => {
  const world = await headlessWorld();
  const told = join(tempDir(), 'told');
  const hook = { name: 'ask', on: ['budget'], command: ['/bin/sh', '-c', 'cat >> "$0"', told] };
  const config = configOf([{ name: 'day', every: 'day', usd: 2, warn_at: 1, action: 'ask', ask_for: 2 }], {
    hooks: [hook],
  });
  const headless = await world.armed(['--config', config]);
  await spend(world, 2);
  const asked = await headless.line({ kind: 'advisory', phase: 'asked' });
  expect(Date.parse(String(asked['asks_until'])) - Date.parse(asked.at)).toBeLessThanOrEqual(2_000);
  await headless.line({ kind: 'advisory', phase: 'unanswered' });
  expect(await headless.line({ kind: 'fate', settled: true })).toMatchObject({
    signal: 'budget',
    fate: 'checkpointed',
  });
  await until(() => existsSync(told) && readFileSync(told, 'utf8').trim().split('\n').length === 2);
  const events = readFileSync(told, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(events).toMatchObject([
    {
      kind: 'budget',
      budget: { name: 'day', phase: 'asked', spent: '2', limit: '2', asks_until: asked['asks_until'] },
    },
    { kind: 'budget', budget: { phase: 'unanswered' } },
  ]);
  const engine = ['--engine', String(headless.child.pid)];
  expect(runProgram(['budget', 'list', ...engine]).stdout).toMatch(
    /day .*\$2\.00 .*\$2\.00\/day .*100 % +asks, no answer/u,
  );
  const low = runProgram(['budget', 'raise', 'day', '--to', '1', ...engine]);
  expect(low).toMatchObject({ status: 1, stderr: expect.stringContaining('the limit is $2.00 already') });
  expect(runProgram(['budget', 'raise', 'day', '--to', '3', ...engine]).stdout).toBe('budget day: raised\n');
  expect(await headless.line({ kind: 'operator', action: 'budget' })).toMatchObject({
    target: 'day',
    reason: 'raised to $3.00',
  });
  await spend(world, 1);
  await until(() => phases(headless.lines).length === 3);
  runProgram(['budget', 'accept', 'day', ...engine]);
  await headless.line({ kind: 'operator', reason: 'left as it is until it is over' });
  expect(runProgram(['budget', 'list', ...engine]).stdout).toContain('let be, changed');
  await headless.end('SIGTERM');
  expect(headless.all({ kind: 'signal' })).toHaveLength(1);
});

test('budgets are read again while it runs: the same one goes on, a changed one begins anew', async () => {
  const world = await headlessWorld();
  const config = configOf([{ name: 'all', every: 'total', usd: 10 }]);
  const headless = world.start(['--config', config]);
  await headless.line({ kind: 'started' });
  await spend(world, 3);
  const engine = ['--engine', String(headless.child.pid), '--json'];
  const listed = (): readonly unknown[] =>
    (
      JSON.parse(runProgram(['budget', 'list', ...engine]).stdout) as { budgets: readonly Record<string, unknown>[] }
    ).budgets.map(({ budget, spent }) => [budget, spent]);
  await until(() => JSON.stringify(listed()) === '[["all",{"usd":"3"}]]');
  writeFileSync(
    config,
    JSON.stringify({
      prices: PRICES,
      budgets: [
        { name: 'all', every: 'total', usd: 10, action: 'ask' },
        { name: 'new', every: 'total', usd: 10 },
        { name: 'day', every: 'day', usd: 100 },
      ],
    }),
  );
  await headless.line({ kind: 'operator', action: 'reload' });
  expect(new Map(listed() as [string, unknown][])).toEqual(
    new Map<string, unknown>([
      ['all', { usd: '3' }],
      ['day', { usd: '3' }],
      ['new', { usd: '0' }],
    ]),
  );
});

test('on the screen a budget warns in the header, asks with a countdown, and is answered by a key', async () => {
  const world = await screenWorld();
  const config = configOf([{ name: 'day', every: 'day', usd: 5, action: 'ask', ask_for: 3_600 }]);
  const screen = await world.armed('auto', ['--config', config], { columns: 120, rows: 34 });
  await spend(world, 4);
  await screen.shows('$4.00 △ 80 % of $5.00/day');
  await screen.shows(/△ budget 80 %/u);
  show(screen.text());
  await spend(world, 1);
  await screen.shows(/budget asks, 1 h left/u);
  await screen.shows(/B answer budget day, 1 h left/u);
  show(screen.text());
  screen.press('B');
  await screen.shows('+ raise to $6.25');
  await screen.shows(/day +\$5\.00 of \$5\.00\/day .* 100 %/u);
  await screen.shows(/a checkpoint in 1 h unless you answer/u);
  show(screen.text());
  screen.press('+');
  await screen.shows('budget day by');
  await screen.shows('△ 80 % of $6.25/day');
  await screen.hides('asks');
  screen.press('$');
  await screen.shows(/budget +day: \$5\.00 of \$6\.25\/day, 80 %/u);
  show(screen.text());
  screen.press('\u001B');
  await screen.hides('Spend');
  screen.press('q');
  expect(await screen.ended).toEqual({ exitCode: 0, signal: 0 });
});
