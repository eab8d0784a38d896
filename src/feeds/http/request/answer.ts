import type http from 'node:http';
import type https from 'node:https';
import type { Ms } from '../../../core/units.ts';
import { HttpProblem, retryAfterMs } from './problem.ts';

/** Interim answers (1xx) that one request may bring before its answer: servers send one or two. */
const MAX_INTERIM = 16;

/**
 * Sends `request` and resolves with the head of its answer. Every other way in which Node can end a request is a
 * rejection: another protocol (101), a flood of interim answers, a connection that closes without an answer. The
 * whole head has `headMs` from the connection to come in, however slowly; after that, and between the parts of the body, the socket may be
 * silent for as long as the request's own `timeout`.
 */
export async function answerTo(request: http.ClientRequest, headMs: Ms): Promise<http.IncomingMessage> {
  let answer: http.IncomingMessage | null = null;
  let interim = 0;
  const slow = (): void => {
    const problem = new HttpProblem({ code: 'timeout' });
    if (answer === null) request.destroy(problem);
    else answer.destroy(problem);
  };
  let head: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      request.on('response', (received) => {
        answer = received;
        resolve(received);
      });
      // Without a listener Node closes the socket, and emits nothing but `close`.
      request.on('upgrade', (received, socket) => {
        socket.destroy();
        reject(statusProblem(received));
      });
      request.on('information', () => {
        interim += 1;
        if (interim > MAX_INTERIM) request.destroy(new HttpProblem({ code: 'no_answer' }));
      });
      // Until then it waits for its turn, which is no fault of the server.
      request.on('socket', () => {
        head ??= setTimeout(slow, headMs);
      });
      request.on('timeout', slow);
      request.on('error', reject);
      // In any case: nothing follows this.
      request.on('close', () => reject(new HttpProblem({ code: 'network', error: 'ECONNRESET' })));
      request.end();
    });
  } finally {
    clearTimeout(head);
  }
}

/** The problem that an answer's status is, with the wait that it asks for. */
export function statusProblem({ statusCode = 0, headers }: http.IncomingMessage): HttpProblem {
  const wait = retryAfterMs(headers['retry-after'], Date.now());
  return new HttpProblem({ code: 'status', status: statusCode, retryAfterMs: wait });
}

/**
 * Node's HTTP, loaded with the first request: with a static import every start would wait about 25 ms for it and
 * what it brings along.
 */
export function nodeHttp(): typeof http {
  return process.getBuiltinModule('node:http');
}

export function nodeHttps(): typeof https {
  return process.getBuiltinModule('node:https');
}
