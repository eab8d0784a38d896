import { CALLS } from '../../../src/ui/views/calls/view.ts';
import { rowId } from '../../../src/ui/views/calls/rows.ts';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/core/snapshots.ts';
import { mount } from '../../helpers/mount.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { NOON, ScreenWorld, settle } from '../../helpers/view.ts';
import { describe as describeScreen } from '../../../src/ui/app/screen-reader/open.ts';

const MINUTE = 60_000;
const ONE = { agent: 'Hermes', conversationId: 'one' };
const CRASH = { error: 'the worker was killed: signal 9', statusCode: 500, usage: null } as const;

function snapshot(id: string, ago: number, facts: Partial<Snapshot> = {}): Snapshot {
  return { id, at: NOON - ago, message: null, metadata: null, pinned: false, ...facts };
}

/** Snapshots of all makers, of before, within and after a conversation of two calls. */
const MADE: readonly Snapshot[] = [
  snapshot('yesterday', 1_440 * MINUTE),
  snapshot('5e55', 10.5 * MINUTE, { metadata: { auto: true, type: 'initial' } }),
  snapshot('cron-1', 8 * MINUTE, { metadata: { auto: true, type: 'cron' } }),
  snapshot('auto-20261123T135612-dead_loop', 7 * MINUTE),
  snapshot('manual-1', 6 * MINUTE, { metadata: { tool: 'sightline', type: 'manual' } }),
  snapshot('manual-2', 5 * MINUTE, { metadata: { tool: 'sightline', type: 'manual', rollback_to: 'cron-1' } }),
  snapshot('mine', 1 * MINUTE),
];

async function worldWith(snapshots: readonly Snapshot[] = MADE): Promise<ScreenWorld> {
  const world = new ScreenWorld();
  world.snapshots = snapshots;
  await world.engine.start();
  world.call({ ...ONE, callId: 'first', ago: 10 * MINUTE });
  world.call({ ...ONE, callId: 'second', ago: 2 * MINUTE });
  return world;
}

function words(person: Person): readonly string[] {
  return CALLS.rows(person.session.context().shown).map((row) =>
    row.type === 'mark' ? `${row.operation} ${row.snapshot}: ${row.cause}` : rowId(row),
  );
}

describe('the marks between the calls of a conversation', () => {
  it('tell of every snapshot of its workspace at its time, whoever made it, and what caused it', async () => {
    const person = personAt(await worldWith());
    expect(words(person)).toEqual([
      'checkpoint 5e55: by a plugin, at the start of a session',
      'first',
      'checkpoint cron-1: by a schedule (cron)',
      'checkpoint auto-20261123T135612-dead_loop: for dead_loop, by agentsight',
      'checkpoint manual-1: by an operator',
      'checkpoint manual-2: before the rollback to cron-1',
      'second',
      'checkpoint mine: by an unknown tool',
    ]);
  });

  it("tell of a person's checkpoint that it was theirs, also where a signal went into it", async () => {
    const world = await ScreenWorld.started('auto');
    world.call({ ...ONE, callId: 'first', ago: 10 * MINUTE });
    world.interruption({ ...ONE, type: 'agent_crash' });
    await world.wait(3_000);
    await world.finish();
    world.interruption({ ...ONE, type: 'context_overflow' });
    await world.wait(3_000);
    const person = personAt(world);
    await person.press('c');
    await world.finish();
    world.engine.commit();
    const { snapshot: id } = world.requests[1] ?? { snapshot: '' };
    expect(words(person).at(-1)).toBe(`checkpoint ${id}: by an operator, also for context_overflow`);
  });

  it('tell of a rollback, too', async () => {
    const world = await worldWith();
    await world.engine.intents.rollback('/srv/ws', 'cron-1');
    const person = personAt(world);
    expect(words(person).at(-1)).toBe('rollback cron-1: by an operator');
    await person.press('enter', 'j', 'j');
    await person.press('y');
    expect(person.copied).toEqual(['cron-1']);
  });

  it('tell of a checkpoint by hand and of another tool as soon as there is one', async () => {
    const world = await worldWith([]);
    const person = personAt(world);
    await person.press('c');
    await world.finish();
    await world.appears(snapshot('theirs', -1_000));
    world.engine.commit();
    const { snapshot: id } = world.requests[0] ?? { snapshot: '' };
    expect(words(person).slice(-2)).toEqual([
      `checkpoint ${id}: by an operator`,
      'checkpoint theirs: by an unknown tool',
    ]);
  });

  it('are few where many snapshots fall between two calls, and say so', async () => {
    const many = Array.from({ length: 50 }, (_, at) => snapshot(`cron-${at + 1}`, 9 * MINUTE - at * 1_000));
    const screen = mount(await worldWith(many));
    screen.send('\r');
    await screen.shows('(46 earlier not shown) checkpointed by a schedule');
    expect(screen.text()).toContain('cron-50');
    expect(screen.text()).not.toContain('cron-46');
  });

  it('stand beside the prompts: what a person asked, before the first call that answers it', async () => {
    const world = await ScreenWorld.started('observe');
    for (const [callId, userQuery, ago] of [
      ['a', 'fix it', 9],
      ['b', 'fix it', 8],
      ['c', null, 7],
      ['d', 'still red', 6],
    ] as const)
      world.call({ ...ONE, callId, userQuery, ago: ago * MINUTE });
    expect(words(personAt(world))).toEqual(['prompt a', 'a', 'b', 'c', 'prompt d', 'd']);
    const screen = mount(world);
    await screen.shows('▌ user: still red');
  });

  it('stay out of a conversation whose agent works elsewhere', async () => {
    const world = new ScreenWorld({
      config: { workspaces: { agents: { Hermes: '/srv/ws' }, processes: {}, fallback: null } },
    });
    world.snapshots = MADE;
    await world.engine.start();
    world.call({ agent: 'Cosh', conversationId: 'two', callId: 'other', ago: 10 * MINUTE });
    expect(words(personAt(world))).toEqual(['other']);
  });

  it('stand still while the screen is frozen', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await person.press('space');
    const before = words(person);
    await world.appears(snapshot('later', -1_000));
    world.engine.commit();
    expect(words(person)).toEqual(before);
    await person.press('space');
    expect(words(person)).toContain('checkpoint later: by an unknown tool');
  });

  it('are found by a filter like the calls', async () => {
    const person = personAt(await worldWith());
    await person.press('enter', '/', ...Array.from('type:checkpoint operator'), 'enter');
    expect(words(person)).toEqual(['checkpoint manual-1: by an operator']);
  });
});

