/**
 * What the rule book forbids, told from the outside: from the inputs and the commands alone. It keeps its own books, so that a
 * mistake in the core's cannot hide itself.
 */
import assert from 'node:assert/strict';
import type { PolicyAction } from '../../src/core/rules.ts';
import type { Fate, Matcher, Signal, Silence } from '../../src/core/signals.ts';
import type { Mono, Ms, Now } from '../../src/core/units.ts';
import type { Command, Input, Notice } from '../../src/core/reactor/messages.ts';
import type { Run } from '../../src/core/reactor/types.ts';
import type { World } from './reactor.ts';

type Book = {
  running: Run['kind'] | null;
  debounceMs: Ms;
  queued: boolean;
  windowEndsMono: Mono;
  pauseEndsMono: Mono;
  failures: number;
  lastFailureMono: Mono;
  mayAct: { lock: boolean; available: boolean; space: boolean };
};

/** A silence with its end by the monotonic clock. */
type Quiet = Pick<Silence, 'matcher' | 'endsAt'> & { readonly endsMono: Mono };

export type Watch = {
  readonly signals: Map<string, Signal>;
  readonly fates: Map<string, Fate[]>;
  readonly acted: Set<string>;
};

const FIRST_DEBOUNCE_MS = 30_000;
/** Those that act by default, and those that a story's configuration turns on. */
const CHECKPOINT_TYPES = new Set([
  'agent_crash',
  'context_overflow',
  'retry_storm',
  'dead_loop',
  'turn_start',
  'risky_tool',
]);

export function emptyWatch(): Watch {
  return { signals: new Map(), fates: new Map(), acted: new Set() };
}

/** Watches a world from now on and writes down in `seen`; throws at the first thing that must never be. */
export function watch(world: World, workspaces: readonly string[], seen: Watch): void {
  const books = new Map<string, Book>(workspaces.map((name) => [name, emptyBook()]));
  const silences = new Map<string, Quiet>();
  const policy = new Map<string, PolicyAction>([...CHECKPOINT_TYPES].map((type) => [type, 'checkpoint']));
  let mode = world.state.mode;
  let stopping = false;
  const bookOf = (name: string): Book => books.get(name) ?? assert.fail(`unknown workspace ${name}`);

  const note = (input: Input): void => {
    if (input.type === 'mode') mode = input.mode;
    if (input.type === 'stop') stopping = true;
    for (const [id, quiet] of silences) if (leftOf(quiet, input) <= 0) silences.delete(id);
    if (input.type === 'silence' && input.durationMs > 0) {
      const { id = '', matcher, durationMs } = input;
      silences.set(id, { matcher, endsAt: input.at + durationMs, endsMono: input.mono + durationMs });
    }
    if (input.type === 'unsilence') silences.delete(input.id);
    if (input.type === 'extend_silence') extend(silences, input);
    if (input.type === 'policy') {
      const otherwise = CHECKPOINT_TYPES.has(input.target.name) ? 'checkpoint' : 'flag';
      policy.set(input.target.name, input.action ?? otherwise);
    }
    if (input.type === 'rules') for (const book of books.values()) noteRules(book, input);
    if ('workspace' in input) noteWorkspace(bookOf(input.workspace), input, stopping);
  };
  const started = (name: string, run: Extract<Notice, { type: 'started' }>['run'], mono: Mono): void => {
    const book = bookOf(name);
    assert.equal(book.running, null, 'two runs at once in one workspace');
    assert.equal(stopping, false, 'a run was started while stopping');
    book.running = run.kind;
    if (run.kind === 'manual') book.queued = false;
    if (run.kind !== 'auto') return;
    assert.ok(mono >= book.windowEndsMono, 'an automatic checkpoint inside a window');
    assert.ok(mono >= book.pauseEndsMono, 'an automatic checkpoint during back-off');
    const mayProbe = mono > book.lastFailureMono + breakerMs(book.failures);
    assert.ok(book.failures < 3 || mayProbe, 'an automatic one while broken');
    assert.notEqual(mode, 'observe', 'an automatic checkpoint while disarmed');
    assert.deepEqual(book.mayAct, { lock: true, available: true, space: true }, 'an automatic one that may not be');
    for (const id of run.signals) {
      const signal = seen.signals.get(id) ?? assert.fail('a run for an unknown signal');
      checkActs(signal, name, seen.fates.get(id) ?? []);
      assert.equal(policy.get(signal.type), 'checkpoint', `a flagged signal acts: ${signal.type}`);
      const quiet = [...silences.values()].find(({ matcher }) => matches(matcher, signal));
      assert.equal(quiet, undefined, 'a silenced signal acts');
      assert.ok(!seen.acted.has(id), 'a signal acts twice');
      seen.acted.add(id);
    }
  };
  const hear = (notice: Notice, mono: Mono): void => {
    if (notice.type === 'started') started(notice.workspace, notice.run, mono);
    if (notice.type === 'signal') {
      const { signalId, historical } = notice.signal;
      // A historical one may be taken back while history is read, and be found again.
      const again = seen.signals.get(signalId)?.historical === true && historical;
      assert.ok(again || !seen.signals.has(signalId), 'a signal is raised twice');
      if (again) seen.fates.delete(signalId);
      seen.signals.set(signalId, notice.signal);
    }
    if (notice.type === 'fate') addFate(seen, notice.signal.signalId, notice.fate);
  };

  world.onStep = (input, commands) => {
    const before = input.type === 'checkpoint' ? { ...bookOf(input.workspace) } : null;
    note(input);
    for (const command of commands) {
      if (command.type === 'notice') hear(command.notice, input.mono);
      if (command.type === 'operation') workStarted(bookOf(command.workspace), command.kind, stopping);
    }
    if (before && input.type === 'checkpoint') manualMay(before, bookOf(input.workspace), commands, stopping);
    checkTimers(world, stopping);
    checkQueues(world);
  };
}

