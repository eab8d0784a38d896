import { KEYMAP, keyLabel, PLACES } from '../../keymap.ts';
import { KEY_GROUPS } from '../../overlays/help.ts';
import type { OwnKeys } from '../../view/types.ts';
import { EVERYWHERE } from '../looking.ts';
import type { Binding, Place } from '../types.ts';
import { actionOf, boundBy } from './names.ts';

/** One line of the listing of keys. */
export type ListedKey = {
  /** Where the key works; what works everywhere is listed with the panes. */
  readonly place: string;
  readonly group: string;
  readonly action: string;
  readonly keys: readonly string[];
  readonly help: string;
};

/** What the places are called. */
export const PLACE_TITLES: Readonly<Record<Place, string>> = {
  panes: 'the panes',
  filter: 'typing a filter',
  help: 'help',
  log: 'log',
  palette: 'commands',
  confirm: 'a question',
  silence: 'a new silence',
  silences: 'silences',
  checkpoints: 'checkpoints',
  plan: 'typing a confirmation',
  diff: 'a comparison',
  detail: 'a call',
  search: 'typing a search',
  policy: 'policy',
  sources: 'sources',
  holds: 'a choice of holds',
};

/** All keys by place, those over the panes first, in the order of the help, with the names of their actions. */
export function listKeys(own: OwnKeys): readonly ListedKey[] {
  return PLACES.flatMap((place) => keysOf(place, own));
}

function keysOf(place: Place, own: OwnKeys): readonly ListedKey[] {
  const bound = boundBy(own, place, KEYMAP[place]);
  const listed = KEYMAP[place].map((binding, at) => ({ binding, keys: bound[at]?.keys ?? binding.keys }));
  return KEY_GROUPS.flatMap(({ kind, title }) =>
    listed
      .filter(({ binding }) => binding.kind === kind && (place === 'panes' || !isEverywhere(binding)))
      .map(({ binding, keys }) => ({
        place: PLACE_TITLES[place],
        group: title,
        action: actionOf(place, binding),
        keys: keys.map((key) => keyLabel(key, true)),
        help: binding.help,
      })),
  );
}

function isEverywhere(binding: Binding): boolean {
  return EVERYWHERE.includes(binding);
}
