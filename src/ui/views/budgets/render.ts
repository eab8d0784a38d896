import { type BudgetView, shareOf } from '../../../core/budgets.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { budgetPercent, wordAmountOf, wordLimit, wordSubject } from '../../../wording/budgets.ts';
import type { Context } from '../../app/bindings.ts';
import { nowOf } from '../../app/frozen.ts';
import { bar } from '../../render/charts.ts';
import type { Size } from '../../render/frame.ts';
import { type Line, cell, ofRow, span } from '../../render/line.ts';
import type { Theme } from '../../render/theme.ts';
import { counted, left, shortClock, timeOfDay, tokens } from '../../render/values.ts';
import { type Sheet, DIALOG_INNER, dialog } from '../../widgets/dialog.ts';
import { windowStart } from '../../widgets/list.ts';
import { reachedAt } from './rows.ts';

/** Budgets that are listed at a time; each has two rows. */
const MAX_LISTED = 5;
const NAME_WIDTH = 25;
const AMOUNT_WIDTH = 27;
const BAR_WIDTH = 10;

/** Formats what was spent of what: `≥$192.40 of $240.00/day`, `4.1M of 5.0M tokens in all`. */
export function budgetAmount(budget: BudgetView): string {
  const { isAtLeast, spent, limit, unit } = budget;
  const amount = unit === 'tokens' ? tokens(Number(spent)) : wordAmountOf(budget, spent);
  return `${isAtLeast ? '≥' : ''}${amount} of ${wordLimit(budget, limit)}`;
}

/** Formats what becomes of a budget: `reached about 15:59`, `a checkpoint in 12 s unless you answer`. */
export function budgetCourse(view: EngineView, budget: BudgetView, now: Ms): string {
  const { hold, isAccepted, level, isChanged, unknown, unit } = budget;
  const missing =
    unknown === 0 ? '' : `, ${counted(unknown, 'call')} ${unit === 'usd' ? 'unpriced' : 'without tokens'}`;
  const changed = isChanged ? ', changed for this time' : '';
  if (hold !== null && !hold.isOver) return `a checkpoint in ${left(hold.endsAt, now)} unless you answer${missing}`;
  if (hold !== null) return `no answer: a checkpoint was asked for${missing}`;
  if (level === 'reached') return `used up${isAccepted ? ', let be' : ''}${changed}${missing}`;
  const at = reachedAt(view, budget, now);
  const when = at === null ? 'not reached at the rate of the last hour' : `reached about ${soon(at, now)}`;
  return `${budget.every === 'hour' ? 'below its limit' : when}${changed}${missing}`;
}

// To the minute: it is a rate that goes on as it was.
function soon(at: Ms, now: Ms): string {
  const text = timeOfDay(at, now);
  return /^\d\d:\d\d:\d\d$/u.test(text) ? shortClock(at) : text;
}

/** Names a budget: `each of Codex`, `talk of 0c77d1b2aa90`. */
export function budgetName(budget: BudgetView): string {
  const { name, conversationId } = budget;
  const whose = conversationId === null ? wordSubject(budget) : `of ${conversationId.slice(0, ID_CHARACTERS)}`;
  return [name, whose].filter(Boolean).join(' ');
}

const ID_CHARACTERS = 12;

/** Returns the budgets, and what can be done about the selected one. */
export function budgetsSheet(selected: string | null, context: Context, size: Size, theme: Theme): Sheet {
  const { shown, view: state } = context;
  const { view } = shown;
  const { glyphs } = theme;
  const now = nowOf(state);
  const { budgets } = view;
  const index = Math.max(
    0,
    budgets.findIndex((one) => keyOf(one) === selected),
  );
  const start = windowStart(index, { count: budgets.length, offset: 0, height: MAX_LISTED });
  const listed = budgets.slice(start, start + MAX_LISTED);
  const more = budgets.length - listed.length;
  return dialog({
    title: budgets.length === 1 ? 'Budget' : `Budgets ${budgets.length}`,
    footLeft: more > 0 ? `${more} more: j and k` : '',
    foot: 'Esc closes',
    lines: [[], ...listed.flatMap((budget) => ofRow(keyOf(budget), rowsOf(budget)))],
    selected: budgets.length === 0 ? -1 : 1 + 2 * (index - start),
    size,
    theme,
  });

  function rowsOf(budget: BudgetView): readonly Line[] {
    const tone = budget.level === 'none' ? 'plain' : 'warning';
    return [
      [
        span(' '),
        cell(budgetName(budget), NAME_WIDTH, { glyphs, tone: 'strong' }),
        span(' '),
        cell(budgetAmount(budget), AMOUNT_WIDTH, { glyphs }),
        span(' '),
        { text: bar(Math.min(1, shareOf(budget)), BAR_WIDTH, glyphs), tone: tone === 'plain' ? 'accent' : tone },
        span(` ${budgetPercent(budget)}`, tone),
      ],
      [span('   '), cell(budgetCourse(view, budget, now), DIALOG_INNER - 3, { glyphs })],
    ];
  }
}

/** Describes the budgets, one a line. */
export function describeBudgets(selected: string | null, { shown, view: state }: Context): readonly string[] {
  const { view } = shown;
  const now = nowOf(state);
  return view.budgets.map((budget) => {
    const isSelected = keyOf(budget) === selected;
    const facts = [budgetAmount(budget), budgetPercent(budget), budgetCourse(view, budget, now)].join(', ');
    return `${isSelected ? 'selected: ' : ''}budget ${budgetName(budget)}: ${facts}`;
  });
}

/** Returns the key of a budget of one subject. */
export function keyOf({ id, subject }: BudgetView): string {
  return `${id} ${subject}`;
}
