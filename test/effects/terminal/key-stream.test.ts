import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readKeys } from '../../../src/effects/terminal/key-stream.ts';
import { until } from '../../helpers/until.ts';

function opened() {
  const keyboard = new PassThrough();
  const reports: string[] = [];
  const columns: number[] = [];
  const read = readKeys(keyboard as unknown as NodeJS.ReadStream, {
    mouse: (report) => reports.push(report),
    column: (column) => columns.push(column),
  });
  let keys = '';
  read.stream.setEncoding('utf8').on('data', (text: string) => {
    keys += text;
  });
  return {
    ...read,
    keyboard,
    send: (text: string | Buffer) => void keyboard.write(text),
    reports,
    columns,
    keys: () => keys,
  };
}

test('reads a keyboard that was left paused', async () => {
  const keyboard = new PassThrough();
  keyboard.pause();
  const { stream } = readKeys(keyboard as unknown as NodeJS.ReadStream, { mouse: String, column: Number });
  keyboard.write('q');
  await until(() => String(stream.read() ?? '') === 'q');
});

test('tells the mouse apart from the keys, in whatever pieces both arrive', async () => {
  const { send, reports, keys } = opened();
  send('a\u001b[<0;12;3Mb\u001b[A');
  for (const piece of ['\u001b[<6', '5;1;1', 'M', 'c']) send(piece);
  await until(() => keys() === 'ab\u001b[Ac');
  expect(reports).toEqual(['[<0;12;3M', '[<65;1;1M']);
});

test('tells where the cursor is, in whatever pieces the answer arrives, and takes none of it for a key', async () => {
  const { send, columns, keys } = opened();
  for (const piece of ['a\u001b[3', ';13', 'Rb', '\u001b[12;7Rc']) send(piece);
  await until(() => keys() === 'abc');
  expect(columns).toEqual([13, 7]);
});

test('delivers the Escape key after a moment, and split characters whole', async () => {
  const { send, keys } = opened();
  send('\u001b');
  await until(() => keys() === '\u001b');
  const flag = Buffer.from('守');
  send(flag.subarray(0, 1));
  send(flag.subarray(1));
  await until(() => keys() === '\u001b守');
});

test('forgets what is incomplete while another program has the terminal', async () => {
  const { send, pause, resume, keys } = opened();
  send('\u001b[');
  await delay(10);
  pause();
  resume();
  send('q');
  await until(() => keys() === 'q');
});

test('takes nothing for a key that arrives before the terminal is ours again', async () => {
  const { keyboard, send, pause, resume, keys } = opened();
  pause();
  // Who has the terminal lets it flow, so that answers of the terminal run out.
  keyboard.resume();
  send('11;rgb:cccc/cccc/cccc\u001b\\y');
  await until(() => keyboard.readableLength === 0);
  resume();
  send('q');
  await until(() => keys() !== '');
  expect(keys()).toBe('q');
});

test('reads the rest of a sequence that arrived during a busy moment before it takes its time', async () => {
  const { send, keys } = opened();
  send('\u001b');
  await delay(10);
  // Both the timer and the rest are due when the loop goes on.
  setImmediate(() => send('[A'));
  const busyUntil = performance.now() + 200;
  while (performance.now() < busyUntil);
  await until(() => keys() !== '');
  expect(keys()).toBe('\u001b[A');
});
