/** The meaning of a colour. Never the only sign: a glyph or a word carries the same meaning. */
export type Tone =
  | 'plain'
  | 'strong'
  | 'dim'
  /** Done and well: the only green. */
  | 'good'
  /** Advisory. */
  | 'warning'
  /** A high signal, stuck work. */
  | 'high'
  /** A critical signal, blindness, failures. */
  | 'critical'
  /** Bars, sparklines, marks in a stream. */
  | 'accent'
  /** New since a key was last pressed. */
  | 'fresh'
  | 'title'
  | 'border'
  | 'focus'
  | 'selected'
  /** A key in the last line. */
  | 'key'
  /** Chips of automation and of blindness. */
  | 'chip'
  | 'chipHold'
  | 'chipAlarm';

/** Text attributes; colours are the terminal's own sixteen, so that light and dark themes both work. */
export type Style = {
  readonly color?: 'red' | 'green' | 'yellow' | 'cyan' | 'blue' | 'black' | 'white';
  /** Always set together with `color`, so that the text can be read on any background. */
  readonly background?: 'bgYellow' | 'bgRed';
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
};

/** Every sign that is not a letter, in Unicode or in ASCII; each takes one cell and stands beside its word. */
export type Glyphs = {
  /** The ladder's signs, from the worst on. */
  readonly flag: string;
  readonly unknown: string;
  readonly failed: string;
  readonly paused: string;
  readonly stuck: string;
  readonly high: string;
  readonly advisory: string;
  readonly waiting: string;
  readonly active: string;
  readonly idle: string;
  readonly ended: string;
  readonly ok: string;
  readonly fresh: string;
  /** Marks in a stream of calls. */
  readonly checkpoint: string;
  readonly compaction: string;
  readonly prompt: string;
  readonly pending: string;
  readonly selected: string;
  readonly arrow: string;
  readonly branch: string;
  readonly dot: string;
  readonly none: string;
  readonly atLeast: string;
  readonly minus: string;
  readonly ellipsis: string;
  readonly times: string;
  readonly up: string;
  readonly down: string;
  /** A bar: its heavy part, half a cell of it, its track. */
  readonly full: string;
  readonly half: string;
  readonly empty: string;
  /** Heights of a one-cell column, lowest first; the two highest blocks are left out, so that rows keep a gap. */
  readonly levels: readonly string[];
  /** The ends of a chip. */
  readonly chip: readonly [left: string, right: string];
  readonly corners: readonly [topLeft: string, topRight: string, bottomLeft: string, bottomRight: string];
  readonly horizontal: string;
  readonly vertical: string;
};

export type Theme = {
  readonly glyphs: Glyphs;
  readonly styles: Readonly<Record<Tone, Style>>;
  /** Signs, borders and names of keys are ASCII. */
  readonly ascii: boolean;
  readonly text: Signs;
};

/**
 * The characters that may be drawn: all of them, those that take the same number of cells in every terminal, or ASCII
 * alone. Signs and borders are ASCII unless all may be drawn.
 */
export type Signs = 'all' | 'steady' | 'ascii';

const UNICODE: Glyphs = {
  flag: '⚑',
  unknown: '?',
  failed: '✗',
  paused: '‖',
  stuck: '■',
  high: '▲',
  advisory: '△',
  waiting: '◇',
  active: '●',
  idle: '○',
  ended: '·',
  ok: '✓',
  fresh: '•',
  checkpoint: '◆',
  compaction: '≡',
  prompt: '▌',
  pending: '…',
  selected: '▸',
  arrow: '→',
  branch: '└',
  dot: '·',
  none: '–',
  atLeast: '≥',
  minus: '−',
  ellipsis: '…',
  times: '×',
  up: '↑',
  down: '↓',
  full: '━',
  half: '╸',
  empty: '─',
  levels: ['▁', '▂', '▃', '▄', '▅', '▆'],
  chip: [' ', ' '],
  corners: ['╭', '╮', '╰', '╯'],
  horizontal: '─',
  vertical: '│',
};

/** Without colours a chip is reverse video between half blocks. */
const UNICODE_COLOURLESS: Glyphs = { ...UNICODE, chip: ['▐', '▌'] };

