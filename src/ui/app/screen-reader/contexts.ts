import { availabilityOf, keyLabel } from '../key-context.ts';
import { commandsFor, selectedCommand } from '../palette/commands.ts';
import { behind } from '../keys/beside.ts';
import type { Context } from '../bindings.ts';
import { filterText } from '../list.ts';

/** Describes the filter that is being typed. */
export function describeFilter({ view, shown, list }: Context): string {
  const found = list.rows(shown).length;
  return `filter of ${list.title}: ${filterText(view, list.name) || 'nothing yet'}; ${found} found; enter keeps it, escape drops it`;
}

/** Describes every key of where one is. */
export function describeKeys(context: Context): readonly string[] {
  const here = behind(context);
  // What has no key is found among the commands.
  const bound = here.keysOf(here.keyContextOf(here.view)).filter(({ keys }) => keys.length > 0);
  return bound.map((binding) => {
    const hint = availabilityOf(binding, here);
    const now = hint.enabled ? hint.preview : `now not: ${hint.reason}`;
    return `${binding.keys.map((key) => keyLabel(key)).join(' or ')}: ${binding.help}${now === '' ? '' : `; ${now}`}`;
  });
}

// The best few are enough to hear; typing more narrows them.
/** Describes the commands that fit what was typed. */
export function describeCommands(context: Context): readonly string[] {
  const { overlay } = context.view;
  if (overlay.type !== 'palette') return [];
  const selected = selectedCommand(context);
  const found = commandsFor(overlay.query, context).slice(0, MAX_COMMANDS);
  const names = found.map(({ label }) => label).join(', ') || 'no command is called like that';
  return [`commands ${overlay.query}: ${names}; enter runs ${selected?.label ?? 'nothing'}, escape closes`];
}

const MAX_COMMANDS = 10;
