import type { FactEvent, FeedEvent } from '../../core/feed.ts';
import { pastRowOf } from '../../core/past/past.ts';
import { pastStream } from '../../core/past/stream.ts';
import type { Ms } from '../../core/units.ts';

type CallEvent = Extract<FactEvent, { type: 'call' }>;

/** The calls of the beginning of a long file: counted and not kept, so that most of them are told as sums. */
export type PastLines = {
  /** Takes in a call; `before`: only calls that ended before this are summed. */
  readonly take: (event: CallEvent, before: Ms) => void;
  /** Calls that wait. */
  readonly waiting: () => number;
  /** Returns what waits: some calls singly, the others as sums. */
  readonly flush: () => readonly FeedEvent[];
};

export function pastLines(): PastLines {
  const stream = pastStream<CallEvent>();
  let waiting = 0;
  return {
    take: (event, before) => {
      waiting += 1;
      const row = pastRowOf(event.call, 0);
      if (row === null || row[8] >= before) stream.addOther(event.call, event);
      else stream.add(row, event);
    },
    waiting: () => waiting,
    flush: () => {
      waiting = 0;
      const { past, singly } = stream.flush();
      return past.calls === 0 ? singly : [...singly, { type: 'past', records: null, past }];
    },
  };
}
