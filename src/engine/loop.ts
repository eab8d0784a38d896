import type { Mono, Ms, Now } from '../core/units.ts';
import { savedChanges, type SavedEntry } from '../core/reactor/persist.ts';
import { step } from '../core/reactor/step.ts';
import type { Command, Input, Notice } from '../core/reactor/messages.ts';
import type { ReactorState } from '../core/reactor/types.ts';
import { historyEntry } from '../core/history/entry.ts';
import type { Clock } from '../effects/clock.ts';
import type { History } from '../effects/state/history.ts';
import { debug } from '../effects/log/debug.ts';

/** An input before it is stamped with its time. */
export type LoopInput<I = Input> = I extends Input ? Omit<I, keyof Now> : never;

export type Loop = {
  readonly state: () => ReactorState;
  /** Both clocks, as the core sees them: the monotonic one never runs backwards. */
  readonly now: () => Now;
  /** Handles an input; returns the notices of its step, in order. What the core refuses is among them. */
  readonly dispatch: (input: LoopInput) => readonly Notice[];
  /** Cancels all timers; later inputs are still handled. */
  readonly stopTimers: () => void;
};

export type LoopDeps = {
  readonly initial: ReactorState;
  readonly clock: Clock;
  /** Keeps what must survive; called before the commands are run. */
  readonly record: (entries: readonly SavedEntry[]) => void;
  /** Keeps what explains a step, behind the engine. */
  readonly history?: Pick<History, 'record'> | undefined;
  readonly notice: (notice: Notice, at: Ms) => void;
  readonly spawn: (command: Command & { type: 'spawn' }) => void;
  readonly operation: (command: Command & { type: 'operation' }) => void;
  /** Stops and continues agents for budgets. */
  readonly pause: (command: Command & { type: 'pause' | 'resume' }) => void;
  readonly probe: (workspace: string) => void;
  readonly retracted: (signalId: string) => void;
  /** Called before an input that may settle a signal. */
  readonly beforeFact?: () => void;
  /** Called after each input; `isPast`: it was history. */
  readonly changed: (isPast: boolean) => void;
};

const MAY_SETTLE: ReadonlySet<Input['type']> = new Set([
  'call',
  'interruption',
  'history',
  'notify',
  'moment',
  'elapsed',
]);

/** Runs the pure core: of each input the changes to the journal first, then the commands, in the order of the inputs. */
export function createLoop(deps: LoopDeps): Loop {
  let state = deps.initial;
  let lastMono: Mono = -Infinity;
  let busy = false;
  const queue: { readonly commands: readonly Command[]; readonly input: Input }[] = [];
  const timers = new Map<string, () => void>();

  const now = (): Now => {
    lastMono = Math.max(lastMono, deps.clock.mono());
    return { at: deps.clock.now(), mono: lastMono };
  };
  const setTimer = ({ key, tag, mono }: Command & { type: 'schedule' }): void => {
    timers.get(key)?.();
    const elapsed = (): void => {
      timers.delete(key);
      debug(() => `timer ${key} elapsed`);
      // A timer may fire a hair early by the clock; what it was set for has come all the same.
      lastMono = Math.max(lastMono, mono);
      dispatch({ type: 'elapsed', key, tag });
    };
    timers.set(key, deps.clock.after(mono - now().mono, elapsed));
  };
  const run = (command: Command, { at, mono }: Now): void => {
    debug(() => describe(command, mono));
    switch (command.type) {
      case 'schedule':
        return setTimer(command);
      case 'cancel':
        timers.get(command.key)?.();
        timers.delete(command.key);
        return;
      case 'spawn':
        return deps.spawn(command);
      case 'operation':
        return deps.operation(command);
      case 'pause':
      case 'resume':
        return deps.pause(command);
      case 'probe':
        return deps.probe(command.workspace);
      case 'retracted':
        return deps.retracted(command.signalId);
      case 'notice':
        return deps.notice(command.notice, at);
    }
  };
  const runQueue = (): void => {
    busy = true;
    try {
      for (let next = queue.shift(); next; next = queue.shift()) {
        for (const command of next.commands) run(command, next.input);
        deps.changed(next.input.type === 'history');
      }
    } finally {
      busy = false;
    }
  };
  // A listener may dispatch while a command runs: its step is made at once, its commands follow those that are queued.
  const dispatch: Loop['dispatch'] = (facts) => {
    if (!busy && MAY_SETTLE.has(facts.type)) deps.beforeFact?.();
    const input: Input = { ...facts, ...now() };
    const [next, commands] = step(state, input);
    deps.record(savedChanges(state, next, commands, input));
    const entry = deps.history === undefined ? null : historyEntry(state, next, input, commands);
    if (entry !== null) deps.history?.record(entry, next);
    state = next;
    queue.push({ commands, input });
    if (!busy) runQueue();
    return commands.flatMap((command) => (command.type === 'notice' ? [command.notice] : []));
  };
  return {
    state: () => state,
    now,
    dispatch,
    stopTimers: () => {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}

function describe(command: Command, mono: Mono): string {
  switch (command.type) {
    case 'schedule':
      return `timer ${command.key} in ${command.mono - mono} ms`;
    case 'cancel':
      return `timer ${command.key} cancelled`;
    case 'spawn':
      return `checkpoint ${command.request.snapshot} of ${command.request.workspace}, deadline ${command.request.timeoutMs} ms`;
    case 'operation':
      return `${command.kind} of ${command.workspace}`;
    case 'pause':
    case 'resume':
      return `${command.type} of ${JSON.stringify(command.subject)}`;
    case 'probe':
      return `probe of the checkpointer of ${command.workspace}`;
    case 'retracted':
      return `historical signal ${command.signalId} retracted`;
    case 'notice':
      return `notice: ${command.notice.type}`;
  }
}
