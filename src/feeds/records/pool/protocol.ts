/** The messages between the pool and its workers. */
import type { RecordMedium } from '../../../core/sources.ts';
import type { ReadPosition } from '../file-reader.ts';
import type { FileName } from '../provider.ts';
import type { RefusedFile, Root } from '../root.ts';
import type { Ms } from '../../../core/units.ts';
import type { FileReport } from './recorder.ts';
import type { FileSums } from './sums.ts';

/** The program of a worker, beside the built one. */
export const WORKER_FILE = 'records-worker.js';

/** The data with which a worker is started. */
export type WorkerData = { readonly medium: RecordMedium; readonly root: Root };

/** `sumsBefore`: calls that ended before are told as sums; null: each singly. */
export type ReadRequest = { readonly id: number; readonly name: FileName; readonly sumsBefore: Ms | null };

/** A file that was read to its end: what it told, what its decoder knows, and how far it was read. */
export type ReadResult = {
  readonly report: FileReport;
  /** Null where they were not asked for. */
  readonly sums: FileSums | null;
  /** Null with sums. */
  readonly state: unknown;
  readonly position: ReadPosition;
  /** Lines that were too long. */
  readonly oversized: number;
};

export type ReadAnswer = { readonly id: number } & (
  | ({ readonly type: 'read' } & ReadResult)
  | { readonly type: 'refused'; readonly why: RefusedFile }
  | { readonly type: 'failed'; readonly code: string; readonly text: string }
);
