import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TextSearch } from '../../core/story.ts';
import { nsToMs } from '../../core/units.ts';
import { MAX_CONTENT_BYTES } from '../limits.ts';
import { excerptOfJson, inJson } from '../text-match.ts';
import { openRegular } from '../trust.ts';
import { decodeLine } from '../wire/decode-line.ts';
import { lineSplitter } from './line-splitter.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Longest piece of work, ms, before timers, keys and children get their turn. */
const SLICE_MS = 4;

/** Searches the messages of the calls of a file of lines. Never rejects. */
export async function searchLines(path: string, search: TextSearch, signal: AbortSignal): Promise<void> {
  try {
    await searchOnce(path, search, signal);
  } catch {
    // The health of the source explains why.
    search.unread(path);
  }
}

async function searchOnce(path: string, search: TextSearch, signal: AbortSignal): Promise<void> {
  const wanted = inJson(search.text).toLowerCase();
  const handle = await openRegular(path);
  try {
    const { size } = await handle.stat();
    const splitter = lineSplitter(MAX_CONTENT_BYTES, 0);
    let pauseAt = performance.now() + SLICE_MS;
    for (let offset = 0; offset < size && !signal.aborted;) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
      if (bytesRead === 0) break;
      offset += bytesRead;
      splitter.push(buffer.subarray(0, bytesRead));
      for (let line = splitter.next(); line !== null; line = splitter.next()) {
        if (line.text?.toLowerCase().includes(wanted) === true) tell(line.text, search);
        if (performance.now() < pauseAt) continue;
        await nextTurn();
        pauseAt = performance.now() + SLICE_MS;
      }
      search.progress({ doneBytes: offset, ofBytes: size });
    }
  } finally {
    await handle.close();
  }
}

function tell(line: string, search: TextSearch): void {
  const decoded = decodeLine(line);
  if (decoded.type !== 'call' || decoded.call.conversationId === null) return;
  const { conversationId, startNs, endNs } = decoded.call;
  const at = nsToMs(endNs ?? startNs);
  if (at < search.since) return;
  search.hit({ conversationId, at, part: 'answer', excerpt: excerptOfJson(line, search.text) ?? '' });
}
