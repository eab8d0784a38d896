import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { filterMouse } from '../../../src/effects/terminal/mouse-filter.ts';
import { until } from '../../helpers/until.ts';

function filtered() {
  const keyboard = new PassThrough();
  const reports: string[] = [];
  const { stream } = filterMouse(keyboard as unknown as NodeJS.ReadStream, (report) => reports.push(report));
  let keys = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    keys += text;
  });
  return { send: (text: string | Buffer) => void keyboard.write(text), reports, keys: () => keys };
}

test('the mouse is told apart from the keys, in whatever pieces both arrive', async () => {
  const { send, reports, keys } = filtered();
  send('a\u001b[<0;12;3Mb\u001b[A');
  for (const piece of ['\u001b[<6', '5;1;1', 'M', 'c']) send(piece);
  await until(() => keys() === 'ab\u001b[Ac');
  expect(reports).toEqual(['[<0;12;3M', '[<65;1;1M']);
});

test('an Esc is never held back, and split characters stay whole', async () => {
  const { send, keys } = filtered();
  send('\u001b');
  await until(() => keys() === '\u001b');
  const flag = Buffer.from('守');
  send(flag.subarray(0, 1));
  send(flag.subarray(1));
  await until(() => keys() === '\u001b守');
});
