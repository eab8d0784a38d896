import { type Budget, type BudgetFact, type BudgetReading, type BudgetView, shareOf } from '../core/budgets.ts';
import { MAX_SHOWN_BUDGETS } from '../core/limits.ts';
import type { Model } from '../core/model/types.ts';
import { budgetStateOf, effective, factOf, newsOf } from '../core/reactor/budgets.ts';
import { workspaceFor } from '../core/reactor/signals.ts';
import type { Refusal } from '../core/reasons.ts';
import type { Result } from '../core/result.ts';
import { type Mono, wallOf } from '../core/units.ts';
import type { Clock } from '../effects/clock.ts';
import type { Journal } from '../effects/state/journal.ts';
import { keepBegins, keepSums } from '../effects/state/saved-budgets.ts';
import type { Loop } from './loop.ts';

/** Between two looks at what only time changes, which also keep the sums, ms. */
const ROUND_MS = 5_000;
/**
 * What decisions after calls may take of the time, as a part: with thousands of agents each reads very many sums, and calls
 * come in many pieces.
 */
const PART_OF_TIME = 10;
/** Subjects that a refusal names. */
const MAX_NAMED = 16;

/** The budgets of an engine: what was spent of them, and what the reactor is told of that. */
export type Budgets = {
  /** Begins to look at them; what is reached by now was reached before. */
  readonly start: () => void;
  /** Tells the reactor which levels have changed by what was received; of history, the next round does. */
  readonly received: () => void;
  /** The fullest first. */
  readonly views: () => readonly BudgetView[];
  /** Goes on with the budgets of a configuration that was read again. */
  readonly set: (list: readonly Budget[]) => void;
  /** Finds a budget by its name and whose it is. */
  readonly find: (name: string, subject?: string) => Result<BudgetFact, Refusal>;
  /** Keeps the sums, and looks no more. */
  readonly close: () => void;
};

type BudgetDeps = {
  readonly model: Pick<Model, 'budgets' | 'version'>;
  readonly loop: Pick<Loop, 'dispatch' | 'state' | 'now'>;
  readonly clock: Clock;
  readonly journal: Journal;
  /** False for a run that only prints what is there. */
  readonly isFollowing: boolean;
};

const NONE: readonly BudgetView[] = [];
const NO_READINGS: readonly BudgetReading[] = [];
const SECOND_MS = 1_000;

/** Makes the budgets of an engine. */
export function createBudgets({ model, loop, clock, journal, isFollowing }: BudgetDeps): Budgets {
  let count = loop.state().settings.budgets.length;
  let isStarted = false;
  let isUpdating = false;
  let stopRound = (): void => undefined;
  let known = { key: '', readings: NO_READINGS };
  let shown = NONE;
  const workspaceOf = (owner: Parameters<typeof workspaceFor>[1]): string | null =>
    workspaceFor(loop.state().settings.workspaces, owner);
  // Asked at each frame: the same while no call came within the second.
  const read = (): readonly BudgetReading[] => {
    if (count === 0) return NO_READINGS;
    const { at } = loop.now();
    const key = `${model.version()} ${Math.floor(at / SECOND_MS)}`;
    if (known.key !== key) known = { key, readings: model.budgets.read(at, workspaceOf) };
    return known.readings;
  };
  const update = (): void => {
    if (!isStarted || isUpdating || count === 0) return;
    isUpdating = true;
    const readings = read();
    for (const reading of readings) {
      const found = newsOf(loop.state().budgets, reading);
      if (found !== null) loop.dispatch({ type: 'budget_level', ...found });
    }
    model.budgets.settle();
    if (readings.some(({ fresh }) => fresh !== 0n)) known = { key: '', readings: NO_READINGS };
    isUpdating = false;
  };
  const pace = paced(update, clock);
  const received = (): void => {
    if (!isFollowing) return update();
    if (model.budgets.hasFresh()) pace.soon();
  };
  const save = (): void => {
    if (count > 0 && isStarted) keepSums(journal, model.budgets.changes());
  };
  const round = (): void => {
    update();
    save();
    if (count > 0 && isFollowing) stopRound = clock.after(ROUND_MS, round);
  };
  const begin = (): void => {
    if (isFollowing) keepBegins(journal, model.budgets.begins());
    stopRound();
    round();
  };
  return {
    start: () => {
      isStarted = true;
      begin();
    },
    received,
    views: () => {
      const views = viewsOf(read(), loop);
      shown = isSame(views, shown) ? shown : views;
      return shown;
    },
    set: (list) => {
      model.budgets.set(list, loop.now().at);
      count = list.length;
      known = { key: '', readings: NO_READINGS };
      if (isStarted) begin();
    },
    find: (name, subject) => {
      const named = read().filter(({ budget }) => budget.name === name);
      const [only, ...others] = subject === undefined ? named : named.filter((one) => one.subject === subject);
      if (only === undefined) return { ok: false, reason: { code: 'no_such_budget', name } };
      if (others.length === 0) return { ok: true, value: factOf(budgetStateOf(loop.state().budgets, only), only) };
      const subjects = named.slice(0, MAX_NAMED).map((one) => one.subject);
      return { ok: false, reason: { code: 'budget_of_whom', name, subjects } };
    },
    close: () => {
      stopRound();
      pace.stop();
      save();
      isStarted = false;
    },
  };
}

