import { describe, expect, test } from 'vitest';
import { pictureOf, THEME } from '../../../helpers/picture.tsx';
import { alertsOf } from '../../../../src/ui/app/alerts.ts';
import { ladderOf } from '../../../../src/ui/ladder/ladder.ts';
import { conditionText } from '../../../../src/ui/ladder/conditions.ts';
import { availabilityAt } from '../../../helpers/hint.ts';
import { paperPauser } from '../../../helpers/paper-pauser.ts';
import { personAt } from '../../../helpers/person.ts';
import { ScreenWorld, type ScreenWorldOptions } from '../../../helpers/view.ts';

const MINUTE = 60_000;
const ON = { pause: { enabled: true, maxMinutes: 30 } };

async function worldWith(options: ScreenWorldOptions = {}, mode: 'hold' | 'observe' = 'hold'): Promise<ScreenWorld> {
  const world = await ScreenWorld.started(mode, { config: ON, pauser: paperPauser(), ...options });
  world.call({ agent: 'worker-21', conversationId: 'one', pid: 51_877 });
  return world;
}

describe('p pauses the agent of the selection', () => {
  test('and says before how many processes, then how long it will last', async () => {
    const world = await worldWith();
    const person = personAt(world);
    expect(availabilityAt(person, 'p')).toBe('worker-21 (2 processes)');
    await person.press('p');
    expect(world.view().pausing?.paused).toMatchObject([{ agent: 'worker-21', pid: 51_877, conversations: ['one'] }]);
    expect(availabilityAt(person, 'p')).toBe('resume worker-21 (30 min left)');
    await person.press('p');
    expect(world.view().pausing?.paused).toEqual([]);
  });

  test('from the list of agents, too', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await person.press('3', 'p');
    expect(world.view().pausing?.paused).toHaveLength(1);
    expect(availabilityAt(person, 'p')).toBe('resume worker-21 (30 min left)');
  });

  test.each<readonly [string, ScreenWorldOptions, 'hold' | 'observe', string]>([
    [
      'where it is not configured',
      { config: {} },
      'hold',
      'pausing is off; turn it on with pause.enabled in the configuration file',
    ],
    ['in mode observe', {}, 'observe', 'in mode observe nothing acts; raise the mode first'],
    [
      'with --read-only',
      { config: { ...ON, readOnly: true } },
      'observe',
      'read-only: start without --read-only to act',
    ],
    [
      'where its process leads no group',
      { pauser: paperPauser({ code: 'pause_not_leader', pid: 51_877, leader: 4_000 }) },
      'hold',
      'process 51877 does not lead its process group; process 4000 does',
    ],
  ])('but not %s, and says why', async (_, options, mode, why) => {
    const world = await worldWith(options, mode);
    const person = personAt(world);
    expect(availabilityAt(person, 'p')).toBe(`not: ${why}`);
    await person.press('p');
    expect(person.toast()).toBe(why);
    expect(world.view().pausing?.paused ?? []).toEqual([]);
  });
});

describe('a paused agent', () => {
  test('is paused in both lists, and on the alert line with its end, however long it makes no call', async () => {
    const world = await worldWith();
    world.call({ agent: 'worker-21', conversationId: 'one', pid: 51_877, status: 'pending', endNs: null });
    const person = personAt(world);
    await person.press('p');
    const later = world.now + 9 * MINUTE;
    const view = world.view();
    const ladder = ladderOf(view, later);
    expect(ladder.rows.map(({ condition }) => conditionText(condition, later, THEME.glyphs))).toEqual([
      'paused 21 min more',
    ]);
    expect(ladder.agents.get('worker-21')?.kind).toBe('paused');
    expect(alertsOf(view, later, THEME).map(({ text }) => text)).toEqual([
      expect.stringMatching(/^worker-21 paused since \d\d:\d\d, until \d\d:\d\d$/u),
    ]);
  });

  test('is told of although something worse is wrong with it', async () => {
    const world = await worldWith();
    world.interruption({ type: 'agent_crash', severity: 'critical', agent: 'worker-21', conversationId: 'one' });
    await personAt(world).press('p');
    const texts = alertsOf(world.view(), world.now, THEME).map(({ text }) => text);
    expect(texts).toEqual(['agent_crash worker-21', expect.stringContaining('worker-21 paused since')]);
  });

  test('has its key at the beginning of the last line', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await person.press('p');
    const last = pictureOf(world, { columns: 120, rows: 34 }).trimEnd().split('\n').at(-1);
    expect(last).toMatch(/^ p resume worker-21 \(30 min left\) /u);
  });

  test('has it there too while it is over its budget, before it is paused', async () => {
    const over = { name: 'each', per: 'agent', agent: null, conversation: null, workspace: null } as const;
    const budget = {
      ...over,
      every: 'day',
      unit: 'tokens',
      limit: '1',
      warnAt: 0.5,
      action: 'warn',
      askMs: 0,
    } as const;
    const config = { ...ON, budgets: [{ ...budget, pause: false }] };
    const world = await ScreenWorld.started('hold', { config, pauser: paperPauser() });
    const lastLine = (): string => pictureOf(world, { columns: 120, rows: 34 }).trimEnd().split('\n').at(-1) ?? '';
    expect(lastLine()).not.toContain('pause');
    world.call({ agent: 'worker-21', conversationId: 'one', pid: 51_877 });
    await world.wait(6_000);
    expect(lastLine()).toMatch(/^ p pause worker-21 \(2 processes\) /u);
  });
});
