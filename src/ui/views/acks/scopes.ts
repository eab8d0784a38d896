import type { AckScope } from '../../../core/acks.ts';
import { isMeant } from '../../../core/reactor/acks/covers.ts';
import type { SignalRecord } from '../../../core/reactor/types.ts';
import { HOUR_MS, type Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import type { Context } from '../../app/bindings.ts';
import { withCount } from '../../ladder/conditions.ts';
import { isOpen, openAckOf } from '../../ladder/open-signals.ts';
import { type Length, type ScopeForm, EVENING, newForm } from '../../widgets/scope-form.ts';

/** A choice of what is acknowledged. */
export type AckChoice = { readonly label: string; readonly scope: AckScope; readonly isWide?: true };

export type AckForm = ScopeForm<AckChoice>;

/** Signals last reported this long ago are offered together, ms. */
const OLD_MS = HOUR_MS;
/** Ids that one scope names; more of one type and agent are meant by these. */
const MAX_IDS = 1_000;

const LENGTHS: readonly Length[] = [
  { label: 'it ends', ms: null },
  { label: '1 h', ms: HOUR_MS },
  { label: '4 h', ms: 4 * HOUR_MS },
  { label: `${EVENING}:00`, isEvening: true },
  { label: 'other', isTyped: true },
];

/** Returns an empty form for what is selected. */
export function newAckForm(context: Context): AckForm {
  return newForm(ackChoices(context), LENGTHS);
}

/** The open signals of the selection, the worst and then the latest first: what the first scope acknowledges. */
export function openHere(context: Context): readonly SignalRecord[] {
  const { live, view } = context;
  return signalsHere(context, (record) => isOpen(live, record, view.now));
}

/** The acknowledged signals of the selection that would be open. */
export function ackedHere(context: Context): readonly SignalRecord[] {
  const { live, view } = context;
  return signalsHere(context, (record) => openAckOf(live, record, view.now) !== null);
}

// Those of the selected row: of a signal all that are in its row, else those of the conversation, or of the agent.
function signalsHere(
  { live, target, selected }: Context,
  isWanted: (record: SignalRecord) => boolean,
): readonly SignalRecord[] {
  const { agent, conversationId, signal } = target;
  const isHere = (record: SignalRecord): boolean => {
    if (signal !== null) return record.signal.type === signal && record.signal.agent === agent;
    if (conversationId !== null) return record.signal.conversationId === conversationId;
    return agent !== null && record.signal.agent === agent;
  };
  if (signal !== null && selected.signal === null) return [];
  return live.signals.filter((record) => isHere(record) && isWanted(record)).toSorted(worstFirst);
}

const RANK: Readonly<Record<string, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

function worstFirst(a: SignalRecord, b: SignalRecord): number {
  return (RANK[a.signal.severity] ?? 0) - (RANK[b.signal.severity] ?? 0) || b.reports.lastAt - a.reports.lastAt;
}

// From narrow to wide, so that a wide one takes a deliberate step. What is read of a history later exists now, too.
function ackChoices(context: Context): readonly AckChoice[] {
  const here = openHere(context);
  const [worst] = here;
  const { agent } = context.target;
  const { now } = context.view;
  return [
    ...(worst === undefined ? [] : [episodeOf(worst, here)]),
    ...(agent === null ? [] : [{ label: `every signal of ${agent}`, scope: { agent, before: now } }]),
    ...(worst === undefined
      ? []
      : [
          {
            label: `${worst.signal.type} of every agent`,
            scope: { signal: worst.signal.type, before: now },
            isWide: true as const,
          },
        ]),
    { label: 'everything older than 1 h', scope: { before: now - OLD_MS }, isWide: true },
    { label: 'everything open', scope: { before: now }, isWide: true },
  ];
}

function episodeOf({ signal: { type, agent } }: SignalRecord, here: readonly SignalRecord[]): AckChoice {
  const alike = here.filter(({ signal }) => signal.type === type && signal.agent === agent);
  const count = alike.reduce((sum, { reports }) => sum + reports.count, 0);
  const ids = alike.slice(0, MAX_IDS).map(({ signal }) => signal.signalId);
  return { label: `${withCount(type, count, '×')} of ${agent ?? 'no agent'}, this episode`, scope: { ids } };
}

/** Counts the open rows that a scope means: signals of one type and one agent are one. */
export function countOpen(scope: AckScope, view: EngineView, now: Ms): number {
  const meant = view.signals.filter((record) => isMeant(scope, record) && isOpen(view, record, now));
  return new Set(meant.map(({ signal }) => `${signal.type}\n${signal.agent ?? ''}`)).size;
}
