import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordedCourse } from '../../src/core/history/course.ts';
import { readHistory } from '../../src/effects/state/history-reader.ts';
import { headlessWorld, type HeadlessWorld } from '../helpers/headless-world.ts';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { until } from '../helpers/until.ts';

type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the built program on the world's state and feed. */
function sightline({ stateDir, folder, workspace }: HeadlessWorld, ...args: readonly string[]): Ran {
  const where = ['--state-dir', stateDir, '--source', `sqlite:${folder}`];
  const what = ['--workspace', workspace, '--checkpointer', 'git', '--quiet'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args, ...where, ...what], {
    env: cleanEnvironment(),
    encoding: 'utf8',
    cwd: '/',
  });
  return { code: status, stdout, stderr };
}

const json = ({ stdout }: Ran): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>;
/** A call's id that no provider uses again. */
const callId = (name: string): string => `call-${name}-0123456789abcdef`;

/** A crash whose checkpoint has been made and written down; its signal and snapshot. */
async function crash(world: HeadlessWorld): Promise<{ readonly signalId: string; readonly snapshot: string }> {
  const headless = await world.armed(['--debounce', '600']);
  writeFileSync(join(world.workspace, 'notes.txt'), 'two\n');
  await world.failedCall('process crashed', { call_id: callId('a') });
  const { signal_id: signalId = '', snapshot } = await headless.line({ fate: 'checkpointed' });
  await until(() => sightline(world, 'explain', signalId).stdout.includes('checkpointed'));
  return { signalId, snapshot: snapshot ?? '' };
}