const ASCII: Glyphs = {
  flag: '!',
  unknown: '?',
  failed: 'x',
  paused: '"',
  stuck: '=',
  high: '^',
  advisory: 'i',
  waiting: 'w',
  active: '*',
  idle: 'o',
  ended: '.',
  ok: 'v',
  fresh: '*',
  checkpoint: '#',
  compaction: '%',
  prompt: ':',
  pending: '~',
  selected: '>',
  arrow: '>',
  branch: '`',
  dot: '|',
  none: '-',
  atLeast: '>',
  minus: '-',
  ellipsis: '~',
  times: 'x',
  up: '^',
  down: 'v',
  full: '=',
  half: '-',
  empty: '.',
  levels: ['.', ':', '=', '#'],
  chip: ['[', ']'],
  corners: ['+', '+', '+', '+'],
  horizontal: '-',
  vertical: '|',
};

const COLOURED: Theme['styles'] = {
  plain: {},
  strong: { bold: true },
  dim: { dimColor: true },
  good: { color: 'green' },
  warning: { color: 'yellow' },
  high: { color: 'yellow', bold: true },
  critical: { color: 'red', bold: true },
  accent: { color: 'cyan' },
  fresh: { color: 'cyan' },
  title: { bold: true },
  border: { dimColor: true },
  focus: { color: 'cyan' },
  selected: { inverse: true },
  key: { color: 'cyan', bold: true },
  chip: { inverse: true },
  chipHold: { color: 'black', background: 'bgYellow' },
  chipAlarm: { color: 'white', background: 'bgRed' },
};

const COLOURLESS: Theme['styles'] = {
  ...COLOURED,
  good: {},
  warning: {},
  high: { bold: true },
  critical: { bold: true },
  accent: {},
  fresh: { bold: true },
  focus: { bold: true },
  key: { inverse: true },
  chipHold: { inverse: true },
  chipAlarm: { inverse: true },
};

// Yellow and cyan are hardly legible on white: the signs and texts have the same meaning.
const LIGHT: Theme['styles'] = {
  ...COLOURED,
  warning: {},
  high: { bold: true },
  accent: { color: 'blue' },
  fresh: { color: 'blue' },
  focus: { color: 'blue' },
  key: { color: 'blue', bold: true },
};

// Nothing is dimmed, and important text is bold.
const HIGH_CONTRAST: Theme['styles'] = {
  ...COLOURED,
  dim: {},
  border: {},
  good: { color: 'green', bold: true },
  warning: { color: 'yellow', bold: true },
  accent: { color: 'cyan', bold: true },
  fresh: { color: 'cyan', bold: true },
  focus: { color: 'cyan', bold: true },
};

/** Sets of colours, by their names in the configuration. */
export const VARIANTS = ['dark', 'light', 'high-contrast', 'mono'] as const;
export type Variant = (typeof VARIANTS)[number];

const STYLES: Readonly<Record<Variant, Theme['styles']>> = {
  dark: COLOURED,
  light: LIGHT,
  'high-contrast': HIGH_CONTRAST,
  mono: COLOURLESS,
};

export type ThemeOptions = {
  readonly ascii: boolean;
  readonly colour: boolean;
  readonly variant?: Variant;
  /** Ambiguous characters are known to be one cell wide; true where that is left out. */
  readonly isSteady?: boolean;
};

/**
 * Returns the theme: `ascii` draws with ASCII characters only, without `isSteady` signs and borders do, `colour` false keeps to bold, dim and inverse (`NO_COLOR`).
 * Equal options give the same object, so that rows need not be redrawn.
 */
export function themeOf({ ascii, colour, variant = 'dark', isSteady = true }: ThemeOptions): Theme {
  const chosen = colour ? variant : 'mono';
  const text: Signs = ascii ? 'ascii' : isSteady ? 'all' : 'steady';
  const name = `${chosen} ${text}`;
  const unicode = chosen === 'mono' ? UNICODE_COLOURLESS : UNICODE;
  const isPlain = text !== 'all';
  const theme = KNOWN.get(name) ?? {
    glyphs: isPlain ? ASCII : unicode,
    styles: STYLES[chosen],
    ascii: isPlain,
    text,
  };
  KNOWN.set(name, theme);
  return theme;
}

const KNOWN = new Map<string, Theme>();
