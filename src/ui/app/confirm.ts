import { type ScreenAction, type Context, viewAction, viewBinding } from './bindings.ts';
import { beneath } from './keys/beside.ts';
import type { Overlay } from './state.ts';
import { overlayView } from './view.ts';

/** A question in the last line; `yes` and `no` describe what each answer does. */
export type Question = {
  readonly question: string;
  readonly effects: readonly string[];
  readonly yes: string;
  readonly no: string;
  /** The actions after an answer of yes. */
  readonly confirmed: readonly ScreenAction[];
  /** The view that it is asked in, which an answer goes back to; the panes without it. */
  readonly of?: Overlay;
};

declare module './state.ts' {
  interface OverlayStates {
    readonly confirm: Question;
  }
}

/** A question before something acts. */
export const confirmView = overlayView('confirm', {
  title: 'a question',
  isQuestion: true,
  wheel: 0,
  bindings: [
    {
      ...viewBinding({ keys: ['y', 'Y'], id: 'yes', label: 'yes', help: 'confirm' }, confirm),
      kind: 'act',
    },
    viewBinding({ keys: ['n', 'N', 'escape', 'q'], id: 'no', label: 'no', help: 'cancel' }, leave),
  ],
  // The question stands in the last line, what would happen in the one above it.
  render: () => null,
  describe: ({ question, effects, yes, no }) => [question, ...effects, `y: ${yes}, n: ${no}`],
});

function confirm(context: Context): readonly ScreenAction[] {
  const { overlay } = context.view;
  return overlay.type === 'confirm' ? [...leave(context), ...overlay.confirmed] : [];
}

function leave({ view: { overlay } }: Context): readonly ScreenAction[] {
  return viewAction({ type: 'overlay', overlay: beneath(overlay) });
}
