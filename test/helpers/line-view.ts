import type { LineView } from '../../src/feeds/records/provider.ts';

/** A line as a decoder gets it, with what stands before and behind it in the same window. */
export function lineView(line: Buffer, before = '', behind = ''): LineView {
  const buffer = Buffer.concat([Buffer.from(before), line, Buffer.from(behind)]);
  const from = Buffer.byteLength(before);
  return { text: buffer.toString('latin1'), from, to: from + line.length, buffer, start: 0 };
}
