import type { OlderRecords } from '../../../core/sources.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { count, counted, timeOfDay, wordBytes } from '../../render/values.ts';
import type { ConversationsProps } from '../pane-props.ts';
import { type Binding, disabled, enabled } from '../bindings.ts';

const KEY = 'O';

/** Reads the next part of what is too old to be read at the start, or stops that. */
export const OLDER: Binding = {
  keys: [KEY],
  kind: 'view',
  id: 'older',
  label: 'older',
  help: 'read older records, or stop',
  availability: ({ live, view: { now } }) => {
    if (live.fleet !== undefined) return disabled('open a host first: each reads its own records');
    const older = olderOf(live);
    if (older === null) return disabled('all records are read');
    if (older.reading > 0) return enabled(`${counted(older.reading, 'file')} left to read`, '', 'stop reading');
    return enabled(`${counted(older.files, 'file')} from before ${timeOfDay(older.from, now)}`);
  },
  run: ({ live }) => [{ type: 'older', ...((olderOf(live)?.reading ?? 0) > 0 && { stop: true }) }],
};

/** Returns what all sources leave alone because it is old; null: nothing. */
export function olderOf({ sources }: Pick<EngineView, 'sources'>): OlderRecords | null {
  const all = sources.flatMap(({ health }) => health.older ?? []);
  if (all.length === 0) return null;
  const sum = (of: (one: OlderRecords) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    // Before the latest of their times some are not read.
    from: Math.max(...all.map(({ from }) => from)),
    files: sum(({ files }) => files),
    bytes: sum(({ bytes }) => bytes),
    reading: sum(({ reading }) => reading),
  };
}

/** Describes what is left alone; `key`: the key that reads it. */
export function olderText({ from, files, bytes, reading }: OlderRecords, now: Ms, key: string = KEY): string {
  if (reading > 0) return `${counted(reading, 'older file')} of ${count(files)} being read; ${key} stops`;
  return `${counted(files, 'file')} (${wordBytes(bytes)}) from before ${timeOfDay(from, now)}; ${key} reads on`;
}

/** Returns since when lists are complete, for a border and, where a list is empty, at length; null where all is read. */
export function olderNotes(
  view: EngineView,
  now: Ms,
  key: string = KEY,
): Exclude<ConversationsProps['older'], undefined> {
  const older = olderOf(view);
  if (older === null) return null;
  const { reading, from } = older;
  const note =
    reading > 0
      ? `reading older, ${counted(reading, 'file')} left, ${key} stops`
      : `since ${timeOfDay(from, now)}, ${key} older`;
  return { note, text: olderText(older, now, key) };
}
