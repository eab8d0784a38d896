import type { FeedEvent } from '../../feed.ts';
import type { Interruption } from '../../interruptions.ts';
import type { SourceUri } from '../../sources.ts';
import type { Ms } from '../../units.ts';
import { callsMeant } from '../calls/call-index.ts';
import { mayBeSeen } from '../calls/doors.ts';
import { addRecord, hasRecord } from '../record-ranges.ts';
import { callsNamedBy, filledIn, invalidate, linkCalls, unlinkCalls } from './links.ts';
import { reviseInterruption, sameInterruption } from './merge.ts';
import { type Known, type ModelState, type SourceState, sourceOf } from '../state.ts';
import { arrivalNews, eventMs } from '../time.ts';
import type { ModelChange } from '../types.ts';

type InterruptionEvent = Extract<FeedEvent, { type: 'interruption' }>;

/** Part of a full collection that is kept, so that room is made seldom. */
const KEEP = 0.8;

/** Takes in one account of an interruption; returns what it changed, nothing when it reports nothing new. */
export function applyInterruption(
  state: ModelState,
  uri: SourceUri,
  event: InterruptionEvent,
  receivedAt: Ms,
): readonly ModelChange[] {
  const { interruption: reported, record } = event;
  // Where agentsight sees a session, its rows are what happened there; a storm that it has missed is one all the same.
  if (reported.recorded === true && reported.sessionId !== null && state.seenSessions.has(reported.sessionId)) {
    if (reported.type !== 'retry_storm' || !mayBeSeen(state, reported.sessionId, reported.occurredNs)) return [];
  }
  const source = sourceOf(state, uri);
  const key = reported.interruptionId ?? `${uri}\n${record}`;
  const row = source.interruptions.get(record);
  if (row === undefined && hasRecord(source.forgottenInterruptions, record, reported.occurredNs)) return [];
  if (row === undefined) source.interruptionRecords += 1;
  source.lastEventAt = Math.max(source.lastEventAt ?? -Infinity, eventMs(reported));
  const known = state.interruptions.get(key);
  const previous = known?.interruption ?? null;
  const now = known ?? { key, reported: reported, interruption: reported, records: [] };
  if (known !== undefined) updateReport(state, known, reported);
  now.interruption = filledIn(state, now);
  const { interruption } = now;
  linkCalls(state, now);
  file(now, source, record);
  if (previous !== null && sameInterruption(previous, interruption)) return [];
  if (known === undefined) admit(state, now);
  invalidate(state, [previous, interruption]);
  const news = previous === null ? arrivalNews(event.arrival, eventMs(interruption), receivedAt) : 'none';
  // Its rows and the calls: how they belong together is then the same in whatever order they come.
  return [
    {
      type: 'interruption',
      interruption: now.reported,
      previous,
      news,
      calls: callsMeant(state, callsNamedBy(reported), reported),
    },
  ];
}

function updateReport(state: ModelState, known: Known, report: Interruption): void {
  unlinkCalls(state, known);
  known.reported = reviseInterruption(known.reported, report);
}

/** Types of the unresolved interruptions of a conversation, sorted. */
export function flagsOf(state: ModelState, conversationId: string): readonly string[] {
  state.flags ??= collectFlags(state);
  return state.flags.get(conversationId) ?? [];
}

/** The sources that tell of an interruption, sorted. */
export function sourcesOfInterruption(state: ModelState, interruption: Interruption): readonly SourceUri[] {
  const key = interruption.interruptionId;
  const known = key === null ? undefined : state.interruptions.get(key);
  return [...new Set(known?.records.map(({ source }) => source.uri))].sort();
}

/** All that are held, most recent first. */
export function listInterruptions(state: ModelState): readonly Interruption[] {
  state.listed ??= Array.from(state.interruptions.values(), ({ interruption }) => interruption).sort(mostRecentFirst);
  return state.listed;
}

function mostRecentFirst(a: Interruption, b: Interruption): number {
  if (a.occurredNs !== b.occurredNs) return a.occurredNs < b.occurredNs ? 1 : -1;
  return (a.interruptionId ?? '') < (b.interruptionId ?? '') ? -1 : 1;
}

/** A row whose number was given to another interruption since (a replaced database) is filed anew. */
function file(known: Known, source: SourceState, record: string): void {
  if (source.interruptions.get(record) === known) return;
  source.interruptions.set(record, known);
  known.records.push({ source, record });
}

function admit(state: ModelState, known: Known): void {
  state.interruptions.set(known.key, known);
  state.interruptionText += textOf(known.interruption);
  if (state.interruptions.size > state.limits.interruptions) makeRoom(state);
  else if (state.interruptionText > state.limits.interruptionText) makeRoom(state);
}

/** Resolved ones go first, then the oldest. */
function makeRoom(state: ModelState): void {
  const all = [...state.interruptions.values()].sort(
    (a, b) =>
      Number(b.interruption.resolved) - Number(a.interruption.resolved) ||
      (a.interruption.occurredNs < b.interruption.occurredNs ? -1 : 1),
  );
  for (const known of all.slice(0, Math.ceil(all.length * (1 - KEEP)))) {
    state.interruptions.delete(known.key);
    unlinkCalls(state, known);
    state.interruptionText -= textOf(known.interruption);
    state.evicted.interruptions += 1;
    invalidate(state, [known.interruption]);
    for (const { source, record } of known.records) {
      if (source.interruptions.get(record) === known) source.interruptions.delete(record);
      addRecord(source.forgottenInterruptions, record, known.interruption.occurredNs);
    }
  }
}

function collectFlags(state: ModelState): ReadonlyMap<string, readonly string[]> {
  const types = new Map<string, Set<string>>();
  for (const { interruption } of state.interruptions.values()) {
    const { conversationId, resolved, type } = interruption;
    if (resolved || conversationId === null) continue;
    const known = types.get(conversationId);
    if (known === undefined) types.set(conversationId, new Set([type]));
    else known.add(type);
  }
  return new Map(Array.from(types, ([id, set]) => [id, [...set].sort()]));
}

function textOf({ detail }: Interruption): number {
  return detail.text.length + (detail.error?.length ?? 0) + detail.callIds.reduce((sum, id) => sum + id.length, 0);
}
