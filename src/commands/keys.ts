import type { Config } from '../config/config.ts';
import { ConfigError, quote } from '../config/error.ts';
import { didYouMean } from '../config/suggest.ts';
import { print, printJson } from '../effects/terminal/output.ts';

type ListedKey = Readonly<Record<'place' | 'group' | 'action' | 'help', string>> & { readonly keys: readonly string[] };
type OwnKeys = Config['screen']['keys'];

/** Refuses keys that name nothing or are taken. Throws ConfigError. */
export async function requireKeys(own: OwnKeys): Promise<OwnKeys> {
  // Loaded even where there are none: a later configuration may have some, when an upgrade has taken the file away.
  const { keyProblems } = await import('../ui/app/configured-keys.ts');
  if (Object.keys(own).length === 0) return own;
  const lines = keyProblems(own).map((problem) => {
    switch (problem.type) {
      case 'unknown_action':
        return `ui.keys: unknown action ${quote(problem.name)}${didYouMean(problem.name, problem.known)}; "sightline keys" lists them`;
      case 'fixed':
        return `ui.keys: ${quote(problem.name)} cannot have another key: Enter, Esc, ? and Ctrl-C stay what they are`;
      case 'unknown_key':
        return `ui.keys.${problem.action} expected a key such as x, X, ctrl-x or pageup, got ${quote(problem.name)}`;
      case 'is_text':
        return `ui.keys.${problem.action}: ${quote(problem.name)} is typed as text there; choose a key such as ctrl-x, tab or pageup`;
      case 'taken':
        return `ui.keys.${problem.action}: ${quote(problem.name)} is the key of ${problem.by}; give that one another key too, or choose a free one`;
    }
  });
  if (lines.length > 0) throw new ConfigError(...lines);
  return own;
}

/** Prints every key of the screen with its action, as configured. Resolves to the exit code. */
export async function runKeys(config: Config, { json }: { readonly json: boolean }): Promise<number> {
  const own = await requireKeys(config.screen.keys);
  const { listKeys } = await import('../ui/app/configured-keys.ts');
  const listed = listKeys(own);
  if (json) printJson(listed, { indent: 2 });
  else print(listing(listed));
  return 0;
}

function listing(listed: readonly ListedKey[]): string {
  const keysWidth = Math.max(...listed.map(({ keys }) => keys.join(' ').length));
  const actionWidth = Math.max(...listed.map(({ action }) => action.length));
  const parts = Map.groupBy(listed, headingOf);
  return [...parts]
    .map(([heading, rows]) => {
      const lines = rows.map(
        ({ keys, action, help }) => `  ${keys.join(' ').padEnd(keysWidth)}  ${action.padEnd(actionWidth)}  ${help}`,
      );
      return `${heading}\n${lines.join('\n')}\n`;
    })
    .join('\n');
}

// The panes have many keys, in groups; what lies over them has few.
function headingOf({ place, group }: ListedKey): string {
  return place === 'the panes' ? group : `In: ${place}`;
}
