import type { Ms } from '../../core/units.ts';
import { systemClock } from '../../effects/clock.ts';
import { complain } from '../../effects/terminal/output.ts';
import { type Keyboard, askLine } from '../../effects/terminal/terminal.ts';
import type { Engine, EngineView, ScreenEngine } from '../../engine/types.ts';
import { findEngines } from '../../remote/find.ts';
import { connectToEngine } from '../../remote/local.ts';
import { connect, connectToEngines, type Found, type Refused, rootsEngineLine, wordProblem } from '../engines.ts';
import { shortName } from '../../wording/workspace-names.ts';

/** The interval at which a console whose engine is gone searches for the next one, ms. */
const RETRY_MS: Ms = 1_000;

/** The engine that a screen shows and controls: one of this process, or of another one. */
export type Shown = ScreenEngine & Pick<Engine, 'listen' | 'start' | 'close' | 'abort'>;

export type AttachOptions = {
  /** `any`, `none` or a process id, as the user wants it; null: any, if there is one. */
  readonly wanted: string | null;
  readonly keyboard: Keyboard;
  /** Opens and starts an engine of our own in the place of the one whose last view this is: the operator takes over. */
  readonly openOwn: (last: EngineView) => Promise<Engine>;
};

/** The result: an engine in another process, none to attach to (an own one is to be opened), or the exit code. */
export type Attached =
  | { readonly type: 'engine'; readonly engine: Shown }
  /** `problem`: the engine that was found and takes no console. */
  | { readonly type: 'own'; readonly problem: string | null }
  | { readonly type: 'exit'; readonly code: number };

/** Attaches to the engine of this machine that the user means; asks where there are several. */
export async function attachToEngine({ wanted, keyboard, openOwn }: AttachOptions): Promise<Attached> {
  if (wanted === 'none') return { type: 'own', problem: null };
  const pid = wanted === null || wanted === 'any' ? null : Number(wanted);
  const { found, refused } = await connectToEngines(pid);
  const [first] = found;
  if (first === undefined) return noEngine(wanted, refused);
  const chosen = found.length === 1 ? first : await choose(found, keyboard);
  for (const one of found) if (one !== chosen) one.engine.close();
  if (chosen === null) return { type: 'exit', code: 130 };
  return { type: 'engine', engine: followed(chosen, openOwn) };
}

function noEngine(wanted: string | null, refused: readonly Refused[]): Attached {
  const other = refused.find(({ why }) => why !== 'closed');
  const problem = other && `cannot attach to the engine with pid ${other.pid}: ${wordProblem(other)}`;
  // One of our own beside an engine that we do not understand would look like it and act on nothing.
  if (wanted === null && other?.why !== 'wire_version') return { type: 'own', problem: problem ?? null };
  if (problem !== undefined) complain(problem);
  const roots = rootsEngineLine(wanted);
  if (roots !== null) complain(roots);
  else if (other === undefined)
    complain(
      wanted === 'any' ? 'no engine runs here that could be attached to' : `no engine with pid ${wanted} runs here`,
    );
  return { type: 'exit', code: 3 };
}

/** Asks on the terminal, before there is a screen; null where the person leaves. */
function choose(found: readonly Found[], keyboard: Keyboard): Promise<Found | null> {
  const lines = found.map(({ engine }, index) => `  ${index + 1}  ${describe(engine.store.getState())}`);
  return askLine(keyboard, ['several engines run here; which one?', ...lines].join('\n'), {
    read: (line) => found[Number(line || '1') - 1],
    again: `a number from 1 to ${found.length}, or Ctrl-C`,
  });
}

function describe(view: EngineView): string {
  const { attachment, mode, workspaces } = view;
  const names = workspaces.map(({ path }) => shortName(path, view)).join(', ');
  return `pid ${attachment?.engine.pid} ${attachment?.engine.command} ${mode} ${names || 'no workspace'}`;
}

/** A remote engine with all that a screen needs: looks for a successor when it is gone, or becomes one when asked to. */
function followed({ engine: remote }: Found, openOwn: AttachOptions['openOwn']): Shown {
  let own: Engine | null = null;
  let isClosed = false;
  let cancel = (): void => undefined;
  const ends: (() => void)[] = [];
  const listeners = new Set<Parameters<Engine['listen']>[0]>();
  const isLost = (): boolean => remote.store.getState().attachment?.lostSince !== null;
  const look = async (): Promise<void> => {
    if (isClosed || own !== null || !isLost()) return;
    const before = new Set(remote.store.getState().workspaces.map(({ path }) => path));
    for (const at of findEngines().filter(({ pid }) => pid !== process.pid)) {
      const found = await connect(at);
      if (!found.ok) continue;
      const { workspaces } = found.value.engine.store.getState();
      found.value.engine.close();
      const isSuccessor = before.size === 0 || workspaces.some(({ path }) => before.has(path));
      const channel = isSuccessor && own === null ? await connectToEngine(at) : null;
      if (channel?.ok === true && (await remote.reattach(channel.value)).ok) return;
    }
    lookSoon();
  };
  const lookSoon = (): void => {
    cancel();
    cancel = systemClock.after(RETRY_MS, () => void look());
  };
  // The engine of another process becomes ours: the same screen goes on over it.
  const takeOver = async (): Promise<void> => {
    cancel();
    const opened = await openOwn(remote.store.getState());
    own = opened;
    const show = (): void => remote.store.setState(opened.store.getState(), true);
    ends.push(opened.store.subscribe(show), ...[...listeners].map((listener) => opened.listen(listener)));
    opened.commit();
    show();
  };
  ends.push(
    remote.store.subscribe((view, former) => {
      if (own === null && view.attachment?.lostSince !== null && former.attachment?.lostSince === null) lookSoon();
    }),
  );
  return {
    store: remote.store,
    calls: (conversationId) => (own ?? remote).calls(conversationId),
    queries: proxied(() => own?.queries ?? remote.queries),
    commit: () => (own ?? remote).commit(),
    dispatch: async (action) => {
      if (own !== null) return own.dispatch(action);
      if (action.type !== 'take_over' || !isLost()) return remote.dispatch(action);
      await takeOver();
      return { ok: true, value: { code: 'accepted', target: action.workspace } };
    },
    listen: (listener) => {
      listeners.add(listener);
      const end = remote.listen(listener);
      return () => {
        listeners.delete(listener);
        end();
      };
    },
    start: () => Promise.resolve(),
    close: async (reason) => {
      isClosed = true;
      cancel();
      for (const end of ends.splice(0)) end();
      remote.close();
      await own?.close(reason);
    },
    abort: () => own?.abort(),
  };
}

/** The queries of whichever engine there is when they are asked. */
function proxied(queries: () => ScreenEngine['queries']): ScreenEngine['queries'] {
  return {
    content: (...args) => queries().content(...args),
    story: (...args) => queries().story(...args),
    search: (...args) => queries().search(...args),
    snapshots: (...args) => queries().snapshots(...args),
    diff: (...args) => queries().diff(...args),
    contents: (...args) => queries().contents(...args),
    rollbackPlan: (...args) => queries().rollbackPlan(...args),
    restorePlan: (...args) => queries().restorePlan(...args),
    initPlan: (...args) => queries().initPlan(...args),
    repinPlan: (...args) => queries().repinPlan(...args),
    resolvers: (...args) => queries().resolvers(...args),
    sourcesOf: (...args) => queries().sourcesOf(...args),
    callOf: (...args) => queries().callOf(...args),
    silences: () => queries().silences(),
    agent: (...args) => queries().agent(...args),
    pausePlan: (...args) => queries().pausePlan(...args),
  };
}
