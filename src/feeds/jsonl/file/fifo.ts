import { constants } from 'node:fs';
import { open } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { codeOf } from '../trouble.ts';

const openDescriptor = promisify(open);

/** Opens a FIFO as a stream. It outlives its writers where we may write to it too; else it ends with the last one. */
export async function openFifo(path: string): Promise<Readable> {
  // A FIFO that is open for writing has always a writer: us.
  const fd = await openDescriptor(path, constants.O_RDWR | constants.O_NONBLOCK).catch((error: unknown) => {
    if (codeOf(error) !== 'EACCES') throw error;
    return openDescriptor(path, constants.O_RDONLY | constants.O_NONBLOCK);
  });
  return new Socket({ fd, readable: true, writable: false });
}
