import { cleanLine } from '../../core/text.ts';

/** Longest title and notification, characters. */
const MAX_TITLE = 80;
const MAX_NOTIFICATION = 160;

const ESC = '\u001b';
const BEL = '\u0007';

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
