import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/effects/clock.ts';
import type { EngineView } from '../../src/engine/types.ts';
import { openLocalDoors } from '../../src/remote/local.ts';
import { listenAt } from '../../src/remote/socket.ts';
import { encode, WIRE_VERSION } from '../../src/remote/wire.ts';
import { CAN_ISOLATE, type ConsoleWorld, consoleWorld } from '../helpers/console-world.ts';
import type { Headless } from '../helpers/headless.ts';
import { cleanEnvironment, PROGRAM } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { openTerminal, type TestTerminal } from '../helpers/terminal.ts';
import { ScreenWorld } from '../helpers/view.ts';

const pidOf = ({ child }: Headless): number => child.pid ?? 0;
const attachedTo = (engine: Headless, mode = 'HOLD'): RegExp =>
  new RegExp(`ATTACHED headless ${pidOf(engine)} · ${mode}`, 'u');

/** Something is held, and a console shows that. */
async function held(world: ConsoleWorld, engine: Headless, console: TestTerminal): Promise<void> {
  await world.failedCall('process crashed', { call_id: 'a', conversation_id: 'one', agent_name: 'Hermes' });
  await console.shows(`x veto project on pid ${pidOf(engine)}`);
}

test.skipIf(!CAN_ISOLATE)('a veto from one of two consoles is seen on both, and noted with who it was', async () => {
  const world = await consoleWorld();
  const engine = await world.engine();
  const one = world.console();
  const two = world.console([], { columns: 80, rows: 24 });
  await one.shows(attachedTo(engine));
  await two.shows(attachedTo(engine));
  await held(world, engine, one);
  await two.shows('x veto');
  one.press('x');
  for (const console of [one, two]) {
    await console.shows(/project: vetoed by \w+; agent_crash of Hermes/u);
    await console.hides('x veto');
  }
  const { by } = await engine.line({ kind: 'operator', action: 'veto' });
  expect(by).toMatchObject({ tty: expect.stringMatching(/^\/dev\/pts\//u), claimed: true });
  await one.shows('q leave, it runs on');
  one.press('q');
  expect(await one.ended).toEqual({ exitCode: 0, signal: 0 });
  // The other console, and so the engine, goes on.
  await world.failedCall('process crashed', { call_id: 'b', conversation_id: 'two', agent_name: 'Hermes' });
  await two.shows('x veto');
  expect(engine.child.exitCode).toBeNull();
});

test.skipIf(!CAN_ISOLATE)(
  'a killed engine leaves the console blind; it goes on with the next, or takes over',
  async () => {
    const world = await consoleWorld();
    const first = await world.engine();
    const console = world.console();
    await console.shows(attachedTo(first));
    await first.end('SIGKILL');
    await console.shows('BLIND');
    await console.shows(`headless ${pidOf(first)} is gone`);
    await console.shows('t take over project');
    const second = await world.engine();
    await console.shows(attachedTo(second));
    await console.shows('● live');
    await second.end('SIGKILL');
    await console.shows('t take over project');
    console.press('t');
    // The countdown is that of the engine that is gone, not the usual one.
    await console.shows(/sightline +HOLD 1 h/u);
    await world.failedCall('process crashed', { call_id: 'b', conversation_id: 'two' });
    await console.shows(/x veto project, /u);
  },
);

test.skipIf(!CAN_ISOLATE)('where several engines run, it asks which one; one that is not there is exit 3', async () => {
  const world = await consoleWorld();
  const missing = world.console(['--attach=1']);
  const [engine, other] = await Promise.all([world.engine(), world.engine('observe')]);
  await missing.shows('no engine with pid 1 runs here');
  expect((await missing.ended).exitCode).toBe(3);
  const console = world.console();
  const named = world.console([`--attach=${pidOf(engine)}`]);
  const own = world.console(['--no-attach', '--source', `sqlite:${world.folder}`]);
  const question = await console.shows(/which one\?(\s+\d {2}pid \d+ headless \w+ project){2}/u);
  expect(question).toMatch(new RegExp(`pid ${pidOf(engine)} headless hold project`, 'u'));
  console.press(/(\d) {2}pid \d+ headless observe/u.exec(question)?.[1] ?? '', '\r');
  await console.shows(attachedTo(other, 'OBSERVE'));
  await named.shows(attachedTo(engine));
  await own.shows('sightline OBSERVE');
  // The question leaves the keyboard to the screen.
  console.press('q');
  expect((await console.ended).exitCode).toBe(0);
  const spoken = world.console(['--screen-reader']);
  await spoken.shows('which one?');
  spoken.press('1', '\r');
  await spoken.shows('q leaves it running');
  spoken.press('q', '\r');
  expect((await spoken.ended).exitCode).toBe(0);
});

test.skipIf(!CAN_ISOLATE)(
  'a screen reader is told of the engine: attached, gone, attached again, taken over',
  async () => {
    const world = await consoleWorld();
    const first = await world.engine();
    const console = world.console(['--screen-reader']);
    await console.shows(`attached to headless ${pidOf(first)}, mode hold; q leaves it running`);
    await first.end('SIGKILL');
    await console.shows(
      new RegExp(`headless ${pidOf(first)} is gone since [0-9:]{8}: blind, nothing acts; t takes over project`, 'u'),
    );
    const second = await world.engine();
    await console.shows(`attached again: attached to headless ${pidOf(second)}, mode hold`);
    console.press('\r');
    await console.shows('workspace');
    await second.end('SIGKILL');
    await console.shows(`headless ${pidOf(second)} is gone`);
    console.press('t\r');
    await console.shows('taken over: this console acts itself, mode hold');
  },
);

/** What an engine of another minor version might send: fields that this one does not know, and not all that it knows. */
function ofAnotherMinor(view: EngineView): EngineView {
  const conversations = view.model.conversations.map((row) => ({ ...row, mood: 'fine', summary: undefined }));
  const model = { ...view.model, conversations, rain: true };
  const unknown = { acks: undefined, policy: undefined };
  return { ...view, ...unknown, version: '0.9.0', tide: { level: 3 }, model } as unknown as EngineView;
}

test.skipIf(!CAN_ISOLATE)('an engine of another minor version is shown and steered', async () => {
  const world = await consoleWorld();
  const engine = await ScreenWorld.started('hold');
  engine.call({ agent: 'Hermes', conversationId: 'one', userQuery: 'tag the invoices' });
  engine.engine.commit();
  const { getState, ...store } = engine.engine.store;
  const other = { ...engine.engine, store: { ...store, getState: () => ofAnotherMinor(getState()) } };
  const name = { run: 'run-1', pid: process.pid, user: 'root', version: '0.9.0', command: 'headless' };
  const folders = { root: world.runtime, ofUser: () => [world.runtime] };
  const clock = { ...systemClock, now: () => engine.clock.now() };
  const doors = await openLocalDoors(other, name, { clock, group: null, folders });
  if (!doors.ok) throw new Error(doors.reason);
  onTestFinished(doors.value.close);
  const console = world.console();
  await console.shows(`ATTACHED headless ${process.pid} · HOLD`);
  await console.shows('tag the invoices');
  console.press('c');
  await expect.poll(() => engine.requests, { timeout: 20_000 }).toHaveLength(1);
});

test.skipIf(!CAN_ISOLATE)(
  'an engine that speaks another version of the wire is refused, with the line to run',
  async () => {
    const world = await consoleWorld();
    const path = join(world.runtime, `${process.pid}.sock`);
    const door = await listenAt(path, {
      mode: 0o600,
      maxBytes: 65_536,
      serve: (channel) =>
        channel.onLine(() => {
          channel.send(encode({ type: 'bye', reason: 'wire_version', wire: WIRE_VERSION + 1 }));
          channel.close();
        }),
    });
    if (!door.ok) throw new Error(door.reason);
    onTestFinished(door.value.close);
    const console = world.console([], { columns: 200 });
    await console.shows(`cannot attach to the engine with pid ${process.pid}: it is another version of sightline; `);
    await console.shows(
      new RegExp(`(run /\\S+ /\\S+ --attach=${process.pid}|start the console with the same one), or`, 'u'),
    );
    await console.shows('sightline --no-attach');
    expect((await console.ended).exitCode).toBe(3);
    const own = world.console(['--no-attach', '--source', `sqlite:${world.folder}`]);
    await own.shows('sightline OBSERVE');
  },
);

const NOBODY = '65534';

test.skipIf(!CAN_ISOLATE || process.getuid?.() !== 0)(
  "a user beside root's engine sees that it acts, and the sudo line that steers it",
  async () => {
    const world = await consoleWorld();
    const engine = await world.engine();
    // All that the other user has to read, and a home of its own.
    const home = tempDir();
    for (const folder of [home, join(world.folder, '..'), world.folder, world.workspace]) chmodSync(folder, 0o777);
    const config = join(home, 'sightline.json');
    const runs = { sources: [`sqlite:${world.folder}`], workspace: world.workspace, checkpointer: 'git', mode: 'hold' };
    writeFileSync(config, JSON.stringify({ ...runs, state_dir: join(home, 'state') }));
    const [unshare, ...rest] = world.launcher;
    const [node = ''] = rest.slice(-1);
    const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', node];
    const console = openTerminal([], {
      env: { ...cleanEnvironment(), HOME: home, SIGHTLINE_CONFIG: config, SIGHTLINE_ATTACH: '' },
      command: [unshare, ...rest.slice(0, -1), ...asNobody, PROGRAM],
      cwd: home,
    });
    await console.shows(new RegExp(`OBSERVING · pid ${pidOf(engine)} acts`, 'u'));
    console.press('L');
    await console.shows(`root's engine with pid ${pidOf(engine)} runs here: sudo sightline --attach=${pidOf(engine)}`);
    console.press('\u001b');
    await console.hides('sudo sightline');
  },
);
