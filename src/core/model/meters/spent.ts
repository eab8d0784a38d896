/** Money by hour and by local day, updated with each call, so that a view only reads it. */
import { HOUR_MS, MINUTE_MS, type Ms } from '../../units.ts';
import type { Day, FleetSpending, SpentIn, SpentMinute, Spending } from '../types.ts';
import {
  type Spent,
  type SpentMinutes,
  type SpentSlot,
  type SpentSum,
  addSum,
  addToSlot,
  amountOf,
  countMinuteSpent,
  isNothing,
  newSlot,
  noSum,
  shownSlot,
  spentMinutesOf,
  spentOf,
} from './spent-sum.ts';

/** Days, and hours, that are told apart, the newest; what is older is one sum. */
export const SPENT_DAYS = 30;
export const SPENT_HOURS = 48;
/** Models that are told apart. */
const MAX_MODELS = 32;

type ModelSpent = FleetSpending['models'][number];

/** The sums of an agent, of a model, or of all. */
export type SpentLog = {
  readonly days: Map<Ms, SpentSlot>;
  readonly hours: Map<Ms, SpentSlot>;
  readonly before: SpentSum;
  /** The last hour; the series of an agent has the minutes of its own. */
  minutes: SpentMinutes;
  newest: SpentSlot | null;
  newestHour: Ms;
  shown: Spending | null;
  /** Its row among the models. */
  row: ModelSpent | null;
};

/** The sums by model; `others` are those that found no room. */
export type SpentModels = { readonly known: Map<string, SpentLog>; others: SpentLog | null };

/** The hour and the local day that a time lies in; no hour where that is not known. */
export type Place = { readonly day: Day; readonly hour: Ms | null };

/** The time at which some calls ended: place (null: not known), minute, and the newest minute of the model. */
export type When = { readonly place: Place | null; readonly minute: number; readonly newest: number };

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
    before: noSum(),
    minutes: null,
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

/** Counts what some calls cost in (`sign` 1) or out again (`sign` -1). */
export function countSpent(log: SpentLog, when: When, spent: Spent, sign: 1 | -1): void {
  const { place } = when;
  log.shown = null;
  log.row = null;
  log.minutes = countMinuteSpent(log.minutes, when, spent, sign);
  if (place === null) return addSum(log.before, spent, sign);
  const { day, hour } = place;
  if (log.newest === null || day.at > log.newest.at) turnTo(log, day);
  const oldest = log.newest === null ? -Infinity : log.newest.at - SPENT_DAYS * 24 * HOUR_MS;
  if (day.at <= oldest) return addSum(log.before, spent, sign);
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
  const slot = newSlot(day);
  log.days.set(day.at, slot);
  log.newest = slot;
  for (const [at, { sum }] of log.days) {
    if (at > day.at - SPENT_DAYS * 24 * HOUR_MS) continue;
    addSum(log.before, spentOf(sum), 1);
    log.days.delete(at);
  }
}

function addTo(slots: Map<Ms, SpentSlot>, at: Ms, endsAt: Ms, spent: Spent, sign: 1 | -1): void {
  let slot = slots.get(at);
  if (slot === undefined) slots.set(at, (slot = newSlot({ at, endsAt })));
  addToSlot(slot, spent, sign);
}

/** The newest day and the last hour of a conversation: of thousands of them no more is kept. */
export type LateSpent = { day: SpentSlot | null; minutes: SpentMinutes };

/** Counts what calls of a conversation cost in or out again, as `countSpent` does. */
export function countLate(log: LateSpent, when: When, spent: Spent, sign: 1 | -1): void {
  log.minutes = countMinuteSpent(log.minutes, when, spent, sign);
  if (when.place === null) return;
  const { day } = when.place;
  if (log.day === null || day.at > log.day.at) log.day = newSlot(day);
  if (day.at === log.day.at) addToSlot(log.day, spent, sign);
}

/** The view of it; empty where nothing was billed. */
export function lateOf({ day, minutes }: LateSpent): {
  readonly day?: SpentIn;
  readonly minutes?: readonly SpentMinute[];
} {
  const late = spentMinutesOf(minutes);
  return {
    ...(day !== null && !isNothing(day.sum) && { day: shownSlot(day) }),
    ...(late.length > 0 && { minutes: late }),
  };
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
  return (log.row ??= {
    name,
    day: newestDayOf(log),
    minutes: spentMinutesOf(log.minutes),
    total: totalSpent(log),
  });
}

function totalSpent({ days, before }: SpentLog): Omit<SpentIn, keyof Day> {
  const sum = { ...before };
  for (const slot of days.values()) addSum(sum, spentOf(slot.sum), 1);
  return amountOf(sum);
}

/** All of it, oldest first; the same one until something in it changes. */
export function spendingOf(log: SpentLog): Spending {
  return (log.shown ??= {
    days: listed(log.days),
    hours: listed(log.hours),
    minutes: spentMinutesOf(log.minutes),
    ...(!isNothing(log.before) && { before: amountOf(log.before) }),
  });
}

function listed(slots: ReadonlyMap<Ms, SpentSlot>): readonly SpentIn[] {
  return [...slots.values()]
    .filter(({ sum }) => !isNothing(sum))
    .sort((a, b) => a.at - b.at)
    .map(shownSlot);
}
