import type { CheckpointerReason, RestoreCounts } from '../core/checkpointer-reasons.ts';
import type { Matcher, Silence } from '../core/signals.ts';
import type { CheckpointCause, Notice, OperatorAction, RollbackReport } from '../core/reactor/messages.ts';
import type { Changed, LeftOut } from '../core/snapshots.ts';
import { wordAcked, wordAckEnd } from '../wording/acks.ts';
import { wordBudgetNotice } from '../wording/budgets.ts';
import { cleanLine } from '../core/text.ts';
import type { Ms } from '../core/units.ts';
import type { EngineEvent, EngineView } from '../engine/types.ts';
import { lineOf } from './log-lines.ts';
import { wordCheckpointer, wordCheckpointerCause, wordPlannedCounts } from '../wording/checkpointers.ts';
import { type EventWords, eventWords, plainWords } from '../wording/event-line.ts';
import { wordOperator } from '../wording/done.ts';
import { wordCause, wordFate } from '../wording/fates.ts';
import { wordRefusal } from '../wording/refusals.ts';
import { wordFirstLeftOut } from '../wording/snapshots.ts';
import { counted, duration, shortClock, timeOfDay, wordBytes } from '../wording/units.ts';
import { shortName, withShortNames } from '../wording/workspace-names.ts';

/** The names that format an event: those of workspaces, and what was asked in a conversation. */
export type EventNames = {
  readonly workspaces: readonly { readonly path: string }[];
  readonly asked: (conversationId: string) => string | null;
};

/** Characters of what was asked that name a conversation. */
const MAX_ASKED = 40;

/** Returns the names that are known at a moment. */
export function namesOf({ workspaces, model }: Pick<EngineView, 'workspaces' | 'model'>): EventNames {
  const conversation = (id: string) => model.conversations.find((one) => one.conversationId === id);
  return { workspaces, asked: (id) => conversation(id)?.userQuery?.slice(0, MAX_ASKED) ?? null };
}

/** Formats an event as a line of the dashboard; null where the panes show it all. */
export function eventLineOf(event: EngineEvent, names: EventNames): EventWords | null {
  if (event.type === 'started' || event.type === 'stopped' || event.type === 'advisory') return null;
  if (event.type !== 'notice') return lineWords(event, names);
  const { notice } = event;
  switch (notice.type) {
    case 'signal':
    case 'fate':
    case 'started':
      return null;
    case 'update':
      return notice.snapshot === undefined ? null : lateWords(notice, names);
    case 'foreign':
      return lineWords(event, names);
    case 'refused':
      return refusedWords(notice, event.at, names);
    case 'operator':
      return operatorWords(notice, event.at, names);
    case 'budget':
      return eventWords(wordBudgetNotice(notice, event.at));
    case 'held':
      return eventWords(`${shortName(notice.workspace, names)}: checkpoint held${forCause(notice.cause)}`);
    case 'ended':
      return endedWords(notice, names);
  }
}

/** Formats an event with its time, for a screen reader; null where it is not news. */
export function sentenceWithTime(event: EngineEvent, names: EventNames): string | null {
  const sentence = sentenceOf(event, names);
  return sentence === null ? null : `${new Date(event.at).toTimeString().slice(0, 8)} ${sentence}`;
}

/** Formats an event as a sentence; null where it is not news. */
export function sentenceOf(event: EngineEvent, names: EventNames): string | null {
  if (event.type === 'advisory') return advisorySentence(event);
  if (event.type !== 'notice') return lineOf(event);
  const { notice } = event;
  switch (notice.type) {
    case 'signal': {
      const { type: signal, severity, agent, cause, historical } = notice.signal;
      return historical ? null : `signal ${signal}, ${severity}, agent ${agent ?? 'unknown'}: ${wordCause(cause)}`;
    }
    case 'fate': {
      const { signal, fate } = notice;
      const what = fate.snapshot ?? wordFate(fate.reason);
      return signal.historical ? null : `${signal.type} of ${signal.agent ?? 'unknown'}: ${fate.kind}, ${what}`;
    }
    case 'update':
      if (notice.snapshot !== undefined) return plainWords(lateWords(notice, names));
      if (notice.resolved) return `${notice.signal} is resolved`;
      return notice.count > 1 ? `${notice.signal} was reported again, ${notice.count} times by now` : null;
    case 'started':
      return `${shortName(notice.workspace, names)}: checkpoint running: ${notice.run.snapshot}`;
    case 'foreign':
    case 'refused':
    case 'operator':
    case 'budget':
    case 'held':
    case 'ended': {
      const line = eventLineOf(event, names);
      return line === null ? null : plainWords(line);
    }
  }
}

