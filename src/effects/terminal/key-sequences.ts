/**
 * The time for which a lone escape byte waits for the rest of its sequence before it is the Escape key, ms. Long enough for the
 * jitter of a slow line, short enough that Escape is felt at once.
 */
export const ESCAPE_MS = 100;
/**
 * The time for which the rest of a split sequence may be under way, ms: several retransmissions of a lossy line. What is still
 * incomplete then is dropped, never read as keys.
 */
export const SPLIT_MS = 3_000;
/** A paste without its end is over after this much silence, ms: the keyboard must not stay dead. */
export const PASTE_MS = 10_000;
/** Bytes kept of a sequence; real ones are far shorter. More of it is dropped, and its end is still awaited. */
const MAX_SEQUENCE = 64;

const ESC = '\u001b';
const BEL = '\u0007';
const PASTE_START = `${ESC}[200~`;
const PASTE_END = `${ESC}[201~`;
const MOUSE = new RegExp(String.raw`^${ESC}\[<\d{1,3};\d{1,4};\d{1,4}[Mm]$`, 'u');
/** The bytes that a mouse report of the oldest kind (X10) has behind `ESC [ M`: any of them may be taken for a key. */
const X10_BYTES = 3;
/** Introducers of strings: OSC, DCS, SOS, PM, APC. */
const STRINGS = ']PX^_';

/**
 * The position of the cursor, as the terminal answers to `ESC [ 6 n`: row and column. In row 1 it reads like F3 with a modifier,
 * which nothing here is bound to.
 */
const CURSOR = new RegExp(String.raw`^${ESC}\[\d{1,4};(\d{1,4})R$`, 'u');

/**
 * `keys` goes on to the key parser, in Latin-1; `mouse`: reports of the mouse in SGR form, without the escape byte;
 * `columns`: those of the cursor in each report of its position, from 1 on.
 */
export type Assembled = {
  readonly keys: string;
  readonly mouse: readonly string[];
  readonly columns: readonly number[];
};

type Taken = { keys: string; readonly mouse: string[]; readonly columns: number[] };

const NOTHING: Assembled = { keys: '', mouse: [], columns: [] };

/**
 * `whole`: the sequence ends before `end`. `open`: more of it is to come. `broken`: what stands before `end` belongs to a
 * sequence that something else interrupted.
 */
type Scan = { readonly type: 'whole' | 'broken'; readonly end: number } | { readonly type: 'open' };

/**
 * Puts escape sequences together that arrive in pieces: what comes out is made of whole sequences and plain keys, so that
 * no part of a sequence is ever read as a key. Pure: the caller tells the time by calling `expire` after `patience`.
 */
export class SequenceAssembler {
  /** The beginning of a sequence. */
  #open = '';
  /** Its escape byte was delivered as the Escape key already: the rest is dropped. */
  #isLate = false;
  #isPaste = false;

