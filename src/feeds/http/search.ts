import type { TextSearch } from '../../core/story.ts';
import { msToNs, nsToMs, type Ns } from '../../core/units.ts';
import { MAX_CONTENT_BYTES, MAX_HTTP_DETAIL_BYTES } from '../limits.ts';
import { excerptOfJson } from '../text-match.ts';
import { idOf, nsOf } from '../wire/fields.ts';
import { detailRow } from './answers/call-detail.ts';
import { conversationSummary, sessionSummary } from './answers/summaries.ts';
import { END_NS, readList } from './lists/list.ts';
import type { AnswerBounds, Client } from './request/client.ts';
import { connect, type ServerOptions } from './request/connect.ts';
import { HttpProblem, isGone } from './request/problem.ts';

/** Conversations that the server is asked for in one search, the newest, and bytes that it may send for them. */
const MAX_CONVERSATIONS = 500;
const MAX_SEARCHED_BYTES = 512 * 1024 * 1024;
const DETAIL: AnswerBounds = {
  maxBytes: MAX_HTTP_DETAIL_BYTES,
  maxItemBytes: 2 * MAX_CONTENT_BYTES,
  deadlineMs: 60_000,
};
/** The columns that hold the messages, the answer first: a request repeats the earlier ones. */
const COLUMNS = [
  ['output_messages', 'answer'],
  ['input_messages', 'prompt'],
  ['event_json', 'answer'],
] as const;

/** Searches the messages of a server's conversations, the newest first, up to a bound, which it reports. Never rejects. */
export async function searchServer(server: ServerOptions, search: TextSearch, signal: AbortSignal): Promise<void> {
  const connected = await connect(server);
  if (!connected.ok) return search.unread(server.base);
  const { client } = connected.value;
  try {
    const found = await conversationsSince(client, search, signal);
    const wanted = found.slice(0, MAX_CONVERSATIONS);
    let [bytes, done] = [0, 0];
    let isWhole = wanted.length === found.length;
    for (const { id } of wanted) {
      if (signal.aborted) return;
      const read = bytes > MAX_SEARCHED_BYTES ? null : await searchConversation(client, id, search, signal);
      isWhole &&= read !== null;
      bytes += read ?? 0;
      done += 1;
      search.progress({ doneBytes: done, ofBytes: wanted.length });
    }
    if (!isWhole) search.unread(server.base);
  } catch {
    // The health of the source explains why.
    if (!signal.aborted) search.unread(server.base);
  } finally {
    client.close();
  }
}

type Found = { readonly id: string; readonly endNs: Ns };

async function conversationsSince(client: Client, search: TextSearch, signal: AbortSignal): Promise<readonly Found[]> {
  const lists = { client, skip: () => undefined };
  const query = `start_ns=${msToNs(search.since)}&end_ns=${END_NS}&include_auxiliary=true`;
  const sessions: string[] = [];
  await readList(lists, `/api/sessions?${query}`, signal, (text) => {
    const summary = sessionSummary(text);
    if (summary !== null) sessions.push(summary.id);
  });
  const found = new Map<string, Found>();
  for (const session of sessions) {
    await readList(lists, `/api/sessions/${encodeURIComponent(session)}/traces?${query}`, signal, (text) => {
      const summary = conversationSummary(text);
      if (summary !== null) found.set(summary.id, { id: summary.id, endNs: summary.endNs ?? summary.startNs });
    });
  }
  return [...found.values()].toSorted((a, b) => (a.endNs > b.endNs ? -1 : 1));
}

// Returns the bytes of the answer, null if it could not be had. A conversation that is gone holds nothing.
async function searchConversation(
  client: Client,
  conversation: string,
  { text, since, hit }: TextSearch,
  signal: AbortSignal,
): Promise<number | null> {
  const take = (item: string): void => {
    const row = detailRow(item);
    const conversationId = idOf(row?.wire.conversation_id);
    const at = nsOf(row?.wire.end_timestamp_ns) ?? nsOf(row?.wire.start_timestamp_ns);
    if (row === null || conversationId === null || at === null || nsToMs(at) < since) return;
    const wire: Readonly<Record<string, unknown>> = row.wire;
    for (const [column, part] of COLUMNS) {
      const value = wire[column];
      const excerpt = typeof value === 'string' ? excerptOfJson(value, text) : null;
      if (excerpt !== null) return hit({ conversationId, at: nsToMs(at), part, excerpt });
    }
  };
  try {
    const { bytes } = await client.list(`/api/conversations/${encodeURIComponent(conversation)}`, DETAIL, take, signal);
    return bytes;
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    return isGone(error) ? 0 : null;
  }
}
