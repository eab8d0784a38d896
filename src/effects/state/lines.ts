/** Files of one JSON object a line, which survive the end of the process at any moment: a torn or damaged line is known. */

import { writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** Splits the bytes of a file into lines; null for one of more than `maxLine` bytes. Bytes, not text: a damaged file is no UTF-8. */
export function* linesOf(chunks: Iterable<Buffer>, maxLine: number): Generator<string | null, void> {
  let rest: Buffer[] = [];
  let length = 0;
  let isTooLong = false;
  for (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(10, from); end >= 0; end = chunk.indexOf(10, from)) {
      rest.push(chunk.subarray(from, end));
      from = end + 1;
      const line = isTooLong ? null : Buffer.concat(rest).toString('utf8');
      if (line !== '') yield line;
      rest = [];
      length = 0;
      isTooLong = false;
    }
    length += chunk.length - from;
    if (length > maxLine) isTooLong = true;
    if (isTooLong) rest = [];
    else rest.push(chunk.subarray(from));
  }
  if (length > 0) yield isTooLong ? null : Buffer.concat(rest).toString('utf8');
}

const CHECKSUM = /,"c":"([0-9a-f]{8})"\}$/u;
const CHECKSUM_LENGTH = ',"c":"01234567"}'.length;

/** Returns an object as a line; its last member `c` is the CRC-32 of the rest, so that a flipped bit is seen. */
export function sealed(value: Readonly<Record<string, unknown>>): string {
  const body = JSON.stringify(value);
  return `${body.slice(0, -1)},"c":"${checksum(body)}"}\n`;
}

/** Returns a line without its checksum, or as it is where it has none; null where it is not what was written. */
export function unsealed(line: string): string | null {
  const written = CHECKSUM.exec(line)?.[1];
  if (written === undefined) return line;
  const body = `${line.slice(0, -CHECKSUM_LENGTH)}}`;
  return checksum(body) === written ? body : null;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

/** Writes a text whole; returns its bytes. Throws the error of the file system, with a part of it written. */
export function writeAll(descriptor: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
  return bytes.length;
}
