import type http from 'node:http';
import type { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Ms } from '../../../core/units.ts';
import { acceptorOf } from './acceptor.ts';
import { answerTo, statusProblem } from './answer.ts';
import { arraySplitter } from './array-splitter.ts';
import { nodeHttp, nodeHttps } from './answer.ts';
import { HttpProblem, problemOf } from './problem.ts';
import type { Token, Tokens } from './token.ts';

export type ClientOptions = {
  /** `http(s)://HOST:PORT`, with a path where agentsight stands behind one. */
  readonly base: string;
  readonly tokens: Tokens;
  /** PEM of the authorities to trust instead of the usual ones, null for these. */
  readonly ca: string | null;
  /** Longest silence of the server, ms. */
  readonly silenceMs: Ms;
};

/** Bounds of one answer. */
export type AnswerBounds = {
  readonly maxBytes: number;
  readonly maxItemBytes: number;
  /** Longest time for the whole answer, ms. */
  readonly deadlineMs: Ms;
};

/** The size of a received list. */
export type Received = { readonly bytes: number; readonly oversized: number };

/** Requests to one server, over connections that are kept open. Rejects with `HttpProblem`. */
export type Client = {
  /** GETs a JSON array and passes on the text of each item as it arrives. */
  readonly list: (
    path: string,
    bounds: AnswerBounds,
    onItem: (text: string) => void,
    signal: AbortSignal,
  ) => Promise<Received>;
  /** POSTs without a body; the answer is left unread. */
  readonly post: (path: string, deadlineMs: Ms, signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
};

export function createClient(options: ClientOptions): Client {
  const base = new URL(options.base);
  const agent = agentFor(base, options.ca);
  const checked = checking(agentFor(base, options.ca));
  const line: Line = { base, agent, checked, tokens: options.tokens, silenceMs: options.silenceMs };
  return {
    list: (path, bounds, onItem, signal) =>
      within(bounds.deadlineMs, signal, async (limit) => {
        const answer = await ask(line, 'GET', path, limit);
        requireJson(answer);
        return readItems(answer, bounds, onItem);
      }),
    post: (path, deadlineMs, signal) =>
      within(deadlineMs, signal, async (limit) => {
        const answer = await ask(line, 'POST', path, limit);
        requireJson(answer);
        // Its body may never end, and is not needed.
        answer.destroy();
      }),
    close: () => {
      agent.destroy();
      checked.destroy();
    },
  };
}

type Line = {
  readonly base: URL;
  readonly agent: http.Agent;
  /** Connects to processes of root's and ours only: for a token that the user did not give for this server. */
  readonly checked: http.Agent;
  readonly tokens: Tokens;
  readonly silenceMs: Ms;
};

const MAX_SOCKETS = 4;

function agentFor(base: URL, ca: string | null): http.Agent {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const { Agent } = base.protocol === 'http:' ? nodeHttp() : nodeHttps();
  if (base.protocol === 'http:') return new Agent(options);
  return new Agent({ ...options, rejectUnauthorized: true, ...(ca !== null && { ca }) });
}

/**
 * Makes an agent hand out a connection only after its other end is known to belong to root or to us: any user of this
 * machine can listen at agentsight's port while agentsight does not run.
 */
function checking(agent: http.Agent): http.Agent {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, handOut) => {
    const socket = connect(options) as Socket;
    const refuse = (error: Error): void => {
      socket.destroy();
      handOut?.(error, socket);
    };
    socket.once('error', refuse);
    socket.once('connect', () => {
      void acceptorOf(socket).then((uid) => {
        // An error in between has been reported.
        if (socket.destroyed) return;
        socket.off('error', refuse);
        if (uid === 0 || (uid !== null && uid === process.getuid?.())) handOut?.(null, socket);
        else refuse(new HttpProblem({ code: 'stranger', uid }));
      });
    });
    return undefined;
  };
  return agent;
}

