import type { Mono } from '../../units.ts';
import { cancel, type Draft, schedule } from '../draft.ts';
import type { Pending } from '../types.ts';

/** Timers of this prefix end a wait for what the judgement still needs. */
export const JUDGE_TIMER = 'judge:';

/** Puts a judgement off until `until`; one that is put off already keeps its time. */
export function putOff(draft: Draft, key: string, what: Pending, until: Mono): void {
  const known = draft.state.detect.pending.has(key);
  const pending = new Map(draft.state.detect.pending).set(key, what);
  draft.state = { ...draft.state, detect: { ...draft.state.detect, pending } };
  if (!known) schedule(draft, JUDGE_TIMER + key, until);
}

/** Takes a judgement up: it is pending no more. Null when it was not. */
export function takeUp(draft: Draft, key: string): Pending | null {
  const what = draft.state.detect.pending.get(key);
  if (!what) return null;
  const pending = new Map(draft.state.detect.pending);
  pending.delete(key);
  draft.state = { ...draft.state, detect: { ...draft.state.detect, pending } };
  cancel(draft, JUDGE_TIMER + key);
  return what;
}
