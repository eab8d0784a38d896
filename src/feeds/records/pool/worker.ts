/** A thread that reads record files to their present end: see `pool.ts`. */
import { closeSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { errnoOf } from '../../../core/errno.ts';
import type { Ms } from '../../../core/units.ts';
import type { AgentRecordProblem } from '../../../core/source-reasons.ts';
import { positionOf, type ReadPosition } from '../file-reader.ts';
import { FIRST_LINE, lineBuffer, readLines } from '../lines.ts';
import type { FileName, FilesStore } from '../provider.ts';
import { PROVIDERS } from '../registry.ts';
import { openBelowSync, RefusedFileError, type Root } from '../root.ts';
import type { ReadAnswer, ReadRequest, ReadResult, WorkerData } from './protocol.ts';
import { recorder } from './recorder.ts';

// Ended with its thread.
const NEVER = new AbortController().signal;

const { medium, root } = workerData as WorkerData;
const { agent, store: openStore } = PROVIDERS[medium];
const store = openStore();
const buffer = lineBuffer();
if (store.type === 'files') serve(store, root);

function serve(files: FilesStore<unknown>, below: Root): void {
  let pending: Promise<void> = Promise.resolve();
  parentPort?.on('message', (request: ReadRequest) => {
    pending = pending.then(async () => {
      const answered = await answer(request, files, below);
      parentPort?.postMessage(answered, answered.type === 'read' ? buffersOf(answered) : []);
    });
  });
}

async function answer(
  { id, name, sumsBefore }: ReadRequest,
  files: FilesStore<unknown>,
  below: Root,
): Promise<ReadAnswer> {
  try {
    return { id, type: 'read', ...(await readWhole(name, sumsBefore, files, below)) };
  } catch (error) {
    if (error instanceof RefusedFileError) return { id, type: 'refused', why: error.why };
    return { id, type: 'failed', code: errnoOf(error), text: String(error) };
  }
}

async function readWhole(
  name: FileName,
  sumsBefore: Ms | null,
  files: FilesStore<unknown>,
  below: Root,
): Promise<ReadResult> {
  const { fd, stats } = openBelowSync(below, name.path);
  try {
    const size = Number(stats.size);
    const { sink, misread, report, sumUp } = recorder();
    const decoder = files.decoder(name, sink);
    let oversized = 0;
    let head = Buffer.alloc(0);
    let at = 0;
    const readBytes = async (bytes: Buffer, offset: number, length: number): Promise<number> => {
      const count = at >= size ? 0 : readSync(fd, bytes, offset, Math.min(length, size - at), at);
      if (at === 0) head = Buffer.from(bytes.subarray(offset, offset + count));
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
