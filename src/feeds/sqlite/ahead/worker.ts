/** A thread that reads a database's past as numbers, one block for each message that it gets: see `ahead.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../database.ts';
import { statDatabase } from '../file-stat.ts';
import { createReader, type Reader } from '../reader.ts';
import { callTable } from '../rows/call-row.ts';
import { createPacker } from '../rows/sum-row.ts';
import type { Ahead, Answer } from './protocol.ts';

/** Rows that are read at once: they die young, and nothing of them is copied. */
const CHUNK_ROWS = 256;
/** Rows of a block: enough that few of them are the first or last of their streak, and taken over in 6 ms. */
const BLOCK_ROWS = 3_072;

const { file, identity, last: first, end } = workerData as Ahead;
let last = first;
let reader: Reader | null = null;

parentPort?.on('message', () => {
  const answer = answered();
  parentPort?.postMessage(answer, answer === null ? [] : [answer.packed.numbers.buffer as ArrayBuffer]);
});

// Whatever goes wrong here, the thread that follows the file meets it in the same place.
function answered(): Answer {
  try {
    return block((reader ??= open()));
  } catch {
    return null;
  }
}

function block(from: Reader): Answer {
  const after = last;
  const packer = createPacker(BLOCK_ROWS);
  let isEnd = false;
  for (let rows = 0; rows < BLOCK_ROWS && !isEnd; rows += CHUNK_ROWS) {
    const chunk = from.sums(last, end, CHUNK_ROWS);
    if (chunk === null) return null;
    packer.add(chunk);
    isEnd = chunk.length < CHUNK_ROWS;
    last = BigInt(Number(chunk.at(-1)?.[0] ?? last));
  }
  return last === after ? null : { after, last, packed: packer.packed(), isEnd };
}

function open(): Reader {
  const fileStat = statDatabase(file);
  if (fileStat?.identity !== identity) throw new Error(`${file} is another file now`);
  return createReader(openDatabase(file, fileStat), callTable(file));
}
