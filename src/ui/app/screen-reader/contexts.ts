import { availabilityOf, keyLabel } from '../key-context.ts';
import { commandsFor, selectedCommand } from '../palette/commands.ts';
import { behind } from '../keys/beside.ts';
import type { EngineView } from '../../../engine/types.ts';
import { shortName } from '../../../wording/workspace-names.ts';
import { timeOfDay } from '../../render/values.ts';
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

type Attached = Pick<EngineView, 'attachment' | 'mode' | 'workspaces' | 'at'>;

/** Describes the engine of another process that is shown and steered, or that it is gone; '' for an engine of our own. */
export function describeAttachment({ attachment, mode, workspaces, at }: Attached): string {
  if (attachment === undefined) return '';
  const { engine, host, lostSince } = attachment;
  const name = `${engine.command} ${engine.pid}${host === undefined ? '' : ` on ${host}`}`;
  if (lostSince === null) return `attached to ${name}, mode ${mode}; q leaves it running`;
  const gone = workspaces.filter(({ lock }) => lock.type === 'gone').map(({ path }) => shortName(path, { workspaces }));
  const remedy = gone.length === 0 ? '' : `; t takes over ${gone.join(', ')}`;
  return `${name} is gone since ${timeOfDay(lostSince, at)}: blind, nothing acts${remedy}`;
}

/** Describes what has changed about the attached engine between two views: lost, found again, taken over; '' for nothing. */
export function describeAttachmentChange(view: Attached, former: Attached): string {
  const [now, before] = [view.attachment, former.attachment];
  if (before === undefined || now === before) return '';
  if (now === undefined) return `taken over: this console acts itself, mode ${view.mode}`;
  const isSame = now.engine.run === before.engine.run && (now.lostSince === null) === (before.lostSince === null);
  if (isSame) return '';
  return now.lostSince === null ? `attached again: ${describeAttachment(view)}` : describeAttachment(view);
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
