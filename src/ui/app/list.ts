import type { Call } from '../../core/calls.ts';
import type { EngineView } from '../../engine/types.ts';
import { type Step, selectedIndex, type ListState } from '../widgets/list.ts';
import { type FieldValues, type SearchFields, readQuery, unknownValue } from '../widgets/query.ts';
import type { Size } from '../render/frame.ts';
import type { Filter, ListName, ViewAction, ViewState } from './state.ts';

export type CallsOf = (conversationId: string | null) => readonly Call[];

/** The moment that the screen shows, and the view state that narrows and orders it: every list derives its rows from it. */
export type Shown = {
  /** The frozen moment while the screen is frozen, else the present. */
  readonly view: EngineView;
  readonly state: ViewState;
  readonly calls: CallsOf;
};

/** An order of a list by its name; the first one of a list is its default and leaves the rows as they come. */
export type Order<Row> = { readonly name: string; readonly compare: ((a: Row, b: Row) => number) | null };

/** A list view as its folder declares it. */
export type ListSpec<Row> = {
  readonly name: ListName;
  /** Names the list in sentences: `the pane signals`, `signals by severity`. */
  readonly title: string;
  /** All rows in the default order. */
  readonly rows: (shown: Shown) => readonly Row[];
  readonly idOf: (row: Row) => string;
  readonly orders: readonly Order<Row>[];
  /** Returns what a filter can match of a row. */
  readonly searchFields: (row: Row, view: EngineView) => SearchFields;
  /** The values that a field of it can have: a filter for another one is a mistake, and hides nothing. */
  readonly values?: FieldValues;
  /** Returns where the list stands, for a list that may follow its end; else its own state. */
  readonly position?: (rows: readonly Row[], state: ViewState) => ListState;
  /** View actions that come with a step in the list. */
  readonly stepped?: (step: Step, state: ViewState) => readonly ViewAction[];
  /** Rows that a page shows, for a list that is drawn over the panes. */
  readonly page?: (size: Size) => number;
  /** Returns true if a row asks for a person: `n` and `N` go through these. */
  readonly isTrouble?: (row: Row, shown: Shown) => boolean;
  /** The group that `+` and `-` open and close on a row; null where it is none. */
  readonly groupOf?: (row: Row, shown: Shown) => string | null;
  /** The row that stays of a row's group when that closes: the selection goes there. Null where it is the row itself. */
  readonly headOf?: (row: Row) => string | null;
  /** Names what a closed group holds, for the last line; '' leaves it to the key. */
  readonly groupLabel?: (row: Row) => string;
};

/** A list of the registry. It is used without knowing the type of its rows: `List<unknown>`. */
export type List<Row = unknown> = Pick<ListSpec<Row>, 'name' | 'title' | 'page'> & {
  readonly orders: readonly string[];
  /** The rows in the chosen order, filtered. */
  readonly rows: (shown: Shown) => readonly Row[];
  readonly ids: (shown: Shown) => readonly string[];
  /** The index of the selected row; the first one where nothing was selected, -1 where what was selected is gone. */
  readonly index: (shown: Shown) => number;
  /** The filter that narrows it or is being typed, with what is wrong with it; null where there is none. */
  readonly filter: (shown: Shown) => ShownFilter | null;
  /** The number of rows without a filter. */
  readonly all: (shown: Shown) => number;
  readonly position: (shown: Shown) => ListState;
  /** Its selection follows its end instead of being bound. */
  readonly isFollowed: boolean;
  /** Ids of the rows that ask for a person, in their order. */
  readonly troubled: (shown: Shown) => readonly string[];
  /** The group of the selected row, the row that stays of it where that is another one, and what it holds; null for none. */
  readonly group: (shown: Shown) => Group | null;
  readonly stepped: (step: Step, state: ViewState) => readonly ViewAction[];
};

/** The group that `+` and `-` open and close on the selected row. */
export type Group = { readonly id: string; readonly head: string | null; readonly label: string };

