/** Every bound of reading, named, with its reason: everything in a feed is hostile. */

/** Tool names kept of one call. */
export const MAX_TOOLS = 16;
/** Call ids kept of one interruption's detail. */
export const MAX_DETAIL_CALL_IDS = 64;
/** A JSONL line longer than this is skipped (8 MB body cap of agentsight, twice escaped, with room). */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;

/** Characters shown of one call's content, of one part of it, and its messages; read on demand, never kept. */
export const MAX_CONTENT = 256 * 1024;
export const MAX_CONTENT_PART = 64 * 1024;
export const MAX_CONTENT_MESSAGES = 2_000;
/** Bytes of a call that are read for its content: parsing more would hold up everything else. */
export const MAX_CONTENT_BYTES = 16 * 1024 * 1024;

/** Characters kept of the query in a summary: a row of the screen shows fewer. */
export const MAX_SUMMARY_QUERY = 200;
/** Rows of the SQLite lookback whose fingerprints are kept (20 calls a second for a quarter of an hour). */
export const MAX_LOOKBACK_ROWS = 16_384;
/** Unfinished calls or unresolved interruptions that are watched for a change, each. */
export const MAX_OPEN_ROWS = 4_096;
/** Distinct names (agents, models, finish reasons …) that a feed interns before it starts over. */
export const MAX_INTERNED = 4_096;
/** Sessions and conversations of an HTTP server whose sums are remembered, each; the one idle longest goes first. */
export const MAX_KNOWN_SESSIONS = 20_000;
export const MAX_KNOWN_CONVERSATIONS = 20_000;
/** Interruptions of an HTTP server that are remembered, the oldest going first. */
export const MAX_KNOWN_INTERRUPTIONS = 20_000;
/** Bytes of one answer of an HTTP server: a list, and a conversation with all its prompts. */
export const MAX_HTTP_LIST_BYTES = 64 * 1024 * 1024;
export const MAX_HTTP_DETAIL_BYTES = 1024 * 1024 * 1024;
