import type { EngineView } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import { choicesOf, fires, heldBy, isSameHold } from './rows.ts';
import { waitingTypes } from '../workspaces/rows.ts';
import { FRAME_COLUMNS, FRAME_ROWS } from '../../render/frame.ts';
import { type Line, cell, ofRow } from '../../render/line.ts';
import { clipStart } from '../../render/width.ts';
import { windowStart } from '../../widgets/list.ts';
import type { Theme } from '../../render/theme.ts';
import type { Size } from '../../app/layout.ts';
import type { HoldChoice, HoldRef } from '../../app/state.ts';
import { type Sheet, boxed } from '../../widgets/dialog.ts';
import type { Context } from '../../app/bindings.ts';

const MAX_WIDTH = 100;
/** Cells of the time until a hold fires. */
const FIRES_WIDTH = 18;

/** Returns the holds to choose from: workspace, time until it fires, waiting types. */
export function holdsSheet(choice: HoldChoice, view: EngineView, now: Ms, size: Size, theme: Theme): Sheet {
  const width = Math.min(MAX_WIDTH, size.columns) - FRAME_COLUMNS;
  const holds = choicesOf(choice, view);
  const index = holds.findIndex((hold) => choice.selected !== null && isSameHold(hold, choice.selected));
  const room = Math.max(1, size.rows - FRAME_ROWS);
  const start = windowStart(index, { count: holds.length, offset: 0, height: room });
  return boxed({
    title: `${holds.length} checkpoints are held: which one to ${choice.action}?`,
    foot: `Enter ${choice.action === 'veto' ? 'vetoes' : 'fires'} the selected one, Esc cancels`,
    lines: holds.slice(start, start + room).flatMap((hold) => ofRow(idOf(hold), [line(hold)])),
    selected: index - start,
    size,
    theme,
  });

  function line(hold: HoldRef): Line {
    const { glyphs } = theme;
    const held = heldBy(view, hold);
    const paths = Math.max(8, Math.floor((width - FIRES_WIDTH - 2) / 2));
    const when = held === null ? 'over' : fires(held, now);
    return [
      { text: ' ', tone: 'accent' },
      cell(clipStart(hold.workspace, paths - 1, glyphs.ellipsis), paths, {
        glyphs,
        tone: held === null ? 'dim' : 'strong',
      }),
      cell(when, FIRES_WIDTH, { glyphs, tone: held === null ? 'dim' : 'warning' }),
      cell(held === null ? '' : waitingTypes(view, held, glyphs.times), width - paths - FIRES_WIDTH - 2, { glyphs }),
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
