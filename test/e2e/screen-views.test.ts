import { expect, test } from 'vitest';
import { screenWorld } from '../helpers/screen-world.ts';
import { KEYS, type TestTerminal } from '../helpers/terminal.ts';

/** What agentsight writes of one call: the request, and an answer that uses a tool. */
function eventOf(callId: string, answer: string): string {
  return JSON.stringify({
    LLMCall: {
      call_id: callId,
      request: { messages: [{ role: 'user', parts: [{ type: 'text', content: 'make the failing test pass' }] }] },
      response: {
        messages: [
          {
            role: 'assistant',
            parts: [
              { type: 'text', content: answer },
              { type: 'tool_call', id: 'toolu_1', name: 'Bash', arguments: { command: 'npm test' } },
            ],
          },
        ],
      },
    },
  });
}

function type(screen: TestTerminal, text: string): void {
  for (const key of Array.from(text)) screen.press(key);
}

test('from a conversation to what was said in a call, searched there, and back', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  const lines = Array.from({ length: 60 }, (_, n) => `step ${n} of the plan`).join('\n');
  await world.writer.call({
    call_id: 'first',
    agent_name: 'Hermes',
    conversation_id: 'one',
    event_json: eventOf('first', lines),
  });
  await screen.shows('Hermes');
  screen.press(KEYS.enter);
  await screen.hides('Automation');
  screen.press(KEYS.enter);
  await screen.shows(/Call \d+ of \d+/);
  await screen.shows('step 3 of the plan');
  expect(screen.text()).not.toContain('step 50 of the plan');
  screen.press('/');
  await screen.shows('/_');
  type(screen, 'step 50');
  screen.press(KEYS.enter);
  await screen.shows('step 50 of the plan');
  await screen.shows('/step 50 1 of 1 line');
  screen.press('G');
  await screen.shows('make the failing test pass');
  await screen.shows(/Raw fields, \d+/);
  screen.press(KEYS.escape);
  await screen.hides('/step 50');
  screen.press(KEYS.escape);
  await screen.hides(/Call \d+ of \d+/);
  await screen.hides('Automation');
  screen.press(KEYS.escape);
  await screen.shows('Automation');
});

test('from a signal to the call that caused it, and back', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  await world.writer.call({ agent_name: 'Hermes', conversation_id: 'storming' });
  await world.storm('storming');
  await screen.shows('retry_storm');
  screen.press('4');
  screen.press(KEYS.enter);
  await screen.shows(/rule +retry_storm → checkpoint +\(default\)/);
  screen.press('e');
  await screen.shows('G follows');
  await screen.shows('429');
  screen.press(KEYS.escape);
  await screen.shows(/rule +retry_storm/);
});

test('a list is filtered by what its rows are, a wrong regex says so, and Esc shows everything again', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  await world.writer.call({ conversation_id: 'one', agent_name: 'Hermes', model: 'claude-opus' });
  await world.writer.call({ conversation_id: 'two', agent_name: 'Cosh', model: 'qwen3-max' });
  await screen.shows('Conversations 2');
  screen.press('/');
  await screen.shows('/_');
  type(screen, '!agent:cosh');
  await screen.shows('Conversations 1 of 2');
  await screen.hides(/Cosh +list the files/);
  screen.press(KEYS.enter);
  screen.press(KEYS.escape);
  await screen.shows('Conversations 2');
  screen.press('/');
  await screen.shows('/_');
  type(screen, '/(/');
  await screen.shows('invalid regex: /(/');
  screen.press(KEYS.escape);
  await screen.hides('invalid regex');
  screen.press('o');
  await screen.shows('by calls');
});

test('the policy is changed for the session', async () => {
  const world = await screenWorld();
  const screen = await world.open();
  screen.press('P');
  await screen.shows(/agent_crash +checkpoint +default/);
  screen.press(KEYS.enter);
  await screen.shows(/agent_crash +flag +you, for this session/);
  screen.press(KEYS.escape);
  await screen.shows('Automation');
});

test('why a signal got its fate is told in a later run, too', async () => {
  const world = await screenWorld();
  const first = world.start(['--debounce', '77']);
  await first.line({ kind: 'started' });
  await world.failedCall('process crashed', { call_id: 'a' });
  await first.line({ kind: 'fate' });
  await first.end('SIGTERM');
  const screen = await world.open();
  await screen.shows('agent_crash');
  screen.press('4');
  screen.press(KEYS.enter);
  await screen.shows(/settings +mode \w+, debounce 77 s/);
});
