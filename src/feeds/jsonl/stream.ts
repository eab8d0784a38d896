import type { Readable } from 'node:stream';
import type { LineReader } from './line-reader.ts';

/**
 * Reads a stream to its end or until the signal aborts, no faster than lines are taken. Resolves with the error that
 * ended the stream, null when it ended by itself or by us; destroys it in any case.
 */
export async function readStream(input: Readable, reader: LineReader, signal: AbortSignal): Promise<Error | null> {
  const stop = (): void => void input.destroy();
  signal.addEventListener('abort', stop);
  try {
    if (signal.aborted) stop();
    for await (const chunk of input) await reader.read(Buffer.from(chunk as Uint8Array | string), signal);
    reader.finish();
    return null;
  } catch (error) {
    return signal.aborted ? null : asError(error);
  } finally {
    signal.removeEventListener('abort', stop);
    input.destroy();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
