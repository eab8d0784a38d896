import { cleanText } from '../../core/text.ts';

export type BoundedOutput = {
  readonly push: (chunk: Buffer) => void;
  /** Returns what was kept; where bytes were dropped, a line in the middle counts them. */
  readonly text: (raw: boolean) => string;
};

/** Keeps the first and the last half of `max` bytes of a stream of any length. */
export function boundedOutput(max: number): BoundedOutput {
  const half = Math.ceil(max / 2);
  const head: Buffer[] = [];
  const tail: Buffer[] = [];
  let headBytes = 0;
  let tailBytes = 0;
  let dropped = 0;

  const push = (chunk: Buffer): void => {
    const first = chunk.subarray(0, half - headBytes);
    const rest = chunk.subarray(first.length);
    if (first.length > 0) headBytes += head[head.push(first) - 1]?.length ?? 0;
    if (rest.length > 0) tailBytes += tail[tail.push(rest) - 1]?.length ?? 0;
    for (let oldest = tail[0]; oldest !== undefined && tailBytes - oldest.length >= half; oldest = tail[0]) {
      tail.shift();
      tailBytes -= oldest.length;
      dropped += oldest.length;
    }
  };

  const text = (raw: boolean): string => {
    const kept = Buffer.concat(tail);
    const cut = Math.max(0, kept.length - half);
    const gap = dropped + cut;
    const whole =
      gap === 0
        ? Buffer.concat([...head, kept]).toString()
        : `${Buffer.concat(head).toString()}\n… ${gap} bytes left out …\n${kept.subarray(cut).toString()}`;
    return raw ? whole : cleanText(whole, whole.length);
  };

  return { push, text };
}