function lineWords(event: EngineEvent, names: EventNames): EventWords | null {
  const line = lineOf(event);
  return line === null ? null : eventWords(withShortNames(line, names));
}

function advisorySentence({ advisory, historical }: EngineEvent & { type: 'advisory' }): string | null {
  if (historical) return null;
  const why = advisory.cacheReported ? 'no prompt caching' : 'its cache is not reported';
  return `advice: ${advisory.agent} has sent ${advisory.inputTokens} input tokens; ${why}`;
}

// ---------------------------------------------------------------- checkpoints

function signalOf({ signal, agent, others }: CheckpointCause): string {
  return `${signal}${agent === null ? '' : ` of ${agent}`}${others > 0 ? ` and ${others} more` : ''}`;
}

function forCause(cause: CheckpointCause | null | undefined): string {
  return cause === null || cause === undefined ? '' : ` for ${signalOf(cause)}`;
}

function endedWords(notice: Notice & { type: 'ended' }, names: EventNames): EventWords | null {
  const { outcome, cause, workspace, durationMs, why, stderr } = notice;
  const name = shortName(workspace, names);
  switch (outcome) {
    case 'created':
      return { ...createdWords(`${name}: `, notice), more: notice.snapshot };
    case 'timed_out':
      return badWords(`${name}: `, {
        text: `no checkpoint ${withinWords(why, durationMs)}${forCause(cause)}`,
        why,
        stderr,
      });
    case 'failed':
      return badWords(`${name}: `, { text: `checkpoint failed${forCause(cause)}`, why, stderr });
    case 'unavailable':
      return badWords(`${name}: `, { text: `no checkpoint${forCause(cause)}`, why, stderr });
    // Nothing was written, and nothing is lacking.
    case 'unchanged':
    case 'vetoed':
    case 'cancelled':
      return null;
  }
}

type Created = {
  readonly cause?: CheckpointCause | null;
  readonly durationMs: Ms;
  readonly leftOut?: LeftOut;
  readonly changed?: Changed;
};

function createdWords(before: string, { cause, durationMs, leftOut, changed }: Created): EventWords {
  const files = changed === undefined ? '' : `, ${counted(changed.files, 'file')}`;
  const text = ` checkpoint created${forCause(cause)}${files}, ${duration(durationMs, 'unknown time')}`;
  const parts = [before, { sign: 'ok' }, text] as const;
  if (leftOut === undefined || leftOut.count === 0) return { parts, more: null };
  return { parts: [...parts, '; ', { sign: 'advisory' }, ` ${wordFirstLeftOut(leftOut)}  (5 shows it)`], more: null };
}

function withinWords(why: (Notice & { type: 'ended' })['why'], durationMs: Ms): string {
  const limit =
    why?.code === 'too_much' || why?.code === 'not_in_time'
      ? why.timeoutMs
      : why?.code === 'timed_out'
        ? why.afterMs
        : durationMs;
  return `within ${duration(limit, 'its time')}`;
}

type Bad = {
  readonly text: string;
  readonly why: (Notice & { type: 'ended' })['why'];
  readonly stderr: string;
};

// A short reason on the line, all of it with its remedy in the log.
function badWords(before: string, { text, why, stderr }: Bad): EventWords {
  const brief = briefOf(why, stderr);
  const remedy = wholeOf(why, stderr);
  const isMore = remedy !== '' && remedy !== brief;
  const message = `${text}${brief === '' ? '' : `${why?.code === 'too_much' ? '; ' : ': '}${brief}`}`;
  return {
    parts: [before, { sign: 'failed' }, ` ${message}${isMore ? '  (L: remedy)' : ''}`],
    more: isMore ? remedy : null,
  };
}

function briefOf(why: Bad['why'], stderr: string): string {
  if (why === undefined) return stderr;
  if (why.code === 'empty_workspace') return 'empty workspace';
  if (why.code === 'too_much') return largestWords(why.largest);
  if (why.code === 'timed_out') return why.program === 'ws-ckpt' ? 'ws-ckpt did not answer' : '';
  if (why.code === 'not_in_time' && (why.why === undefined || why.why === null)) return '';
  return stderr === '' || why.code !== 'quoted' ? wordCheckpointerCause(why) : stderr;
}

function wholeOf(why: Bad['why'], stderr: string): string {
  if (why === undefined || why.code === 'empty_workspace') return '';
  const text = wordCheckpointer(why);
  return stderr === '' || isRepeated(why, stderr) ? text : `${text}: ${stderr}`;
}

