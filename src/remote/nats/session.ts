/**
 * A channel over a broker, which knows no connection between two ends. Messages are numbered, long lines go in parts, and
 * signs of life tell that the other end is there and which message it had last. A message that comes twice or too late is
 * dropped here; where one is lost, the wire above asks for the whole again.
 */
import type { Mono, Ms } from '../../core/units.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Channel } from '../channel.ts';

/** Time between two signs of life, ms. */
const PING_MS: Ms = 2_000;
/** An end that was silent for this long is gone, ms. */
const SILENT_MS: Ms = 10_000;
/** UTF-16 units of a line that go in one message: brokers take 1 MiB by default, and a unit is at most three bytes. */
const MAX_PART = 256 * 1024;
/** Units that may be on their way before a channel is full: some frames, less than the view of a large host. */
const FULL = 256 * 1024;
/** Units taken after which the other end is told so at once. */
const ACKNOWLEDGED = 64 * 1024;

/** `<number>`, `-` for a further part of a line, `+` where another part follows, and the part. */
const MESSAGE = /^(\d{1,15})(-?)(\+?) /u;
/** A sign of life: the number of the last message that was taken. */
const PING = /^p (\d{1,15})$/u;
/** The end. */
const END = 'x';

export type SessionDeps = {
  readonly clock: Clock;
  /** Sends one message to the other end. */
  readonly send: (message: string) => void;
  /** The longest line that is taken, UTF-16 units. */
  readonly maxLine: number;
};

/** One end of a channel, and where the messages of the other end go. */
export type Session = { readonly channel: Channel; readonly receive: (message: string) => void };

/** Opens this end. */
export function openSession(deps: SessionDeps): Session {
  const end = new End(deps);
  return {
    channel: {
      send: (line) => end.say(line.trimEnd()),
      isFull: () => end.isFull(),
      onLine: (listener) => void end.lines.push(listener),
      onDrain: (listener) => void end.drained.push(listener),
      onClose: (listener) => void end.closed.push(listener),
      close: () => end.leave(),
    },
    receive: (message) => end.receive(message),
  };
}

class End {
  readonly lines: ((line: string) => void)[] = [];
  readonly drained: (() => void)[] = [];
  readonly closed: (() => void)[] = [];
  readonly #deps: SessionDeps;
  /** The messages on their way: each with what was sent up to it. */
  readonly #waiting: { readonly number: number; readonly sent: number }[] = [];
  #isOpen = true;
  #number = 0;
  #sent = 0;
  #acknowledged = 0;
  /** The number of the last message that came, and what came since the other end was told so. */
  #heard = 0;
  #untold = 0;
  #heardMono: Mono;
  /** The parts of the line that is coming. */
  #parts: string[] = [];
  #length = 0;
  #cancel: () => void;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.#heardMono = deps.clock.mono();
    this.#cancel = deps.clock.after(PING_MS, () => this.#beat());
  }

  isFull(): boolean {
    return this.#sent - this.#acknowledged > FULL;
  }

  say(line: string): void {
    for (let at = 0; this.#isOpen && at < line.length; at += MAX_PART) {
      const part = line.slice(at, at + MAX_PART);
      this.#number += 1;
      this.#sent += part.length;
      this.#waiting.push({ number: this.#number, sent: this.#sent });
      const flags = `${at === 0 ? '' : '-'}${at + MAX_PART < line.length ? '+' : ''}`;
      this.#deps.send(`${this.#number}${flags} ${part}`);
    }
  }

  receive(message: string): void {
    if (!this.#isOpen) return;
    if (message === END) return this.#end();
    this.#heardMono = this.#deps.clock.mono();
    const last = PING.exec(message)?.[1];
    if (last !== undefined) return this.#acknowledge(Number(last));
    const [head = '', digits, isFurther, hasMore] = MESSAGE.exec(message) ?? [];
    if (digits === undefined) return this.#end();
    // It was here before, or comes too late.
    if (Number(digits) <= this.#heard) return;
    const isNext = Number(digits) === this.#heard + 1;
    this.#heard = Number(digits);
    if (!isNext || isFurther === '') {
      this.#parts = [];
      this.#length = 0;
    }
    this.#untold += message.length;
    // Else the beginning of its line was lost.
    if (isFurther === '' || this.#parts.length > 0) this.#take(message.slice(head.length), hasMore === '+');
    if (this.#untold > ACKNOWLEDGED) this.#ping();
  }

  leave(): void {
    if (this.#isOpen) this.#deps.send(END);
    this.#end();
  }

  #take(part: string, hasMore: boolean): void {
    this.#length += part.length;
    if (this.#length > this.#deps.maxLine) return this.#end();
    this.#parts.push(part);
    if (hasMore) return;
    const line = this.#parts.join('');
    this.#parts = [];
    for (const listener of this.lines) if (this.#isOpen) listener(line);
  }

  #acknowledge(last: number): void {
    const wasFull = this.isFull();
    while ((this.#waiting[0]?.number ?? Infinity) <= last)
      this.#acknowledged = this.#waiting.shift()?.sent ?? this.#acknowledged;
    if (wasFull && !this.isFull()) for (const listener of this.drained) listener();
  }

  #ping(): void {
    this.#untold = 0;
    this.#deps.send(`p ${this.#heard}`);
  }

  #beat(): void {
    if (this.#deps.clock.mono() - this.#heardMono > SILENT_MS) return this.#end();
    this.#ping();
    this.#cancel = this.#deps.clock.after(PING_MS, () => this.#beat());
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#cancel();
    for (const listener of this.closed) listener();
  }
}
