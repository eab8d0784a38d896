/** The whole screen as text, drawn by Ink at a fixed size, without a terminal. */
import { renderToString } from 'ink';
import type { ReactNode } from 'react';
import { Panes } from '../../src/ui/app/App.tsx';
import { contextOf } from '../../src/ui/app/context.ts';
import { type Theme, themeOf } from '../../src/ui/render/theme.ts';
import type { Size } from '../../src/ui/render/frame.ts';
import { newViewState } from '../../src/ui/app/reducer.ts';
import type { ViewState } from '../../src/ui/app/state.ts';
import type { Queries } from '../../src/ui/app/bindings.ts';
import type { Ms } from '../../src/core/units.ts';
import type { EngineView, ScreenEngine } from '../../src/engine/types.ts';
import type { ScreenWorld } from './view.ts';

// Times on the screen are local; the agreed pictures are UTC.
process.env['TZ'] = 'UTC';

/** How tests look at things: Unicode, and colours where Ink has any. */
export const THEME: Theme = themeOf({ ascii: false, colour: true });
export const ASCII_THEME: Theme = themeOf({ ascii: true, colour: false });

export type PictureOptions = Size & { readonly theme?: Theme; readonly view?: Partial<ViewState> };

/** What a person sees of this world now. */
export function pictureOf(world: ScreenWorld, options: PictureOptions): string {
  const { calls, queries } = world.engine;
  return pictureOfEngine({ view: world.view(), calls, queries }, world.now, options);
}

/** An engine of this process or of another one, as a screen reads it. */
type ShownEngine = Pick<ScreenEngine, 'calls'> & { readonly view: EngineView; readonly queries: Queries };

/** What a person sees of an engine at `now`. */
export function pictureOfEngine({ view: live, calls, queries }: ShownEngine, now: Ms, options: PictureOptions): string {
  const { columns, rows, theme = THEME, view = {} } = options;
  const size = { columns, rows };
  const context = contextOf({ live, view: { ...newViewState(now), ...view } }, calls, size, { queries });
  return draw(<Panes context={context} size={size} theme={theme} />, columns);
}

/** A component as text; throws what it throws, and when it draws nothing. */
export function draw(node: ReactNode, columns: number): string {
  const text = renderToString(node, { columns });
  if (text.trim() === '') throw new Error('an empty picture');
  return text;
}