/**
 * Runs `work` until its end, `deadlineMs` or the abort of `signal`, whichever comes first: what the server does, and
 * whether Node reports it, does not matter for when this settles. The timer keeps the event loop alive.
 * Rejects with `HttpProblem`.
 */
async function within<T>(deadlineMs: Ms, signal: AbortSignal, work: (limit: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const over = Promise.withResolvers<never>();
  const end = (problem: HttpProblem): void => {
    over.reject(problem);
    limit.abort();
  };
  const onAbort = (): void => end(new HttpProblem({ code: 'network', error: 'ABORT_ERR' }));
  const timer = setTimeout(() => end(new HttpProblem({ code: 'timeout' })), deadlineMs);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([over.promise, work(limit.signal)]);
  } catch (error) {
    throw problemOf(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

async function ask(line: Line, method: string, path: string, signal: AbortSignal): Promise<http.IncomingMessage> {
  const token = await line.tokens.current();
  const answer = await send(line, { method, path, token }, signal);
  if (answer.statusCode !== 401) return accepted(answer);
  answer.destroy();
  if (!(await line.tokens.renew(token))) throw statusProblem(answer);
  return accepted(await send(line, { method, path, token: await line.tokens.current() }, signal));
}

function accepted(answer: http.IncomingMessage): http.IncomingMessage {
  if (answer.statusCode === 200) return answer;
  answer.destroy();
  throw statusProblem(answer);
}

type Question = { readonly method: string; readonly path: string; readonly token: Token | null };

async function send(
  line: Line,
  question: Question,
  signal: AbortSignal,
  isAgain = false,
): Promise<http.IncomingMessage> {
  const { method, path, token } = question;
  const { protocol, hostname, port, pathname } = line.base;
  const request = (protocol === 'https:' ? nodeHttps() : nodeHttp()).request({
    protocol,
    // Node expects an IPv6 address without its brackets.
    hostname: hostname.replace(/^\[(.*)\]$/u, '$1'),
    port,
    method,
    path: pathname.replace(/\/$/u, '') + path,
    agent: token?.isOwn === true ? line.checked : line.agent,
    signal,
    timeout: line.silenceMs,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      ...(token !== null && { authorization: `Bearer ${token.text}` }),
      ...(method === 'POST' && { 'content-length': '0' }),
    },
  });
  try {
    return await answerTo(request, line.silenceMs);
  } catch (error) {
    if (error instanceof HttpProblem && error.failure.code === 'stranger') line.tokens.withdraw();
    // The server may close a kept connection at the very moment that we use it again.
    if (request.reusedSocket && !isAgain && !signal.aborted) return send(line, question, signal, true);
    throw error;
  }
}

// 0.5 answers an unknown path with 200 and the page of its dashboard.
function requireJson(answer: http.IncomingMessage): void {
  const type = answer.headers['content-type']?.toLowerCase();
  if (type === undefined || /^application\/(?:[\w.-]+\+)?json\b/u.test(type)) return;
  answer.destroy();
  throw new HttpProblem({ code: type.startsWith('text/html') ? 'web_page' : 'no_json' });
}

async function readItems(
  answer: http.IncomingMessage,
  { maxBytes, maxItemBytes }: AnswerBounds,
  onItem: (text: string) => void,
): Promise<Received> {
  let bytes = 0;
  let oversized = 0;
  const onOversized = (): void => {
    oversized += 1;
  };
  const splitter = arraySplitter(maxItemBytes, { onItem, onOversized });
  const body = bodyOf(answer);
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      answer.destroy();
      throw new HttpProblem({ code: 'too_large' });
    }
    splitter.push(chunk);
  }
  const shape = splitter.end();
  if (shape === 'array') return { bytes, oversized };
  throw new HttpProblem({ code: shape === 'cut' ? 'cut' : 'other_json' });
}

function bodyOf(answer: http.IncomingMessage): Readable {
  if (answer.headers['content-encoding'] !== 'gzip') return answer;
  // Whatever ends the answer ends this too, and its reader learns of it.
  return pipeline(answer, createGunzip(), () => undefined);
}
