import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callLineOf } from '../helpers/agentsight-lines.ts';
import { headlessWorld } from '../helpers/headless-world.ts';
import { startWriter } from '../helpers/sqlite-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';

/** Writes a call that failed with a crash's text. */
type Scribe = (callId: string) => Promise<void>;

async function sqliteScribe(folder: string): Promise<Scribe> {
  const writer = await startWriter(folder);
  const event = (call_id: string): string => JSON.stringify({ LLMCall: { call_id, error: 'process crashed' } });
  return async (call_id) => void (await writer.call({ call_id, status_code: 500, event_json: event(call_id) }));
}

async function jsonlScribe(folder: string): Promise<Scribe> {
  mkdirSync(folder);
  return async (id) => {
    const now = `${Date.now()}000000`;
    const line = callLineOf({ id, status: 500, error: 'process crashed' }).replaceAll(
      /(_timestamp_ns":)\d+/gu,
      `$1${now}`,
    );
    appendFileSync(join(folder, 'genai_events.jsonl'), `${line}\n`);
  };
}

test.each([
  ['sqlite', sqliteScribe, ''],
  ['jsonl', jsonlScribe, '/genai_events.jsonl'],
] as const)(
  'killed right after a source of %s has appeared, it loses and repeats nothing',
  async (kind, scribe, file) => {
    const world = await headlessWorld();
    const folder = join(tempDir(), 'later');
    const args = ['--debounce', '0', '--source', `${kind}:${folder}${file}`];
    const first = await world.armed(args);
    const write = await scribe(folder);
    await write('a');
    await first.line({ fate: 'checkpointed' });
    await first.end('SIGKILL');
    await write('between');
    const second = await world.armed(args);
    await second.line({ kind: 'fate', settled: true });
    expect(second.all({ kind: 'signal' })).toMatchObject([{ call_id: 'between', historical: false }]);
    await second.end('SIGTERM');
  },
);
