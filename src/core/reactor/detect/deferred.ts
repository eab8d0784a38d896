/** Judgements that wait until what they need was read: an interruption that names a call, storms of a batch. */
import type { Mono } from '../../units.ts';
import { cancel, type Draft, patchDetect, schedule } from '../draft.ts';
import type { Deferred } from '../types.ts';

/** Timers of this prefix end a wait for what the judgement still needs. */
export const JUDGE_TIMER = 'judge:';

/** Defers a judgement until `until`; one that is deferred already keeps its time. */
export function defer(draft: Draft, key: string, what: Deferred, until: Mono): void {
  const known = draft.state.detect.deferred.has(key);
  const deferred = new Map(draft.state.detect.deferred).set(key, what);
  patchDetect(draft, { deferred });
  if (!known) schedule(draft, JUDGE_TIMER + key, until);
}

/** Takes out what was deferred under a key; null when nothing was. */
export function resume(draft: Draft, key: string): Deferred | null {
  const what = draft.state.detect.deferred.get(key);
  if (!what) return null;
  const deferred = new Map(draft.state.detect.deferred);
  deferred.delete(key);
  patchDetect(draft, { deferred });
  cancel(draft, JUDGE_TIMER + key);
  return what;
}
