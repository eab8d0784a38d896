import { readSync, writevSync } from 'node:fs';
import { FRAME, frame, HEADER_BYTES } from '../protocol.ts';

const ANSWERS = 1;
const REQUESTS = 3;

/** Thrown when no more requests come. */
export const endOfRequests = new Error('no more requests');

/** The two pipes to the engine, in blocking calls. */
export type Pipes = {
  /** The next message, or bytes of a content. Throws `endOfRequests`. */
  readonly next: () => unknown;
  readonly send: (message: unknown) => void;
  readonly sendData: (data: Buffer) => void;
  readonly sendContent: (message: unknown, data: Buffer) => void;
  /** Returns when something was sent last, ms. */
  readonly sentAt: () => number;
};

export function pipes(): Pipes {
  let sentAt = performance.now();
  const write = (parts: readonly Buffer[]): void => {
    sentAt = performance.now();
    writeAll(parts);
  };
  return {
    next: () => {
      const header = readExactly(HEADER_BYTES);
      const payload = readExactly(header.readUInt32LE(0));
      return header.readUInt8(4) === FRAME.data ? payload : (JSON.parse(payload.toString()) as unknown);
    },
    send: (message) => write(frame(FRAME.json, Buffer.from(JSON.stringify(message)))),
    sendData: (data) => write(frame(FRAME.data, data)),
    sendContent: (message, data) => {
      const text = Buffer.from(JSON.stringify(message));
      const length = Buffer.allocUnsafe(4);
      length.writeUInt32LE(text.length);
      write(frame(FRAME.content, Buffer.concat([length, text, data])));
    },
    sentAt: () => sentAt,
  };
}

function readExactly(length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const bytes = readSync(REQUESTS, buffer, done, length - done, null);
    if (bytes === 0) throw endOfRequests;
    done += bytes;
  }
  return buffer;
}

function writeAll(parts: readonly Buffer[]): void {
  let rest: readonly Buffer[] = parts;
  for (;;) {
    let written = writevSync(ANSWERS, rest);
    const left: Buffer[] = [];
    for (const part of rest) {
      if (written < part.length) left.push(part.subarray(written));
      written = Math.max(0, written - part.length);
    }
    if (left.length === 0) return;
    rest = left;
  }
}
