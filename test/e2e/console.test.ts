import { expect, test } from 'vitest';
import { CAN_ISOLATE, type ConsoleWorld, consoleWorld } from '../helpers/console-world.ts';
import type { Headless } from '../helpers/headless.ts';
import type { TestTerminal } from '../helpers/terminal.ts';

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
