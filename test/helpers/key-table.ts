import { keyLabel, PANE_KEYS } from '../../src/ui/keymap.ts';
import { KEY_GROUPS } from '../../src/ui/overlays/help.ts';

/** The README's table of keys, from the table that the program goes by. */
export function keyTable(): string {
  const rows = KEY_GROUPS.flatMap(({ kind }) =>
    PANE_KEYS.filter((binding) => binding.kind === kind).map(({ keys, help }) => {
      const names = keys.map((key) => `\`${keyLabel(key, true)}\``).join(' ');
      return `| ${names} | ${help} |`;
    }),
  );
  return ['| key | what it does |', '| --- | --- |', ...rows, ''].join('\n');
}
