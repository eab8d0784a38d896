import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { fileSink, streamSink } from '../../../src/effects/terminal/sink.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

test('a file gets whole lines behind what another writer of the same descriptor wrote', () => {
  const file = join(tempDir(), 'out');
  const descriptor = openSync(file, 'w');
  const sink = fileSink(descriptor);
  const done: string[] = [];
  sink.write('one\n', () => done.push('one'));
  writeSync(descriptor, 'of another\n');
  sink.write('two\n', () => done.push('two'));
  closeSync(descriptor);
  expect(readFileSync(file, 'utf8')).toBe('one\nof another\ntwo\n');
  expect(done).toEqual(['one', 'two']);
  expect(sink.waiting()).toBe(0);
});

test.skipIf(process.platform !== 'linux')(
  'a device without room: lines wait, none counts as written, it is said once',
  async () => {
    const descriptor = openSync('/dev/full', 'w');
    const sink = fileSink(descriptor);
    const said: string[] = [];
    sink.onState((state, error) => said.push(`${state} ${error?.code}`));
    let isDone = false;
    sink.write('one\n', () => (isDone = true));
    sink.write('two\n');
    expect(await sink.flush(300)).toBe(false);
    expect({ said, isDone, waiting: sink.waiting() }).toEqual({ said: ['blocked ENOSPC'], isDone: false, waiting: 8 });
    closeSync(descriptor);
  },
);

test('a stream takes a line when its reader has read it, not before', async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  stream.cork();
  const sink = streamSink(stream);
  let isDone = false;
  sink.write('line\n', () => (isDone = true));
  expect({ isDone, waiting: sink.waiting() }).toEqual({ isDone: false, waiting: 5 });
  stream.uncork();
  stream.resume();
  expect(await sink.flush(1_000)).toBe(true);
  expect(isDone).toBe(true);
});

test('a reader that is slow gets all of it, where the end has no time of its own', async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const sink = streamSink(stream);
  sink.write('a\n');
  sink.write('b\n');
  expect(await sink.flush(1)).toBe(false);
  const whole = sink.flush(null);
  const read: string[] = [];
  stream.on('data', (bytes: Buffer) => void read.push(bytes.toString()));
  expect(await whole).toBe(true);
  expect(read.join('')).toBe('a\nb\n');
});

test('a stream that breaks is gone for good, and delays no end', async () => {
  const stream = new PassThrough();
  const sink = streamSink(stream);
  const said: string[] = [];
  sink.onState((state) => said.push(state));
  stream.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
  await new Promise((resolve) => {
    stream.once('close', resolve);
  });
  sink.write('line\n', () => said.push('written'));
  expect(await sink.flush(10_000)).toBe(false);
  expect(said).toEqual(['gone']);
});
