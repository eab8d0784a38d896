/** A world for the reactive core: it keeps the time and the timers, runs what is spawned as told, and writes down all that is said. */
import type { CheckpointAction } from '../../src/core/actions.ts';
import { RULES } from './engine-config.ts';
import type { Interruption } from '../../src/core/interruptions.ts';
import type { Fate, Signal } from '../../src/core/signals.ts';
import type { Availability, CheckpointRequest, Outcome } from '../../src/core/snapshots.ts';
import { type Mono, type Ms, type Now, wallOf } from '../../src/core/units.ts';
import { restoreState, savedChanges, type SavedEntry, type SavedState } from '../../src/core/reactor/persist.ts';
import { initialState, step } from '../../src/core/reactor/step.ts';
import type { Command, Input, Notice } from '../../src/core/reactor/messages.ts';
import type { ReactorSettings, ReactorState, WorkspaceState } from '../../src/core/reactor/types.ts';
import { wordFate } from '../../src/wording/fates.ts';
import { wordRefusal } from '../../src/wording/refusals.ts';
import { deepFreeze } from './deep-freeze.ts';
import { makeCall, makeRow } from './feed-events.ts';
import { quoted } from './reasons.ts';

export const T0: Ms = Date.UTC(2026, 10, 23, 14, 3, 12);
/** Where the monotonic clock stands at `T0`: nowhere near it. */
export const M0: Mono = 5_000;
export const WS = '/ws';

export const SETTINGS: ReactorSettings = {
  ...RULES,
  workspaces: { agents: {}, processes: {}, fallback: WS },
  host: 'testhost',
  readOnly: false,
  version: '0.0.0-test',
  instance: 'run',
  maxSignals: 2_000,
  episodeQuietMs: 600_000,
};

export const AVAILABLE: Availability = {
  state: 'available',
  name: 'ws-ckpt',
  version: '0.3.2',
  reason: null,
  usedRatio: 0.1,
  freeSpaceHint: 'ws-ckpt cleanup --workspace=/ws',
};

/** An input before it is stamped with its time. */
export type Unstamped<I = Input> = I extends Input ? Omit<I, keyof Now> : never;
export type WordedFate = Omit<Fate, 'reason'> & { readonly reason: string };
export type Said = Notice & { readonly at: Ms };

export class World {
  /** The wall clock, which a test may set at will; `wait` moves both. */
  at: Ms = T0;
  mono: Mono = M0;
  state: ReactorState;
  readonly inputs: Input[] = [];
  readonly commands: Command[] = [];
  readonly said: Said[] = [];
  readonly spawns: (CheckpointRequest & Now)[] = [];
  readonly timers = new Map<string, { readonly tag: number; readonly mono: Mono }>();
  readonly journal = new Map<string, SavedEntry['value']>();
  /** Called after each step, with what it was given and what it commanded. */
  onStep: (input: Input, commands: readonly Command[]) => void = () => undefined;
  #names = 0;

  constructor(settings: Partial<ReactorSettings> = {}, state?: ReactorState) {
    this.state = deepFreeze(state ?? initialState({ ...SETTINGS, ...settings }));
  }

  /** A world in mode *auto* (or another), with a checkpointer that answers. */
  static armed(settings: Partial<ReactorSettings> = {}, mode: 'hold' | 'auto' = 'auto', workspaces = [WS]): World {
    const world = new World(settings);
    for (const workspace of workspaces) {
      world.do({ type: 'availability', workspace, availability: AVAILABLE });
      world.do({ type: 'lock', workspace, lock: { type: 'ours' } });
    }
    return world.do({ type: 'mode', mode, reason: null });
  }

  /** Hands the core one input, now. */
  do(unstamped: Unstamped): this {
    const input: Input = { ...unstamped, ...this.now };
    this.inputs.push(deepFreeze(input));
    const [next, commands] = step(this.state, input);
    for (const { key, value } of savedChanges(this.state, next, commands, input)) this.journal.set(key, value);
    this.state = deepFreeze(next);
    for (const command of commands) this.#carryOut(command);
    this.onStep(input, commands);
    for (const command of commands) {
      if (command.type !== 'spawn') continue;
      const { workspace, runId } = command.request;
      this.do({ type: 'begun', workspace, runId });
    }
    return this;
  }

  /** Lets time pass; what is due fires at its time. */
  wait(ms: Ms): this {
    const until = this.mono + ms;
    for (let due = this.#next(until); due; due = this.#next(until)) {
      const [key, { tag, mono }] = due;
      this.timers.delete(key);
      this.#passTo(Math.max(this.mono, mono));
      this.do({ type: 'elapsed', key, tag });
    }
    this.#passTo(until);
    return this;
  }

  /** Both clocks, now. */
  get now(): Now {
    return { at: this.at, mono: this.mono };
  }

  /** A monotonic moment by the wall clock, as far as that was never set. */
  wall(mono: Mono | null | undefined): Ms | null {
    return mono === null || mono === undefined ? null : wallOf(this.now, mono);
  }

  // ------------------------------------------------------------ the feed

  /** A critical row of the feed without a call: one signal. Returns its id. */
  crash(about: Partial<Interruption> = {}, news: 'live' | 'historical' = 'live'): string {
    this.#names += 1;
    const row = makeRow({ interruptionId: `row-${this.#names}`, occurredNs: BigInt(this.at) * 1_000_000n, ...about });
    return this.row(row, news);
  }

  /** A row of the feed; returns the id of the signal that it raised or belongs to, '' for none. */
  row(
    interruption: Interruption,
    news: 'live' | 'historical' | 'none' = 'live',
    calls: readonly ReturnType<typeof makeCall>[] = [],
  ): string {
    const before = this.said.length;
    this.do({ type: 'interruption', interruption, news, calls });
    return this.#signalSaid(before);
  }

