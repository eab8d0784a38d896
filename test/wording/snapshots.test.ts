import { expect, test } from 'vitest';
import { wordLeftOutReason } from '../../src/wording/snapshots.ts';

test.each([
  [1, ['pipe'], '1 socket, pipe or device (pipe)'],
  [2, ['a.sock', 'pipe'], '2 sockets, pipes or devices (a.sock, pipe)'],
])('%i special files are counted in the right number', (count, examples, text) => {
  expect(wordLeftOutReason({ why: 'special', count, bytes: 0, examples })).toBe(text);
});
