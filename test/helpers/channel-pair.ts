import type { Channel } from '../../src/remote/channel.ts';

/** One end of a wire that a test holds in its hands. */
export type HeldChannel = Channel & {
  /** While true, what is sent waits. */
  stall: (isStalled: boolean) => void;
  /** All lines that left this end. */
  readonly sent: string[];
};

/** Two ends of one wire: what the one sends comes to the other in the next turn, in order. */
export function channelPair(): readonly [HeldChannel, HeldChannel] {
  const ends = [createEnd(), createEnd()] as const;
  const [a, b] = ends;
  a.join(b);
  b.join(a);
  return [a.channel, b.channel];
}

type End = {
  readonly channel: HeldChannel;
  readonly receive: (line: string) => void;
  readonly end: () => void;
  readonly join: (other: End) => void;
};

function createEnd(): End {
  const lines: ((line: string) => void)[] = [];
  const drained: (() => void)[] = [];
  const closed: (() => void)[] = [];
  const sent: string[] = [];
  let queue: string[] = [];
  let isStalled = false;
  let isOpen = true;
  let other: End | null = null;
  const flush = (): void => {
    if (isStalled) return;
    const waiting = queue;
    queue = [];
    for (const line of waiting) other?.receive(line.trimEnd());
  };
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    for (const listener of closed) listener();
  };
  const channel: HeldChannel = {
    sent,
    send: (line) => {
      if (!isOpen) return;
      sent.push(line);
      queue.push(line);
      queueMicrotask(flush);
    },
    isFull: () => isStalled && queue.length > 0,
    onLine: (listener) => void lines.push(listener),
    onDrain: (listener) => void drained.push(listener),
    onClose: (listener) => void closed.push(listener),
    close: () => {
      queueMicrotask(() => {
        flush();
        end();
        other?.end();
      });
    },
    stall: (stalled) => {
      isStalled = stalled;
      if (stalled) return;
      flush();
      for (const listener of drained) listener();
    },
  };
  const receive = (line: string): void => {
    if (isOpen) for (const listener of lines) listener(line);
  };
  return {
    channel,
    receive,
    end,
    join: (one) => {
      other = one;
    },
  };
}
