import { STALL_MS } from '../limits.ts';
import { frameCutter, type Frame } from './frames.ts';
import { type Answer, parseAnswer } from './messages.ts';
import type { HelperProcess } from './process.ts';
import { ALIVE_MS, FRAME, frame, jsonFrame, MAX_FRAME_BYTES } from './protocol.ts';
import type { HelperReason } from '../../../core/checkpointer-reasons.ts';
import { HelperError } from './reason.ts';

/** The time that the end of a process is waited for once its pipe has closed, ms. */
const EXIT_WITHIN_MS = 500;

/** A message with the bytes of a small content. */
export type Received = { readonly answer: Answer; readonly bytes: Buffer | null };

/**
 * The talk with one helper: requests, one at a time, and their answers. Its first failure is final: every later call
 * fails the same way.
 */
export type Session = {
  /** Begins a request; it is open until `done` or `error` has come. */
  readonly request: (message: unknown) => Promise<void>;
  /** More of the open request. */
  readonly send: (message: unknown) => Promise<void>;
  readonly sendData: (data: Buffer) => Promise<void>;
  /** The next answer, signs of life apart. Throws `HelperError`, or what the signal was aborted with. */
  readonly next: () => Promise<Received>;
  /** The next chunk of a large content. */
  readonly nextData: () => Promise<Buffer>;
  /** Ends the session: nothing more can be asked. */
  readonly drop: () => void;
  /** Makes the session fail: what came is no answer to what was asked. */
  readonly hostile: (what: string) => HelperError;
  /** Runs `act`; the session fails when `signal` aborts meanwhile, or the helper shows no life. */
  readonly within: <T>(signal: AbortSignal, act: () => Promise<T>) => Promise<T>;
  /** False after a failure, and where a request was left half answered. */
  readonly isUsable: () => boolean;
};

export function openSession(helper: HelperProcess): Session {
  const wire = openWire(helper);
  let open = 0;

  const hostile = (what: string): HelperError => {
    const error = new HelperError({ code: 'hostile', what });
    wire.fail(error);
    return error;
  };
  const nextFrame = async (): Promise<Frame> => {
    const found = await wire.next();
    if (found === 'hostile') throw hostile('a frame that is none');
    return found;
  };
  const next = async (): Promise<Received> => {
    for (;;) {
      const { json, bytes } = await nextFrame();
      const answer = json === null ? null : parseAnswer(json);
      if (answer === null) throw hostile('an answer that is none');
      if (answer.t === 'alive') continue;
      if (answer.t === 'done' || answer.t === 'error') open -= 1;
      return { answer, bytes };
    }
  };
  return {
    request: (message) => {
      open += 1;
      return wire.write(jsonFrame(message));
    },
    send: (message) => wire.write(jsonFrame(message)),
    sendData: (data) => wire.write(Buffer.concat(frame(FRAME.data, data))),
    next,
    nextData: async () => {
      const { json, bytes } = await nextFrame();
      if (json !== null || bytes === null || bytes.length === 0) throw hostile('no bytes where there must be');
      return bytes;
    },
    drop: () => wire.fail(new HelperError({ code: 'ended', exitCode: null, stderr: '' })),
    hostile,
    within: async (signal, act) => {
      const onAbort = (): void => wire.fail(helper.isStopped() ? new HelperError({ code: 'stopped' }) : signal.reason);
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      const timer = setInterval(wire.checkLife, ALIVE_MS);
      helper.hold(true);
      try {
        return await act();
      } finally {
        helper.hold(false);
        clearInterval(timer);
        signal.removeEventListener('abort', onAbort);
      }
    },
    isUsable: () => open === 0 && wire.isQuiet() && helper.isRunning(),
  };
}

type Wire = {
  readonly next: () => Promise<Frame | 'hostile'>;
  readonly write: (data: Buffer) => Promise<void>;
  readonly fail: (error: unknown) => void;
  /** Fails where something has been waited for too long. */
  readonly checkLife: () => void;
  /** Has it not failed, and is nothing left over that came? */
  readonly isQuiet: () => boolean;
};

/** Frames from and bytes to a helper; whatever ends it ends every wait. */
function openWire(helper: HelperProcess): Wire {
  const { answers, requests } = helper;
  const cutter = frameCutter();
  const wakers: (() => void)[] = [];
  let failure: { readonly error: unknown } | null = null;
  let waitsSince: number | null = null;

  const wake = (): void => {
    for (const resolve of wakers.splice(0)) resolve();
  };
  const change = async (): Promise<void> => {
    waitsSince = performance.now();
    await new Promise<void>((resolve) => {
      wakers.push(resolve);
    });
    waitsSince = null;
  };
  const fail = (error: unknown): void => {
    failure ??= { error };
    wake();
  };
  const onEnd = async (): Promise<void> => fail(new HelperError(await endOf(helper)));
  answers.on('data', (chunk: Buffer) => {
    cutter.push(chunk);
    // What is not waited for stays in the pipe.
    if (cutter.held() > MAX_FRAME_BYTES) answers.pause();
    wake();
  });
  answers.once('close', () => void onEnd());
  requests.on('drain', wake);
  requests.once('close', () => void onEnd());
  void helper.ended.then(onEnd);

  return {
    fail,
    next: async () => {
      for (;;) {
        // What came before a process ended can still be read.
        if (failure !== null && !isEnd(failure.error)) throw failure.error;
        const found = cutter.next();
        if (found !== null) return found;
        if (failure !== null) throw failure.error;
        answers.resume();
        await change();
      }
    },
    write: async (data) => {
      if (failure !== null) throw failure.error;
      requests.write(data);
      while (requests.writableNeedDrain && failure === null) await change();
    },
    checkLife: () => {
      if (waitsSince === null || performance.now() - waitsSince < STALL_MS) return;
      fail(new HelperError(helper.isStopped() ? { code: 'stopped' } : { code: 'stalled', afterMs: STALL_MS }));
    },
    isQuiet: () => failure === null && cutter.held() === 0,
  };
}

async function endOf(helper: HelperProcess): Promise<HelperReason> {
  const ended = await Promise.race([helper.ended, pause(EXIT_WITHIN_MS)]);
  if (ended !== null && ended.signal !== null) return { code: 'killed', signal: ended.signal };
  return { code: 'ended', exitCode: ended?.exitCode ?? null, stderr: helper.stderr() };
}

function isEnd(error: unknown): boolean {
  return error instanceof HelperError && (error.reason.code === 'ended' || error.reason.code === 'killed');
}

async function pause(ms: number): Promise<null> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, null);
  });
}
