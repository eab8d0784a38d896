import { expect, test } from 'vitest';
import type { Medium } from '../../src/core/sources.ts';
import { positionOf } from '../../src/feeds/index.ts';
import { wordPosition } from '../../src/wording/sources.ts';

const TABLE = { db: '1:2', last: '812', anchor: null, open: [] };
const FILE = { dev: '1', ino: '2', generation: 0, offset: 1_024, lines: 3, head: { length: 0, hash: '' } };
const SERVER = { v: 1, row: 9, startNs: '1', interruption: 2, occurredNs: '1', open: [] };

test.each<[Medium, unknown, string | null]>([
  ['sqlite', { v: 1, calls: TABLE, interruptions: { ...TABLE, last: '17' } }, 'call 812, interruption 17'],
  ['sqlite', { v: 1, calls: TABLE, interruptions: null }, 'call 812'],
  ['sqlite', { v: 1, calls: null, interruptions: null }, null],
  ['sqlite', { v: 1, calls: { ...TABLE, db: '', last: '0' }, interruptions: null }, null],
  ['jsonl', { absent: true }, null],
  ['jsonl', FILE, 'byte 1024 (line 3)'],
  ['logtail', FILE, 'byte 1024 (line 3)'],
  ['http', SERVER, 'call 9, interruption 2'],
  ['stdin', null, null],
  ['sqlite', 'rubbish', null],
  ['jsonl', null, null],
  ['http', FILE, null],
])('the position of a cursor of %s: %o', (medium, cursor, words) => {
  const position = positionOf({ medium, cursor: JSON.stringify(cursor) });
  expect(position && wordPosition(position)).toBe(words);
  expect(positionOf({ medium, cursor: null })).toBe(null);
});
