/** The contents of a state folder, read and changed through the engine that owns it, or by the core alone. */
import type { Action, ActionResult } from '../../core/actions.ts';
import type { Notice } from '../../core/reactor/messages.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import { VERSION } from '../../core/version.ts';
import { systemClock } from '../../effects/clock.ts';
import { terminalName, userName } from '../../effects/person.ts';
import { peekJournal } from '../../effects/state/journal-peek.ts';
import { openJournal, type StateProblem } from '../../effects/state/journal.ts';
import { complain } from '../../effects/terminal/output.ts';
import { openStateCore, type StateAction } from '../../engine/state-core.ts';
import type { EngineName, EngineView } from '../../engine/types.ts';
import { wordFileRemedy, wordFolderCause } from '../../wording/files.ts';
import type { Answer } from './answer.ts';
import type { StateTarget } from './target.ts';

/** The contents, and the functions that change them. */
export type StateSession = {
  /** Null without one. */
  readonly engine: EngineName | null;
  readonly view: () => Pick<EngineView, 'at' | 'host' | 'silences' | 'acks' | 'signals'>;
  readonly act: (action: StateAction) => Promise<ActionResult>;
  /** The results of this session's actions, in order. */
  readonly notices: readonly Notice[];
  readonly close: () => Promise<void>;
};

/** The state folder cannot be changed; where nothing is to be changed: read. */
export type Unusable = { readonly problem: StateProblem | null; readonly acts: boolean };

/** Opens what a target keeps. `acts` false: nothing is locked or written. A folder that cannot be used is a reason. */
export async function openState(
  { through, config }: StateTarget,
  { acts }: { readonly acts: boolean },
): Promise<StateSession | Unusable> {
  const notices: Notice[] = [];
  if (through !== null) {
    const { engine } = through;
    engine.listen((event) => void (event.type === 'notice' && notices.push(event.notice)));
    return {
      engine: engine.store.getState().attachment?.engine ?? null,
      view: engine.store.getState,
      act: (action: Action) => engine.dispatch(action),
      notices,
      close: () => Promise.resolve(engine.close()),
    };
  }
  if (!config.talk.quiet) for (const notice of config.notices) complain(notice);
  // What a run that was killed left open is shown as well.
  const journal = acts
    ? await openJournal(config.stateDir, () => undefined)
    : { ...peekJournal(config.stateDir, ['']), shared: false };
  const problem = journal.problem();
  if (acts ? !journal.persistent : problem !== null) {
    await journal.close();
    return { problem, acts };
  }
  const by = { user: userName(), tty: terminalName(), claimed: false };
  const notice = (one: Notice): void => void notices.push(one);
  const core = openStateCore(config, { clock: systemClock, journal, version: VERSION, notice });
  return {
    engine: null,
    view: () => ({
      at: systemClock.now(),
      host: config.host,
      silences: core.silences(),
      acks: core.acks(),
      signals: core.signals(),
    }),
    act: (action) => Promise.resolve(core.dispatch({ by, ...action })),
    notices,
    close: journal.close,
  };
}

/** Returns signals by their time: a start finds old ones after those that the state folder kept. */
export function newestFirst(signals: readonly SignalRecord[]): readonly SignalRecord[] {
  return signals.toSorted((one, other) => other.signal.at - one.signal.at);
}

/** Returns the answer where the state folder cannot be used. */
export function unusable({ problem, acts }: Unusable): Answer {
  const code = problem?.code ?? 'state_not_written';
  return { ok: false, outcome: 'refused', lines: [], code, reason: wordProblem(problem, acts ? 'write in' : 'read') };
}

function wordProblem(problem: StateProblem | null, verb: 'write in' | 'read'): string {
  switch (problem?.code) {
    case undefined:
      return 'the state folder cannot be written';
    case 'state_in_use':
      return `the state folder ${problem.path} is in use by ${problem.owner.user} (process ${problem.owner.pid}), which does not answer here`;
    case 'state_refused':
    case 'state_not_written':
      return `cannot ${verb} the state folder ${problem.path}: ${wordFolderCause(problem.reason)}; ${wordFileRemedy(problem.reason, 'name another one with --state-dir DIR')}`;
  }
}
