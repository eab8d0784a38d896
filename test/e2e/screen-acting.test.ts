import { expect, test } from 'vitest';
import { startHeadless } from '../helpers/headless.ts';
import { screenWorld } from '../helpers/screen-world.ts';
import { KEYS } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

const CREATED = /project: ✓ checkpoint created, \d+ files?/;

const show = (text: string): void => void (process.env['SHOW'] && console.log(text));

test('from calm to a snapshot: a storm is seen, checkpointed, and the window counts down', async () => {
  const world = await screenWorld();
  const screen = await world.armed('auto');
  await world.writer.call({ agent_name: 'Hermes', conversation_id: 'storming' });
  await screen.shows('Hermes');
  await world.storm('storming');
  await screen.shows('retry_storm');
  await screen.shows(/project: ✓ checkpoint created for retry_storm of \S+, \d+ files?, [<\d.]+ s/);
  await screen.shows(/ago ✓ retry_storm/);
  const text = await screen.shows(/debouncing \d+ s/);
  show(text);
  screen.press('q');
  expect(await screen.ended).toEqual({ exitCode: 0, signal: 0 });
});

test('c takes a checkpoint of the selected conversation, and says before that it bypasses the debounce', async () => {
  const world = await screenWorld();
  // So wide that the last line does not shorten what its keys do.
  const screen = await world.armed('auto', [], { columns: 200 });
  await world.writer.call({ conversation_id: 'one' });
  await screen.shows(/c checkpoint project/);
  screen.press('c');
  await screen.shows(CREATED);
  await screen.shows('c checkpoint project (bypasses the debounce)');
  const before = screen.text();
  screen.press('c');
  // Keys that are read together are no keys.
  await until(() => screen.text() !== before);
  // Both may be told with one time; the log has their ids.
  screen.press('L');
  await until(() => new Set(screen.text().match(/manual-\d{8}T\d{6}(-\d+)?/gu)).size === 2);
  show(screen.text());
});

test('x vetoes what is held, and f takes what is held', async () => {
  const world = await screenWorld();
  const screen = await world.armed('hold');
  await world.failedCall('process crashed', { call_id: 'a', conversation_id: 'one' });
  await screen.shows(/x veto project, \d+ (h|min) left/);
  show(screen.text());
  screen.press('x');
  await screen.shows(/vetoed/);
  await screen.hides('x veto');
  await world.failedCall('process crashed', { call_id: 'b', conversation_id: 'two' });
  await screen.shows('f fire it now');
  screen.press('f');
  await screen.shows(/ago ✓ agent_crash/);
  screen.press('x');
  await screen.shows('no checkpoint is held: nothing to veto');
});

test('s silences by scope, duration and reason; a silenced signal is suppressed; u ends the silence', async () => {
  const world = await screenWorld();
  const screen = await world.armed('auto');
  await world.writer.call({ conversation_id: 'loud', agent_name: 'Hermes' });
  await screen.shows('Hermes');
  screen.press('s');
  await screen.shows('conversation of Hermes');
  show(screen.text());
  screen.press(KEYS.down);
  await screen.shows('(•) every signal of Hermes');
  screen.press(KEYS.tab);
  await screen.shows('▸ how long');
  screen.press('2', 'h');
  await screen.shows('other 2h_');
  screen.press(KEYS.tab);
  await screen.shows('▸ reason');
  screen.press('known trouble');
  await screen.shows('known trouble');
  screen.press(KEYS.enter);
  await screen.shows(/silenced until \d\d:\d\d/);
  await screen.hides('Silence ─');
  await screen.shows(/1 silence, \d+ /);
  await world.failedCall('process crashed', { call_id: 'a', conversation_id: 'loud', agent_name: 'Hermes' });
  await screen.shows(/silenced by|suppressed/);
  show(screen.text());
  screen.press('u');
  await screen.shows('Silences');
  screen.press('u');
  await screen.shows('no active silence');
  show(screen.text());
});

test('a silence expires by itself', async () => {
  const world = await screenWorld();
  const screen = await world.armed('auto');
  screen.press('s');
  await screen.shows('NO CHECKPOINT FOR');
  // Nothing is selected: what silences everything takes a step.
  screen.press('k');
  await screen.shows('(•) everything');
  screen.press(KEYS.tab);
  await screen.shows('▸ how long');
  screen.press('2s');
  await screen.shows('other 2s_');
  screen.press(KEYS.enter);
  await screen.shows(/silenced until \d\d:\d\d/);
  await screen.shows(/1 silence, \d+ s left/);
  await screen.hides(/1 silence, \d+ s left/);
});

test('m raises the mode after y, and lowers it at once', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  await screen.shows('OBSERVE');
  const raise = async (): Promise<void> => {
    screen.press('m');
    await screen.shows('announces each checkpoint');
    screen.press('j');
    await screen.shows('(•) HOLD');
    screen.press(KEYS.enter);
    await screen.shows('Raise to HOLD in project?');
  };
  await raise();
  show(screen.text());
  screen.press(KEYS.enter);
  await screen.shows('is no answer');
  screen.press('n');
  await screen.hides('Raise to HOLD');
  await raise();
  screen.press('y');
  await screen.shows('HOLD 10');
  screen.press('m');
  await screen.shows('(•) HOLD');
  screen.press('k');
  await screen.shows('(•) OBSERVE');
  screen.press(KEYS.enter);
  await screen.hides('HOLD 10');
});

test('t takes the workspace over once its engine was killed, which is said at once, and what waited is acted upon', async () => {
  const world = await screenWorld();
  const { workspace, stateDir, folder } = world;
  const where = ['--source', `sqlite:${folder}`, '--state-dir', `${stateDir}-owner`, '--workspace', workspace];
  const owner = startHeadless([...where, '--arm', '--checkpointer', 'git']);
  await owner.line({ kind: 'started' });
  const screen = await world.open(['--mode', 'auto']);
  await screen.shows(`pid ${owner.child.pid} of`);
  expect(screen.text()).not.toContain('t take over');
  await owner.end('SIGKILL');
  const killedAt = performance.now();
  await screen.shows(/engine gone +since \d\d:\d\d:\d\d/);
  // It is looked for each 500 ms.
  expect(performance.now() - killedAt).toBeLessThan(2_000);
  show(await screen.shows(/t take over project/));
  await world.failedCall('process crashed', { call_id: 'a' });
  await screen.shows(/agent_crash/);
  screen.press('t');
  await screen.hides('engine gone');
  await screen.shows(/ago ✓ agent_crash/);
  await world.failedCall('process crashed', { call_id: 'b', conversation_id: 'next' });
  await screen.shows(/debouncing \d+ s/);
  show(screen.text());
});
