import { holdsOf, heldBy, leftOf } from '../../views/holds/rows.ts';
import { shortName } from '../../views/workspaces/names.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { type ScreenAction, type Binding, type Context, disabled, enabled, viewAction, CLOSE } from '../bindings.ts';
import { overlayView } from '../view.ts';

/** Leaves the screen; asks first while a checkpoint is held or running, unless the shutdown is already waiting for it. */
export function quit({ live, view: { leaving } }: Pick<Context, 'live' | 'view'>): readonly ScreenAction[] {
  // An engine in another process goes on.
  const isLost = live.attachment === undefined && leaving === null && !live.readOnly;
  const isBusy = isLost && live.workspaces.some(({ hold, run }) => hold !== null || run !== null);
  return isBusy ? viewAction({ type: 'overlay', overlay: { type: 'quit' } }) : [{ type: 'quit' }];
}

/** Returns what is lost or waited for by leaving now. */
export function quitQuestion(view: EngineView, now: Ms): string {
  const held = holdsOf(view).flatMap((hold) => heldBy(view, hold) ?? []);
  const [first, ...others] = held;
  if (first !== undefined) {
    const name = shortName(first.path, view);
    if (others.length === 0) return `${name} is held, ${leftOf(first, now)} left, and is not taken if you quit.`;
    return `${held.length} checkpoints are held, ${name} first, ${leftOf(first, now)} left; none is taken if you quit.`;
  }
  const running = view.workspaces.filter(({ run }) => run !== null).map(({ path }) => shortName(path, view));
  return running.length === 0
    ? 'Nothing is held or running any more.'
    : `${running.join(', ')}: a run is on; quitting waits for it.`;
}

/** The bindings of the question before leaving. */
const QUIT_KEYS: readonly Binding[] = [
  {
    keys: ['f'],
    kind: 'act',
    id: 'fire-and-quit',
    label: 'fire it, then quit',
    help: 'take the held checkpoint now, then quit',
    footer: true,
    availability: ({ live }) => (holdsOf(live).length === 0 ? disabled('no checkpoint is held') : enabled()),
    // Every hold that is there is meant: all of them would be lost.
    run: ({ live }) => [
      ...viewAction(CLOSE),
      ...holdsOf(live).map(({ workspace, startedMono }): ScreenAction => ({
        type: 'fire',
        workspace,
        heldSince: startedMono,
      })),
      { type: 'quit' },
    ],
  },
  {
    keys: ['q', 'y'],
    kind: 'leave',
    id: 'quit-now',
    label: 'quit without it',
    help: 'quit; a held checkpoint is not taken, a running one is waited for',
    footer: true,
    availability: ({ live }) => {
      const isHeld = holdsOf(live).length > 0;
      return isHeld ? enabled() : enabled('', '', 'quit');
    },
    run: () => [...viewAction(CLOSE), { type: 'quit' }],
  },
  {
    keys: ['escape', 'n'],
    kind: 'view',
    id: 'stay',
    label: 'stay',
    help: 'stay here',
    footer: true,
    availability: () => enabled(),
    run: () => viewAction(CLOSE),
  },
];

declare module '../state.ts' {
  interface OverlayStates {
    /** A checkpoint is held or running: what to do with it before the screen is left. */
    readonly quit: unknown;
  }
}

/** The question before leaving. */
export const quitView = overlayView('quit', {
  title: 'a question before leaving',
  isQuestion: true,
  bindings: QUIT_KEYS,
  render: () => null,
  describe: (_, { live, view }) => [
    quitQuestion(live, view.now),
    'f fires it, then quits; q quits without it; escape stays',
  ],
});