/** Returns true where the output of a run is in its reason: quoted by it, or, where git ran out of time, the reason itself. */
function isRepeated(why: CheckpointerReason, stderr: string): boolean {
  if (why.code === 'quoted') return why.text === stderr;
  if (why.code === 'exited') return why.line === stderr;
  if (why.code === 'not_confirmed') return why.why.line === stderr;
  if (why.code === 'timed_out') return why.program === 'git';
  return why.code === 'too_much' || why.code === 'not_in_time';
}

/** Files that are named on the line. */
const MAX_LARGEST = 2;

type Largest = (CheckpointerReason & { code: 'too_much' })['largest'];

// Those of one size are named with it once.
function largestWords(all: Largest): string {
  const largest = all.slice(0, MAX_LARGEST).map(({ path, bytes }) => ({ path, size: wordBytes(bytes) }));
  const sizes = new Set(largest.map(({ size }) => size));
  const [size] = sizes;
  const isSame = largest.length > 1 && sizes.size === 1 && size !== undefined;
  const named = isSame
    ? `${largest.map(({ path }) => path).join(', ')}, ${size} each`
    : largest.map(({ path, size: own }) => `${path} ${own}`).join(', ');
  return `largest ${largest.length === 1 ? 'change' : 'changes'}: ${named}`;
}

function lateWords({ signal, snapshot = '', late }: Notice & { type: 'update' }, names: EventNames): EventWords {
  const where = late === undefined ? '' : `${shortName(late.workspace, names)}: `;
  const who = late === undefined || late.agent === null ? '' : ` of ${late.agent}`;
  return { parts: [where, { sign: 'ok' }, ` checkpoint created late for ${signal}${who}: ${snapshot}`], more: null };
}

// ---------------------------------------------------------------- what an operator did

/** Actions that concern one workspace. */
const ON_WORKSPACE: ReadonlySet<OperatorAction> = new Set([
  'veto',
  'fire',
  'checkpoint',
  'takeover',
  'rollback',
  'restore',
  'remove',
  'init',
  'repin',
  'confirm',
]);

function operatorWords(notice: Notice & { type: 'operator' }, at: Ms, names: EventNames): EventWords {
  const { action, target, silence, cause, rollback } = notice;
  const reason = notice.reason && wordOperator(notice.reason);
  const name = shortName(target, names);
  const who = byWords(notice);
  const because = `${who}${reason === null ? '' : ` (${reason})`}`;
  switch (action) {
    case 'veto':
      return eventWords(
        `${name}: vetoed${because}${cause ? `; ${signalOf(cause)} caused no checkpoint` : ''}; c takes one`,
      );
    case 'fire':
      return eventWords(`${name}: fired${because}${forCause(cause)}`);
    case 'checkpoint':
      return eventWords(`${name}: checkpoint requested${because}`);
    case 'takeover':
      return eventWords(`${name}: taken over${because}`);
    case 'rollback':
      return rollback === undefined
        ? eventWords(`${name}: ${reason ?? 'rolled back'}${who}`)
        : rolledBackWords(name, rollback, at);
    case 'restore':
      return { parts: [`${name}: `, { sign: 'ok' }, ` ${reason ?? 'restored'}${who}`], more: null };
    case 'remove':
      return { parts: [`${name}: `, { sign: 'ok' }, ` ${reason ?? 'checkpoint deleted'}${who}`], more: null };
    case 'init':
      return { parts: [`${name}: `, { sign: 'ok' }, ` ${reason ?? 'ws-ckpt init'}${who}`], more: null };
    case 'repin':
      return eventWords(`${name}: pinned again${who}${reason === null ? '' : `: ${reason}`}`);
    case 'silence':
    case 'unsilence':
      return eventWords(`${silence ? silenceWords(action, silence, names) : `${action} ${target}`}${because}`);
    case 'ack':
    case 'unack':
      return eventWords(`${ackWords(notice, at)}${because}`);
    case 'mode':
      return eventWords(`mode ${target}${because}`);
    case 'policy':
      return eventWords(`policy of ${target} for this session${because}`);
    case 'budget':
      return eventWords(`budget ${target}${because}`);
    case 'confirm':
      return eventWords(`${name}: a workspace from now on${because}`);
    case 'reload':
      return eventWords(`reloaded ${target}${because}`);
    case 'pause':
      return eventWords(`paused ${target}${who}${reason === null ? '' : `: ${reason}`}`);
    case 'resume':
      return eventWords(`${target} goes on${who}${reason === null || notice.by !== undefined ? '' : `: ${reason}`}`);
    case 'resolve':
      return eventWords(`resolved${reason === null ? ` ${target}${who}` : `${who}: ${reason}`}`);
  }
}

