import { keyLabel } from '../keymap.ts';
import { KEY_GROUPS } from '../overlays/help.ts';
import type { OwnKeys } from '../view/types.ts';
import { actionOf, paneKeys } from './pane-keys.ts';

/** One line of the listing of keys. */
export type ListedKey = {
  readonly group: string;
  readonly action: string;
  readonly keys: readonly string[];
  readonly help: string;
};

/** All keys over the panes in the order of the help, with the names of their actions. */
export function listKeys(own: OwnKeys): readonly ListedKey[] {
  return KEY_GROUPS.flatMap(({ kind, title }) =>
    paneKeys(own)
      .filter((binding) => binding.kind === kind)
      .map((binding) => ({
        group: title,
        action: actionOf(binding),
        keys: binding.keys.map((key) => keyLabel(key, true)),
        help: binding.help,
      })),
  );
}