describe('a selected mark', () => {
  it('is reached like a call, and Enter goes to its snapshot among the checkpoints', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await person.press('enter', 'k', 'k');
    expect(person.session.context().selected).toMatchObject({ call: null, mark: { snapshot: 'manual-1' } });
    await person.press('enter');
    expect(person.view().overlay.type).toBe('checkpoints');
    expect(person.session.context().selected.snapshot?.id).toBe('manual-1');
    await person.press('escape');
    expect(person.session.context().selected.mark?.snapshot).toBe('manual-1');
  });

  it('is told to whoever hears the screen', async () => {
    const person = personAt(await worldWith());
    await person.press('enter', 'k', 'k');
    expect(describeScreen(person.session.context())).toEqual([
      'calls, 5 of 8: checkpointed by an operator: manual-1, 6 min ago',
    ]);
  });

  it('is shown whatever filter or frozen moment the list stood at', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await person.press('5');
    await person.press('space', '/', 'z', 'enter');
    await world.appears(snapshot('later', -1_000));
    world.engine.commit();
    await person.press('1', 'enter', 'j', 'j', 'enter');
    expect(person.session.context().selected.snapshot?.id).toBe('later');
    expect(person.view()).toMatchObject({ checkpoints: { frozen: null }, filters: { checkpoints: '' } });
  });

  it('whose snapshot is gone says so', async () => {
    const world = await worldWith();
    const person = personAt(world);
    world.snapshots = MADE.filter(({ id }) => id !== 'manual-2');
    await person.press('enter', 'k', 'enter');
    expect(person.toast()).toBe('manual-2 no longer exists: it was deleted');
  });

  it('leads to the signal that caused it, if one did', async () => {
    const world = await ScreenWorld.started('auto');
    world.call({ ...ONE, ...CRASH, callId: 'bad' });
    await world.wait(100);
    await world.finish();
    const person = personAt(world);
    await person.press('enter', 'j');
    expect(person.session.context().selected.mark?.cause).toBe('for agent_crash');
    await person.press('e');
    expect(person.view()).toMatchObject({ focus: 'signals', zoomed: true });
    expect(person.session.context().selected.signal?.signal.callId).toBe('bad');
    await person.press('escape');
    expect(person.view().focus).toBe('calls');
    await settle();
  });

  it('that nobody but a person caused says so', async () => {
    const person = personAt(await worldWith());
    await person.press('enter', 'k', 'k', 'e');
    expect(person.toast()).toBe('no signal caused it: by an operator');
  });
});
