/** Storms of retries: an attempt number of five or more of one call. One interruption until a call succeeds. */
import { textDetail } from '../../core/interruptions.ts';
import { STORM_FAILURES } from '../../core/limits.ts';
import type { Ms } from '../../core/units.ts';
import type { InterruptionItem, ItemSink } from './provider.ts';

export type Retries = {
  /** An attempt failed and is made again; `error`: its class or text. */
  readonly failed: (key: string, attempt: number, at: Ms, error: string) => void;
  /** A call succeeded. */
  readonly succeeded: () => void;
};

/** Follows the retries of one conversation. */
export function createRetries(sink: ItemSink, conversationId: string): Retries {
  let storm: InterruptionItem | null = null;
  return {
    failed: (key, attempt, at, error) => {
      sink.put({ type: 'retry', key, conversationId, at });
      if (attempt < STORM_FAILURES || storm !== null) return;
      storm = {
        type: 'interruption',
        key: `storm:${key}`,
        conversationId,
        at,
        interruption: 'retry_storm',
        severity: 'critical',
        resolved: false,
        detail: textDetail(`attempt ${attempt} of one call failed: ${error}`),
      };
      sink.put(storm);
    },
    succeeded: () => {
      if (storm !== null) sink.put({ ...storm, resolved: true });
      storm = null;
    },
  };
}
