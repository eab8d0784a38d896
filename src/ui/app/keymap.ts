import { CHECKPOINTS } from '../views/checkpoints/keys.ts';
import { DETAIL } from '../views/call/keys.ts';
import { SEARCH } from '../widgets/reader/keys.ts';
import { DIFF } from '../views/diff/keys.ts';
import { EVERYWHERE } from './keys/looking.ts';
import { OVERLAYS } from './keys/overlays.ts';
import { PALETTE } from './palette/keys.ts';
import { HOLDS } from '../views/holds/keys.ts';
import { PANE_KEYS } from './keys/panes.ts';
import { COMMANDS, HELP } from './keys/beside.ts';
import { PLAN } from '../views/plan/keys.ts';
import { POLICY } from '../views/policy/keys.ts';
import { SOURCES } from '../views/sources/keys.ts';
import type { Binding, Place } from './bindings.ts';
import type { OwnKeys } from './state.ts';

export { hintOf } from './keys/panes.ts';
export { placeOfKeys, takesText } from './key-context.ts';

/** Keys of every view in which nothing is typed. */
const OVER_ALL: readonly Binding[] = [COMMANDS, HELP, ...EVERYWHERE];

/** The key table: what each key does, by the place that it goes to. */
export const KEYMAP: Readonly<Record<Place, readonly Binding[]>> = {
  panes: PANE_KEYS,
  filter: [...OVERLAYS.filter, ...EVERYWHERE],
  help: [...OVERLAYS.help, COMMANDS, ...EVERYWHERE],
  log: [...OVERLAYS.log, ...OVER_ALL],
  palette: [...PALETTE, ...EVERYWHERE],
  confirm: [...OVERLAYS.confirm, ...EVERYWHERE],
  detail: [...DETAIL, ...OVER_ALL],
  search: [...SEARCH, ...EVERYWHERE],
  policy: [...POLICY, ...OVER_ALL],
  sources: [...SOURCES, ...OVER_ALL],
  silence: [...OVERLAYS.silence, ...EVERYWHERE],
  silences: [...OVERLAYS.silences, ...OVER_ALL],
  checkpoints: [...CHECKPOINTS, ...OVER_ALL],
  plan: [...PLAN, ...EVERYWHERE],
  diff: [...DIFF, ...OVER_ALL],
  holds: [...HOLDS, ...OVER_ALL],
};

/** Every place that has keys, the panes first. */
export const PLACES = Object.keys(KEYMAP) as readonly Place[];

const known = new WeakMap<OwnKeys, Map<Place, readonly Binding[]>>();

/** The keys of a place; a person may have chosen others than the usual ones. */
export function bindingsOf(place: Place, own: OwnKeys): readonly Binding[] {
  const places = known.get(own) ?? new Map<Place, readonly Binding[]>();
  known.set(own, places);
  const bindings = places.get(place) ?? boundBy(own, place, KEYMAP[place]);
  places.set(place, bindings);
  return bindings;
}

/** What a key is bound to in a place; undefined where it does nothing. */
export function bindingOf(place: Place, key: string, own: OwnKeys): Binding | undefined {
  return bindingsOf(place, own).find(({ keys }) => keys.includes(key));
}

/** True for what neither a paste nor type-ahead may trigger: it acts on the engine or leaves the screen. */
export function isGuarded({ kind, keys, guarded = false }: Binding): boolean {
  return guarded || ((kind === 'act' || kind === 'leave') && !keys.includes('ctrl-c'));
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

/** Keys that stay what they are, so that one can always leave and find help. */
const FIXED: ReadonlySet<string> = new Set(['ctrl-c', 'escape', 'enter', '?']);

/** The name of what a binding does, as the configuration calls it: `checkpoint`; of what lies over the panes `policy.change`. */
export function actionOf(place: Place, binding: Binding): string {
  const name = binding.label.replaceAll(' ', '-');
  return place === 'panes' || PANE_KEYS.includes(binding) ? name : `${place}.${name}`;
}

/** A place's bindings with the keys of the person: such a key takes the place of all the usual ones but the fixed ones. */
export function boundBy(own: OwnKeys, place: Place, bindings: readonly Binding[]): readonly Binding[] {
  return bindings.map((binding) => {
    const key = isRebindable(binding) ? own[actionOf(place, binding)] : undefined;
    return key === undefined ? binding : { ...binding, keys: [key, ...binding.keys.filter((one) => FIXED.has(one))] };
  });
}

/** Whether a person may give it another key. */
export function isRebindable({ keys }: Binding): boolean {
  return keys.some((key) => !FIXED.has(key));
}
