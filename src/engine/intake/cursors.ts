import type { SourceUri } from '../../core/sources.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Journal } from '../../effects/state/journal.ts';
import type { Source } from './source.ts';

/** A cursor is written this long after it was reached, so that nothing it passed can still be under judgement, ms. */
const CURSOR_DELAY_MS = 2_500;

export type Cursors = {
  /** A source is followed from here on. */
  readonly begin: (source: Source, cursor: string | null) => void;
  readonly start: () => void;
  readonly stop: () => void;
};

/**
 * Keeps each source's cursor: late, and exactly at the end. What lies between is read again as a gap after a crash, and
 * known signals keep their fate.
 */
export function createCursors(
  { clock, journal }: { readonly clock: Clock; readonly journal: Journal },
  sources: readonly Source[],
): Cursors {
  let takeBack: () => void = () => undefined;
  let seen = new Map<SourceUri, string>();
  let started = false;
  const save = (source: Source, cursor: string | null | undefined): void => {
    if (cursor === null || cursor === undefined || cursor === source.savedCursor) return;
    source.savedCursor = cursor;
    journal.put(keyOf(source), cursor);
  };
  // A run that is killed at once has followed the source all the same: what comes after is a gap to the next one.
  const saveFirst = (source: Source): void => {
    if (!journal.get(keyOf(source))) save(source, source.firstCursor);
  };
  const tick = (): void => {
    for (const source of sources) save(source, seen.get(source.feed.uri));
    seen = new Map(sources.flatMap(({ feed, health }) => (health?.cursor ? [[feed.uri, health.cursor]] : [])));
    takeBack = clock.after(CURSOR_DELAY_MS, tick);
  };
  return {
    begin: (source, cursor) => {
      source.firstCursor ??= cursor;
      if (started) saveFirst(source);
    },
    start: () => {
      started = true;
      for (const source of sources) saveFirst(source);
      tick();
    },
    stop: () => {
      takeBack();
      if (started) for (const source of sources) save(source, source.health?.cursor);
    },
  };
}

function keyOf({ feed }: Source): string {
  return `cursor:${feed.uri}`;
}
