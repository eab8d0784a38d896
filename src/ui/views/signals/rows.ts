import type { Ack } from '../../../core/acks.ts';
import { hostAndName } from '../../../core/fleet-names.ts';
import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import type { Interruption, Severity } from '../../../core/interruptions.ts';
import type { Fate, FateName } from '../../../core/signals.ts';
import type { Ms } from '../../../core/units.ts';
import type { SignalRecord } from '../../../core/reactor/types.ts';
import { duration, left } from '../../render/values.ts';
import type { Tone } from '../../render/theme.ts';
import { isUnsettled } from '../../../core/reactor/view.ts';
import { perList } from '../../widgets/memo.ts';
import { interruptionOf, isOpen, isResolved, ladderSeverity, openAckOf } from '../../ladder/open-signals.ts';
import type { Downgrade, FateReason } from '../../../core/reasons.ts';
import { wordFate, wordSilence } from '../../../wording/fates.ts';

/** The fate of a signal, as a person reads it. */
export type FateLine = {
  readonly sign: 'ok' | 'failed' | 'pending' | 'none';
  readonly tone: Tone;
  readonly text: string;
};

/** A row of the list: a signal, several that would read the same, or all that was there before the start. */
export type SignalRow = {
  /** That of its oldest signal, which stays as others join it. */
  readonly id: string;
  /** The one that was reported last; keys on the row mean it. */
  readonly record: SignalRecord;
  /** The number of times that they were reported together. */
  readonly reports: number;
  /** The time of the last report. */
  readonly at: Ms;
  /** The acknowledgement without which it would ask for a person; null for any other. */
  readonly ack: Ack | null;
  /** It asks for a person, or waits for something. */
  readonly isOpen: boolean;
  /** Its step of the ladder; null for one that only waits, or is past. */
  readonly severity: 'critical' | 'high' | null;
  /** The signals that were there before the start, of which nothing is open: how many they are, in one row. */
  readonly before: number;
  /** `+`, `-`: the group of those that were there before the start, closed and open; '' for others. */
  readonly mark: '+' | '-' | '';
};

/** The groups that a person has opened; the one that holds the selected signal is open too. */
export type OpenedSignals = { readonly groups: ReadonlySet<string>; readonly selectedId: string | null };

/** The id of the group of signals that were there before the start. */
export const BEFORE_START = '+ before';
const ALL_CLOSED: OpenedSignals = { groups: new Set(), selectedId: null };
/** Past signals that would read the same are one row while no more than this is between them, ms. */
const NEAR_MS = 3_600_000;

/** Returns open ones by the ladder, then past ones by time, then what was there before the start. */
export function signalRows(view: EngineView, now: Ms, opened: OpenedSignals = ALL_CLOSED): readonly SignalRow[] {
  const records = view.signals.toSorted((a, b) => b.reports.lastAt - a.reports.lastAt);
  const open = records.filter((record) => isUnsettled(record) || isOpen(view, record, now));
  const isListed = new Set(open);
  const others = records.filter((record) => !isListed.has(record));
  // What is acknowledged stays a row of its own, wherever it came from.
  const isPast = (record: SignalRecord): boolean => !record.signal.historical || openAckOf(view, record, now) !== null;
  const before = others.filter((record) => !isPast(record));
  const past = others.filter(isPast);
  const openRows = grouped(open, { view, now, isOpen: true, opened }).toSorted(
    (a, b) => rankOf(a) - rankOf(b) || b.at - a.at,
  );
  const rows = [...openRows, ...grouped(past, { view, now, isOpen: false, opened })];
  const [first] = before;
  if (first === undefined) return rows;
  const isShown = opened.groups.has(BEFORE_START) || before.some(({ signal }) => signal.signalId === opened.selectedId);
  const group: SignalRow = {
    id: BEFORE_START,
    record: first,
    reports: before.length,
    at: first.reports.lastAt,
    ack: null,
    isOpen: false,
    severity: null,
    before: before.length,
    mark: isShown ? '-' : '+',
  };
  return [...rows, group, ...(isShown ? grouped(before, { view, now, isOpen: false, opened }) : [])];
}

