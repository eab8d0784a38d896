import type { LineView } from '../../src/feeds/records/provider.ts';

/** A line as a decoder gets it, with what stands before and behind it in the same buffer. */
export function lineView(line: Buffer, before = '', behind = ''): LineView {
  const bytes = Buffer.concat([Buffer.from(before), line, Buffer.from(behind)]);
  const from = Buffer.byteLength(before);
  return { bytes, from, to: from + line.length };
}
