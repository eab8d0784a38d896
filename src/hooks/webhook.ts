import { createHmac } from 'node:crypto';
import type { WebhookTarget } from '../config/hooks.ts';
import { errnoOf } from '../core/errno.ts';
import { readOwnFile } from '../effects/own-files.ts';
import type { Request } from './shapes.ts';

/** Bytes that are read of an answer; the rest is left unread. */
const MAX_ANSWER = 64 * 1024;
/** Bytes of a file with a token or a key. */
const MAX_SECRET = 4_096;

/** Bytes of a file with certificates. */
const MAX_AUTHORITY = 1024 * 1024;

/** The end of an attempt. `isFinal`: another one would be refused the same way. */
export type Attempt =
  | { readonly ok: true; readonly answer: string }
  | { readonly ok: false; readonly why: string; readonly isFinal: boolean };

/**
 * Sends one request. Redirects are not followed: they would take the token to another server. The answer is read for what
 * Alertmanager says in it, bounded, and never logged. Files of secrets are read each time, so that they can be changed.
 */
export async function send(target: WebhookTarget, request: Request, id: string, timeoutMs: number): Promise<Attempt> {
  const body = request.body === null ? '' : JSON.stringify(request.body);
  let headers: Record<string, string>;
  let ca: { readonly ca?: Buffer } = {};
  try {
    headers = headersOf(target, body, id);
    if (target.caFile !== null) ca = { ca: authorityOf(target.caFile) };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error), isFinal: false };
  }
  const url = new URL(target.url.replace(/\/$/, '') + request.path);
  return new Promise((resolve) => {
    const library = url.protocol === 'https:' ? 'node:https' : 'node:http';
    const asked = process
      .getBuiltinModule(library)
      .request(url, { method: request.method, headers, agent: false, ...ca }, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const end = (): void => {
          const status = response.statusCode ?? 0;
          finish(
            status >= 200 && status < 300
              ? { ok: true, answer: Buffer.concat(chunks).toString('utf8') }
              : refusal(status),
          );
          response.destroy();
        };
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER) end();
          else chunks.push(chunk);
        });
        response.on('end', end);
        response.on('error', end);
      });
    const overdue = setTimeout(() => {
      finish({ ok: false, why: `no answer in ${timeoutMs / 1_000} s`, isFinal: false });
      asked.destroy();
    }, timeoutMs);
    const finish = (attempt: Attempt): void => {
      clearTimeout(overdue);
      resolve(attempt);
    };
    asked.on('error', (error) => finish({ ok: false, why: errnoOf(error) || 'the connection failed', isFinal: false }));
    asked.end(body);
  });
}

function refusal(status: number): Attempt {
  // The server is up and has understood: only these may be answered otherwise later.
  const mayPass = status >= 500 || status === 408 || status === 425 || status === 429;
  return { ok: false, why: `HTTP status ${status}`, isFinal: !mayPass };
}

function headersOf({ tokenFile, secretFile }: WebhookTarget, body: string, id: string): Record<string, string> {
  const at = String(Math.floor(Date.now() / 1_000));
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'sightline',
    'x-sightline-event': id,
    'x-sightline-timestamp': at,
    ...(tokenFile !== null && { authorization: `Bearer ${secretOf(tokenFile)}` }),
    ...(secretFile !== null && {
      'x-sightline-signature': `sha256=${createHmac('sha256', secretOf(secretFile)).update(`${at}.${body}`).digest('hex')}`,
    }),
  };
}

function authorityOf(path: string): Buffer {
  const file = readOwnFile(path, MAX_AUTHORITY);
  if (file === null) throw new Error(`${path} is not there`);
  return file;
}

function secretOf(path: string): string {
  const text = readOwnFile(path, MAX_SECRET)?.toString('utf8').trim() ?? '';
  if (!/^[\x21-\x7e]+$/.test(text)) throw new Error(`${path} holds no token on one line`);
  return text;
}
