import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'vitest';
import { wsCkpt } from '../../../src/effects/ws-ckpt/index.ts';
import { isAlive } from '../../helpers/processes.ts';
import { until } from '../../helpers/until.ts';
import { listOf, makeStandIn, requestFor, say, SNAPSHOT, type StandIn, WS_ID } from '../../helpers/ws-ckpt-stand-in.ts';
import { worded } from '../../helpers/reasons.ts';

const never = new AbortController().signal;
const control = { abort: never, stopping: never };
const LOST = say('', 'Failed after 0.020s\nError: failed to read response length: early eof\n', 1);
const NO_DAEMON = say('', "✗ Daemon is not running.\n  Start it with 'systemctl start ws-ckpt'.\n", 1);

function standIn({ onTestFinished }: TestContext): StandIn {
  const tool = makeStandIn();
  onTestFinished(tool.remove);
  return tool;
}

const checkpointer = ({ workspace, binary }: StandIn): ReturnType<typeof wsCkpt> => wsCkpt({ workspace, binary });
const request = ({ workspace }: StandIn, timeoutMs = 5_000): ReturnType<typeof requestFor> =>
  requestFor(workspace, { timeoutMs });
/** Notes its pids and hangs, deaf to SIGTERM, with a child that is deaf too. */
const hang = ({ dir }: StandIn): string =>
  `trap '' TERM; sleep 600 & echo "$$ $!" >'${dir}/part'; mv '${dir}/part' '${dir}/pids'; wait; sleep 600`;
const isHanging = ({ dir }: StandIn): boolean => existsSync(join(dir, 'pids'));
const pidsOf = ({ dir }: StandIn): number[] => readFileSync(join(dir, 'pids'), 'utf8').trim().split(' ').map(Number);

test.concurrent(
  'a client that hangs is killed at the deadline with all its children; nothing found is timed out',
  async (context) => {
    const { expect } = context;
    const tool = standIn(context);
    tool.answer('checkpoint', hang(tool));
    tool.answer('list', say('[]'));
    const made = await checkpointer(tool).checkpoint(request(tool, 800), control);
    expect(made).toMatchObject({ type: 'timed_out', exitCode: null });
    expect(made.durationMs).toBeGreaterThanOrEqual(1_790);
    expect(pidsOf(tool)).toHaveLength(2);
    await until(() => !pidsOf(tool).some(isAlive));
  },
);

test.concurrent(
  'a snapshot that the daemon made all the same is found by its id and our run, late',
  async (context) => {
    const { expect } = context;
    const tool = standIn(context);
    tool.answer('checkpoint', 'exec sleep 600');
    tool.answer('list', say('[]'), listOf(SNAPSHOT, { tool: 'sightline', run_id: 'run-1' }));
    const made = await checkpointer(tool).checkpoint(request(tool, 300), control);
    expect(made).toMatchObject({ type: 'created', snapshot: SNAPSHOT, late: true });
    expect(tool.calls('list')[0]).toEqual(['list', `--workspace=${WS_ID}`, '--format', 'json']);
  },
);

test.concurrent('a suffix that the run had taken by then is found too', async (context) => {
  const { expect } = context;
  const tool = standIn(context);
  tool.answer('checkpoint', tool.recorded('checkpoint-duplicate'), LOST);
  tool.answer('list', listOf(`${SNAPSHOT}-2`, { run_id: 'run-1' }));
  const made = await checkpointer(tool).checkpoint(request(tool), control);
  expect(made).toMatchObject({ type: 'created', snapshot: `${SNAPSHOT}-2`, late: true });
});

test.concurrent('the same id with metadata of another run is not ours', async (context) => {
  const { expect } = context;
  const tool = standIn(context);
  tool.answer('checkpoint', LOST);
  tool.answer('list', listOf(SNAPSHOT, { auto: true, type: 'reactive' }));
  const made = await checkpointer(tool).checkpoint(request(tool), control);
  expect(worded(made)).toMatchObject({ type: 'failed', exitCode: 1, reason: expect.stringContaining('early eof') });
});

