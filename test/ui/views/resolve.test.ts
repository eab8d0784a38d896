import { describe, expect, test } from 'vitest';
import { personAt } from '../../helpers/person.ts';
import { availabilityAt } from '../../helpers/hint.ts';
import { running, work } from '../../helpers/screen-stories.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { ScreenWorld, type ScreenWorldOptions } from '../../helpers/view.ts';
import type { Result } from '../../../src/core/result.ts';
import type { ResolveProblem } from '../../../src/core/source-reasons.ts';

const HERMES = { agent: 'Hermes', conversationId: 'b59780476b41' };
const SERVER = 'http://127.0.0.1:7396';

/** A server that takes the word, and what it was asked. */
function taking(answer: Result<null, ResolveProblem> = { ok: true, value: null }) {
  const asked: string[] = [];
  const resolve = async (id: string) => {
    asked.push(id);
    return answer;
  };
  return { asked, options: { source: SERVER, feed: { resolve } } satisfies ScreenWorldOptions };
}

describe('r resolves the interruption of what is selected', () => {
  test('of a signal: after y, at the source that tells of it', async () => {
    const { asked, options } = taking();
    const world = await ScreenWorld.started('observe', options);
    world.interruption({ ...HERMES, type: 'dead_loop', severity: 'critical', interruptionId: 'loop' });
    const person = personAt(world);
    await person.press('4');
    expect(availabilityAt(person, 'r')).toBe('dead_loop (asks y/n)');
    await person.press('r');
    expect(sheetText(person)).toContain('Resolve dead_loop of Hermes?');
    expect(sheetText(person)).toMatch(/critical, conversation b59780476b41, since \d\d:\d\d:\d\d/);
    expect(sheetText(person)).toContain(`${SERVER}: it is marked as resolved there`);
    await person.press('enter', 'n');
    expect(asked).toEqual([]);
    await person.press('r', 'y');
    expect(asked).toEqual(['loop']);
  });

  test('of a conversation: the worst that is open there', async () => {
    const { asked, options } = taking();
    const world = work(await ScreenWorld.started('observe', options));
    world.interruption({ ...HERMES, type: 'rate_limit', severity: 'medium', interruptionId: 'limit' });
    world.interruption({ ...HERMES, type: 'agent_crash', severity: 'critical', interruptionId: 'crash' });
    world.interruption({ ...HERMES, type: 'tool_failure', severity: 'medium', interruptionId: 'tool' });
    const person = personAt(world);
    expect(availabilityAt(person, 'r')).toBe('agent_crash, the worst of 3 open (asks y/n)');
    await person.press('r', 'y');
    expect(asked).toEqual(['crash']);
    await person.press('j', 'r');
    expect(person.toast()).toBe('nothing is unresolved in this conversation');
  });

  test('and names what is only read beside it', async () => {
    const { options } = taking();
    const files = 'sqlite:/var/log/sysak/.agentsight';
    const world = await ScreenWorld.started('observe', { ...options, others: [{ uri: files }] });
    world.interruption({ ...HERMES, interruptionId: 'x' });
    const [interruption] = world.view().model.interruptions;
    if (interruption) world.tell(files, { type: 'interruption', record: '1', arrival: 'live', interruption });
    const person = personAt(world);
    await person.press('4', 'r');
    expect(sheetText(person)).toContain(`${files}: only read`);
  });
});

test('what cannot be read now is said before the press, and asked all the same', async () => {
  const { asked, options } = taking();
  const world = await ScreenWorld.started('observe', options);
  world.interruption({ ...HERMES, type: 'dead_loop', interruptionId: 'loop' });
  world.health({ status: 'lost', detail: { code: 'quoted', text: 'nothing listens there' } });
  const person = personAt(world);
  await person.press('4');
  expect(availabilityAt(person, 'r')).toBe(`dead_loop (asks y/n); ${SERVER} is lost now`);
  await person.press('r');
  expect(sheetText(person)).toContain(`${SERVER} is unreachable; resolving may fail.`);
  await person.press('y');
  expect(asked).toEqual(['loop']);
});

describe('r refuses, and says why', () => {
  test('where the source is only read', async () => {
    const world = await ScreenWorld.started('observe');
    world.interruption({ ...HERMES, type: 'dead_loop' });
    const person = personAt(world);
    await person.press('4', 'r');
    expect(person.toast()).toBe(
      'dead_loop cannot be resolved here: sqlite:/var/log/sysak/.agentsight is only read; ' +
        'follow agentsight serve as well (--source http://…)',
    );
    expect(person.view().overlay.type).toBe('none');
  });

  test('where it is resolved already', async () => {
    const world = await ScreenWorld.started('observe', taking().options);
    world.interruption({ ...HERMES, type: 'dead_loop', interruptionId: 'x' });
    world.interruption({ ...HERMES, type: 'dead_loop', interruptionId: 'x', resolved: true });
    const person = personAt(world);
    await person.press('4', 'r');
    expect(person.toast()).toBe('dead_loop cannot be resolved here: it is resolved already');
  });

  test('where the signal is no interruption', async () => {
    const person = personAt(await running());
    await person.press('4', 'r');
    expect(person.toast()).toBe(
      'retry_storm is no interruption: sightline derived it from the calls; the next success ends it',
    );
  });

  test('where nothing is selected that could have one', async () => {
    const person = personAt(work(await ScreenWorld.started('observe', taking().options)));
    await person.press('3', 'r');
    expect(person.toast()).toBe('no interruption is selected: 4 goes to the signals');
    await person.press('4', 'r');
    expect(person.toast()).toBe('there is no signal');
  });

  test('with --read-only', async () => {
    const { asked, options } = taking();
    const world = await ScreenWorld.started('observe', { ...options, config: { readOnly: true } });
    world.interruption({ ...HERMES });
    const person = personAt(world);
    await person.press('4', 'r');
    expect(person.toast()).toBe('read-only: start without --read-only to act');
    expect(asked).toEqual([]);
  });
});
