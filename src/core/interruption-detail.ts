import type { InterruptionDetail } from './events.ts';

/** A detail of which no more is known than its words. */
export function detailInWords(text: string): InterruptionDetail {
  return {
    error: null,
    statusCode: null,
    exitCode: null,
    signal: null,
    coreDump: null,
    oom: false,
    callIds: [],
    text,
  };
}
