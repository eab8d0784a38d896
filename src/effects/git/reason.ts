import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import { errnoOf } from '../../core/errno.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { wordCheckpointer } from '../../wording/checkpointers.ts';
import { HelperError } from './helper/reason.ts';

/** A reason as an error, for the way up. */
export class ReasonError extends Error {
  readonly reason: CheckpointerReason;

  constructor(reason: CheckpointerReason) {
    super(wordCheckpointer(reason));
    this.reason = reason;
  }
}

/** Returns an error of `node:fs` or of ours as a reason. */
export function reasonOf(error: unknown): CheckpointerReason {
  if (error instanceof ReasonError) return error.reason;
  if (error instanceof HelperError) return { code: 'helper', why: error.reason };
  const code = errnoOf(error);
  const text = cleanLine(error instanceof Error ? error.message : String(error), MAX_TEXT_LENGTH);
  if (code === 'ENOSPC' || code === 'EDQUOT') return { code: 'no_space', detail: text };
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return { code: 'no_permission', detail: text };
  return { code: 'quoted', text };
}