/** A filter and its mistake: one that cannot be asked, or a value that its field can not have, with those that it can. */
export type ShownFilter = Filter & { readonly problem: string | null };

/** Builds a list from its declaration. Rows are derived once for each moment that is shown. */
export function listOf<Row>(spec: ListSpec<Row>): List<Row> {
  const narrow = perKey((shown: Shown): Narrowed<Row> => {
    const { state, view } = shown;
    const searchFields = (row: Row): SearchFields => spec.searchFields(row, view);
    return narrowed(spec.rows(shown), { ...spec, searchFields }, state, view);
  });
  const derive = (shown: Shown): readonly Row[] => narrow(shown).rows;
  const position = (shown: Shown): ListState =>
    spec.position?.(derive(shown), shown.state) ?? listState(shown.state, spec.name);
  // Mostly it is among the first: the ids of all others are not asked for.
  const index = (shown: Shown): number =>
    selectedIndex(derive(shown), position(shown).selectedId, { idOf: spec.idOf, fallback: 'first' });
  const idsOf = perKey((rows: readonly Row[]): readonly string[] => rows.map(spec.idOf));
  return {
    name: spec.name,
    title: spec.title,
    ...(spec.page && { page: spec.page }),
    orders: spec.orders.map(({ name }) => name),
    isFollowed: spec.position !== undefined,
    rows: derive,
    ids: (shown) => idsOf(derive(shown)),
    filter: (shown) => {
      const filter = filterOf(shown.state, spec.name);
      return filter === null ? null : { ...filter, problem: narrow(shown).problem };
    },
    all: (shown) => spec.rows(shown).length,
    troubled: (shown) => {
      const { isTrouble } = spec;
      return isTrouble === undefined
        ? []
        : derive(shown)
            .filter((row) => isTrouble(row, shown))
            .map(spec.idOf);
    },
    index,
    group: (shown) => {
      const row = derive(shown)[index(shown)];
      const id = row === undefined ? null : (spec.groupOf?.(row, shown) ?? null);
      if (row === undefined || id === null) return null;
      return { id, head: spec.headOf?.(row) ?? null, label: spec.groupLabel?.(row) ?? '' };
    },
    position,
    stepped: spec.stepped ?? (() => []),
  };
}

type Arrangement<Row> = Pick<ListSpec<Row>, 'name' | 'orders' | 'values'> & {
  readonly searchFields: (row: Row) => SearchFields;
};

type Narrowed<Row> = { readonly rows: readonly Row[]; readonly problem: string | null };

/** Rows in the chosen order of their list, filtered; derived once for the same rows, filter and `moment`. */
export function arranged<Row>(
  rows: readonly Row[],
  arrangement: Arrangement<Row>,
  state: Pick<ViewState, 'filters' | 'orders'>,
  moment: object,
): readonly Row[] {
  return narrowed(rows, arrangement, state, moment).rows;
}

function narrowed<Row>(
  rows: readonly Row[],
  { name, orders, searchFields, values = {} }: Arrangement<Row>,
  state: Pick<ViewState, 'filters' | 'orders'>,
  moment: object,
): Narrowed<Row> {
  const inOrder = ordered(rows, orders, orderIn(state, name));
  return filtered(inOrder, { text: filterText(state, name), moment }, searchFields, values);
}

/** The selected row; null in an empty list. */
export function selectedIn<Row>(list: List<Row>, shown: Shown): Row | null {
  return list.rows(shown)[list.index(shown)] ?? null;
}

const TOP: ListState = { selectedId: null, offset: 0 };

/** Returns where a list stands: at its top before anything was selected in it. */
export function listState({ lists }: Pick<ViewState, 'lists'>, name: ListName): ListState {
  return lists[name] ?? TOP;
}

/** Returns what narrows a list; '' where nothing does. */
export function filterText({ filters }: Pick<ViewState, 'filters'>, name: ListName): string {
  return filters[name] ?? '';
}