function rankOf({ severity }: SignalRow): number {
  return severity === null ? WAITING_RANK : RANK[severity];
}

/** The order of a signal that waits for something and is no trouble: behind those that are. */
const WAITING_RANK = 4;

type Grouping = {
  readonly view: EngineView;
  readonly now: Ms;
  readonly isOpen: boolean;
  readonly opened: OpenedSignals;
};

// Records come newest first.
function grouped(records: readonly SignalRecord[], grouping: Grouping): readonly SignalRow[] {
  const rows: { row: SignalRow; earliest: Ms }[] = [];
  const latest = new Map<string, (typeof rows)[number]>();
  for (const record of records) {
    const { signal, reports } = record;
    const severity = severityOf(record, grouping);
    const ack = grouping.isOpen ? null : openAckOf(grouping.view, record, grouping.now);
    const fate = shortFate(grouping.view, record, grouping.now).text;
    const key = [signal.type, signal.agent, fate, ack?.id ?? ''].join('\n');
    const near = latest.get(key);
    if (near !== undefined && (grouping.isOpen || near.earliest - reports.lastAt <= NEAR_MS)) {
      near.row = joined(near.row, record, grouping);
      near.earliest = signal.at;
      continue;
    }
    const row: SignalRow = {
      id: signal.signalId,
      record,
      reports: reports.count,
      at: reports.lastAt,
      ack,
      isOpen: grouping.isOpen,
      severity,
      before: 0,
      mark: '',
    };
    const one = { row, earliest: signal.at };
    latest.set(key, one);
    rows.push(one);
  }
  return rows.map(({ row }) => row);
}

// A selected signal keeps its row, whatever joins it.
function joined(row: SignalRow, record: SignalRecord, grouping: Grouping): SignalRow {
  const { signal, reports } = record;
  const id = row.id === grouping.opened.selectedId ? row.id : signal.signalId;
  const own = severityOf(record, grouping);
  const severity = own === 'critical' ? own : (row.severity ?? own);
  return { ...row, id, reports: row.reports + reports.count, severity };
}

function severityOf(record: SignalRecord, { view, now }: Pick<Grouping, 'view' | 'now'>): SignalRow['severity'] {
  return isOpen(view, record, now) ? ladderSeverity(record.signal.severity) : null;
}

/**
 * The fate of a signal in one phrase that fits its column; `fateOf` tells all of it. `isHeld`: a chip and what is left
 * of the countdown.
 */
export type ShortFate = FateLine & { readonly isHeld: boolean };

/** Returns the phrase for what became of a signal, or what it waits for. */
export function shortFate(view: EngineView, record: SignalRecord, now: Ms): ShortFate {
  const { fate, signal } = record;
  const workspace = view.workspaces.find((one) => one.path === signal.workspace) ?? null;
  const none = { sign: 'none', tone: 'plain', isHeld: false } as const;
  if (fate?.settled !== true && isOfUnseenHost(view, record)) return { ...none, text: 'not known' };
  if (fate === null) {
    const { run, hold } = workspace ?? { run: null, hold: null };
    if (run?.signals.includes(signal.signalId))
      return { ...none, sign: 'pending', tone: 'accent', text: 'checkpoint runs' };
    if (hold) return { ...none, tone: 'high', text: left(hold.endsAt, now), isHeld: true };
    return { ...none, sign: 'pending', tone: 'accent', text: 'waits its turn' };
  }
  if (!fate.settled) {
    const ends = workspace?.backoffEndsAt ?? workspace?.windowEndsAt ?? null;
    const text = ends === null || ends <= now ? 'waits its turn' : `waits ${left(ends, now)}`;
    return { ...none, sign: 'pending', tone: 'accent', text };
  }
  const resolved = isResolved(view, record) === true ? ', resolved' : '';
  const { sign, tone } = signOf(fate.kind);
  return { sign, tone, text: `${phraseOf(fate, record)}${resolved}`, isHeld: false };
}

