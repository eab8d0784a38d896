/** Formats the results of operations that succeeded, and the reasons of operators' actions. */

import type { Done, OperatorReason } from '../core/done.ts';
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import { cleanLine } from '../core/text.ts';
import { wordAmountOf } from './budgets.ts';
import { wordRestoreCounts } from './checkpointers.ts';
import { wordPinChange } from './folders.ts';
import { wordPausedDone, wordPauseEnd } from './pauses.ts';
import { wordBy, type Wordings } from './table.ts';
import { counted, wordBytes } from './units.ts';

const DONE: Wordings<OperatorReason> = {
  rolled_back: ({ snapshot, counts, replaced, changedSince = 0 }) =>
    [
      `rolled back to ${snapshot}${counts === null ? '' : `: ${wordRestoreCounts(counts)}`}`,
      ...(replaced === null ? [] : [`restart what runs inside ${replaced}`]),
      ...(changedSince > 0 ? [`${counted(changedSince, 'file')} changed since`] : []),
    ].join('; '),
  restored: ({ snapshot, paths, counts }) =>
    `restored ${paths.length === 1 ? (paths[0] ?? '') : counted(paths.length, 'path')} from ${snapshot}: ${wordRestoreCounts(counts)}`,
  created: ({ snapshot }) => `${snapshot} was taken`,
  removed: ({ snapshot, freesLater }) => `deleted ${snapshot}${freesLater ? '; its space is freed later' : ''}`,
  initialized: (done) => wordInitialized(done),
  repinned: ({ from, to }) => wordPinChange(from, to),
  resolved: ({ type, agent, sources }) => `${type} of ${agent} at ${sources.join(', ')}`,
  older: ({ files, bytes }) => `reading ${counted(files, 'older file')} (${wordBytes(bytes)})`,
  accepted: ({ target }) => target,
  paused: (done) => wordPausedDone(done),
  resumed: ({ why }) => wordPauseEnd(why),
  quoted: ({ text }) => text,
  given: ({ text }) => text,
  policy_rule: ({ scope, action }) => `${scope}: ${action ?? 'as configured'}`,
  budget_changed: ({ change, unit, limit }) =>
    change === 'raise'
      ? `raised to ${wordAmountOf({ unit }, BigInt(limit))}`
      : change === 'reset'
        ? 'reset: it counts from now on'
        : 'left as it is until it is over',
  owner_gone: () => 'the other engine is gone',
};

/** Formats the result of an operation. */
export function wordDone(done: Done): string {
  return wordOperator(done);
}

/** Formats the reason or the result of an operator's action. */
export function wordOperator(reason: OperatorReason): string {
  return cleanLine(wordBy(DONE, reason), MAX_TEXT_LENGTH);
}

// A new checkpointer comes first: it is what the operator has to know.
function wordInitialized({ workspace, id, target, switched }: Extract<Done, { code: 'initialized' }>): string {
  const where = target === null ? '' : `; its files are in ${target} now, and ${workspace} is a link to them`;
  const done = `${workspace} is managed by ws-ckpt as ${id}${where}; restart what ran inside`;
  if (switched === undefined) return done;
  const { now, before } = switched;
  return `checkpoints are by ${now} from now on: ${done}; the snapshots of ${before} stay where they are, and --checkpointer ${before} lists them`;
}
