import type { Ack, AckScope } from '../../acks.ts';
import type { ActionOf } from '../../actions.ts';
import { given } from '../../done.ts';
import type { Severity } from '../../interruptions.ts';
import { MAX_ACKED_SIGNALS, MAX_ACKS } from '../../limits.ts';
import type { Ms, Now } from '../../units.ts';
import { cancel, type Draft, notice, schedule } from '../draft.ts';
import { shardedValues } from '../sharded-map.ts';
import { ackOf, isMeant } from './covers.ts';
import type { AckReport } from '../messages.ts';
import type { SignalRecord } from '../types.ts';

/** The key of the timer that ends acknowledgements. */
export const ACK_TIMER = 'acks';

/** Acknowledges what exists of a scope at this moment and is not acknowledged yet. */
export function acknowledge(draft: Draft, action: ActionOf<'ack'>): void {
  const { scope, durationMs, note, id = nextAckId(draft), by } = action;
  const meant = knownOf(draft, scope).filter((record) => ackOf(draft.state.acks, record) === null);
  const older = scope.before === undefined ? null : { ...scope, before: Math.min(scope.before, draft.at) };
  if (meant.length === 0 && older === null) return refuse(draft, action);
  const ack: Ack = {
    id,
    by: by?.user ?? 'operator',
    at: draft.at,
    endsAt: durationMs === null ? null : draft.at + durationMs,
    endsMono: durationMs === null ? null : draft.mono + durationMs,
    note,
    signals: severitiesOf(meant.slice(-MAX_ACKED_SIGNALS)),
    older,
  };
  setAcks(draft, bounded([...draft.state.acks.filter((other) => other.id !== id), ack]));
  const report = { scope, ack, ...factsOf(meant) };
  notice(draft, { type: 'operator', action: 'ack', target: id, reason: given(note), ack: report });
}

/** Takes back what is acknowledged of a scope. */
export function takeBackAck(draft: Draft, action: ActionOf<'unack'>): void {
  const { scope } = action;
  const before = draft.state.acks;
  const meant = knownOf(draft, scope).filter((record) => ackOf(before, record) !== null);
  const ids = new Set(meant.map(({ signal }) => signal.signalId));
  // One that is covered as an older one takes the rule back; the others are named one by one, as far as they are known.
  const kept = before.flatMap((ack) => {
    const loses = meant.some((record) => ackOf([{ ...ack, signals: {} }], record) !== null);
    const signals = Object.fromEntries(Object.entries(ack.signals).filter(([id]) => !ids.has(id)));
    const older = loses || isWithin(ack.older, scope) ? null : ack.older;
    return Object.keys(signals).length === 0 && older === null ? [] : [{ ...ack, signals, older }];
  });
  if (meant.length === 0 && kept.length === before.length) return refuse(draft, action);
  const [first] = meant.map((record) => ackOf(before, record));
  setAcks(draft, kept);
  const report = { scope, ack: null, ...factsOf(meant) };
  notice(draft, { type: 'operator', action: 'unack', target: first?.id ?? '', reason: null, ack: report });
}

/** Before each input: forgets what has ended. */
export function endAcks(draft: Draft): void {
  if (draft.state.acks.some((ack) => ackLeft(draft, ack) <= 0)) expireAcks(draft);
}

/** Forgets what has ended and waits for the next end. */
export function expireAcks(draft: Draft): void {
  setAcks(
    draft,
    draft.state.acks.filter((ack) => ackLeft(draft, ack) > 0),
  );
}

/** Waits for the end of those that an earlier run left. */
export function startAckTimer(draft: Draft): void {
  const left = Math.min(...draft.state.acks.map((ack) => ackLeft(draft, ack)));
  if (Number.isFinite(left)) schedule(draft, ACK_TIMER, draft.mono + left);
  else cancel(draft, ACK_TIMER);
}

/** Returns what is left of an acknowledgement, ms: it ends by the wall clock or by the monotonic one, whichever is first. */
function ackLeft(now: Now, { endsAt, endsMono }: Ack): Ms {
  return Math.min(endsAt === null ? Infinity : endsAt - now.at, endsMono === null ? Infinity : endsMono - now.mono);
}

function setAcks(draft: Draft, acks: readonly Ack[]): void {
  if (acks.length === draft.state.acks.length && acks.every((ack, at) => ack === draft.state.acks[at])) return;
  draft.state = { ...draft.state, acks };
  startAckTimer(draft);
}

// The newest, and of a long history the newest of it.
function bounded(acks: readonly Ack[]): readonly Ack[] {
  let room = MAX_ACKED_SIGNALS;
  const kept = acks
    .slice(-MAX_ACKS)
    .toReversed()
    .flatMap((ack) => {
      const signals = Object.entries(ack.signals).slice(0, room);
      room -= signals.length;
      return signals.length === 0 && ack.older === null ? [] : [{ ...ack, signals: Object.fromEntries(signals) }];
    });
  return kept.toReversed();
}

function knownOf({ state }: Draft, scope: AckScope): readonly SignalRecord[] {
  const known = [...state.open.values(), ...shardedValues(state.settled)];
  return known.filter((record) => isMeant(scope, record)).sort((a, b) => a.seq - b.seq);
}

// A rule goes with the scope that contains it, even where no signal of it is known.
function isWithin(older: Ack['older'], scope: AckScope): boolean {
  if (older === null || scope.ids !== undefined || scope.before !== undefined) return false;
  const { agent = older.agent, signal = older.signal, conversation = older.conversation } = scope;
  const isSame = agent === older.agent && signal === older.signal && conversation === older.conversation;
  return isSame && (scope.workspace ?? older.workspace) === older.workspace;
}

function severitiesOf(records: readonly SignalRecord[]): Readonly<Record<string, Severity>> {
  return Object.fromEntries(records.map(({ signal }) => [signal.signalId, signal.severity]));
}

function factsOf(meant: readonly SignalRecord[]): Omit<AckReport, 'scope' | 'ack'> {
  const types = new Set(meant.map(({ signal }) => signal.type));
  const agents = new Set(meant.map(({ signal }) => signal.agent));
  const [signal = null] = types.size === 1 ? types : [];
  const [agent = null] = agents.size === 1 ? agents : [];
  const count = meant.reduce((sum, { reports }) => sum + reports.count, 0);
  return { signals: meant.map((record) => record.signal.signalId), count, signal, agent };
}

function refuse(draft: Draft, { type: action }: ActionOf<'ack' | 'unack'>): void {
  const code = action === 'ack' ? 'nothing_to_ack' : 'nothing_acked';
  notice(draft, { type: 'refused', action, target: '', reason: { code } });
}

function nextAckId(draft: Draft): string {
  const { nextAck, settings } = draft.state;
  draft.state = { ...draft.state, nextAck: nextAck + 1 };
  return `${settings.instance}-a${nextAck}`;
}
