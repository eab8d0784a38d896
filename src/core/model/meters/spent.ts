/** Money by hour and by local day, updated with each call, so that a view only reads it. */
import type { Ms } from '../../units.ts';
import type { Day, FleetSpending, SpentIn, Spending } from '../types.ts';
import { type PicoSum, addPico, picoOf } from './pico.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Days, and hours, that are told apart, the newest; what is older is one sum. */
export const SPENT_DAYS = 30;
export const SPENT_HOURS = 48;
/** Models that are told apart. */
const MAX_MODELS = 32;

/** The list price of some calls: picodollars, and how many have a price, have none, or have an output that is a lower bound. */
export type Spent = {
  readonly pico: bigint;
  readonly priced: number;
  readonly unpriced: number;
  readonly unsure: number;
};

type Sum = PicoSum & { priced: number; unpriced: number; unsure: number };
type Slot = { readonly at: Ms; readonly endsAt: Ms; readonly sum: Sum; shown: SpentIn | null };

type ModelSpent = FleetSpending['models'][number];

/** The sums of an agent, of a model, or of all. */
export type SpentLog = {
  readonly days: Map<Ms, Slot>;
  readonly hours: Map<Ms, Slot>;
  readonly before: Sum;
  newest: Slot | null;
  newestHour: Ms;
  shown: Spending | null;
  /** Its row among the models. */
  row: ModelSpent | null;
};

/** The sums by model; `others` are those that found no room. */
export type SpentModels = { readonly known: Map<string, SpentLog>; others: SpentLog | null };

/** The hour and the local day that a time lies in; no hour where that is not known. */
export type Place = { readonly day: Day; readonly hour: Ms | null };

/** Finds the hour and the day of times; most follow each other within one day. */
export type Calendar = (minute: number) => Place;

export function createCalendar(localDay: (at: Ms) => Day = utcDay): Calendar {
  let day: Day = { at: 0, endsAt: 0 };
  let place: Place = { day, hour: null };
  return (minute) => {
    const at = minute * MINUTE_MS;
    if (at < day.at || at >= day.endsAt) day = localDay(at);
    const hour = day.at + Math.floor((at - day.at) / HOUR_MS) * HOUR_MS;
    if (place.day !== day || place.hour !== hour) place = { day, hour };
    return place;
  };
}

/** The day of a time by UTC. */
export function utcDay(at: Ms): Day {
  const start = Math.floor(at / (24 * HOUR_MS)) * 24 * HOUR_MS;
  return { at: start, endsAt: start + 24 * HOUR_MS };
}

export function emptySpentLog(): SpentLog {
  return {
    days: new Map(),
    hours: new Map(),
    before: nothing(),
    newest: null,
    newestHour: -Infinity,
    shown: null,
    row: null,
  };
}

/** Returns the sums of a model, made when it is first heard of. */
export function spentOfModel(models: SpentModels, name: string): SpentLog {
  const known = models.known.get(name);
  if (known !== undefined) return known;
  if (models.known.size >= MAX_MODELS) return (models.others ??= emptySpentLog());
  const made = emptySpentLog();
  models.known.set(name, made);
  return made;
}

/** Counts what some calls cost in (`sign` 1) or out again (`sign` -1); null: at a time that is not known. */
export function countSpent(log: SpentLog, place: Place | null, spent: Spent, sign: 1 | -1): void {
  log.shown = null;
  log.row = null;
  if (place === null) return add(log.before, spent, sign);
  const { day, hour } = place;
  if (log.newest === null || day.at > log.newest.at) turnTo(log, day);
  const oldest = log.newest === null ? -Infinity : log.newest.at - SPENT_DAYS * 24 * HOUR_MS;
  if (day.at <= oldest) return add(log.before, spent, sign);
  addTo(log.days, day.at, day.endsAt, spent, sign);
  if (hour === null) return;
  if (hour > log.newestHour) {
    log.newestHour = hour;
    for (const at of log.hours.keys()) if (hour - at >= SPENT_HOURS * HOUR_MS) log.hours.delete(at);
  }
  if (log.newestHour - hour < SPENT_HOURS * HOUR_MS) addTo(log.hours, hour, hour + HOUR_MS, spent, sign);
}

// Days that are too old become part of what was before.
function turnTo(log: SpentLog, day: Day): void {
  const slot: Slot = { ...day, sum: nothing(), shown: null };
  log.days.set(day.at, slot);
  log.newest = slot;
  for (const [at, { sum }] of log.days) {
    if (at > day.at - SPENT_DAYS * 24 * HOUR_MS) continue;
    add(log.before, spentOf(sum), 1);
    log.days.delete(at);
  }
}

function addTo(slots: Map<Ms, Slot>, at: Ms, endsAt: Ms, spent: Spent, sign: 1 | -1): void {
  let slot = slots.get(at);
  if (slot === undefined) slots.set(at, (slot = { at, endsAt, sum: nothing(), shown: null }));
  slot.shown = null;
  add(slot.sum, spent, sign);
}

function spentOf(sum: Sum): Spent {
  return { pico: picoOf(sum), priced: sum.priced, unpriced: sum.unpriced, unsure: sum.unsure };
}

function add(sum: Sum, spent: Spent, sign: 1 | -1): void {
  addPico(sum, sign === 1 ? spent.pico : -spent.pico);
  sum.priced += sign * spent.priced;
  sum.unpriced += sign * spent.unpriced;
  sum.unsure += sign * spent.unsure;
}

function nothing(): Sum {
  return { pico: 0, morePico: 0n, priced: 0, unpriced: 0, unsure: 0 };
}

/** The newest day on which anything was billed; null where nothing was. */
export function newestDayOf({ newest }: SpentLog): SpentIn | null {
  return newest === null || isNothing(newest.sum) ? null : shownSlot(newest);
}

/** The models, the one first heard of first; of each the same row until something in it changes. */
export function modelsOf({ known, others }: SpentModels): FleetSpending['models'] {
  const rows = Array.from(known, ([name, log]) => modelRow(name, log));
  return others === null ? rows : [...rows, modelRow(null, others)];
}

function modelRow(name: string | null, log: SpentLog): ModelSpent {
  return (log.row ??= { name, day: newestDayOf(log), total: totalSpent(log) });
}

function totalSpent({ days, before }: SpentLog): Omit<SpentIn, keyof Day> {
  const sum = { ...before };
  for (const slot of days.values()) add(sum, spentOf(slot.sum), 1);
  return moneyPart(sum);
}

/** All of it, oldest first; the same one until something in it changes. */
export function spendingOf(log: SpentLog): Spending {
  return (log.shown ??= {
    days: listed(log.days),
    hours: listed(log.hours),
    ...(!isNothing(log.before) && { before: moneyPart(log.before) }),
  });
}

function listed(slots: ReadonlyMap<Ms, Slot>): readonly SpentIn[] {
  return [...slots.values()]
    .filter(({ sum }) => !isNothing(sum))
    .sort((a, b) => a.at - b.at)
    .map(shownSlot);
}

function shownSlot(slot: Slot): SpentIn {
  return (slot.shown ??= { at: slot.at, endsAt: slot.endsAt, ...moneyPart(slot.sum) });
}

function moneyPart(sum: Sum): Omit<SpentIn, keyof Day> {
  const { pico, priced, unpriced, unsure } = spentOf(sum);
  return { cost: { pico, priced, unpriced }, ...(unsure > 0 && { unsureOutput: unsure }) };
}

function isNothing({ priced, unpriced }: Sum): boolean {
  return priced === 0 && unpriced === 0;
}