// A host that nobody hears acts on: what became of it since is not known.
function isOfUnseenHost({ fleet }: EngineView, { signal }: SignalRecord): boolean {
  const host = fleet && hostAndName('id', signal.signalId)?.host;
  return host !== undefined && fleet?.hosts.some(({ name, isUnseen }) => isUnseen && name === host) === true;
}

function phraseOf({ kind, reason, leftOut }: Fate, { signal }: SignalRecord): string {
  switch (kind) {
    case 'checkpointed':
      return leftOut === undefined || leftOut.count === 0 ? 'checkpointed' : `checkpointed, ${leftOut.count} left out`;
    case 'suppressed':
      return reason.code === 'silenced' ? `silenced by ${reason.silence.createdBy}` : 'silenced';
    case 'vetoed':
      return 'vetoed';
    case 'disarmed':
      return 'only observed';
    case 'unavailable':
      return 'no checkpointer';
    case 'observer':
      return 'another engine acts';
    case 'dropped':
      return 'dropped, queue full';
    case 'flagged':
      return signal.downgraded === null ? 'flagged by policy' : `flagged, ${shortDowngrade(signal.downgraded)}`;
    case 'ignored':
      return 'ignored by policy';
    case 'no_workspace':
      return 'no workspace';
    case 'historical':
      return 'before the start';
    case 'stopped':
      return 'sightline stopped';
    case 'coalesced':
    case 'failed':
    case 'timed_out':
    case 'breaker_open':
    case 'guarded':
      return kind.replaceAll('_', ' ');
  }
}

function shortDowngrade(rule: Downgrade): string {
  switch (rule.code) {
    case 'ended_by_signal':
      return rule.signal;
    case 'ended_well':
      return 'exit 0';
    case 'records_cannot_tell':
      return 'not certain';
    case 'recorded':
      return 'downgraded';
  }
}

/** The fate of a signal and why; while it has none, what it waits for. */
export function fateOf(view: EngineView, record: SignalRecord, now: Ms): FateLine {
  const { fate, signal } = record;
  const workspace = view.workspaces.find((one) => one.path === signal.workspace) ?? null;
  if (fate === null) return waiting(signal.signalId, workspace, now);
  if (!fate.settled) return { sign: 'pending', tone: 'accent', text: `waits: ${behind(fate, workspace, now)}` };
  return { ...signOf(fate.kind), text: settled(fate) };
}

/** The sign and the tone of a signal, as the ladder has them: what is past stands back, and has another sign. */
export type SignalMark = { readonly sign: 'flag' | 'high' | 'ended'; readonly tone: Tone };

/** Returns the sign and the tone of a signal that has a step of the ladder, only waits for something, or is past. */
export function markOf(severity: 'critical' | 'high' | null, waits: boolean): SignalMark {
  if (severity !== null) return { sign: severity === 'critical' ? 'flag' : 'high', tone: severity };
  return { sign: 'ended', tone: waits ? 'plain' : 'dim' };
}

/** Returns the sign and the tone of one signal. */
export function signalMark(view: EngineView, record: SignalRecord, now: Ms): SignalMark {
  return markOf(severityOf(record, { view, now }), isUnsettled(record));
}

function waiting(signalId: string, workspace: WorkspaceView | null, now: Ms): FateLine {
  const pending = { sign: 'pending', tone: 'accent' } as const;
  const { run, hold } = workspace ?? { run: null, hold: null };
  if (run?.signals.includes(signalId)) {
    const passed = Math.max(0, Math.floor((now - run.startedAt) / 1_000));
    return { ...pending, text: `checkpoint is running, ${passed} s` };
  }
  if (hold) return { sign: 'pending', tone: 'warning', text: `held, fires in ${left(hold.endsAt, now)}` };
  return { ...pending, text: 'waits for its turn' };
}

