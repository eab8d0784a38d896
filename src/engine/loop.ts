import type { Mono, Ms, Now } from '../core/units.ts';
import { savedChanges, type SavedEntry } from '../core/reactor/persist.ts';
import { step } from '../core/reactor/step.ts';
import type { Command, Input, Notice } from '../core/reactor/messages.ts';
import type { ReactorState } from '../core/reactor/types.ts';
import type { Clock } from '../effects/clock.ts';
import { debug } from '../effects/log/debug.ts';

/** An input before it is stamped with its time. */
export type Unstamped<I = Input> = I extends Input ? Omit<I, keyof Now> : never;

export type Loop = {
  readonly state: () => ReactorState;
  /** Both clocks, as the core sees them: the monotonic one never runs backwards. */
  readonly now: () => Now;
  readonly dispatch: (input: Unstamped) => void;
  /** Takes back all timers; later inputs are still handled. */
  readonly stopTimers: () => void;
};

export type LoopDeps = {
  readonly initial: ReactorState;
  readonly clock: Clock;
  /** Keeps what must survive; called before anybody is told. */
  readonly record: (entries: readonly SavedEntry[]) => void;
  readonly notice: (notice: Notice, at: Ms) => void;
  readonly spawn: (command: Command & { type: 'spawn' }) => void;
  readonly work: (command: Command & { type: 'work' }) => void;
  readonly probe: (workspace: string) => void;
  readonly retracted: (signalId: string) => void;
  /** Called before an input that may settle a signal. */
  readonly beforeFact?: () => void;
  /** Called after each input. */
  readonly changed: () => void;
};

const MAY_SETTLE: ReadonlySet<Input['type']> = new Set(['call', 'interruption', 'notify', 'elapsed']);

/** Runs the pure core: one input at a time, its changes to the journal first, then its commands to the world. */
export function createLoop(deps: LoopDeps): Loop {
  let state = deps.initial;
  let lastMono: Mono = -Infinity;
  let busy = false;
  const queue: Input[] = [];
  const timers = new Map<string, () => void>();

  const now = (): Now => {
    lastMono = Math.max(lastMono, deps.clock.mono());
    return { at: deps.clock.now(), mono: lastMono };
  };
  const setTimer = ({ key, tag, mono }: Command & { type: 'schedule' }): void => {
    timers.get(key)?.();
    const elapsed = (): void => {
      timers.delete(key);
      debug(() => `timer ${key} has run out`);
      // A timer may fire a hair early by the clock; what it was set for has come all the same.
      lastMono = Math.max(lastMono, mono);
      dispatch({ type: 'elapsed', key, tag });
    };
    timers.set(key, deps.clock.after(mono - now().mono, elapsed));
  };
  const carryOut = (command: Command, { at, mono }: Now): void => {
    debug(() => wordsOf(command, mono));
    switch (command.type) {
      case 'schedule':
        return setTimer(command);
      case 'cancel':
        timers.get(command.key)?.();
        timers.delete(command.key);
        return;
      case 'spawn':
        return deps.spawn(command);
      case 'work':
        return deps.work(command);
      case 'probe':
        return deps.probe(command.workspace);
      case 'retracted':
        return deps.retracted(command.signalId);
      case 'notice':
        return deps.notice(command.notice, at);
    }
  };
  const handle = (input: Input): void => {
    const [next, commands] = step(state, input);
    deps.record(savedChanges(state, next, commands, input));
    state = next;
    for (const command of commands) carryOut(command, input);
    deps.changed();
  };
  // A listener may ask for something while it is told something: one after the other.
  const dispatch = (unstamped: Unstamped): void => {
    if (!busy && MAY_SETTLE.has(unstamped.type)) deps.beforeFact?.();
    queue.push({ ...unstamped, ...now() });
    if (busy) return;
    busy = true;
    try {
      for (let input = queue.shift(); input; input = queue.shift()) handle(input);
    } finally {
      busy = false;
    }
  };
  return {
    state: () => state,
    now,
    dispatch,
    stopTimers: () => {
      for (const takeBack of timers.values()) takeBack();
      timers.clear();
    },
  };
}

function wordsOf(command: Command, mono: Mono): string {
  switch (command.type) {
    case 'schedule':
      return `timer ${command.key} in ${command.mono - mono} ms`;
    case 'cancel':
      return `timer ${command.key} is taken back`;
    case 'spawn':
      return `checkpoint ${command.request.snapshot} of ${command.request.workspace}, deadline ${command.request.timeoutMs} ms`;
    case 'work':
      return `${command.kind} of ${command.workspace}`;
    case 'probe':
      return `is the checkpointer of ${command.workspace} there?`;
    case 'retracted':
      return `signal ${command.signalId} of before was none`;
    case 'notice':
      return `told: ${command.notice.type}`;
  }
}