/** Characters of a user's name on a line: a console claims what it likes. */
const MAX_USER = 32;

function byWords({ by }: Pick<Notice & { type: 'operator' }, 'by'>): string {
  return by === undefined ? '' : ` by ${cleanLine(by.user, MAX_USER)}`;
}

function refusedWords(notice: Notice & { type: 'refused' }, at: Ms, names: EventNames): EventWords {
  const { action, target, reason, rollback } = notice;
  const name = ON_WORKSPACE.has(action) ? `${shortName(target, names)}: ` : '';
  if (rollback?.counts !== undefined) return partialWords(name, { ...rollback, counts: rollback.counts }, reason, at);
  return {
    parts: [name, { sign: 'failed' }, ` ${action}${byWords(notice)} refused: ${wordRefusal(reason)}`],
    more: null,
  };
}

function rolledBackWords(name: string, report: RollbackReport, at: Ms): EventWords {
  const { counts, changedSince } = report;
  const done = `rolled back to ${whenOf(report, at)}${counts === undefined ? '' : `: ${countsWords(counts)}`}`;
  if (changedSince === undefined)
    return { parts: [`${name}: `, { sign: 'ok' }, ` ${done}; not compared again`], more: null };
  if (changedSince === 0) {
    return { parts: [`${name}: `, { sign: 'ok' }, ` ${done}; compared again: no difference`], more: null };
  }
  return { parts: [`${name}: ${done}; `, ...sinceParts(changedSince, report)], more: null };
}

function partialWords(
  before: string,
  report: RollbackReport & { readonly counts: RestoreCounts },
  reason: (Notice & { type: 'refused' })['reason'],
  at: Ms,
): EventWords {
  const { changedSince = 0 } = report;
  const since = changedSince === 0 ? [] : ['; ', ...sinceParts(changedSince, report)];
  const text = ` rolled back to ${whenOf(report, at)} in part: ${countsWords(report.counts)}`;
  return { parts: [before, { sign: 'failed' }, text, ...since, '  (L: what is not)'], more: wordRefusal(reason) };
}

function sinceParts(files: number, { writers }: RollbackReport): EventWords['parts'] {
  const [first] = writers;
  const more = writers.length > 1 ? ` and ${writers.length - 1} more` : '';
  const who = first === undefined ? '' : `, ${first}${more} still ${writers.length > 1 ? 'write' : 'writes'}`;
  return [{ sign: 'advisory' }, ` ${counted(files, 'file')} changed since${who}`];
}

function whenOf({ snapshot, snapshotAt }: RollbackReport, now: Ms): string {
  return snapshotAt === null || snapshotAt === 0 ? snapshot : timeOfDay(snapshotAt, now);
}

function countsWords(counts: RestoreCounts): string {
  return wordPlannedCounts(counts);
}

// ---------------------------------------------------------------- silences

function ackWords({ ack }: Notice & { type: 'operator' }, at: Ms): string {
  if (ack === undefined) return 'acknowledged';
  const what = wordAcked(ack, at);
  return ack.ack === null ? `no longer acknowledged: ${what}` : `acknowledged${wordAckEnd(ack.ack, at)}: ${what}`;
}

function silenceWords(action: OperatorAction, { matcher, endsAt }: Silence, names: EventNames): string {
  const what = matchedWords(matcher, names);
  return action === 'unsilence' ? `no longer silenced: ${what}` : `silenced until ${shortClock(endsAt)}: ${what}`;
}

// By names, not ids: as the form offers them.
function matchedWords({ conversation, agent, signal, workspace }: Matcher, names: EventNames): string {
  const asked = conversation === undefined ? null : names.asked(conversation);
  const parts = [
    conversation === undefined ? '' : `conversation ${asked ?? conversation.slice(0, ID_CELLS)}`,
    signal ?? '',
    agent === undefined ? '' : `${signal === undefined ? 'every signal ' : ''}of ${agent}`,
    signal !== undefined && agent === undefined ? 'of every agent' : '',
    workspace === undefined ? '' : `workspace ${shortName(workspace, names)}`,
  ].filter(Boolean);
  return parts.length === 0 ? 'everything' : parts.join(' ');
}

/** Cells of an id. */
const ID_CELLS = 6;
