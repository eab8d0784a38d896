import { CHECKPOINTS } from './keys/overlays/checkpoints.ts';
import { DETAIL } from './keys/overlays/detail.ts';
import { SEARCH } from './keys/overlays/reading.ts';
import { DIFF } from './keys/overlays/diff.ts';
import { EVERYWHERE } from './keys/looking.ts';
import { OVERLAYS } from './keys/overlays/overlays.ts';
import { PALETTE } from './keys/overlays/palette.ts';
import { HOLDS } from './keys/overlays/holds.ts';
import { boundBy } from './keys/own/names.ts';
import { PANE_KEYS } from './keys/pane-keys.ts';
import { COMMANDS, HELP } from './keys/overlays/beside.ts';
import { PLAN } from './keys/overlays/plan.ts';
import { POLICY } from './keys/overlays/policy.ts';
import { SOURCES } from './keys/overlays/sources.ts';
import type { Binding, Place } from './keys/types.ts';
import type { OwnKeys } from './view/types.ts';

export { hintOf } from './keys/pane-keys.ts';
export { placeOfKeys, takesText } from './keys/place.ts';

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
