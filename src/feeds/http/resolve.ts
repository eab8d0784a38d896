import type { Result } from '../../core/result.ts';
import { connect, type ServerOptions } from './request/connect.ts';
import { explain, HttpProblem } from './request/problem.ts';

const DEADLINE_MS = 10_000;

/**
 * Marks an interruption as resolved on the server. The server keeps that for everybody; nothing here asks whether it
 * should be done.
 */
export async function resolveInterruption(
  server: ServerOptions,
  interruptionId: string,
  signal: AbortSignal,
): Promise<Result<null>> {
  const connected = await connect(server);
  if (!connected.ok) return connected;
  const { client, tokens } = connected.value;
  try {
    await client.post(`/api/interruptions/${encodeURIComponent(interruptionId)}/resolve`, DEADLINE_MS, signal);
    return { ok: true, value: null };
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    const isUnknown = error.kind.type === 'status' && error.kind.status === 404;
    const reason = isUnknown
      ? `${server.base} does not know this interruption any more`
      : explain(error, server.base, tokens.words());
    return { ok: false, reason };
  } finally {
    client.close();
  }
}
