/** The meaning of a colour. Never the only sign: a glyph or a word carries the same meaning. */
export type Tone =
  'plain' | 'strong' | 'dim' | 'good' | 'warning' | 'critical' | 'accent' | 'title' | 'border' | 'focus' | 'selected';

/** Text attributes; colours are the terminal's own sixteen, so that light and dark themes both work. */
export type Style = {
  readonly color?: 'red' | 'green' | 'yellow' | 'cyan' | 'magenta' | 'blue';
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
};

/** Every sign that is not a letter, in Unicode or in ASCII; each takes one cell. */
export type Glyphs = {
  readonly flag: string;
  readonly active: string;
  readonly idle: string;
  readonly failed: string;
  readonly ok: string;
  readonly pending: string;
  readonly frozen: string;
  readonly unknown: string;
  readonly warning: string;
  readonly selected: string;
  readonly arrow: string;
  readonly back: string;
  readonly branch: string;
  readonly dot: string;
  readonly none: string;
  readonly ellipsis: string;
  readonly times: string;
  readonly up: string;
  readonly down: string;
  readonly full: string;
  readonly empty: string;
  readonly barLeft: string;
  readonly barRight: string;
  /** Heights of a one-cell column, lowest first. */
  readonly levels: readonly string[];
  readonly corners: readonly [topLeft: string, topRight: string, bottomLeft: string, bottomRight: string];
  readonly horizontal: string;
  readonly vertical: string;
};

export type Theme = {
  readonly glyphs: Glyphs;
  readonly styles: Readonly<Record<Tone, Style>>;
  /** Foreign text is drawn in ASCII, too. */
  readonly ascii: boolean;
};

const UNICODE: Glyphs = {
  flag: '⚑',
  active: '●',
  idle: '○',
  failed: '✗',
  ok: '✓',
  pending: '…',
  frozen: '‖',
  unknown: '?',
  warning: '⚠',
  selected: '▸',
  arrow: '→',
  back: '←',
  branch: '└',
  dot: '·',
  none: '—',
  ellipsis: '…',
  times: '×',
  up: '↑',
  down: '↓',
  full: '█',
  empty: '░',
  barLeft: '▕',
  barRight: '▏',
  levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  corners: ['╭', '╮', '╰', '╯'],
  horizontal: '─',
  vertical: '│',
};

const ASCII: Glyphs = {
  flag: '!',
  active: '*',
  idle: 'o',
  failed: 'x',
  ok: '+',
  pending: '~',
  frozen: '=',
  unknown: '?',
  warning: '!',
  selected: '>',
  arrow: '>',
  back: '<',
  branch: '`',
  dot: '-',
  none: '-',
  ellipsis: '~',
  times: 'x',
  up: '^',
  down: 'v',
  full: '#',
  empty: '.',
  barLeft: '[',
  barRight: ']',
  levels: ['.', ':', '=', '#'],
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
  critical: { color: 'red', bold: true },
  accent: { color: 'cyan' },
  title: { bold: true },
  border: { dimColor: true },
  focus: { color: 'cyan' },
  selected: { inverse: true },
};

const COLOURLESS: Theme['styles'] = {
  ...COLOURED,
  good: {},
  warning: { bold: true },
  critical: { bold: true },
  accent: {},
  focus: { bold: true },
};

// Yellow and cyan are hardly legible on white.
const LIGHT: Theme['styles'] = {
  ...COLOURED,
  warning: { color: 'magenta' },
  accent: { color: 'blue' },
  focus: { color: 'blue' },
};

// Nothing is dimmed, and important text is bold.
const HIGH_CONTRAST: Theme['styles'] = {
  ...COLOURED,
  dim: {},
  border: {},
  good: { color: 'green', bold: true },
  warning: { color: 'yellow', bold: true },
  accent: { color: 'cyan', bold: true },
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

export type ThemeOptions = { readonly ascii: boolean; readonly colour: boolean; readonly variant?: Variant };

/**
 * Returns the theme: `ascii` draws with ASCII glyphs only, `colour` false keeps to bold, dim and inverse (`NO_COLOR`).
 * Equal options give the same object, so that rows need not be redrawn.
 */
export function themeOf({ ascii, colour, variant = 'dark' }: ThemeOptions): Theme {
  const chosen = colour ? variant : 'mono';
  const name = `${chosen} ${ascii}`;
  const theme = KNOWN.get(name) ?? { glyphs: ascii ? ASCII : UNICODE, styles: STYLES[chosen], ascii };
  KNOWN.set(name, theme);
  return theme;
}

const KNOWN = new Map<string, Theme>();
