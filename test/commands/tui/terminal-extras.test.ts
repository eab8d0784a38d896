import { expect, test } from 'vitest';
import type { EngineEvent } from '../../../src/engine/types.ts';
import { ALARM_COOLDOWN_MS, createAlarm, titleOf } from '../../../src/commands/tui/terminal-extras.ts';
import { held, calm } from '../../helpers/screen-stories.ts';

function alarm(wanted: { readonly bell: boolean; readonly notify: boolean }) {
  const heard: string[] = [];
  const clock = { now: 1_000 };
  const beyond = { ring: () => void heard.push('ring'), notify: (text: string) => void heard.push(text) };
  return { heard, clock, hear: createAlarm(wanted, beyond, () => clock.now) };
}

function raised(change: Partial<Record<'severity' | 'historical' | 'agent', unknown>> = {}): EngineEvent {
  const signal = { type: 'agent_crash', severity: 'critical', agent: 'Hermes', historical: false, ...change };
  return { type: 'notice', at: 1_000, notice: { type: 'signal', signal } } as unknown as EngineEvent;
}

test('a critical signal rings and notifies, as far as that is wanted', () => {
  for (const [wanted, expected] of [
    [{ bell: false, notify: false }, []],
    [{ bell: true, notify: false }, ['ring']],
    [{ bell: true, notify: true }, ['ring', 'agent_crash, agent Hermes']],
  ] as const) {
    const { hear, heard } = alarm(wanted);
    hear(raised());
    expect(heard).toEqual(expected);
  }
});

test('what is not critical, and what was there before us, is no alarm', () => {
  const { hear, heard } = alarm({ bell: true, notify: true });
  hear(raised({ severity: 'high' }));
  hear(raised({ historical: true }));
  expect(heard).toEqual([]);
});

test('a budget that asks is an alarm as it begins to ask; near its limit, and unanswered, it is none', () => {
  const { hear, heard, clock } = alarm({ bell: true, notify: true });
  const budget = { name: 'each', subject: 'Codex', agent: 'Codex', conversationId: null, workspace: null };
  for (const phase of ['warned', 'reached', 'asked', 'unanswered']) {
    hear({ type: 'notice', at: 1_000, notice: { type: 'budget', phase, budget } } as unknown as EngineEvent);
    clock.now += ALARM_COOLDOWN_MS;
  }
  expect(heard).toEqual(['ring', 'budget each of Codex asks']);
});

test('a storm is one alarm: the next comes after the cooldown', () => {
  const { hear, heard, clock } = alarm({ bell: true, notify: false });
  for (let n = 0; n < 100; n += 1) hear(raised());
  clock.now += ALARM_COOLDOWN_MS - 1;
  hear(raised());
  expect(heard).toEqual(['ring']);
  clock.now += 1;
  hear(raised());
  expect(heard).toEqual(['ring', 'ring']);
});

test('the title shows the state', async () => {
  expect(titleOf((await calm()).view())).toBe('sightline: auto');
  expect(titleOf((await held()).view())).toMatch(/^sightline: checkpoint held, \d+ open, hold$/);
});
