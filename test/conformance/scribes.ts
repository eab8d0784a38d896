/** Those who write a scenario into a medium, as agentsight does: all at once, or as it happens. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Feed } from '../../src/core/feed.ts';
import { GENAI_FILE } from '../../src/feeds/demo/schema.ts';
import { feedOf } from '../helpers/open-source.ts';
import { type AgentsightWriter, type Fields, GENAI_SCHEMA_0_5 } from '../helpers/agentsight-writer.ts';
import { serveAgentsight } from '../helpers/agentsight-server.ts';
import { startWriter } from '../helpers/sqlite-world.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { callRow, interruptionRow, jsonlLine, logtailCall, logtailInterruption } from './forms.ts';
import type { MediumName } from './media.ts';
import type { Facts, ScenarioCall, ScenarioInterruption } from './scenario.ts';

/** A medium that is written, and how it is followed. */
export type Scribe = {
  readonly feed: Feed;
  readonly call: (call: ScenarioCall) => Promise<void>;
  readonly interruption: (row: ScenarioInterruption) => Promise<void>;
  /** What agentsight corrects some time later. */
  readonly correct: (call: ScenarioCall) => Promise<void>;
};

/** A scribe of an empty medium. */
export async function scribeOf(medium: MediumName): Promise<Scribe> {
  switch (medium) {
    case 'SQLite, newest':
    case 'SQLite, 0.5':
      return databases(medium.endsWith('0.5'), (folder) => feedOf(`sqlite:${folder}`));
    case 'HTTP, newest':
    case 'HTTP, 0.5':
      return databases(medium.endsWith('0.5'), async (folder) => {
        const version = medium === 'HTTP, newest' ? 'new' : '0.5';
        return feedOf((await serveAgentsight(folder, { version })).base);
      });
    case 'JSONL, 0.5':
    case 'logtail, newest':
      return file(medium === 'JSONL, 0.5' ? 'jsonl' : 'logtail');
    case 'standard input, 0.5': {
      const input = new PassThrough();
      return lines(await feedOf('-', { input }), (text) => void input.write(text), jsonlLine);
    }
  }
}

/** Writes all of it, in the order in which it was over, and corrects it at the end. */
export async function write(scribe: Scribe, facts: Facts): Promise<void> {
  const acts = [
    ...facts.calls.map((call) => ({ at: call.endNs ?? call.startNs, act: () => scribe.call(call) })),
    ...facts.interruptions.map((row) => ({ at: row.occurredNs, act: () => scribe.interruption(row) })),
  ];
  for (const { act } of acts.toSorted((a, b) => Number(a.at - b.at))) await act();
  for (const call of facts.calls) await scribe.correct(call);
}

async function file(format: 'jsonl' | 'logtail'): Promise<Scribe> {
  const path = join(tempDir(), `events.${format}`);
  writeFileSync(path, '');
  const feed = await feedOf(`${format}:${path}`);
  const append = (text: string): void => appendFileSync(path, text);
  return format === 'jsonl' ? lines(feed, append, jsonlLine) : lines(feed, append, logtailCall, logtailInterruption);
}

function lines(
  feed: Feed,
  append: (text: string) => void,
  callLine: (call: ScenarioCall) => string,
  interruptionLine: ((row: ScenarioInterruption) => string) | null = null,
): Scribe {
  // A batch larger than the writer's buffer comes in several writes.
  const put = async (line: string): Promise<void> => {
    append(line.slice(0, line.length / 2));
    append(`${line.slice(line.length / 2)}\n`);
  };
  return {
    feed,
    call: (call) => put(callLine(call)),
    interruption: async (row) => {
      if (interruptionLine !== null) await put(interruptionLine(row));
    },
    correct: async () => undefined,
  };
}

async function databases(is05: boolean, feedOver: (folder: string) => Promise<Feed>): Promise<Scribe> {
  const folder = tempDir();
  const writer = await startWriter(folder, is05 ? GENAI_SCHEMA_0_5 : undefined);
  const ids = new Map<string, number>();
  return {
    feed: await feedOver(folder),
    call: async (call) => {
      const { call_kind: kind = null, ...old } = callRow(call);
      const row = { ...old, session_id: call.capturedSession, ...(!is05 && { call_kind: kind }) };
      ids.set(call.callId, await (is05 ? insert05(writer, row) : insertNewest(writer, row)));
    },
    interruption: async (row) => {
      await writer.interruption(interruptionRow(row));
    },
    correct: async ({ callId, sessionId, capturedSession }) => {
      const id = ids.get(callId);
      if (id !== undefined && sessionId !== capturedSession) await writer.updateCall(id, { session_id: sessionId });
    },
  };
}

// Two phases, then the stamp in a commit of its own.
async function insertNewest(writer: AgentsightWriter, row: Fields): Promise<number> {
  const { id } = await writer.call(pendingOf(row));
  if (row['status'] === 'pending') return id;
  await writer.updateCall(id, { ...row, interruption_type: null });
  if (row['interruption_type'] !== null)
    await writer.updateCall(id, { interruption_type: row['interruption_type'] ?? null });
  return id;
}

// One insert when the session is known, and a VACUUM after each; a dead process's call is pending until it is found out.
async function insert05(writer: AgentsightWriter, row: Fields): Promise<number> {
  if (row['status'] !== 'complete') return insertNewest(writer, row);
  const { id } = await writer.call({ ...row, interruption_type: null });
  await writer.exec(GENAI_FILE, 'VACUUM; PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)');
  if (row['interruption_type'] !== null)
    await writer.updateCall(id, { interruption_type: row['interruption_type'] ?? null });
  return id;
}

function pendingOf(row: Fields): Fields {
  return {
    ...row,
    status: 'pending',
    end_timestamp_ns: null,
    status_code: null,
    input_tokens: null,
    output_tokens: null,
    cache_read_tokens: null,
    cache_creation_tokens: null,
    finish_reasons: null,
    output_messages: null,
    interruption_type: null,
    event_json: '{}',
  };
}
