import type { HelperReason } from '../../../core/checkpointer-reasons.ts';
import { wordHelper } from '../../../wording/checkpointers.ts';

/** A reason as an error, for the way up. */
export class HelperError extends Error {
  readonly reason: HelperReason;

  constructor(reason: HelperReason) {
    super(wordHelper(reason));
    this.name = 'HelperError';
    this.reason = reason;
  }

  /** True if the workspace is out of reach as a whole, so that trying is no failure. */
  get isUnavailable(): boolean {
    return UNAVAILABLE.has(this.reason.code);
  }
}

const UNAVAILABLE: ReadonlySet<HelperReason['code']> = new Set([
  'folder_replaced',
  'folder_gone',
  'folder_closed',
  'rights_not_dropped',
  'has_capabilities',
  'helper_not_started',
  'left_behind',
]);
