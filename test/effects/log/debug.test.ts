import { expect, test } from 'vitest';
import { run } from '../../../src/effects/process/run.ts';
import { debug, onDebug } from '../../../src/effects/log/debug.ts';

test('steps are told while somebody listens, and their words are not even made otherwise', () => {
  const heard: string[] = [];
  const forget = onDebug((line) => heard.push(line));
  debug(() => 'one');
  forget();
  debug(() => {
    throw new Error('made for nobody');
  });
  expect(heard).toEqual(['one']);
});

test('a program that is started is told with its arguments, as one would paste it, and with its end', async () => {
  const heard: string[] = [];
  const forget = onDebug((line) => heard.push(line));
  await run('sh', ['-c', 'exit 3', 'it'], { timeoutMs: 5_000 });
  forget();
  expect(heard).toEqual(["run sh -c 'exit 3' it", expect.stringMatching(/^sh ended in \d+ ms: exit code 3$/u)]);
});

test.each([
  [['--token', 'abc'], '--token ***'],
  [['--token=abc'], "'--token=***'"],
  [['-H', 'Authorization: Bearer abc'], "-H 'Authorization: ***'"],
  [['API_KEY=abc'], "'API_KEY=***'"],
  [['--workspace=/a', '-s', 'id'], '--workspace=/a -s id'],
])('no secret among the arguments: %j', async (args, told) => {
  const heard: string[] = [];
  const forget = onDebug((line) => heard.push(line));
  await run('true', args, { timeoutMs: 5_000 });
  forget();
  expect(heard[0]?.replaceAll("'", '')).toBe(`run true ${told}`.replaceAll("'", ''));
});
