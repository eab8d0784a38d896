/**
 * A shell line as the commands that it would run, each as its words. Read, never run: nothing is expanded, and what a
 * real shell would make of variables, aliases and functions is not known here. One pass over a bounded text.
 */

/** Characters of a line that are read; longer ones are scripts, and only their beginning counts. */
export const MAX_SHELL_TEXT = 8_192;
/** Commands of one line, and words of one command; more are left out. */
const MAX_COMMANDS = 256;
const MAX_WORDS = 256;
/** Nesting of `$(…)` and groups that is followed; what is deeper is read as a part of the line around it. */
const MAX_DEPTH = 16;

/** The words of one command, the program's name first. */
export type ShellCommand = readonly string[];

/** Returns the commands of a shell line, those inside `$(…)`, backquotes and groups included, in the order of their ends. */
export function commandsIn(text: string): readonly ShellCommand[] {
  const reader = new Reader(text.slice(0, MAX_SHELL_TEXT));
  reader.list('', 0);
  return reader.commands;
}

/** Characters that end a word outside quotes. */
const BREAKS = ' \t\r\n;&|()<>';

type Word = { text: string; isQuoted: boolean };

class Reader {
  readonly commands: ShellCommand[] = [];
  readonly #text: string;
  #at = 0;
  /** Ends of here-documents whose lines begin behind the next line end. */
  readonly #pending: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads commands up to `end`, which is taken too; '' for the end of the text. */
  list(end: string, depth: number): void {
    let words: string[] = [];
    // The next word names the file of a redirection, or the end of a here-document.
    let next: 'word' | 'file' | 'here' = 'word';
    const finish = (): void => {
      if (words.length > 0 && this.commands.length < MAX_COMMANDS) this.commands.push(words);
      words = [];
      next = 'word';
    };
    while (this.#at < this.#text.length) {
      const char = this.#char();
      if (char === end) {
        this.#at += 1;
        break;
      }
      if (char === ' ' || char === '\t' || char === '\r') this.#at += 1;
      else if (char === '\\' && this.#char(1) === '\n') this.#at += 2;
      else if (char === '\n') {
        this.#at += 1;
        finish();
        this.#skipHereDocuments();
      } else if (char === '#') this.#skipLine();
      else if (char === '&' && this.#char(1) === '>') {
        this.#at += this.#char(2) === '>' ? 3 : 2;
        next = 'file';
      } else if (char === ';' || char === '&' || char === '|' || char === ')') {
        this.#at += 1;
        finish();
      } else if (char === '(') {
        this.#at += 1;
        finish();
        if (depth < MAX_DEPTH) this.list(')', depth + 1);
      } else if (char === '<' || char === '>') next = this.#redirection(depth) ?? next;
      else {
        const word = this.#word(end, depth);
        if (next === 'here') this.#pending.push(word.text);
        // The number of a descriptor stands at the redirection: `2>file`.
        else if (next === 'word' && !this.#isDescriptor(word) && words.length < MAX_WORDS) words.push(word.text);
        next = 'word';
      }
    }
    finish();
  }

  #char(ahead = 0): string {
    return this.#text[this.#at + ahead] ?? '';
  }

  // Behind `<` or `>`: what its word is; null where a command stands in place of the file.
  #redirection(depth: number): 'file' | 'here' | null {
    const isInput = this.#char() === '<';
    if (this.#char(1) === '(') {
      this.#at += 2;
      if (depth < MAX_DEPTH) this.list(')', depth + 1);
      return null;
    }
    const isHere = isInput && this.#char(1) === '<' && this.#char(2) !== '<';
    while ('<>&|'.includes(this.#char()) && this.#char() !== '') this.#at += 1;
    if (isHere && this.#char() === '-') this.#at += 1;
    return isHere ? 'here' : 'file';
  }

  #word(end: string, depth: number): Word {
    const word: Word = { text: '', isQuoted: false };
    while (this.#at < this.#text.length) {
      const char = this.#char();
      if (BREAKS.includes(char) || (char === end && char !== '')) break;
      this.#at += 1;
      if (char === '\\') this.#escaped(word);
      else if (char === "'") this.#single(word);
      else if (char === '"') this.#double(word, depth);
      else if (char === '`') this.#backquoted(depth);
      else if (char === '$' && this.#char() === '(') this.#substitution(depth);
      // `$'…'` and `$"…"` are quotes.
      else if (!(char === '$' && (this.#char() === "'" || this.#char() === '"'))) word.text += char;
    }
    return word;
  }

  #escaped(word: Word): void {
    const char = this.#char();
    this.#at += 1;
    word.isQuoted = true;
    if (char !== '\n') word.text += char;
  }

  #single(word: Word): void {
    const from = this.#at;
    const to = this.#text.indexOf("'", from);
    word.isQuoted = true;
    word.text += this.#text.slice(from, to === -1 ? undefined : to);
    this.#at = to === -1 ? this.#text.length : to + 1;
  }

  #double(word: Word, depth: number): void {
    word.isQuoted = true;
    while (this.#at < this.#text.length) {
      const char = this.#char();
      this.#at += 1;
      if (char === '"') return;
      if (char === '\\' && '$`"\\\n'.includes(this.#char())) this.#escaped(word);
      else if (char === '`') this.#backquoted(depth);
      else if (char === '$' && this.#char() === '(') this.#substitution(depth);
      else word.text += char;
    }
  }

  #substitution(depth: number): void {
    if (depth >= MAX_DEPTH) return;
    this.#at += 1;
    this.list(')', depth + 1);
  }

  #backquoted(depth: number): void {
    if (depth < MAX_DEPTH) this.list('`', depth + 1);
  }

  #isDescriptor({ text, isQuoted }: Word): boolean {
    return !isQuoted && (this.#char() === '<' || this.#char() === '>') && /^\d{1,3}$/u.test(text);
  }

  #skipLine(): void {
    const to = this.#text.indexOf('\n', this.#at);
    this.#at = to === -1 ? this.#text.length : to;
  }

  // Their lines are the input of a command, and none themselves.
  #skipHereDocuments(): void {
    for (const mark of this.#pending.splice(0)) {
      while (this.#at < this.#text.length) {
        const from = this.#at;
        this.#skipLine();
        const line = this.#text.slice(from, this.#at);
        this.#at += 1;
        if (line.replace(/^\t+/u, '') === mark) break;
      }
    }
  }
}
