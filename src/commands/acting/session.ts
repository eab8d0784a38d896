/** One workspace to act on: through the engine that has it, or by an engine without feeds that lives as long as the command. */
import type { Action, ActionResult } from '../../core/actions.ts';
import { isRecord } from '../../core/record.ts';
import { terminalName, userName } from '../../effects/person.ts';
import { peekJournal } from '../../effects/state/journal-peek.ts';
import { type Journal, openJournal } from '../../effects/state/journal.ts';
import { complain } from '../../effects/terminal/output.ts';
import type { EngineEvent, EngineName, EngineView } from '../../engine/types.ts';
import { openEngine } from '../../engine/wire.ts';
import type { RemoteQueries } from '../../remote/client.ts';
import { openLogger } from '../logger.ts';
import { listenForStop } from '../shutdown.ts';
import type { Target } from './target.ts';

/** A workspace to act on. */
export type Session = {
  /** Null where the command acts itself. */
  readonly engine: EngineName | null;
  /** By the name that it has there. */
  readonly workspace: string;
  readonly view: () => EngineView;
  readonly queries: Pick<RemoteQueries, 'snapshots' | 'diff' | 'contents' | 'rollbackPlan' | 'restorePlan'>;
  readonly act: (action: Action) => Promise<ActionResult>;
  readonly listen: (listener: (event: EngineEvent) => void) => () => void;
  readonly close: () => Promise<void>;
};

/** Opens the session of a target. `acts` false: the state folder is only read. */
export async function openSession(target: Target, { acts }: { readonly acts: boolean }): Promise<Session> {
  const { through, workspace } = target;
  if (through === null) return openOwn(target, acts);
  const { engine } = through;
  return {
    engine: engine.store.getState().attachment?.engine ?? null,
    workspace,
    view: engine.store.getState,
    queries: engine.queries,
    act: engine.dispatch,
    listen: engine.listen,
    close: () => Promise.resolve(engine.close()),
  };
}

async function openOwn({ config, workspace: given }: Target, acts: boolean): Promise<Session> {
  if (!config.talk.quiet) for (const notice of config.notices) complain(notice);
  const log = openLogger(config.talk, config.talk.debug ? complain : null);
  const journal = acts
    ? ofWorkspace(await openJournal(config.stateDir, complain), given)
    : peekJournal(config.stateDir, ['workspace:']);
  const alone = {
    ...config,
    sources: [],
    mode: 'observe' as const,
    workspaces: { agents: {}, processes: {}, fallback: given },
    fromSessions: { enabled: false, roots: [] },
    // Of what may be spent, an engine without a source knows nothing.
    budgets: [],
    notices: [],
  };
  // What it settles of a run that was killed is left to be printed by the next one that prints.
  const options = { evict: false, takeOver: false, commitMs: null, prints: true, journal, deps: { feeds: () => [] } };
  const engine = await openEngine(alone, options, log.talk);
  await engine.start();
  const view = (): EngineView => {
    engine.commit();
    return engine.store.getState();
  };
  const [only] = view().workspaces;
  const by = { user: userName(), tty: terminalName(), claimed: false };
  return {
    engine: null,
    workspace: only?.path ?? given,
    view,
    queries: engine.queries,
    act: async (action) => {
      const stop = listenForStop();
      void stop.first.then(({ reason }) => {
        complain('ending when it is done; the same once more ends it at once');
        return engine.close(reason);
      });
      void stop.second.then(engine.abort);
      const isAlone = action.type === 'checkpoint' || action.type === 'remove';
      try {
        return await engine.dispatch({ ...action, by, ...(isAlone && { exclusive: true }) });
      } finally {
        stop.forget();
      }
    },
    listen: engine.listen,
    close: async () => {
      await engine.close('done');
      log.close();
    },
  };
}

// What belongs to other workspaces is not ours to settle.
function ofWorkspace(journal: Journal, workspace: string): Journal {
  const isVisible = (key: string, value: unknown): boolean => {
    if (key.startsWith('workspace:')) return key === `workspace:${workspace}`;
    if (!key.startsWith('signal:')) return true;
    const signal = isRecord(value) ? value['signal'] : null;
    return isRecord(signal) && signal['workspace'] === workspace;
  };
  return {
    ...journal,
    get persistent() {
      return journal.persistent;
    },
    get: (key) => {
      const value = journal.get(key);
      return isVisible(key, value) ? value : undefined;
    },
    entries: (prefix) => journal.entries(prefix).filter(([key, value]) => isVisible(key, value)),
  };
}