/** Returns work that is done at once, or, where it has just been done, when it has rested `PART_OF_TIME` times as long. */
function paced(work: () => void, clock: Clock): { readonly soon: () => void; readonly stop: () => void } {
  let restsUntil: Mono = 0;
  let stopLater: (() => void) | null = null;
  const run = (): void => {
    stopLater = null;
    const startedAt = clock.mono();
    work();
    const endedAt = clock.mono();
    restsUntil = endedAt + (endedAt - startedAt) * PART_OF_TIME;
  };
  return {
    soon: () => {
      const inMs = restsUntil - clock.mono();
      if (stopLater !== null) return;
      if (inMs <= 0) run();
      else stopLater = clock.after(inMs, run);
    },
    stop: () => stopLater?.(),
  };
}

function viewsOf(readings: readonly BudgetReading[], loop: Pick<Loop, 'state' | 'now'>): readonly BudgetView[] {
  if (readings.length === 0) return NONE;
  const { budgets } = loop.state();
  const now = loop.now();
  const views = readings.map((reading): BudgetView => {
    const { budget, id, subject, agent, conversationId, workspace, unknown, isAtLeast, periodAt, endsAt } = reading;
    const { name, per, every, unit, action, warnAt } = budget;
    const state = budgetStateOf(budgets, reading);
    const hold = state?.hold ?? null;
    const about = { id, name, per, every, unit, action, warnAt, subject, agent, conversationId, workspace };
    const known = { unknown, isAtLeast, periodAt, endsAt };
    return {
      ...about,
      ...known,
      ...effective(state, reading),
      level: state?.level ?? 'none',
      since: state === null || state.level === 'none' ? null : state.at,
      isChanged: state !== null && (state.raisedTo !== null || state.base !== '0'),
      isAccepted: state?.isAccepted ?? false,
      hold: hold && { startedAt: hold.startedAt, endsAt: Math.round(wallOf(now, hold.endsMono)), isOver: hold.isOver },
    };
  });
  const fullest = (a: BudgetView, b: BudgetView): number => shareOf(b) - shareOf(a);
  if (views.length <= MAX_SHOWN_BUDGETS) return views.toSorted(fullest);
  // Whatever is asked has to be seen: it comes before what is fuller and asks nothing.
  const rank = ({ hold }: BudgetView): number => (hold === null ? 2 : hold.isOver ? 1 : 0);
  const kept = views.toSorted((a, b) => rank(a) - rank(b) || fullest(a, b)).slice(0, MAX_SHOWN_BUDGETS);
  return kept.toSorted(fullest);
}

function isSame(a: readonly BudgetView[], b: readonly BudgetView[]): boolean {
  return a.length === b.length && a.every((one, at) => isSameView(one, b[at]));
}

function isSameView(a: BudgetView, b: BudgetView | undefined): boolean {
  if (b === undefined) return false;
  const keys = Object.keys(a) as (keyof BudgetView)[];
  return keys.every((key) => (key === 'hold' ? isSameHold(a.hold, b.hold) : a[key] === b[key]));
}

// Two clocks that are read one after the other differ by a little each time.
function isSameHold(a: BudgetView['hold'], b: BudgetView['hold']): boolean {
  if (a === null || b === null) return a === b;
  return a.startedAt === b.startedAt && a.isOver === b.isOver && Math.abs(a.endsAt - b.endsAt) < SECOND_MS;
}