/** The filter of a list for its border; null where nothing narrows it and nothing is being typed. */
export function filterOf(view: Pick<ViewState, 'filters' | 'editing'>, name: ListName): Filter | null {
  const editing = view.editing === name;
  const text = filterText(view, name);
  return text === '' && !editing ? null : { text, editing };
}

/** The lists that are narrowed. */
export function filteredLists({ filters }: Pick<ViewState, 'filters'>): readonly ListName[] {
  return Object.keys(filters).filter((name) => filters[name]?.trim() !== '');
}

/** The list whose filter is being typed, as far as it is in sight; null where none is. */
export function editedList({ overlay, editing }: Pick<ViewState, 'overlay' | 'editing'>): ListName | null {
  return overlay.type === 'none' || overlay.type === editing ? editing : null;
}

/** The chosen order of a list: an index into its orders that counts on and on. */
export function orderIn({ orders }: Pick<ViewState, 'orders'>, name: ListName): number {
  return orders[name] ?? 0;
}

/** The name of the order of a list that is chosen, or of one `by` further on. */
export function orderName({ name, orders }: List, view: Pick<ViewState, 'orders'>, by = 0): string {
  return orders[(orderIn(view, name) + by) % orders.length] ?? '';
}

/** The name of the chosen order where it is not the default one. */
export function chosenOrder(list: List, view: Pick<ViewState, 'orders'>): string | undefined {
  return isDefaultOrder(list, view) ? undefined : orderName(list, view);
}

/** True while a list is in its default order. */
export function isDefaultOrder(
  { name, orders }: { readonly name: ListName; readonly orders: readonly unknown[] },
  view: Pick<ViewState, 'orders'>,
): boolean {
  return orderIn(view, name) % orders.length === 0;
}

/** Compares texts by their code units. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const sortings = new WeakMap<object, { readonly name: string; readonly rows: unknown }>();

// Sorted once for each list of rows; equal rows stay as they were.
function ordered<Row>(rows: readonly Row[], orders: readonly Order<Row>[], index: number): readonly Row[] {
  const order = orders[index % orders.length];
  if (!order?.compare) return rows;
  const made = sortings.get(rows);
  if (made?.name === order.name) return made.rows as readonly Row[];
  const sorted = rows.toSorted(order.compare);
  sortings.set(rows, { name: order.name, rows: sorted });
  return sorted;
}

type Narrowing = { readonly text: string; readonly moment: object };

const narrowings = new WeakMap<object, Narrowing & { readonly rows: unknown; readonly problem: string | null }>();

// Several keys and a frame need the same rows, and there may be many.
function filtered<Row>(
  rows: readonly Row[],
  { text, moment }: Narrowing,
  searchFields: (row: Row) => SearchFields,
  values: FieldValues,
): Narrowed<Row> {
  if (text.trim() === '') return { rows, problem: null };
  const made = narrowings.get(rows);
  if (made?.text === text && made.moment === moment) {
    return { rows: made.rows as readonly Row[], problem: made.problem };
  }
  const query = readQuery(text);
  const unknown = unknownValue(query, fieldsOf(rows, searchFields), values);
  const isMistake = unknown !== null && values[unknown.asked.field] !== undefined;
  // A name that no row has may be of one that is yet to come: it hides what it would hide then.
  const found = isMistake ? rows : rows.filter((row) => query.matches(searchFields(row)));
  const problem = query.problem ?? unknown?.problem ?? null;
  narrowings.set(rows, { text, moment, rows: found, problem });
  return { rows: found, problem };
}

function* fieldsOf<Row>(
  rows: readonly Row[],
  searchFields: (row: Row) => SearchFields,
): Generator<SearchFields, void, undefined> {
  for (const row of rows) yield searchFields(row);
}

function perKey<Key extends object, T>(derive: (key: Key) => T): (key: Key) => T {
  const made = new WeakMap<Key, { readonly value: T }>();
  return (key) => {
    const known = made.get(key) ?? { value: derive(key) };
    made.set(key, known);
    return known.value;
  };
}
