import { MAX_PENDING_ROWS } from '../../limits.ts';
import { judgeRow } from './row.ts';
import { judgeStorms } from './follow.ts';
import type { Draft } from '../draft.ts';
import { takeUp } from './pending.ts';

/** The wait is over: judges by what is known now. */
export function judgePending(draft: Draft, key: string): void {
  const what = takeUp(draft, key);
  if (what?.type === 'row') judgeRow(draft, what);
  if (what?.type === 'storms') judgeStorms(draft, what.call);
}

/** Judges whatever waits, at once: nobody will come back to it. */
export function judgeAll(draft: Draft): void {
  for (const key of draft.state.detect.pending.keys()) judgePending(draft, key);
}

/** Keeps the number of those that wait in bounds: the oldest is judged without what it waits for. */
export function boundPending(draft: Draft): void {
  const { pending } = draft.state.detect;
  const [oldest] = pending.keys();
  if (pending.size > MAX_PENDING_ROWS && oldest !== undefined) judgePending(draft, oldest);
}
