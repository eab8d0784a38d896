import { closeSync, mkdirSync, openSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Days over which a generated history is spread, the newest of it now. */
const DAYS = 30;
const DAY_MS = 86_400_000;
/** Bytes of one session: the median of real ones is between 0.4 and 0.9 MB. */
const SESSION_BYTES = 800_000;
/** Spread of the sizes: one session in five has over twice the usual bytes, one in a hundred over ten times as many. */
const SIZE_SPREAD = 1.2;
/** Bytes of a call with its result, on average. */
const TURN_BYTES = 10_000;
const FOLDERS = 200;
const FILLER = 'the tests of the cart fail where a price is rounded, so look at the total again\n'.repeat(4_000);

/** What was written of a history. */
export type WrittenHistory = { readonly files: number; readonly bytes: number; readonly calls: number };

/**
 * Writes `files` sessions with about `bytes` in all as Claude Code writes them below `root`; without `files` as many as
 * that takes. Sizes of rows are as in real sessions: one in fifty results has 60 kB, one in three 6 kB, the rest 0.8 kB.
 */
export function writeHistory(root: string, bytes: number, files = Math.ceil(bytes / SESSION_BYTES)): WrittenHistory {
  const weights = Array.from({ length: files }, () => Math.exp(SIZE_SPREAD * normal()));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const done = { files, bytes: 0, calls: 0 };
  for (const [file, weight] of weights.entries()) {
    const startsAt = Date.now() - DAYS * DAY_MS * (1 - file / files);
    const session = writeSession(root, { file, startsAt, bytes: (bytes * weight) / whole });
    done.bytes += session.bytes;
    done.calls += session.calls;
  }
  return done;
}

function writeSession(
  root: string,
  { file, startsAt, bytes: wanted }: { readonly file: number; readonly startsAt: number; readonly bytes: number },
): { readonly bytes: number; readonly calls: number } {
  const cwd = `/home/dev/work/p${file % FOLDERS}`;
  const folder = join(root, 'projects', cwd.replaceAll('/', '-'));
  mkdirSync(folder, { recursive: true });
  const sessionId = uuid();
  const path = join(folder, `${sessionId}.jsonl`);
  const descriptor = openSync(path, 'w');
  const base = { isSidechain: false, userType: 'external', cwd, sessionId, version: '2.1.180', gitBranch: 'main' };
  let [parentUuid, at, bytes, calls] = ['', startsAt, 0, 0];
  while (bytes < wanted) {
    const rows: string[] = [];
    const add = (fields: object): void => {
      const id = uuid();
      at += 1_000 + Math.random() * 5_000;
      rows.push(
        JSON.stringify({ parentUuid: parentUuid || null, ...base, ...fields, uuid: id, timestamp: new Date(at) }),
      );
      parentUuid = id;
    };
    add({ type: 'user', message: { role: 'user', content: filler(200) } });
    // A short session is one turn of a call or two.
    for (let call = 0; call < 8 && (call < 2 || bytes + call * TURN_BYTES < wanted); call += 1) {
      addCall(add);
      calls += 1;
    }
    // A turn ends with an answer: one that doesn't is under way.
    addAnswer(add, { type: 'text', text: filler(300) }, 'end_turn');
    calls += 1;
    bytes += writeSync(descriptor, `${rows.join('\n')}\n`);
  }
  closeSync(descriptor);
  utimesSync(path, at / 1_000, at / 1_000);
  return { bytes, calls };
}

function addCall(add: (fields: object) => void): void {
  const id = messageId();
  const tool = `toolu_01${hex(20)}`;
  const size = Math.random() < 0.02 ? 60_000 : Math.random() < 0.3 ? 6_000 : 800;
  addAnswer(add, { type: 'thinking', thinking: filler(600), signature: hex(300) }, null, id);
  addAnswer(add, { type: 'text', text: filler(300) }, null, id);
  addAnswer(add, { type: 'tool_use', id: tool, name: 'Bash', input: { command: `make ${hex(8)}` } }, 'tool_use', id);
  const content = filler(size);
  const result = { tool_use_id: tool, type: 'tool_result', content, is_error: false };
  add({ type: 'user', message: { role: 'user', content: [result] }, toolUseResult: { stdout: content, stderr: '' } });
}

function messageId(): string {
  return `msg_01${hex(22)}`;
}

function addAnswer(add: (fields: object) => void, content: object, stop_reason: string | null, id = messageId()): void {
  const usage = {
    input_tokens: 7,
    cache_creation_input_tokens: 900,
    cache_read_input_tokens: 60_000,
    output_tokens: stop_reason === null ? 3 : 240,
  };
  const base = { model: 'claude-opus-4-8', id, type: 'message', role: 'assistant' };
  add({ type: 'assistant', message: { ...base, content: [content], stop_reason, stop_sequence: null, usage } });
}

function filler(length: number): string {
  const from = Math.floor(Math.random() * (FILLER.length - length));
  return FILLER.slice(from, from + length);
}

// Ids need to differ, not to be secret: a call of the system's source for each would be most of the time.
let seed = Date.now() % 4_294_967_296;

function random(): number {
  seed = (seed + 0x6d_2b_79_f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

function normal(): number {
  const part = (): number => (random() + 1) / 4_294_967_297;
  return Math.sqrt(-2 * Math.log(part())) * Math.cos(2 * Math.PI * part());
}

function hex(length: number): string {
  let text = '';
  while (text.length < length) text += random().toString(16).padStart(8, '0');
  return text.slice(0, length);
}

function uuid(): string {
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}
