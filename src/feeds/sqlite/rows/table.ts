import type { Arrival, FactEvent } from '../../../core/feed.ts';
import type { PastRow } from '../../../core/past/past.ts';
import type { Row, Skip } from './cells.ts';

/** Returns true if the table has the column. Schemas differ from v0.5 to newest, so nothing is assumed. */
export type Has = (column: string) => boolean;

/** The description of one of agentsight's tables. */
export type Table = {
  readonly file: string;
  readonly table: string;
  /** Selected by name, in the order in which `read` expects them; the first is `id`; absent ones read as NULL. */
  readonly columns: readonly string[];
  /** The usual value of some columns: it is left out of the SELECT (NULL), which spares making a string of it each time. */
  readonly usual: Readonly<Record<string, string>>;
  /** Without these there is nothing to read. */
  readonly required: readonly string[];
  /** Expressions that follow the columns, in every read. */
  readonly computed: (has: Has) => readonly string[];
  /** An expression after those, only for rows read one by one: too expensive for a bulk of history. */
  readonly detail: (has: Has) => string;
  /** A row changed when one of these did. */
  readonly compared: readonly string[];
  /** SQL: may this row still change long after its insert? */
  readonly unfinished: string;
  /** SQL: the newest time in the row, ns. */
  readonly time: string;
  /** A column that is never rewritten: shows that an id is still the same row of the same database. */
  readonly anchor: string;
  /** `pending` rows are checked whenever the database changes, others of `unfinished` within a second or two. */
  readonly state: (row: Row) => string;
  readonly finished: string;
  readonly read: (row: Row, arrival: Arrival) => FactEvent | Skip;
  /** Rows that may be reported as sums; null where the table has none. */
  readonly sums: SumsOf | null;
};

/** Rows as numbers, for another thread. Whose call one was is the place of a text; a row that must be read on its own has none. */
export type PackedRows = { readonly numbers: Float64Array; readonly texts: readonly string[] };

/** The reader of rows that are only counted: as numbers, many at once. */
export type SumsOf = {
  /** SQL: the columns of such a row, the first its id; null where the table lacks one. */
  readonly columns: (has: Has) => string | null;
  /** Returns the row as sums take it; the id of one that must be read on its own. */
  readonly read: (row: Row) => PastRow | number;
  /** Returns what `read` does of rows that were packed. */
  readonly unpack: (packed: PackedRows) => readonly (PastRow | number)[];
};