  /** A call of the feed; returns the id of the signal that it raised, '' for none. */
  call(
    facts: Parameters<typeof makeCall>[0],
    news: 'live' | 'historical' | 'none' = 'live',
    previous: ReturnType<typeof makeCall> | null = null,
  ): string {
    const before = this.said.length;
    this.do({ type: 'call', call: makeCall(facts), previous, news });
    return this.#signalSaid(before);
  }

  // ------------------------------------------------------------ the child

  /** Ends the run that is on. */
  ends(outcome: Partial<Outcome> & { readonly type: Outcome['type'] }, workspace = WS): this {
    const { run } = this.workspace(workspace);
    if (!run) throw new Error(`nothing runs in ${workspace}`);
    const base = {
      durationMs: 13,
      exitCode: 0,
      stderr: '',
      snapshot: run.snapshot,
      late: false,
      reason: quoted('it failed'),
    };
    return this.do({ type: 'outcome', workspace, runId: run.runId, outcome: { ...base, ...outcome } as Outcome });
  }

  created(workspace = WS): this {
    return this.ends({ type: 'created' }, workspace);
  }

  fails(workspace = WS): this {
    return this.ends({ type: 'failed', exitCode: 1, stderr: 'no luck' }, workspace);
  }

  manual(about: Omit<CheckpointAction, 'type' | 'workspace'> = {}, workspace = WS): this {
    return this.do({ type: 'checkpoint', workspace, ...about });
  }

  silence(
    matcher: { conversation?: string; agent?: string; signal?: string; workspace?: string },
    ms = 60_000,
    id = 'quiet',
  ): this {
    return this.do({ type: 'silence', id, matcher, durationMs: ms, createdBy: 'ann', reason: 'lunch' });
  }

  // ------------------------------------------------------------ what came of it

  workspace(name = WS): WorkspaceState {
    const workspace = this.state.workspaces.get(name);
    if (!workspace) throw new Error(`no workspace ${name}`);
    return workspace;
  }

  /** All fates that a signal was told, in order and in words. */
  fates(signalId: string): readonly WordedFate[] {
    return this.said.flatMap((said) =>
      said.type === 'fate' && said.signal.signalId === signalId
        ? [{ ...said.fate, reason: wordFate(said.fate.reason) }]
        : [],
    );
  }

  /** The settled fate of a signal, null while it has none. */
  fate(signalId: string): WordedFate | null {
    return this.fates(signalId).find(({ settled }) => settled) ?? null;
  }

  /** The settled fate's name; `coalesced?` while it waits, '' while it is held, running or unknown. */
  fateName(signalId: string): string {
    const last = this.fates(signalId).at(-1);
    return last ? last.kind + (last.settled ? '' : '?') : '';
  }

  /** Why requests were refused, in order and in words. */
  refusals(): readonly (Omit<Notice & { type: 'refused' }, 'reason'> & { readonly reason: string })[] {
    return this.notices('refused').map((notice) => ({ ...notice, reason: wordRefusal(notice.reason) }));
  }

  signals(): readonly Signal[] {
    return this.said.flatMap((said) => (said.type === 'signal' ? [said.signal] : []));
  }

  notices<T extends Notice['type']>(type: T): readonly (Notice & { readonly type: T })[] {
    return this.said.filter((said): said is Said & { readonly type: T } => said.type === type);
  }

  /** The world after this process ended and another began at `at`: what the journal has is all that is left. */
  restarted(
    at: Ms,
    settings: Partial<ReactorSettings> = {},
  ): { readonly world: World; readonly runs: ReturnType<typeof restoreState>['runs'] } {
    const { state, runs } = restoreState({ ...SETTINGS, ...settings, instance: 'next' }, this.saved(), {
      at,
      mono: M0,
    });
    const world = new World({}, state);
    world.at = at;
    world.#names = this.#names;
    for (const [key, value] of this.journal) world.journal.set(key, value);
    return { world, runs };
  }

  /** The journal as plain JSON would give it back. */
  saved(): SavedState {
    const plain = JSON.parse(JSON.stringify([...this.journal])) as [string, never][];
    const under = (prefix: string): never[] => plain.flatMap(([key, value]) => (key.startsWith(prefix) ? [value] : []));
    return {
      acks: under('acks')[0] ?? [],
      silences: under('silences')[0] ?? [],
      episodes: under('episodes')[0] ?? [],
      signals: under('signal:'),
      workspaces: under('workspace:'),
      budgets: under('budgets')[0] ?? [],
    };
  }

  #carryOut(command: Command): void {
    this.commands.push(deepFreeze(command));
    if (command.type === 'schedule') this.timers.set(command.key, { tag: command.tag, mono: command.mono });
    if (command.type === 'cancel') this.timers.delete(command.key);
    if (command.type === 'spawn') this.spawns.push({ ...command.request, ...this.now });
    if (command.type === 'notice') this.said.push({ ...command.notice, at: this.at });
  }

  #passTo(mono: Mono): void {
    this.at += mono - this.mono;
    this.mono = mono;
  }

  #next(until: Mono): [string, { readonly tag: number; readonly mono: Mono }] | undefined {
    return [...this.timers]
      .filter(([, { mono }]) => mono <= until)
      .sort(([, a], [, b]) => a.mono - b.mono || a.tag - b.tag)[0];
  }

  #signalSaid(before: number): string {
    const said = this.said.slice(before).find(({ type }) => type === 'signal' || type === 'update');
    if (said?.type === 'signal') return said.signal.signalId;
    return said?.type === 'update' ? said.signalId : '';
  }
}
