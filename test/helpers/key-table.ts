import { type ListedKey, listKeys, PLACE_TITLES } from '../../src/ui/keys/own/listing.ts';

/** The README's table of the keys over the panes, from the table that the program goes by. */
export function keyTable(): string {
  const rows = panes().map(({ keys, help }) => `| ${named(keys)} | ${help} |`);
  return ['| key | what it does |', '| --- | --- |', ...rows, ''].join('\n');
}

/** The README's table of the keys that only what lies over them has, by place. */
export function placeTable(): string {
  const rows = listKeys({})
    .filter(({ place, action }) => place !== PLACE_TITLES.panes && action.includes('.'))
    .map(({ place, keys, help, action }) => `| ${place} | ${named(keys)} | ${help} | \`${action}\` |`);
  return ['| in | key | what it does | action |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

function panes(): readonly ListedKey[] {
  return listKeys({}).filter(({ place }) => place === PLACE_TITLES.panes);
}

function named(keys: readonly string[]): string {
  return keys.map((key) => `\`${key}\``).join(' ');
}
