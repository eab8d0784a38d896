import { cleanLine } from '../../core/text.ts';

/** Longest title and notification, characters. */
const MAX_TITLE = 80;
const MAX_NOTIFICATION = 160;

const ESC = '\u001b';
const BEL = '\u0007';

/** Modes that another program may have switched on in a terminal, with the same number and meaning in xterm, VTE, kitty and others. */
const MODES_OFF = ['9', '1000', '1001', '1002', '1003', '1004', '1005', '1006', '1015', '1016', '2004', '2031', '2048'];

/** Puts the terminal's title on its own stack, before another program has the terminal. */
export const KEEP_TITLE = `${ESC}[22;2t`;

/**
 * Gives a terminal the modes of a new one, whatever a program has left: the other screen, mouse, paste, keys, margins,
 * characters, colours, an unfinished sequence. The cursor is at the bottom then: resetting the margins moves it, and nothing
 * that stands above is to be written over. The title is the one that `KEEP_TITLE` kept.
 */
export const USUAL_MODES = [
  // Cancels a sequence, and ends a string, that would swallow what follows.
  `\u0018${ESC}\\`,
  // Synchronous output first: it would hold back the rest.
  ...['2026', '1049', '1', '5', '6', '69', ...MODES_OFF].map((mode) => `${ESC}[?${mode}l`),
  // Wrapping, a cursor that is seen and of the usual shape.
  `${ESC}[?7h${ESC}[?25h${ESC}[0 q`,
  // A locked keyboard, insertion, a line feed that returns; the terminal's own echo.
  `${ESC}[2l${ESC}[4l${ESC}[20l${ESC}[12h`,
  // The keypad, and the keys of xterm and kitty.
  `${ESC}>${ESC}[>4m${ESC}[=0u`,
  // Characters, margins, colours and the palette.
  `\u000f${ESC}(B${ESC})B${ESC}[r${ESC}[0m`,
  ...['104', '110', '111', '112'].map((colour) => `${ESC}]${colour}${BEL}`),
  `${ESC}[23;2t`,
  `${ESC}[9999;1H`,
].join('');

/** The terminal's features outside the screen: mouse, title, bell and the desktop's notifications. */
export type TerminalExtras = {
  /** Takes the mouse and remembers the title, as far as they are configured. */
  readonly enter: () => void;
  /** Gives back what was taken; may be called again. */
  readonly leave: () => void;
  readonly title: (text: string) => void;
  readonly ring: () => void;
  readonly notify: (text: string) => void;
};

export type TerminalExtrasOptions = { readonly mouse: boolean; readonly title: boolean };

/** Writes the sequences of mouse, title, bell and notifications. Texts may come from the feed: they are cleaned and cut here. */
export function terminalExtras(output: NodeJS.WriteStream, { mouse, title }: TerminalExtrasOptions): TerminalExtras {
  let entered = false;
  let shown = '';
  const write = (sequence: string): void => {
    if (sequence !== '') output.write(sequence);
  };
  return {
    enter: () => {
      if (entered) return;
      entered = true;
      // Clicks and wheel only, with coordinates in decimal (SGR); the title goes on the terminal's own stack.
      write((mouse ? `${ESC}[?1000h${ESC}[?1006h` : '') + (title ? `${ESC}[22;2t` : ''));
      if (title && shown !== '') write(titleSequence(shown));
    },
    leave: () => {
      if (!entered) return;
      entered = false;
      write((mouse ? `${ESC}[?1006l${ESC}[?1000l` : '') + (title ? `${ESC}[23;2t` : ''));
    },
    title: (text) => {
      if (!title || text === shown) return;
      shown = text;
      if (entered) write(titleSequence(text));
    },
    ring: () => write(BEL),
    notify: (text) => {
      const body = cleanLine(text, MAX_NOTIFICATION);
      // iTerm2, WezTerm, kitty and others know the first, urxvt, foot and Ghostty the second; both ignore the other.
      write(`${ESC}]9;${body}${BEL}${ESC}]777;notify;sightline;${body.replaceAll(';', ',')}${BEL}`);
    },
  };
}

function titleSequence(text: string): string {
  return `${ESC}]2;${cleanLine(text, MAX_TITLE)}${BEL}`;
}

/**
 * One sign of each kind that our frames use and that East Asian terminals may draw two cells wide: a bullet, a border, a
 * bar, a triangle, the ellipsis, a dash.
 */
const AMBIGUOUS = '●─━▲…–';
/** Fewer columns than this, and the signs might wrap. */
const MIN_COLUMNS = 20;

/** The question how wide the terminal draws ambiguous characters. */
type WidthQuestion = {
  /** Takes the column of the cursor from a reply; only the first one counts. */
  readonly answer: (column: number) => void;
  /** Writes the question; the reply comes whenever it comes, or never. */
  readonly ask: (output: { readonly columns: number; readonly write: (text: string) => unknown }) => void;
};

/**
 * Creates the question whether ambiguous characters take one cell each: they are drawn at the start of the line, the
 * terminal is asked where its cursor is, and the line is cleared again. `onAnswer` is called with false if they take more, or
 * where the terminal shows each of their bytes. A terminal that does not answer is taken for one that draws one cell.
 * The keyboard must be in raw mode, so that nothing echoes the reply.
 */
export function widthQuestion(onAnswer: (isSteady: boolean) => void): WidthQuestion {
  let isOpen = false;
  return {
    answer: (column) => {
      if (!isOpen) return;
      isOpen = false;
      onAnswer(column === AMBIGUOUS.length + 1);
    },
    ask: (output) => {
      if (output.columns < MIN_COLUMNS) return;
      isOpen = true;
      output.write(`\r${AMBIGUOUS}\u001b[6n\r\u001b[K`);
    },
  };
}
