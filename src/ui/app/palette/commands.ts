import type { Mode } from '../../../core/signals.ts';
import { type Command, commandsElsewhere, thingsNamed, towardsPane } from './elsewhere.ts';
import { VARIANTS } from '../../render/theme.ts';
import { SILENCE_PRESETS } from '../../views/silences/form.ts';
import { askMode } from '../keys/mode.ts';
import { availabilityOf } from '../key-context.ts';
import { silenceScopes } from '../../views/silences/scopes.ts';
import { type Availability, type Context, type KeyContext, disabled, enabled, viewAction } from '../bindings.ts';
import { COMMANDS, behind, withOverlay } from '../keys/beside.ts';

const MODES: readonly Mode[] = ['observe', 'hold', 'auto'];

/** Points of a thing that is called like that: less than a command that is, more than letters that are scattered in one. */
const THING = 500;

/** The commands that fit what was typed, the best first; without any word all of them, in the order of the help. */
export function commandsFor(query: string, context: Context): readonly Command[] {
  const things = thingsNamed(query, context).map((command) => ({ command, score: THING }));
  const scored = allCommands(behind(context)).flatMap((command) => {
    const byName = fuzzyScore(query, command.label);
    // The help of a command counts where it holds the typed text as it is.
    const score = byName ?? (command.help.toLowerCase().includes(query.trim().toLowerCase()) ? 0 : null);
    return score === null ? [] : [{ command, score }];
  });
  return [...scored, ...things].toSorted((a, b) => b.score - a.score).map(({ command }) => command);
}

/** The command that is selected in the palette; null where none fits. */
export function selectedCommand(context: Context): Command | null {
  const { overlay } = context.view;
  if (overlay.type !== 'palette') return null;
  const commands = commandsFor(overlay.query, context);
  return commands[clampIndex(overlay.index, commands.length)] ?? null;
}

/** An index of the palette's list that exists. */
export function clampIndex(index: number, count: number): number {
  return Math.max(0, Math.min(index, count - 1));
}

/** Returns what a command would do now. */
export function commandAvailability(command: Command, context: Context): Availability {
  return availabilityOf(command, contextOf(command, context));
}

/** Returns where a command is done: in what the palette lies over, or in the panes as if nothing lay over them. */
export function contextOf({ of }: Pick<Command, 'of'>, context: Context): Context {
  return of === 'here' ? behind(context) : withOverlay(context, { type: 'none' });
}

// What is called alike here and over the panes is meant here.
function allCommands(context: Context): readonly Command[] {
  const { view } = context;
  const keyContext = context.keyContextOf(view);
  const here = keyContext === 'panes' ? [] : commandsIn(keyContext, context);
  const names = new Set(here.map(({ id }) => id));
  const others = [
    ...commandsIn('panes', context),
    ...modes(),
    ...silences(context),
    ...themes(),
    ...commandsElsewhere(context),
  ];
  const panes = others.filter(({ id }) => !names.has(id));
  return [...here, ...(keyContext === 'panes' ? panes : panes.map((command) => ({ ...command, key: null })))];
}

function commandsIn(keyContext: KeyContext, context: Context): readonly Command[] {
  return context
    .keysOf(keyContext)
    .filter(({ id, keys }) => id !== COMMANDS.id && !keys.includes('ctrl-c'))
    .map((binding) => {
      const { id, kind, label, help, availability, run, keys } = binding;
      const named = { id, kind, label, help, availability, run, key: keys[0] ?? null };
      return keyContext === 'panes'
        ? towardsPane({ ...named, of: 'panes' }, binding, context)
        : { ...named, of: 'here' };
    });
}

function modes(): readonly Command[] {
  return MODES.map((mode) => ({
    kind: 'act',
    id: `mode-${mode}`,
    label: `mode ${mode}`,
    help: `to the mode ${mode}; what raises it asks y/n`,
    key: null,
    of: 'panes',
    availability: ({ live }) => {
      if (live.fleet !== undefined) return disabled('each host has its own mode: m on one');
      if (live.mode === mode) return disabled(`the mode is ${mode} already`);
      if (mode !== 'observe' && live.workspaces.length === 0) {
        return disabled('no workspace is configured; start with --workspace DIR');
      }
      return enabled(MODES.indexOf(mode) > MODES.indexOf(live.mode) ? 'asks y/n' : 'at once');
    },
    run: (now) => askMode(now, mode),
  }));
}

// The narrowest scope of the selection for each preset; the form offers the others.
function silences(context: Context): readonly Command[] {
  const [scope] = silenceScopes(context);
  if (scope === undefined || scope.isWide === true) return [];
  return SILENCE_PRESETS.map(({ label, ms }) => ({
    kind: 'act',
    id: `silence-${label.replaceAll(' ', '')}`,
    label: `silence ${label}`,
    help: `silence ${scope.label} for ${label}, at once`,
    key: null,
    of: 'panes',
    availability: () => enabled(scope.label),
    run: () => [{ type: 'silence', matcher: scope.matcher, durationMs: ms, reason: null }],
  }));
}

function themes(): readonly Command[] {
  return VARIANTS.map((variant) => ({
    kind: 'view',
    id: `theme-${variant}`,
    label: `theme ${variant}`,
    help: `the colours ${variant}, until the screen is closed`,
    key: null,
    of: 'panes',
    availability: ({ view }) => (view.variant === variant ? disabled(`the theme is ${variant} already`) : enabled()),
    run: () => viewAction({ type: 'variant', variant }),
  }));
}

/** Points for a letter at the beginning of a word, and for one right behind the letter before. */
const WORD_START = 4;
const IN_A_ROW = 3;
/** Points for words that stand there as they were typed. */
const WHOLE = 1_000;

/**
 * Returns how well what was typed fits a name: its letters must occur there in their order. More is better, null is no match;
 * nothing typed fits everything alike.
 */
export function fuzzyScore(typed: string, name: string): number | null {
  const wanted = typed.toLowerCase().replaceAll(' ', '');
  const text = name.toLowerCase();
  if (wanted === '') return 0;
  const starts = Array.from(text.matchAll(/[^\s-]+/g), ({ index }) => index);
  const whole = starts.find((start) => text.startsWith(typed.trim().toLowerCase(), start));
  // Formats as they were typed beat scattered letters, the sooner the better.
  if (whole !== undefined) return WHOLE - whole - text.length / 100;
  let score = 0;
  let last = -2;
  for (const letter of wanted) {
    const index = nextIndex(text, letter, last + 1, starts);
    if (index === -1) return null;
    score += 1 + (index === last + 1 ? IN_A_ROW : 0) + (starts.includes(index) ? WORD_START : 0);
    last = index;
  }
  return score - text.length / 100;
}

// The next letter, or the same letter at the beginning of a later word unless the next one directly follows.
function nextIndex(text: string, letter: string, from: number, starts: readonly number[]): number {
  const next = text.indexOf(letter, from);
  return next === from ? next : (starts.find((start) => start >= from && text[start] === letter) ?? next);
}
