import type { ActionOf } from '../../core/actions.ts';
import { wordDone } from '../../wording/done.ts';
import type { Guest, GuestEnd, GuestRefusal } from '../../core/guest.ts';
import type { Result } from '../../core/result.ts';
import { wordGuestEnd, wordGuestRefusal } from '../../wording/guest.ts';
import { wordRefusal } from '../../wording/refusals.ts';
import { timeOfDay } from '../render/values.ts';
import type { Engine, ScreenEngine } from '../../engine/types.ts';
import { type CallDeps, showCall, showCause } from '../views/call/actions.ts';
import { type Pager, type SnapshotDeps, runSnapshotAction } from '../views/checkpoints/actions.ts';
import type { Context, ScreenAction } from './bindings.ts';
import { preloadFrozen } from './frozen.ts';

/** The requests of the screen to the front end that opened it. */
export type Terminal = {
  readonly copy: (text: string) => boolean;
  readonly suspend: () => void;
  readonly redraw: () => void;
  readonly quit: () => void;
  readonly pager: Pager;
  /** Gives the terminal to a shell or an editor until it ends. */
  readonly lend: (guest: Guest) => Promise<Result<GuestEnd, GuestRefusal>>;
};

export type ActionDeps = SnapshotDeps &
  CallDeps & {
    readonly terminal: Terminal;
    readonly commit: Engine['commit'];
    readonly context: () => Context;
    readonly openHost: ScreenEngine['openHost'];
    readonly dispatchTo: ScreenEngine['dispatchTo'];
  };

/** Makes what runs the actions of a key or a click: those of an operator go to the engine as they are. */
export function createActionRunner(deps: ActionDeps): (actions: readonly ScreenAction[]) => void {
  return (actions) => {
    for (const action of actions) runAction(action, deps);
    // A key's effect is shown at once, not at the next commit.
    if (actions.some(({ type }) => type !== 'view')) deps.commit();
    const isFrozen = actions.some((action) => action.type === 'view' && action.action.type === 'freeze');
    if (isFrozen) preloadFrozen(deps.context());
  };
}

type GuestAction = ScreenAction & { readonly type: 'guest' };

// What the engine refuses comes back as a notice, which the front end shows.
function runAction(action: ScreenAction, deps: ActionDeps): void {
  const { act, terminal, dispatch } = deps;
  switch (action.type) {
    case 'view':
      return dispatch(action.action);
    case 'copy': {
      const copied = terminal.copy(action.text);
      const text = copied ? `copied the ${action.what} ${action.text}` : `the ${action.what} is too long to copy`;
      return dispatch({ type: 'toast', text, kind: copied ? 'done' : 'refused' });
    }
    case 'open_call':
      return void showCall(action.call, deps);
    case 'cause':
      return showCause(action.signal, deps);
    case 'list_snapshots':
    case 'diff':
    case 'plan':
    case 'preview':
    case 'remove':
    case 'rollback':
    case 'init':
    case 'repin':
      return void runSnapshotAction(action, deps);
    case 'open_host':
      return void openHost(action.host, deps);
    case 'on_host':
      return void deps.dispatchTo?.(action.host, action.action);
    case 'suspend':
      return terminal.suspend();
    case 'guest':
      return void lend(action, deps);
    case 'redraw':
      return terminal.redraw();
    case 'quit':
      return terminal.quit();
    case 'older':
      return void readOlder(action, deps);
    case 'take_over':
      return void takeOver(action, deps);
    case 'checkpoint':
    case 'veto':
    case 'fire':
    case 'mode':
    case 'silence':
    case 'unsilence':
    case 'extend_silence':
    case 'ack':
    case 'unack':
    case 'policy':
    case 'budget':
    case 'resolve':
    case 'restore':
    case 'confirm_folder':
    case 'pause':
    case 'resume':
      return void act(action);
  }
}

async function lend({ guest, name }: GuestAction, { terminal, dispatch }: ActionDeps): Promise<void> {
  const what = guest.file === null ? 'shell' : 'editor';
  const ended = await terminal.lend(guest);
  if (!ended.ok) {
    const text = `no ${what} in ${name}: ${wordGuestRefusal(ended.reason)}`;
    return dispatch({ type: 'toast', text, kind: 'refused' });
  }
  const how = wordGuestEnd(ended.value);
  dispatch({ type: 'toast', text: `back from the ${what} in ${name}${how === '' ? '' : `, ${how}`}`, kind: 'info' });
}

async function openHost(host: string | null, deps: ActionDeps): Promise<void> {
  const refused = await deps.openHost?.(host);
  if (refused)
    deps.dispatch({ type: 'toast', text: `${host} is not opened: ${wordRefusal(refused)}`, kind: 'refused' });
}

async function readOlder(action: ActionOf<'older'>, { act, dispatch, context }: ActionDeps): Promise<void> {
  const done = await act(action);
  if (!done.ok) return dispatch({ type: 'toast', text: wordRefusal(done.reason), kind: 'refused' });
  const { value } = done;
  const text =
    value.code === 'older'
      ? `${wordDone(value)}, back to ${timeOfDay(value.from, context().view.now)}`
      : 'stopped reading older files';
  dispatch({ type: 'toast', text, kind: 'done' });
}

async function takeOver(action: ActionOf<'take_over'>, { act, dispatch }: ActionDeps): Promise<void> {
  const taken = await act(action);
  if (!taken.ok) dispatch({ type: 'toast', text: `not taken over: ${wordRefusal(taken.reason)}`, kind: 'refused' });
}
