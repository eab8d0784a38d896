import type { Theme } from '../render/theme.ts';
import type { Sheet } from '../widgets/dialog.ts';
import type { Binding, Context } from './bindings.ts';
import type { Size } from './layout.ts';

/** One view, or one mode of it in which keys mean something else: a row of the registry in `views.ts`. */
export type View = {
  /** What the listing of keys calls it. */
  readonly title: string;
  /** Its keys, in the order in which help and footer show them. */
  readonly bindings: readonly Binding[];
  /** Draws it over the panes; null where it stands among them, or has nothing to show. */
  readonly render: (context: Context, size: Size, theme: Theme) => Sheet | null;
  /** Describes it for a screen reader, in lines. */
  readonly describe: (context: Context) => readonly string[];
};