  /** The time to wait for more before `expire` is due, ms; null while nothing is awaited. */
  get patience(): number | null {
    if (this.#isPaste) return PASTE_MS;
    if (this.#open === '') return null;
    return isLoneEscape(this.#open) && !this.#isLate ? ESCAPE_MS : SPLIT_MS;
  }

  /** Takes what was read, in Latin-1: it keeps every byte, wherever a character is split. */
  push(bytes: string): Assembled {
    const out: Taken = { keys: '', mouse: [], columns: [] };
    let text = this.#open + bytes;
    this.#open = '';
    while (text !== '') text = this.#isPaste ? this.#paste(text, out) : this.#next(text, out);
    return out;
  }

  /** Nothing more has come within `patience`: a lone escape byte is the Escape key, the rest of a sequence is dropped. */
  expire(): Assembled {
    const open = this.#open;
    if (this.#isPaste) {
      this.reset();
      return { ...NOTHING, keys: PASTE_END };
    }
    if (isLoneEscape(open) && !this.#isLate) {
      this.#open = ESC;
      this.#isLate = true;
      return { ...NOTHING, keys: open };
    }
    this.reset();
    return NOTHING;
  }

  /** Forgets what is incomplete. */
  reset(): void {
    this.#open = '';
    this.#isLate = false;
    this.#isPaste = false;
  }

  // Takes plain keys up to the next escape byte, or one sequence; returns the rest.
  #next(text: string, out: Taken): string {
    const at = text.indexOf(ESC);
    if (at !== 0) {
      const end = at === -1 ? text.length : at;
      out.keys += text.slice(0, end);
      return text.slice(end);
    }
    const isLate = this.#isLate;
    // Behind an Escape key that was delivered, other bytes are keys of their own.
    if (isLate && text.length > 1 && !'[O'.includes(text.charAt(1))) {
      this.#isLate = false;
      return text.slice(1);
    }
    const scan = scanSequence(text);
    if (scan.type === 'open') {
      this.#open = bounded(text);
      return '';
    }
    this.#isLate = false;
    const sequence = text.slice(0, scan.end);
    const rest = text.slice(scan.end);
    if (scan.type === 'broken') return rest;
    if (sequence === PASTE_START) this.#isPaste = true;
    const column = CURSOR.exec(sequence)?.[1];
    if (MOUSE.test(sequence)) {
      if (!isLate) out.mouse.push(sequence.slice(1));
    } else if (column !== undefined && !this.#isPaste) {
      out.columns.push(Number(column));
    } else if ((!isLate && isKey(sequence)) || this.#isPaste) out.keys += sequence;
    return rest;
  }

  // Within a paste only its end means something.
  #paste(text: string, out: { keys: string }): string {
    const end = text.indexOf(PASTE_END);
    if (end !== -1) {
      this.#isPaste = false;
      out.keys += text.slice(0, end + PASTE_END.length);
      return text.slice(end + PASTE_END.length);
    }
    const at = text.lastIndexOf(ESC);
    const isBegun = at !== -1 && PASTE_END.startsWith(text.slice(at));
    out.keys += isBegun ? text.slice(0, at) : text;
    this.#open = isBegun ? text.slice(at) : '';
    return '';
  }
}

// Two are Alt with Escape.
function isLoneEscape(text: string): boolean {
  return text === ESC || text === ESC + ESC;
}

// Strings (replies of a terminal) and mouse reports of the oldest kind are no keys, and what is too long was cut.
function isKey(sequence: string): boolean {
  if (sequence.length >= MAX_SEQUENCE) return false;
  const introducer = sequence.charAt(1);
  return !STRINGS.includes(introducer) && !(sequence.startsWith(`${ESC}[M`) && sequence.length > X10_BYTES);
}

// `text` begins with an escape byte.
function scanSequence(text: string): Scan {
  const start = text.startsWith(ESC + ESC) ? 2 : 1;
  const introducer = text.charAt(start);
  if (introducer === '') return { type: 'open' };
  // Alt with an arrow has a second escape byte; before anything else each is an Escape of its own.
  if (start === 2 && introducer !== '[' && introducer !== 'O') return { type: 'whole', end: 1 };
  if (introducer === '[') return scanControl(text, start + 1);
  if (introducer === 'O') return scanFunction(text, start + 1);
  if (introducer === 'N') return text.length > start + 1 ? { type: 'whole', end: start + 2 } : { type: 'open' };
  return STRINGS.includes(introducer) ? scanString(text, start + 1) : { type: 'whole', end: start + 1 };
}

// CSI: parameters, intermediates, a final byte.
function scanControl(text: string, from: number): Scan {
  const first = text.charAt(from);
  if (first === 'M') return scanBytes(text, from + 1, X10_BYTES);
  for (let at = from; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    // Function keys of the Linux console: `ESC [ [ A`.
    if (byte === 0x5b && at === from) continue;
    // Shifted editing keys of rxvt end in what is no final byte elsewhere: `ESC [ 5 $`.
    const isRxvt = byte === 0x24 && at === from + 1 && '235678'.includes(first);
    if (isRxvt || (byte >= 0x40 && byte <= 0x7e)) return { type: 'whole', end: at + 1 };
    if (byte < 0x20 || byte > 0x7e) return { type: 'broken', end: at };
  }
  return { type: 'open' };
}

// SS3: modified keys have parameters.
function scanFunction(text: string, from: number): Scan {
  for (let at = from; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    if (byte >= 0x40 && byte <= 0x7e) return { type: 'whole', end: at + 1 };
    const isParameter = byte === 0x3b || (byte >= 0x30 && byte <= 0x39);
    // A keypad sends its operators this way, too.
    if (byte < 0x20 || byte > 0x7e) return { type: 'broken', end: at };
    if (!isParameter) return { type: 'whole', end: at + 1 };
  }
  return { type: 'open' };
}

function scanBytes(text: string, from: number, count: number): Scan {
  for (let at = from; at < from + count; at += 1) {
    if (at >= text.length) return { type: 'open' };
    if (text.charCodeAt(at) < 0x20) return { type: 'broken', end: at };
  }
  return { type: 'whole', end: from + count };
}

// Ended by BEL or `ESC \`; an interrupt (Ctrl-C) or another sequence breaks it off.
function scanString(text: string, from: number): Scan {
  for (let at = from; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === BEL) return { type: 'whole', end: at + 1 };
    if (sign === '\u0003') return { type: 'broken', end: at };
    if (sign !== ESC) continue;
    if (at + 1 === text.length) return { type: 'open' };
    return text.charAt(at + 1) === '\\' ? { type: 'whole', end: at + 2 } : { type: 'broken', end: at };
  }
  return { type: 'open' };
}

// The beginning reports what it is, the last byte may be the half of its end.
function bounded(text: string): string {
  return text.length <= MAX_SEQUENCE ? text : text.slice(0, MAX_SEQUENCE - 1) + text.slice(-1);
}
