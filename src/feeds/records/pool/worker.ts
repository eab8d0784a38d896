/** A thread that reads record files to their present end: see `pool.ts`. */
import { type BigIntStats, closeSync, read, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { errnoOf } from '../../../core/errno.ts';
import type { Ms } from '../../../core/units.ts';
import type { AgentRecordProblem } from '../../../core/source-reasons.ts';
import { positionOf, type ReadPosition } from '../file-reader.ts';
import { HEAD_BYTES } from '../../file-head.ts';
import { FIRST_LINE, type LineBuffer, lineBuffer, readLines } from '../lines.ts';
import type { FileName, FilesStore } from '../provider.ts';
import { PROVIDERS } from '../registry.ts';
import { openBelowSync, RefusedFileError, type Root } from '../root.ts';
import type { ReadAnswer, ReadRequest, ReadResult, WorkerData } from './protocol.ts';
import { recorder } from './recorder.ts';

/** Files that are open at a time: the one that is decoded, and those that follow, whose first bytes are read meanwhile. */
const BEGUN = 4;

// Ended with its thread.
const NEVER = new AbortController().signal;

const { medium, root } = workerData as WorkerData;
const { agent, store: openStore } = PROVIDERS[medium];
const store = openStore();
if (store.type === 'files') serve(store, root);

/** A file that is open; its first bytes are being read. */
type Begun = { readonly fd: number; readonly stats: BigIntStats; readonly first: Promise<number> };
type Next = { readonly request: ReadRequest; readonly buffer: LineBuffer; readonly begun: Begun | Error };

function serve(files: FilesStore<unknown>, below: Root): void {
  const waiting: ReadRequest[] = [];
  const begun: Next[] = [];
  const buffers = Array.from({ length: BEGUN }, lineBuffer);
  let isBusy = false;
  const next = (): Next | undefined => {
    for (let buffer = buffers.pop(); buffer !== undefined; buffer = buffers.pop()) {
      const request = waiting.shift();
      if (request === undefined) {
        buffers.push(buffer);
        break;
      }
      begun.push({ request, buffer, begun: begin(below, request.name, buffer.bytes) });
    }
    return begun.shift();
  };
  const work = async (): Promise<void> => {
    isBusy = true;
    for (let one = next(); one !== undefined; one = next()) {
      const answered = await answer(one, files);
      buffers.push(one.buffer);
      parentPort?.postMessage(answered, answered.type === 'read' ? buffersOf(answered) : []);
    }
    isBusy = false;
  };
  parentPort?.on('message', (request: ReadRequest) => {
    waiting.push(request);
    if (!isBusy) void work();
  });
}

function begin(below: Root, name: FileName, bytes: Buffer): Begun | Error {
  try {
    const { fd, stats } = openBelowSync(below, name.path);
    const first = new Promise<number>((resolve, reject) => {
      const length = Math.min(bytes.length, Number(stats.size));
      read(fd, bytes, 0, length, 0, (error, count) => (error === null ? resolve(count) : reject(error)));
    });
    // The reader of the file learns of its error.
    first.catch(() => undefined);
    return { fd, stats, first };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function answer(
  { request: { id, name, sumsBefore }, buffer, begun }: Next,
  files: FilesStore<unknown>,
): Promise<ReadAnswer> {
  try {
    if (begun instanceof Error) throw begun;
    return { id, type: 'read', ...(await readWhole(name, sumsBefore, files, begun, buffer)) };
  } catch (error) {
    if (error instanceof RefusedFileError) return { id, type: 'refused', why: error.why };
    return { id, type: 'failed', code: errnoOf(error), text: String(error) };
  }
}

async function readWhole(
  name: FileName,
  sumsBefore: Ms | null,
  files: FilesStore<unknown>,
  { fd, stats, first }: Begun,
  buffer: LineBuffer,
): Promise<ReadResult> {
  try {
    const size = Number(stats.size);
    const { sink, misread, report, sumUp } = recorder();
    const decoder = files.decoder(name, sink);
    let oversized = 0;
    let at = await first;
    const head = Buffer.from(buffer.bytes.subarray(0, Math.min(at, HEAD_BYTES)));
    let isBegun = at > 0;
    const readBytes = async (bytes: Buffer, offset: number, length: number): Promise<number> => {
      if (isBegun) {
        isBegun = false;
        return at;
      }
      const count = at >= size ? 0 : readSync(fd, bytes, offset, Math.min(length, size - at), at);
      at += count;
      return count;
    };
    const target = {
      decoder,
      malformed: (why: AgentRecordProblem) => misread({ part: 'line', why }),
      oversized: () => void (oversized += 1),
    };
    const lines = await readLines(readBytes, FIRST_LINE, target, buffer, NEVER);
    const position: ReadPosition = positionOf(stats, lines, head);
    if (sumsBefore !== null) return { ...sumUp(agent, sumsBefore), state: null, position, oversized };
    return { report: report(), sums: null, state: packed(decoder.state), position, oversized };
  } finally {
    closeSync(fd);
  }
}

// Lists of numbers are most of a state, and as an array each number would be copied by itself.
function packed(state: unknown): unknown {
  if (typeof state !== 'object' || state === null) return state;
  return Object.fromEntries(
    Object.entries(state).map(([key, value]) => [
      key,
      isNumbers(value) ? Float64Array.from(value) : (value as unknown),
    ]),
  );
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number');
}

function buffersOf({ state, sums }: ReadResult): readonly ArrayBuffer[] {
  return [...buffersIn(state), ...buffersIn(sums)];
}

function buffersIn(fields: unknown): readonly ArrayBuffer[] {
  if (typeof fields !== 'object' || fields === null) return [];
  return Object.values(fields).flatMap((value) => (value instanceof Float64Array ? [value.buffer as ArrayBuffer] : []));
}
