import type { ContentAnswer } from '../../core/content.ts';
import type { Call } from '../../core/calls.ts';
import { fileReasonOf } from '../../core/errno.ts';
import { MAX_CONTENT_BYTES, MAX_HTTP_DETAIL_BYTES } from '../limits.ts';
import { contentOf } from '../wire/content.ts';
import { contentOfLine } from '../wire/content-line.ts';
import { detailRow, toCall, type DetailRow } from './answers/call-detail.ts';
import type { AnswerBounds, Client } from './request/client.ts';
import { connect, type ServerOptions } from './request/connect.ts';
import { HttpProblem } from './request/problem.ts';

const DEADLINE_MS = 60_000;
const BOUNDS: AnswerBounds = {
  maxBytes: MAX_HTTP_DETAIL_BYTES,
  maxItemBytes: 2 * MAX_CONTENT_BYTES,
  deadlineMs: DEADLINE_MS,
};

/** Asks the server for one call again: by its trace, which is small, else with all of its conversation. Never rejects. */
export async function readContent(server: ServerOptions, record: string, call: Call): Promise<ContentAnswer> {
  const connected = await connect(server);
  if (!connected.ok) return connected;
  const { client, tokens } = connected.value;
  try {
    for (const path of pathsTo(call)) {
      const text = await findRow(client, path, record);
      if (text !== null) return answerOf(text);
    }
    return { ok: false, reason: { code: 'call_not_served', server: server.base } };
  } catch (error) {
    if (!(error instanceof HttpProblem)) {
      return { ok: false, reason: { code: 'file_unreadable', path: server.base, why: fileReasonOf(error) } };
    }
    const { failure } = error;
    return { ok: false, reason: { code: 'http', server: server.base, failure, token: tokens.state() } };
  } finally {
    client.close();
  }
}

// A trace goes by the response's id, which is the call's own but for rows that never completed.
function pathsTo({ callId, conversationId }: Call): readonly string[] {
  const traces = [`/api/traces/${encodeURIComponent(callId)}`];
  return conversationId === null ? traces : [...traces, `/api/conversations/${encodeURIComponent(conversationId)}`];
}

async function findRow(client: Client, path: string, record: string): Promise<string | null> {
  let found: string | null = null;
  const isIt = new RegExp(`"id"\\s*:\\s*${Number(record)}\\s*[,}]`, 'u');
  try {
    await client.list(
      path,
      BOUNDS,
      (text) => {
        if (isIt.test(text) && String(detailRow(text)?.id) === record) found = text;
      },
      // The bounds end it.
      new AbortController().signal,
    );
  } catch (error) {
    if (!(error instanceof HttpProblem) || error.failure.code !== 'status' || error.failure.status !== 404) throw error;
  }
  return found;
}

type Wire = {
  readonly event_json?: unknown;
  readonly input_messages?: unknown;
  readonly output_messages?: unknown;
  readonly system_instructions?: unknown;
};

function answerOf(text: string): ContentAnswer {
  const row = detailRow(text);
  if (row === null) return { ok: false, reason: { code: 'answer_no_call' } };
  const wire: Wire = row.wire;
  if (typeof wire.event_json === 'string' && wire.event_json.length > 2) {
    const answer = contentOfLine(wire.event_json);
    if (answer.ok) return answer;
  }
  return { ok: true, value: contentOf(fromColumns(row, wire)) };
}

function fromColumns(row: DetailRow, wire: Wire): Parameters<typeof contentOf>[0] {
  const { call } = toCall(row, (session) => session);
  return {
    ...call,
    firstOutputNs: null,
    system: jsonIn(wire.system_instructions),
    request: jsonIn(wire.input_messages),
    response: jsonIn(wire.output_messages),
    requestBody: null,
    responseBody: null,
    offeredTools: null,
    facts: [['status', row.status]],
    notes: [{ code: 'event_missing' }],
  };
}

function jsonIn(text: unknown): unknown {
  if (typeof text !== 'string') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
