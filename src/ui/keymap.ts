import { ACTING } from './keys/acting.ts';
import { EVERYWHERE, LOOKING } from './keys/looking.ts';
import { MOVING } from './keys/moving.ts';
import { OVERLAYS } from './keys/overlays.ts';
import type { Binding, Context, Hint, Place } from './keys/types.ts';
import { cannot } from './keys/types.ts';
import { takesText as formTakesText } from './view/silence-form.ts';
import type { ViewState } from './view/types.ts';

/** All keys over the panes, in the order in which help and footer show them. */
export const PANE_KEYS: readonly Binding[] = [...ACTING, ...LOOKING, ...MOVING, ...EVERYWHERE];

/** The key table: what each key does, by the place that it goes to. */
export const KEYMAP: Readonly<Record<Place, readonly Binding[]>> = {
  panes: PANE_KEYS,
  filter: [...OVERLAYS.filter, ...EVERYWHERE],
  help: [...OVERLAYS.help, ...EVERYWHERE],
  log: [...OVERLAYS.log, ...EVERYWHERE],
  confirm: [...OVERLAYS.confirm, ...EVERYWHERE],
  silence: [...OVERLAYS.silence, ...EVERYWHERE],
  silences: [...OVERLAYS.silences, ...EVERYWHERE],
};

/** Where keys go now. */
export function placeOfKeys({ overlay, filter }: ViewState): Place {
  if (overlay.type !== 'none') return overlay.type;
  return filter.editing ? 'filter' : 'panes';
}

/** What a key is bound to in a place; undefined where it does nothing. */
export function bindingOf(place: Place, key: string): Binding | undefined {
  return KEYMAP[place].find(({ keys }) => keys.includes(key));
}

/** True where typed characters are text: in the filter, and in the text fields of the silence form. */
export function takesText({ overlay, filter }: ViewState): boolean {
  if (overlay.type === 'silence') return formTakesText(overlay.form) || overlay.form.field === 'duration';
  return overlay.type === 'none' && filter.editing;
}

/** True for what neither a paste nor type-ahead may trigger: it acts on the engine or leaves the screen. */
export function isGuarded({ kind, keys }: Binding): boolean {
  return (kind === 'act' || kind === 'leave') && !keys.includes('ctrl-c');
}

/** What a binding would do now; with `--read-only` nothing acts. */
export function hintOf(binding: Binding, context: Context): Hint {
  if (binding.kind === 'act' && context.live.readOnly) return cannot('read-only: start without --read-only to act');
  return binding.hint(context);
}

const ASCII = /^[\u0020-\u007e]+$/;

const KEY_NAMES: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  enter: '⏎',
  escape: 'Esc',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  space: 'space',
  backspace: 'Backspace',
  delete: 'Del',
};

/** A key as people call it; in letters where the theme draws in ASCII. */
export function keyLabel(key: string, ascii = false): string {
  const control = /^ctrl-(.)$/.exec(key)?.[1];
  if (control !== undefined) return `Ctrl-${control.toUpperCase()}`;
  const name = KEY_NAMES[key] ?? key;
  if (!ascii || ASCII.test(name)) return name;
  return key === 'enter' ? 'Enter' : key.charAt(0).toUpperCase() + key.slice(1);
}
