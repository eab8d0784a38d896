import type { EngineView } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import { type HoldChoice, choicesOf, fires, heldBy, isSameHold } from './rows.ts';
import { placeName } from '../workspaces/names.ts';
import { waitingFor } from '../workspaces/state.ts';
import { bar } from '../../render/charts.ts';
import { type Line, cell, ofRow, span } from '../../render/line.ts';
import { windowStart } from '../../widgets/list.ts';
import type { Theme } from '../../render/theme.ts';
import type { Size } from '../../render/frame.ts';
import type { HoldRef } from '../../app/state.ts';
import { DIALOG_INNER, type Sheet, dialog } from '../../widgets/dialog.ts';
import type { Context } from '../../app/bindings.ts';

/** Holds that are listed at a time. */
const MAX_LISTED = 9;
/** Cells of a name, of the time until a hold fires, and of its bar. */
const NAME_WIDTH = 18;
const FIRES_WIDTH = 14;
const BAR_WIDTH = 10;

/** Returns the holds to choose from, the most urgent first; one that is over leaves the list. */
export function holdsSheet(choice: HoldChoice, view: EngineView, now: Ms, size: Size, theme: Theme): Sheet {
  const { glyphs } = theme;
  const holds = choicesOf(choice, view);
  const index = holds.findIndex((hold) => choice.selected !== null && isSameHold(hold, choice.selected));
  const start = windowStart(index, { count: holds.length, offset: 0, height: MAX_LISTED });
  const shown = holds.slice(start, start + MAX_LISTED);
  const verb = choice.action;
  const marked = holds[index];
  return dialog({
    title: `${verb === 'veto' ? 'Veto' : 'Fire'} which checkpoint?`,
    footLeft: marked === undefined ? 'nothing is marked' : `Enter ${verb} ${placeName(marked.workspace, view)}`,
    foot: 'Esc none',
    lines: [
      [],
      ...shown.flatMap((hold, at) => ofRow(idOf(hold), [line(hold, start + at + 1)])),
      ...(holds.length > 1 ? [[span(` a  ${holds.length === 2 ? 'both' : `all ${holds.length}`}`)]] : []),
      ...(holds.length === 0 ? [[span(' no checkpoint is held any more', 'dim')]] : []),
      [],
      [span(' The countdowns run on; a checkpoint that fires leaves this list.', 'dim')],
    ],
    selected: index === -1 ? -1 : 1 + index - start,
    size,
    theme,
  });

  function line(hold: HoldRef, number: number): Line {
    const held = heldBy(view, hold);
    const timer = held?.hold ?? null;
    const ratio = timer === null ? 0 : (timer.endsAt - now) / Math.max(1, timer.endsAt - timer.startedAt);
    return [
      span(` ${number}  `),
      cell(placeName(hold.workspace, view), NAME_WIDTH, { glyphs, tone: 'strong' }),
      span(' '),
      cell(held === null ? 'over' : fires(held, now), FIRES_WIDTH, { glyphs }),
      { text: bar(ratio, BAR_WIDTH, glyphs), tone: 'accent' },
      span(' '),
      cell(held === null ? '' : waitingFor(view, held), DIALOG_INNER - NAME_WIDTH - FIRES_WIDTH - BAR_WIDTH - 6, {
        glyphs,
      }),
    ];
  }
}

function idOf({ workspace, startedMono }: HoldRef): string {
  return `${startedMono} ${workspace}`;
}

/** Describes the holds to choose from. */
export function describeHolds(choice: HoldChoice, { live, view }: Context): readonly string[] {
  const listed = choicesOf(choice, live).map((hold) => {
    const held = heldBy(live, hold);
    const isSelected = choice.selected !== null && isSameHold(hold, choice.selected);
    return `${isSelected ? 'selected: ' : ''}${hold.workspace}, ${held === null ? 'over' : fires(held, view.now)}`;
  });
  return [
    ...listed,
    `up and down select, enter ${choice.action === 'veto' ? 'vetoes' : 'fires'} the selected one, escape cancels`,
  ];
}
