import { expect, test } from 'vitest';
import { isAskingPerson, troubleOf } from '../../../src/core/model/meters/trouble.ts';
import type { SessionFacts } from '../../../src/core/sessions.ts';
import { NO_FACTS } from '../../helpers/session-facts.ts';
import { onceInput } from '../../commands/once/given.ts';
import { HOUR, T0, aModel } from './given.ts';

const FACTS: SessionFacts = { ...NO_FACTS, sessionId: 's', lastAt: T0 };
const tool = (name: string) => ({ type: 'tool', name, since: T0 }) as const;

test.each([
  ['its agent says so', { state: 'waiting' }, true],
  ['a tool is open while the agent is not at work', { state: 'idle', open: tool('Bash') }, true],
  ['the same beside a background shell', { state: 'shell', open: tool('Bash') }, true],
  ['a tool is open at work', { state: 'busy', open: tool('Bash') }, false],
  ['a question is open at work', { state: 'busy', open: tool('AskUserQuestion') }, true],
  ['a question of Codex is open', { open: tool('request_user_input') }, true],
  ['a question of OpenCode is open', { open: tool('question') }, true],
  ['a tool is open of which no process is known', { open: tool('Bash') }, false],
  ['the process is gone beside an open question', { state: 'ended', open: tool('AskUserQuestion') }, false],
  ['an answer of the model is awaited', { state: 'idle', open: { type: 'call', name: null, since: T0 } }, false],
  ['a sub-agent works on beside its idle parent', { state: 'idle', parentId: 'main', open: tool('Bash') }, false],
  ['nothing is open', { state: 'idle' }, false],
] as const)('where %s, the session waits for a person or not', (_when, facts, waits) => {
  expect(isAskingPerson({ ...FACTS, ...facts })).toBe(waits);
});

test('a question of which no process is known is forgotten after the time of quiet, one that lives is not', () => {
  const { trouble } = onceInput(aModel()).view;
  const at = (facts: Partial<SessionFacts>, later: number) => {
    const model = aModel();
    const session = { ...FACTS, open: tool('question'), ...facts };
    model.apply('opencode:', { type: 'session', conversationId: 's', session, ownerUid: null }, T0);
    return model.conversations().map((row) => troubleOf(row, trouble, T0 + later)?.kind);
  };
  expect(at({}, HOUR)).toEqual(['waiting']);
  expect(at({}, 9 * HOUR)).toEqual([undefined]);
  expect(at({ state: 'idle' }, 9 * HOUR)).toEqual(['waiting']);
});
