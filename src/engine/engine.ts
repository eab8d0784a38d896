import { savedCountdowns } from '../core/reactor/persist.ts';
import { createQuestions } from './answers.ts';
import { createIntents } from './intents.ts';
import { assemble, type Parts } from './parts.ts';
import type { EngineDeps, EngineOptions } from './deps.ts';
import { ArmError, type Engine, type Notification } from './types.ts';

/** Between two looks for settled signals that may be forgotten and memory that may be given back, ms. */
const FORGET_MS = 60_000;

/**
 * The engine: follows the feeds, keeps what we know, runs the reactive core and carries out what it decides. All front
 * ends, and programs that embed sightline, stand on it.
 */
export function createEngine(options: EngineOptions, deps: EngineDeps): Engine {
  const parts = assemble(options, deps);
  const { intake, acting, store, committer } = parts;
  let closed: Promise<void> | null = null;
  return {
    store,
    intents: createIntents(parts),
    ask: createQuestions(parts),
    calls: (conversationId) => parts.model.calls(conversationId),
    checkpointer: (workspace) => acting.slots.get(workspace)?.checkpointer ?? null,
    notifyInterruption: (signal, conversationId, about = {}) =>
      intake.take({ type: 'notify', signal, conversationId, ...aboutOf(parts, conversationId, about) }),
    listen: parts.speaker.listen,
    unprinted: parts.saved.unprinted,
    commit: committer.commit,
    start: () => start(parts),
    drained: parts.drained,
    close: (reason = 'closed') => (closed ??= close(parts, reason)),
    abort: acting.abort,
  };
}

// Who is meant: what the caller says, else whose conversation it is.
function aboutOf({ model }: Parts, conversationId: string | null, about: Notification) {
  const known = conversationId !== null && about.agent === undefined;
  const last = known ? model.calls(conversationId).at(-1) : undefined;
  return {
    agent: about.agent ?? last?.agent ?? null,
    processName: about.processName ?? last?.processName ?? null,
    pid: about.pid ?? last?.pid ?? null,
  };
}

async function start({
  options,
  acting,
  arming,
  intake,
  loop,
  life,
  speaker,
  committer,
  store,
  ...parts
}: Parts): Promise<void> {
  // History is read while the checkpointers are asked; what is live waits for `started` in any case.
  intake.open();
  await acting.open();
  const runs = await acting.lookUp(parts.openRuns);
  if (life.closing) return;
  const { mode } = options.config;
  const refused = mode === 'observe' ? null : await arming.setMode(mode, 'configured');
  if (refused !== null) throw new ArmError(refused);
  await (options.evict ? intake.present() : intake.whole());
  await parts.deps.loaded;
  if (life.closing) return;
  life.started = true;
  committer.commit();
  const { sources, workspaces } = store.getState();
  speaker.say({ type: 'started', mode: loop.state().mode, sources, workspaces });
  loop.dispatch({ type: 'recover', runs });
  intake.release();
  if (options.evict) void intake.complete.then(() => life.closing || parts.deps.trimMemory?.());
  forgetNowAndThen({ ...parts.deps, saved: parts.saved, loop }, life);
  parts.changed();
}

type Upkeep = Pick<EngineDeps, 'clock' | 'trimMemory'> & Pick<Parts, 'loop' | 'saved'>;

// The journal must not grow with every signal of the weeks that a run may last; what counts down is written as it is now.
function forgetNowAndThen({ clock, saved, loop, trimMemory = () => undefined }: Upkeep, life: Parts['life']): void {
  life.stopUpkeep = clock.after(FORGET_MS, () => {
    saved.forget(clock.now());
    saved.record(savedCountdowns(loop.state(), loop.now()));
    trimMemory();
    forgetNowAndThen({ clock, saved, loop, trimMemory }, life);
  });
}

async function close(
  { intake, loop, acting, arming, committer, speaker, life, deps }: Parts,
  reason: string,
): Promise<void> {
  life.closing = true;
  await intake.close();
  life.stopUpkeep();
  loop.dispatch({ type: 'stop' });
  await acting.close();
  loop.stopTimers();
  committer.stop();
  await arming.close();
  speaker.say({ type: 'stopped', reason, signals: life.signals, checkpoints: life.checkpoints });
  await deps.flush?.();
  await deps.journal.close();
}