function workStarted(book: Book, kind: Run['kind'], stopping: boolean): void {
  assert.deepEqual([book.running, book.queued, stopping], [null, false, false], 'a rollback beside something else');
  assert.ok(book.mayAct.lock, 'a rollback where another engine acts');
  book.running = kind;
}

function emptyBook(): Book {
  const mayAct = { lock: true, available: true, space: true };
  const none = { running: null, queued: false, failures: 0, debounceMs: FIRST_DEBOUNCE_MS };
  return { ...none, windowEndsMono: 0, pauseEndsMono: 0, lastFailureMono: 0, mayAct };
}

// An open window is as long as the new debounce, from where it began.
function noteRules(book: Book, { mono, rules: { debounceMs } }: Input & { readonly type: 'rules' }): void {
  if (book.windowEndsMono > mono) book.windowEndsMono += debounceMs - book.debounceMs;
  book.debounceMs = debounceMs;
}

function noteWorkspace(book: Book, input: Input & { readonly workspace: string }, stopping: boolean): void {
  if (input.type === 'outcome') noteOutcome(book, input, stopping);
  if (input.type === 'lock') book.mayAct.lock = input.lock.type === 'ours' || input.lock.type === 'none';
  if (input.type === 'availability') {
    book.mayAct.available = input.availability.state === 'available';
    book.mayAct.space = (input.availability.usedRatio ?? 0) <= 0.9;
  }
  if (input.type === 'foreign_snapshot' && input.snapshot.id.startsWith('auto-')) {
    const madeMono = input.mono - Math.max(0, input.at - input.snapshot.at);
    book.windowEndsMono = Math.max(book.windowEndsMono, madeMono + book.debounceMs);
  }
  if (input.type === 'finished') book.running = null;
  if (input.type === 'baseline' && input.phase === 'started') book.running ??= 'baseline';
  if (input.type === 'baseline' && input.phase === 'ended' && book.running === 'baseline') book.running = null;
}

function noteOutcome(book: Book, { mono, outcome }: Input & { readonly type: 'outcome' }, stopping: boolean): void {
  if (outcome.type === 'unknown' && stopping) return;
  const kind = book.running;
  book.running = null;
  if (outcome.type === 'unavailable') book.mayAct.available = false;
  if (outcome.type === 'created')
    Object.assign(book, { windowEndsMono: mono + book.debounceMs, failures: 0, pauseEndsMono: 0 });
  if (kind !== 'auto') return;
  if (outcome.type === 'empty') book.pauseEndsMono = mono + 1_000;
  if (!['failed', 'timed_out', 'unknown'].includes(outcome.type)) return;
  book.failures += 1;
  book.lastFailureMono = mono;
  book.pauseEndsMono = book.failures < 3 ? mono + 1_000 * book.failures : 0;
}

