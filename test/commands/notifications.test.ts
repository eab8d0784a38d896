import { expect, test } from 'vitest';
import type { EngineEvent } from '../../src/engine/types.ts';
import { logLineOf, sentenceWithTime, toastOf } from '../../src/commands/notifications.ts';
import { held, storm, work } from '../helpers/screen-stories.ts';
import { ScreenWorld, WORKSPACE } from '../helpers/view.ts';
import { quoted } from '../helpers/reasons.ts';

async function heard(
  tell: (world: ScreenWorld) => Promise<void>,
  mode: 'auto' | 'hold' = 'auto',
): Promise<EngineEvent[]> {
  const world = work(await ScreenWorld.started(mode));
  const events: EngineEvent[] = [];
  world.engine.listen((event) => events.push(event));
  await tell(world);
  return events;
}

const spoken = (events: readonly EngineEvent[]) =>
  events.flatMap((event) => sentenceWithTime(event)?.replace(/^\d\d:\d\d:\d\d /, '') ?? []);
const toasts = (events: readonly EngineEvent[]) => events.flatMap((event) => toastOf(event)?.text ?? []);

test('a storm and its checkpoint are reported from the signal to the snapshot', async () => {
  const events = await heard(async (world) => {
    await storm(world);
    await world.finish();
  });
  expect(spoken(events)).toEqual([
    expect.stringMatching(/^signal retry_storm, critical, agent Hermes: /),
    expect.stringMatching(/^checkpoint auto-\d{8}T\d{6}-retry_storm of \/srv\/ws is running$/),
    expect.stringMatching(/^auto-\d{8}T\d{6}-retry_storm was taken in 0.4 s$/),
    expect.stringMatching(/^retry_storm of Hermes: checkpointed, auto-/),
  ]);
});

test('what an operator does, and what is refused, is answered in a moment', async () => {
  const events = await heard(async ({ engine }) => {
    const id = engine.intents.silence({ matcher: {}, durationMs: 1_000, reason: 'known' });
    engine.intents.unsilence(id);
    engine.intents.veto(WORKSPACE);
    await engine.intents.setMode('hold');
  });
  expect(toasts(events)).toEqual([
    expect.stringMatching(/^silenced until \d\d:\d\d: everything \(known\)$/),
    'no longer silenced: everything',
    'veto refused: nothing is held in this workspace',
    'mode hold',
  ]);
});

test('what is held names how to stop it, and a failure its reason', async () => {
  const world = await held();
  const events: EngineEvent[] = [];
  world.engine.listen((event) => events.push(event));
  world.engine.intents.fire(WORKSPACE);
  await world.finish({ type: 'failed', reason: quoted('no room'), stderr: 'disk full' } as never);
  expect(toasts(events)).toEqual([
    `fired: a checkpoint of ${WORKSPACE}`,
    expect.stringMatching(/^auto-\S+ failed: disk full$/),
  ]);
});

test('a source that is lost goes to the log', async () => {
  const events = await heard(async (world) => {
    world.health({ status: 'lost', detail: { code: 'quoted', text: 'the folder is gone' } });
  });
  expect(events.flatMap((event) => logLineOf(event) ?? [])).toEqual([
    expect.stringContaining('lost: the folder is gone'),
  ]);
});

test('what came of a checkpoint stands in the log behind the wish for it', async () => {
  const events = await heard(async (world) => {
    world.engine.intents.checkpoint(WORKSPACE, {});
    await world.finish();
  });
  expect(events.flatMap((event) => logLineOf(event) ?? [])).toEqual([
    expect.stringMatching(/^checkpoint of \S+ requested/),
    expect.stringMatching(/^manual-\S+ was taken in \d\.\d s$/),
  ]);
});

test('a change of the policy names its author and its duration', async () => {
  const events = await heard(async ({ engine }) => {
    engine.intents.setPolicy({ scope: 'type', name: 'agent_crash' }, 'flag');
    engine.intents.setPolicy({ scope: 'type', name: 'agent_crash' }, null);
  });
  expect(toasts(events)).toEqual([
    'policy of agent_crash for this session (type: flag)',
    'policy of agent_crash for this session (type: as configured)',
  ]);
});

test('what an operator did stands in the log, too: an interruption that is resolved, by its name and its source', async () => {
  const feed = { resolve: async () => ({ ok: true, value: null }) as const };
  const world = await ScreenWorld.started('observe', { source: 'http://127.0.0.1:7396', feed });
  const events: EngineEvent[] = [];
  world.engine.listen((event) => events.push(event));
  world.interruption({ agent: 'Cosh', type: 'dead_loop', interruptionId: 'x' });
  await world.engine.intents.resolve('x');
  const words = 'resolved: dead_loop of Cosh at http://127.0.0.1:7396';
  expect(toasts(events)).toEqual([words]);
  expect(events.flatMap((event) => logLineOf(event) ?? [])).toEqual([words]);
});