test('a day in fast motion with kills in it: replayed with the same settings it gives the same decisions', async () => {
  const world = await headlessWorld();
  const settled = new Map<string, string>();
  for (let run = 0; run < 5; run += 1) {
    const headless = await world.armed(['--debounce', '1', '--timeout', '5']);
    for (let nth = 0; nth < 4; nth += 1) {
      await world.failedCall('process crashed', { call_id: callId(`${run}-${nth}`) });
      if (nth % 2 === 0) await world.storm(`storm-${run}-${nth}`);
      writeFileSync(join(world.workspace, 'notes.txt'), `${run} ${nth}\n`);
      await until(() => headless.all({ kind: 'fate' }).length > nth);
    }
    await headless.line({ kind: 'checkpoint', phase: 'ended' });
    // In the middle of it: others wait for the window's end.
    await headless.end(run % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
    for (const { signal_id: id = '', fate = '' } of headless.all({ kind: 'fate', settled: true }))
      settled.set(id, fate);
  }
  const replayed = sightline(world, 'replay', '--json');
  expect(replayed).toMatchObject({ code: 0, stderr: '' });
  expect(json(replayed)).toMatchObject({ same: true, different_steps: 0, refused: 0, skipped: 0, changed: [] });
  expect(sightline(world, 'replay').stdout).toMatch(
    /^the same decisions; .* \d+ inputs, \d+ signals, \d+ checkpoints?\n$/u,
  );

  const { entries } = readHistory(world.stateDir);
  expect(entries.filter((entry) => entry.type === 'opening' && entry.why === 'start')).toHaveLength(5);
  // What was told is what the history has; a kill may have cost it what was decided last.
  const { signals } = recordedCourse(entries);
  const known = [...settled].flatMap(([id, fate]) => {
    const kept = signals.get(id)?.fate;
    return kept?.settled === true ? [[fate, kept.kind]] : [];
  });
  expect(known.length).toBeGreaterThan(settled.size / 2);
  expect(known.filter(([told, kept]) => told !== kept)).toEqual([]);

  const longer = json(sightline(world, 'replay', '--debounce', '3600', '--json'));
  expect(longer).toMatchObject({ settings: { debounce_ms: 3_600_000 }, same: false });
  expect(sightline(world, 'replay', '--debounce', '3600').stdout).toMatch(/^debounce 1 h: \d checkpoints? less; /u);
  expect(sightline(world, 'replay', '--mode', 'observe').stdout).toContain('disarmed');
});

test('explains a signal while the engine runs: what was seen, the rule, the settings, the answer, the snapshot', async () => {
  const world = await headlessWorld();
  const { signalId, snapshot } = await crash(world);
  const { code, stdout } = sightline(world, 'explain', signalId.slice(0, 8));
  expect(code).toBe(0);
  for (const text of [
    `Signal ${signalId}  agent_crash, critical`,
    "the call's error: crash",
    `call ${callId('a')}`,
    world.workspace,
    'agent_crash → checkpoint  (default)',
    'mode auto, debounce 10 min, no countdown',
    `checkpointed: checkpoint ${snapshot} created in`,
    `Checkpoint ${snapshot}`,
    'automatic, for 1 signal',
    /created in \d+ ms/u,
  ]) {
    expect(stdout).toMatch(text);
  }
  expect(json(sightline(world, 'explain', snapshot, '--json'))).toMatchObject({
    schema: 'sightline.explain/1',
    subject: { type: 'snapshot', id: snapshot },
    signals: [{ signal_id: signalId, cause: "the call's error: crash", fates: [{ fate: 'checkpointed', snapshot }] }],
    checkpoint: { snapshot, kind: 'auto', trigger: signalId, outcome: 'created' },
    operators: [],
  });

  // Waits for the window's end, which is far; what the operator does meanwhile is told with it.
  await world.failedCall('process crashed', { call_id: callId('b') });
  const taken = json(sightline(world, 'checkpoint', world.workspace, '--message', 'by hand', '--json'));
  const manual = String(taken['snapshot']);
  await until(() => sightline(world, 'explain', manual).stdout.includes('coalesced into'));
  const byHand = sightline(world, 'explain', manual).stdout;
  expect(byHand).toContain("an operator's, 1 signal waited");
  expect(byHand.replaceAll(/\s+/gu, ' ')).toMatch(
    new RegExp(`Operators .* \\w+.*: checkpoint of ${world.workspace} \\(by hand\\): ${manual} was taken`, 'u'),
  );

  const offered = sightline(world, '__complete', 'explained', 'sightline', 'explain', '--state-dir', world.stateDir);
  expect(offered.stdout.split('\n')).toEqual(expect.arrayContaining([signalId, snapshot]));

  expect(sightline(world, 'explain', 'ffffffffffff')).toMatchObject({ code: 1, stdout: '' });
  const unknown = sightline(world, 'explain', 'ffffffffffff', '--json');
  expect(unknown.code).toBe(1);
  expect(json(unknown)).toMatchObject({ schema: 'sightline.result/1', ok: false, code: 'not_in_history' });
  expect(readFileSync(join(world.stateDir, 'history/0000000001.jsonl'), 'utf8')).not.toContain('process crashed');
});

test('writes a report with the calls, the snapshot and its diff; prompts only when asked; over nothing, through no link', async () => {
  const world = await headlessWorld();
  const { signalId, snapshot } = await crash(world);
  const file = join(world.stateDir, 'report.md');
  expect(sightline(world, 'explain', signalId, '--bundle', file)).toMatchObject({
    code: 0,
    stdout: `written to ${file}\n`,
  });
  const report = readFileSync(file, 'utf8');
  for (const text of [
    /^# Incident: agent_crash of Claude/u,
    callId('a'),
    'HTTP 500',
    `Snapshot ${snapshot}`,
    '-one',
    '+two',
  ])
    expect(report).toMatch(text);
  expect(report).not.toContain('## Prompt and answer');
  expect(lstatSync(file).mode & 0o777).toBe(0o600);

  expect(sightline(world, 'explain', signalId, '--bundle', file)).toMatchObject({ code: 1 });
  const precious = join(world.stateDir, 'precious');
  writeFileSync(precious, 'precious');
  const link = join(world.stateDir, 'link.md');
  symlinkSync(precious, link);
  expect(sightline(world, 'explain', signalId, '--bundle', link).stderr).toContain('--force replaces it');
  expect(sightline(world, 'explain', signalId, '--bundle', link, '--force', '--content')).toMatchObject({ code: 0 });
  expect(readFileSync(precious, 'utf8')).toBe('precious');
  expect(lstatSync(link).isSymbolicLink()).toBe(false);
  expect(readFileSync(link, 'utf8')).toContain('## Prompt and answer');
});

test('a history that cannot be kept is said, and costs nothing else', async () => {
  const world = await headlessWorld();
  mkdirSync(world.stateDir, { mode: 0o700 });
  writeFileSync(join(world.stateDir, 'history'), 'no folder');
  const headless = await world.armed();
  await world.failedCall('process crashed', { call_id: callId('a') });
  await headless.line({ fate: 'checkpointed' });
  await until(() => headless.errors().includes('cannot write the history'));
  expect(await headless.end('SIGTERM')).toMatchObject({ code: 0 });
  for (const command of [['replay'], ['explain', 'abcd']]) {
    const { code, stderr } = sightline(world, ...command);
    expect(code).toBe(3);
    expect(stderr).toContain('cannot read the history');
  }
  expect(sightline(world, 'doctor').stdout).toMatch(/^warning history: cannot use .*: it is not a folder/mu);
});

test('of two engines on one state folder the one that writes it writes the history, and the other goes on from there', async () => {
  const world = await headlessWorld();
  const first = await world.armed();
  const second = world.start(['--arm', '--workspace', world.workspace, '--checkpointer', 'git']);
  await second.line({ kind: 'started' });
  await world.failedCall('process crashed', { call_id: callId('a') });
  await first.line({ fate: 'checkpointed' });
  await second.line({ kind: 'signal' });
  await first.end('SIGKILL');
  await until(() => second.errors().includes('is free'));
  await world.failedCall('process crashed', { call_id: callId('b') });
  await until(() => second.all({ kind: 'signal' }).length === 2);
  await second.end('SIGTERM');
  const openings = readHistory(world.stateDir).entries.flatMap((entry) => (entry.type === 'opening' ? [entry] : []));
  expect(openings.map(({ why, lost }) => [why, lost > 0])).toEqual([
    ['start', false],
    ['start', true],
  ]);
  expect(json(sightline(world, 'replay', '--json'))).toMatchObject({ same: true, refused: 0 });
});

test('a clock that is set back a day and ahead a year, by which a replay decides nothing', async () => {
  const world = await headlessWorld();
  const shift = join(world.folder, 'shift');
  const launcher = [process.execPath, '--import', join(import.meta.dirname, '../fixtures/shift-clock.mjs')] as const;
  const headless = await world.armed(['--debounce', '0.5'], { launcher, env: { SHIFT_FILE: shift } });
  for (const [nth, days] of [0, -1, 365].entries()) {
    writeFileSync(shift, String(days * 86_400_000));
    await world.failedCall('process crashed', { call_id: callId(String(nth)) });
    await until(() => headless.all({ kind: 'fate', settled: true }).length > nth);
  }
  await headless.end('SIGTERM');
  const all = json(sightline(world, 'replay', '--json'));
  expect(all).toMatchObject({ same: true, different_steps: 0, signals: 3 });
  expect(sightline(world, 'replay', '--since', '1h').stdout).toMatch(/^the same decisions; /u);
});