test.concurrent('a lost daemon that had made the snapshot is a success, once it is back', async (context) => {
  const { expect } = context;
  const tool = standIn(context);
  tool.answer('checkpoint', LOST);
  tool.answer('list', NO_DAEMON, NO_DAEMON, listOf(SNAPSHOT, { run_id: 'run-1' }));
  const made = await checkpointer(tool).checkpoint(request(tool), control);
  expect(made).toMatchObject({ type: 'created', snapshot: SNAPSHOT, late: true });
});

test.concurrent('a client that dies half-way is looked up, and fails when nothing is found', async (context) => {
  const { expect } = context;
  const tool = standIn(context);
  tool.answer('checkpoint', 'kill -KILL $$');
  tool.answer('list', 'printf \'[{"id":\'');
  const made = await checkpointer(tool).checkpoint(request(tool), control);
  expect(worded(made)).toMatchObject({ type: 'failed', exitCode: null, reason: expect.stringContaining('SIGKILL') });
});

test.concurrent('a look-up that hangs ends after its two seconds', async (context) => {
  const { expect } = context;
  const tool = standIn(context);
  tool.answer('checkpoint', LOST);
  tool.answer('list', hang(tool));
  const made = await checkpointer(tool).checkpoint(request(tool), control);
  expect(made.type).toBe('failed');
  expect(made.durationMs).toBeGreaterThanOrEqual(1_990);
  await until(() => !pidsOf(tool).some(isAlive));
});

test.concurrent('while we are stopping nothing is looked up: the next start does it', async (context) => {
  const { expect } = context;
  const tool = standIn(context);
  tool.answer('checkpoint', 'exec sleep 600');
  tool.answer('list', listOf(SNAPSHOT, { run_id: 'run-1' }));
  const made = await checkpointer(tool).checkpoint(request(tool, 300), { abort: never, stopping: AbortSignal.abort() });
  expect(made.type).toBe('unknown');
  expect(tool.calls('list')).toEqual([]);
  const next = checkpointer(tool);
  expect(await next.lookUp({ snapshot: SNAPSHOT, runId: 'run-1' })).toEqual({ type: 'found', snapshot: SNAPSHOT });
  expect(await next.lookUp({ snapshot: SNAPSHOT, runId: 'run-2' })).toEqual({ type: 'absent' });
});

test.concurrent('a look-up without an answer is unknown, with the reason', async (context) => {
  const { expect } = context;
  const tool = standIn(context);
  tool.answer('list', NO_DAEMON);
  const found = await checkpointer(tool).lookUp({ snapshot: SNAPSHOT, runId: 'run-1' });
  expect(worded(found)).toMatchObject({ type: 'unknown', reason: expect.stringContaining('systemctl start') });
});

test.concurrent('a shutdown in the middle of a look-up ends it', async (context) => {
  const { expect } = context;
  const tool = standIn(context);
  tool.answer('checkpoint', LOST);
  tool.answer('list', hang(tool));
  const stopping = new AbortController();
  const running = checkpointer(tool).checkpoint(request(tool), { abort: never, stopping: stopping.signal });
  await until(() => isHanging(tool));
  stopping.abort();
  expect((await running).type).toBe('unknown');
  await until(() => !pidsOf(tool).some(isAlive));
});

test.concurrent('abort kills the client at once', async (context) => {
  const { expect } = context;
  const tool = standIn(context);
  tool.answer('checkpoint', hang(tool));
  const abort = new AbortController();
  const running = checkpointer(tool).checkpoint(request(tool, 60_000), { abort: abort.signal, stopping: never });
  await until(() => isHanging(tool));
  abort.abort();
  expect(await running).toMatchObject({ type: 'unknown' });
  await until(() => !pidsOf(tool).some(isAlive));
});

test.concurrent('a flood of 100 MiB before the created line is a success with bounded text', async (context) => {
  const { expect } = context;
  const tool = standIn(context);
  const flood = `head -c 104857600 /dev/zero | tr '\\0' 'x' | tee /dev/stderr`;
  tool.answer('checkpoint', `${flood}; printf '\\n✓ Checkpoint created: ${SNAPSHOT}\\n'`);
  const made = await checkpointer(tool).checkpoint(request(tool, 60_000), control);
  expect(made).toMatchObject({ type: 'created', snapshot: SNAPSHOT });
  expect(made.stderr.length).toBeLessThanOrEqual(2_000);
});
