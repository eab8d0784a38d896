import type { ReactNode } from 'react';
import { Lines } from './components/Lines.tsx';
import { frame } from './format/frame.ts';
import { say } from './format/line.ts';
import type { Context } from './keys/types.ts';
import type { Theme } from './theme.ts';
import { clampList } from './view/scroll.ts';
import { rowIds } from './view/shown.ts';
import type { PaneName } from './view/types.ts';

type PaneViewProps = {
  readonly context: Context;
  readonly pane: PaneName;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
};

/** One pane with its slice of what is known. */
export function PaneView({ context, pane, width, height, theme }: PaneViewProps): ReactNode {
  const { shown, view } = context;
  const ids = rowIds(shown, pane);
  const { index, offset } = clampList(ids, view.lists[pane], height - 2);
  const lines = ids.slice(offset, offset + height - 2).map((id) => [say(id)]);
  const framed = { width, height, focused: view.focus === pane, theme, title: pane, lines, selected: index - offset };
  return <Lines lines={frame(framed)} width={width} theme={theme} />;
}