function behind({ reason }: Fate, workspace: WorkspaceView | null, now: Ms): string {
  const ends = workspace?.backoffEndsAt ?? workspace?.windowEndsAt ?? null;
  return ends === null || ends <= now ? wordFate(reason) : `${left(ends, now)}, ${wordFate(reason)}`;
}

function settled({ kind: fate, reason, snapshot, durationMs }: Fate): string {
  const name = fate.replaceAll('_', ' ');
  switch (fate) {
    case 'checkpointed':
      return `${name} ${snapshot ?? ''} ${duration(durationMs, '')}`.trimEnd();
    case 'coalesced':
      return reason.code === 'unchanged' ? `${name}${because(reason)}` : `${name} into ${snapshot ?? 'a checkpoint'}`;
    case 'suppressed':
      return `${name} ${reason.code === 'silenced' ? wordSilence(reason.silence) : wordFate(reason)}`;
    case 'failed':
    case 'timed_out':
    case 'vetoed':
    case 'disarmed':
    case 'unavailable':
    case 'breaker_open':
    case 'guarded':
    case 'observer':
    case 'dropped':
    case 'flagged':
    case 'ignored':
    case 'no_workspace':
    case 'historical':
    case 'stopped':
      return `${name}${because(reason)}`;
  }
}

function because(reason: FateReason): string {
  const text = wordFate(reason);
  return text === '' ? '' : `: ${text}`;
}

function signOf(fate: FateName): Pick<FateLine, 'sign' | 'tone'> {
  switch (fate) {
    case 'checkpointed':
      return { sign: 'ok', tone: 'good' };
    case 'coalesced':
      return { sign: 'ok', tone: 'plain' };
    case 'failed':
    case 'timed_out':
    case 'dropped':
      return { sign: 'failed', tone: 'critical' };
    case 'unavailable':
    case 'breaker_open':
    case 'guarded':
    case 'no_workspace':
      return { sign: 'failed', tone: 'warning' };
    case 'suppressed':
    case 'vetoed':
    case 'disarmed':
    case 'observer':
    case 'flagged':
      return { sign: 'none', tone: 'plain' };
    case 'ignored':
    case 'historical':
    case 'stopped':
      return { sign: 'none', tone: 'dim' };
  }
}

/** The text that stands for an unknown owner of a signal or an interruption. */
export const UNATTRIBUTED = 'unattributed';

/** The same as a word for the screen; what is not over is as bad as its severity. */
export function stateOf(
  view: EngineView,
  record: SignalRecord,
  now: Ms,
): { readonly text: string; readonly tone: Tone } | null {
  const resolved = isResolved(view, record);
  if (resolved === null) return null;
  return resolved
    ? { text: 'resolved', tone: 'good' }
    : { text: 'unresolved', tone: signalMark(view, record, now).tone };
}

/** The unresolved interruptions of a conversation that have an id, the worst and then the newest first. */
export function openOf(view: EngineView, conversationId: string): readonly Interruption[] {
  return openByConversation(view.model.interruptions).get(conversationId) ?? [];
}

/** Returns whose a signal is, briefly: its conversation, else the session of its interruption, else no one's. */
export function ownerOf(view: EngineView, record: SignalRecord): string {
  const { conversationId } = record.signal;
  if (conversationId !== null) return conversationId;
  const session = interruptionOf(view, record)?.sessionId ?? null;
  return session === null ? UNATTRIBUTED : `session ${session}`;
}

const openByConversation = perList((interruptions: readonly Interruption[]) => {
  const open = interruptions.filter(({ resolved, interruptionId }) => !resolved && interruptionId !== null);
  const worstFirst = open.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
  return Map.groupBy(worstFirst, ({ conversationId }) => conversationId);
});

const RANK: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 };
