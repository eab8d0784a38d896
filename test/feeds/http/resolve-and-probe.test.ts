import { mkdirSync, writeFileSync } from 'node:fs';
import type { Result } from '../../../src/core/result.ts';
import type { ResolveProblem } from '../../../src/core/source-reasons.ts';
import { expect, test } from 'vitest';
import { feedOf } from '../../helpers/open-source.ts';
import { agentsightTokenFile, locateSources, whyNoServer } from '../../../src/feeds/locate.ts';
import { send, serve, serveAgentsight } from '../../helpers/agentsight-server.ts';
import { folderWith } from '../../helpers/sqlite-world.ts';
import { wordResolve } from '../../../src/wording/records.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const signal = new AbortController().signal;

async function resolveAt(uri: string, interruptionId: string): Promise<Result<null, ResolveProblem> | undefined> {
  return (await feedOf(uri)).resolve?.(interruptionId, signal);
}

test('an interruption is resolved on the server', async () => {
  const { base, requests } = await serveAgentsight(folderWith([]));
  expect(await resolveAt(base, 'ab/c')).toMatchObject({ ok: true });
  expect(requests).toEqual(['/api/interruptions/ab%2Fc/resolve']);
});

test.each([
  [404, 'no longer knows this interruption'],
  [401, 'requires a token; give --token-file FILE'],
  [500, "fails (HTTP 500); check agentsight's log"],
])('a refusal with %i gives the reason', async (status, words) => {
  const { base } = await serve((_request, response) => send(response, status, '{}'));
  const answer = await resolveAt(base, 'x');
  expect(answer?.ok === false && wordResolve(answer.reason)).toContain(words);
});

test('a source that is only read offers no resolving', async () => {
  expect(await feedOf('sqlite:/feed')).not.toHaveProperty('resolve');
});

test('the server of this machine is found where there are neither databases nor a JSONL file', async () => {
  const { base } = await serveAgentsight(folderWith([]));
  const root = tempDir();
  const env = { configFile: `${root}/config.json`, databases: `${root}/db`, jsonlFolders: [root], server: base };
  expect(await locateSources(env)).toMatchObject({ found: [base] });
  mkdirSync(env.databases);
  writeFileSync(`${root}/db/.dashboard_token`, '', { mode: 0o600 });
  expect(await agentsightTokenFile(env)).toBe(`${root}/db/.dashboard_token`);
});

test('lists the server among the locations that were tried in vain', async () => {
  const { base, stop } = await serveAgentsight(folderWith([]));
  await stop();
  expect(await whyNoServer(base)).toEqual({ code: 'nothing_listens' });
  const root = tempDir();
  const env = { configFile: `${root}/config.json`, databases: `${root}/db`, jsonlFolders: [root], server: base };
  const { found, tried } = await locateSources(env);
  expect(found).toEqual([]);
  expect(tried.at(-1)).toMatchObject({ path: base, why: { code: 'nothing_listens' } });
});

test('does not take another program for agentsight, and does not wait for a mute one', async () => {
  const other = await serve((_request, response) => send(response, 200, '<html></html>', 'text/html'));
  const mute = await serve(() => undefined);
  expect(await whyNoServer(other.base)).toEqual({ code: 'other_program' });
  expect(await whyNoServer(mute.base)).toEqual({ code: 'no_reply' });
});
