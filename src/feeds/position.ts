import type { SourceHealth } from '../core/sources.ts';
import { parseCursor as parseHttp } from './http/known/cursor.ts';
import { parseCursor as parseJsonl } from './jsonl/cursor.ts';
import { parseCursor as parseSqlite } from './sqlite/cursor.ts';

/** How far a source was read, in words (`call 812, interruption 17`, `byte 1024 (line 3)`); null where it has no cursor. */
export function positionOf({ medium, cursor }: Pick<SourceHealth, 'medium' | 'cursor'>): string | null {
  switch (medium) {
    case 'sqlite':
      return ofSqlite(cursor);
    case 'jsonl':
    case 'logtail': {
      const place = parseJsonl(cursor);
      return place && `byte ${place.offset} (line ${place.lines})`;
    }
    case 'http': {
      const place = parseHttp(cursor);
      return place && `call ${place.row}, interruption ${place.interruption}`;
    }
    case 'stdin':
      return null;
  }
}

function ofSqlite(cursor: string | null): string | null {
  const place = parseSqlite(cursor);
  const parts = [
    ...(place?.calls?.db ? [`call ${place.calls.last}`] : []),
    ...(place?.interruptions?.db ? [`interruption ${place.interruptions.last}`] : []),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}
