import type { StoreApi } from 'zustand/vanilla';
import { createStore } from 'zustand/vanilla';
import type { Engine, EngineView } from '../../../src/engine/types.ts';
import type { Call } from '../../../src/core/calls.ts';
import { ScreenWorld } from '../../helpers/view.ts';

/** Moments of a busy engine, taken beforehand, so that a bench of the screen measures the screen alone. */
export type Moments = { readonly views: readonly EngineView[]; readonly calls: readonly (readonly Call[])[] };

/** `change` says what happens between two moments. */
export async function takeMoments(
  conversations: number,
  moments: number,
  change: (world: ScreenWorld, moment: number) => void,
): Promise<Moments> {
  const world = await ScreenWorld.started('auto', { evict: false });
  for (let at = 0; at < conversations; at += 1) {
    world.call({
      conversationId: nameOf(at),
      agent: `agent${at % 20}`,
      userQuery: 'make the failing test pass',
      ago: 5_000,
    });
  }
  const taken = [];
  for (let moment = 0; moment < moments; moment += 1) {
    change(world, moment);
    const view = world.view();
    taken.push({ view, calls: world.engine.calls(view.model.conversations[0]?.conversationId ?? null) });
  }
  return { views: taken.map(({ view }) => view), calls: taken.map(({ calls }) => calls) };
}

export function nameOf(conversation: number): string {
  return conversation.toString(16).padStart(12, '0');
}

export type PlayedEngine = Pick<Engine, 'store' | 'dispatch' | 'calls' | 'commit' | 'queries'> & {
  readonly show: (moment: number) => void;
};

/** An engine that shows those moments and does nothing else. */
export function playEngine({ views, calls }: Moments): PlayedEngine {
  const [first] = views;
  if (first === undefined) throw new Error('no moments');
  const store: StoreApi<EngineView> = createStore<EngineView>()(() => first);
  let shown: readonly Call[] = calls[0] ?? [];
  const nothing = (): never => {
    throw new Error('a played engine does nothing');
  };
  return {
    store,
    calls: () => shown,
    commit: () => undefined,
    dispatch: nothing,
    queries: new Proxy({} as Engine['queries'], { get: () => nothing }),
    show: (moment) => {
      const view = views[moment % views.length] ?? first;
      shown = calls[moment % calls.length] ?? [];
      store.setState(view, true);
    },
  };
}