function breakerMs(failures: number): Ms {
  return ([1, 2, 4, 8][failures - 3] ?? 16) * 60_000;
}

function extend(silences: Map<string, Quiet>, { id, byMs, ...now }: Input & { readonly type: 'extend_silence' }): void {
  const known = silences.get(id);
  const left = known ? leftOf(known, now) + byMs : 0;
  if (known && left > 0) silences.set(id, { ...known, endsAt: now.at + left, endsMono: now.mono + left });
}

function leftOf({ endsAt, endsMono }: Quiet, now: Now): Ms {
  return Math.min(endsAt - now.at, endsMono - now.mono);
}

function matches({ conversation, agent, signal, workspace }: Matcher, about: Signal): boolean {
  const wanted = [conversation, agent, signal, workspace];
  const has = [about.conversationId, about.agent, about.type, about.workspace];
  return wanted.every((value, index) => value === undefined || value === has[index]);
}

function checkActs(signal: Signal, workspace: string, fates: readonly Fate[]): void {
  assert.equal(signal.historical, false, 'a historical signal acts');
  assert.equal(signal.downgraded, null, 'a downgraded signal acts');
  assert.equal(signal.workspace, workspace, 'a signal acts elsewhere');
  assert.ok(!fates.some(({ settled }) => settled), 'a settled signal acts');
}

function addFate(seen: Watch, id: string, fate: Fate): void {
  assert.ok(seen.signals.has(id), 'a fate without a signal');
  const fates = seen.fates.get(id) ?? [];
  assert.ok(!fates.some(({ settled }) => settled), 'a fate after the settled one');
  assert.ok(fate.settled || (fate.kind === 'coalesced' && fates.length === 0), 'more than one unsettled fate');
  seen.fates.set(id, [...fates, fate]);
}

function manualMay(before: Book, book: Book, commands: readonly Command[], stopping: boolean): void {
  const spawned = commands.some(({ type }) => type === 'spawn');
  const refused = commands.some((command) => command.type === 'notice' && command.notice.type === 'refused');
  if (stopping || before.running === 'manual' || before.queued) {
    assert.deepEqual([spawned, refused], [false, true], 'a manual one that must be refused');
    return;
  }
  assert.deepEqual([spawned, refused], [before.running === null, false], 'a manual one that may be');
  if (before.running !== null) book.queued = true;
}

/** How long the timers of the stories may run at most, ms; a window's length is the debounce. */
const LONGEST_MS: Readonly<Record<string, Ms>> = { hold: 10_000, backoff: 2_000, judge: 1_000, silences: 600_000 };

function checkTimers(world: World, stopping: boolean): void {
  const { timers, workspaces, silences, detect } = world.state;
  assert.deepEqual(new Map([...world.timers].map(([key, { tag }]) => [key, tag])), new Map(timers), 'a timer unknown');
  assert.equal(timers.has('silences'), silences.length > 0, 'the timer of the silences');
  const judged = [...timers.keys()].filter((key) => key.startsWith('judge:')).map((key) => key.slice('judge:'.length));
  assert.deepEqual(
    judged.toSorted(),
    [...detect.deferred.keys()].toSorted(),
    'a judgement without a timer, or the reverse',
  );
  for (const [key, { mono }] of world.timers) {
    const [kind = ''] = key.split(':');
    const length = kind === 'window' ? world.state.settings.debounceMs : LONGEST_MS[kind];
    assert.ok(length !== undefined && mono - world.mono <= length, `${key} lasts longer than its own length`);
  }
  for (const [name, { waiting, hold, run, lock }] of workspaces) {
    const on = ['hold', 'window', 'backoff'].filter((kind) => timers.has(`${kind}:${name}`));
    if (waiting.length === 0) assert.deepEqual(on, [], 'a timer that outlives its purpose');
    assert.equal(on.includes('hold'), hold !== null && !hold.over, 'the timer of a hold');
    if (waiting.length === 0 || run || stopping) continue;
    assert.equal(on.length, lock.type === 'gone' ? 0 : 1, 'signals that wait for nothing');
  }
}

function checkQueues(world: World): void {
  const counts = new Map<string, number>();
  for (const { signal } of world.state.open.values()) {
    const name = signal.workspace ?? assert.fail('an open signal without a workspace');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const count of counts.values()) assert.ok(count <= 32, `${count} unsettled signals in one workspace`);
}
