import type { Ms } from '../../core/units.ts';
import { bindingOf, placeOfKeys } from '../keymap.ts';
import { selectedCommand } from '../keys/overlays/commands.ts';
import { type Context, type Deed, look } from '../keys/types.ts';
import { press } from './dispatch.ts';
import { clicked, type Mouse, mouseOf, turned, type Under, underMouse } from './mouse.ts';

/** Two clicks on the same row within this time are Enter, ms. */
export const DOUBLE_CLICK_MS = 400;
/** Lines that one notch of the wheel turns a text. */
const NOTCH = 3;
const TEXTS: ReadonlySet<string> = new Set(['detail', 'diff', 'plan']);

type Hands = {
  readonly now: () => Ms;
  readonly context: () => Context;
  readonly perform: (deeds: readonly Deed[]) => void;
};

/** Does what the mouse asks for, report by report as the terminal sends them. */
export function createPointing({ now, context, perform }: Hands): (report: string) => void {
  let last: { readonly under: Under; readonly at: Ms } | null = null;
  const click = (mouse: Mouse): void => {
    const under = underMouse(mouse, context());
    const isSecond = last !== null && now() - last.at <= DOUBLE_CLICK_MS && isSame(last.under, under);
    last = under === null || isSecond ? null : { under, at: now() };
    if (under === null) return;
    perform(clicked(under, context()));
    if (isSecond && under.type !== 'pane') perform(entered(context()));
  };
  return (report) => {
    const mouse = mouseOf(report);
    if (mouse === null) return;
    if (mouse.type === 'click') return click(mouse);
    const turns = TEXTS.has(context().view.overlay.type) ? NOTCH : 1;
    for (let turn = 0; turn < turns; turn += 1) perform(turned(mouse, context()));
  };
}

// A click is easily made by mistake: it looks and opens, and never acts.
function entered(context: Context): readonly Deed[] {
  const { view } = context;
  const binding = bindingOf(placeOfKeys(view), 'enter', view.keys);
  const kind = view.overlay.type === 'palette' ? selectedCommand(context)?.kind : binding?.kind;
  if (kind !== 'act' && kind !== 'leave') return press('enter', context);
  return look({ type: 'toast', text: 'a click never acts: press Enter', kind: 'refused' });
}

function isSame(one: Under, other: Under | null): boolean {
  return other !== null && JSON.stringify(one) === JSON.stringify(other);
}
