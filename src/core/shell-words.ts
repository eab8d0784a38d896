/**
 * A shell line as the commands that it would run, each as its words. Read, never run: nothing is expanded, and what a
 * real shell would make of variables, aliases and functions is not known here. One pass over a bounded text.
 */

/** Characters of a line that are read: agents write whole files in here-documents. Of longer ones the beginning counts. */
export const MAX_SHELL_TEXT = 65_536;
/** Commands of one line, and words of one command; more are left out. */
const MAX_COMMANDS = 256;
const MAX_WORDS = 256;
/** Nesting of `$(…)` and groups that is followed; what is deeper is read as a part of the line around it. */
const MAX_DEPTH = 16;

export type ShellCommand = {
  /** The program's name first. */
  readonly words: readonly string[];
  /** Its standard input, where the line itself holds that: a here-document, a here-string, an `echo`. */
  readonly input: string | null;
};

/** Returns the commands of a shell line, those inside `$(…)`, backquotes and groups included, in the order of their ends. */
export function commandsIn(text: string): readonly ShellCommand[] {
  const reader = new Reader(text.slice(0, MAX_SHELL_TEXT));
  reader.list('', 0);
  return reader.commands.map((command) => ({ words: command.words, input: inputOf(command) }));
}

/** A command while its line is read; here-documents follow behind it. */
type Command = { words: string[]; here: string | null; readonly pipedFrom: Command | null };

/** Commands of a pipe that are followed back to what is written at its beginning. */
const MAX_PIPED = 8;

function inputOf(command: Command): string | null {
  let at = command;
  for (let step = 0; step < MAX_PIPED; step += 1) {
    const before = at.pipedFrom;
    if (at.here !== null || before === null) return at.here;
    const [program = '', ...args] = before.words;
    if (program === 'echo' || program === 'printf') return args.join(' ');
    if (program !== 'cat' || args.length > 0) return null;
    at = before;
  }
  return null;
}

/** Characters that end a word outside quotes. */
const BREAKS = ' \t\r\n;&|()<>';

type Word = { text: string; isQuoted: boolean };

class Reader {
  readonly commands: Command[] = [];
  readonly #text: string;
  #at = 0;
  /** Ends of here-documents whose lines begin behind the next line end. */
  readonly #pending: { readonly mark: string; readonly of: Command }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads commands up to `end`, which is taken too; '' for the end of the text. */
  list(end: string, depth: number): void {
    let command: Command = { words: [], here: null, pipedFrom: null };
    // The next word names the file of a redirection or the end of a here-document, or it is the input itself.
    let next: 'word' | 'file' | 'here' | 'input' = 'word';
    const finish = (isPiped = false): void => {
      if (command.words.length > 0 && this.commands.length < MAX_COMMANDS) this.commands.push(command);
      command = { words: [], here: null, pipedFrom: isPiped ? command : null };
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
        const isPiped = char === '|' && this.#char(1) !== '|' && this.#text[this.#at - 1] !== '|';
        this.#at += 1;
        finish(isPiped);
      } else if (char === '(') {
        this.#at += 1;
        finish();
        if (depth < MAX_DEPTH) this.list(')', depth + 1);
      } else if (char === '<' || char === '>') next = this.#redirection(depth) ?? next;
      else {
        const word = this.#word(end, depth);
        if (next === 'here') this.#pending.push({ mark: word.text, of: command });
        else if (next === 'input') command.here = word.text;
        // The number of a descriptor stands at the redirection: `2>file`.
        else if (next === 'word' && !this.#isDescriptor(word) && command.words.length < MAX_WORDS) {
          command.words.push(word.text);
        }
        next = 'word';
      }
    }
    finish();
  }

  #char(ahead = 0): string {
    return this.#text[this.#at + ahead] ?? '';
  }

  // Behind `<` or `>`: what its word is; null where a command stands in place of the file.
  #redirection(depth: number): 'file' | 'here' | 'input' | null {
    const isInput = this.#char() === '<';
    if (this.#char(1) === '(') {
      this.#at += 2;
      if (depth < MAX_DEPTH) this.list(')', depth + 1);
      return null;
    }
    const isHere = isInput && this.#char(1) === '<';
    const isString = isHere && this.#char(2) === '<';
    while ('<>&|'.includes(this.#char()) && this.#char() !== '') this.#at += 1;
    if (isString) return 'input';
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

  // Their lines are the input of a command, and no commands here.
  #skipHereDocuments(): void {
    for (const { mark, of } of this.#pending.splice(0)) {
      const begin = this.#at;
      let end = this.#text.length;
      while (this.#at < this.#text.length) {
        const from = this.#at;
        this.#skipLine();
        const line = this.#text.slice(from, this.#at);
        this.#at += 1;
        if (line.replace(/^\t+/u, '') === mark) {
          end = from;
          break;
        }
      }
      of.here = this.#text.slice(begin, end);
    }
  }
}
