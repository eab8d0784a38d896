import type { Call } from '../../calls.ts';
import { type Ns, nsToMs } from '../../units.ts';
import { MAX_ROW_OUTCOMES } from '../../limits.ts';
import { type Draft, recordOf } from '../draft.ts';
import { endStorms, episodeOfStorm, hasEpisode, openEpisode, patchEpisode } from './storms/episodes.ts';
import { forgetEpisode, isGuess } from './storms/guess.ts';
import { putOff } from './pending.ts';
import { raise } from './raise.ts';
import { shardedGet, shardedSet } from '../sharded-map.ts';
import { callSignal, stormSignalId } from '../signals.ts';
import {
  type Counted,
  hasConversation,
  isSameCall,
  openingStorms,
  outcomeOf,
  putOutcome,
  rowKey,
  sameOutcome,
  type Storm,
  stormsOf,
} from './storms/storms.ts';
import type { Input } from '../messages.ts';
import type { ConversationCall, Episode, FailureRow, RowOutcome } from '../types.ts';

/** Follows the row of failures that a call belongs to: five of one class make a storm, a success ends it. */
export function followRow(draft: Draft, { call, previous, news }: Input & { type: 'call' }): void {
  const moved = leaveOldRow(draft, call, previous);
  const counted = outcomeOf(call);
  if (!counted || !hasConversation(call)) return;
  const row = putInRow(draft, call, counted, { moved, live: news === 'live', isFirst: previous === null });
  if (row === null) return;
  const { episodes } = draft.state.detect;
  const revised = hasEpisode(episodes, call.conversationId) && reviseEpisodes(draft, call, row, counted);
  if (revised || counted.kind === 'failed') findStorms(draft, call, row);
}

/** The batch is read: opens the storms that a row holds now. */
export function judgeStorms(draft: Draft, call: ConversationCall): void {
  const row = rowAt(draft, placeOf(draft, call));
  for (const storm of stormsOf(row)) {
    if (!joinStorm(draft, call, row, storm)) openStorm(draft, call, row, storm);
  }
}

function rowAt(draft: Draft, place: string): FailureRow {
  return shardedGet(draft.state.detect.rows, place) ?? NO_ROW;
}

// The newest of a history may be read before the rest of it: of two rows the one that ended later is kept.
function setRow(draft: Draft, place: string, row: FailureRow, live = true): void {
  const yields = live ? undefined : (other: FailureRow) => lastNs(other) <= lastNs(row);
  const rows = shardedSet(draft.state.detect.rows, place, row, yields);
  draft.state = { ...draft.state, detect: { ...draft.state.detect, rows } };
}

// A history comes in parts, newest first: what is older than a whole full row has a row of its own, and so once more.
function placeOf(draft: Draft, call: Call): string {
  const endNs = call.endNs ?? call.startNs;
  let place = rowKey(call);
  for (let part = 1; part < HISTORY_PARTS; part += 1) {
    const row = rowAt(draft, place);
    if (row.length < MAX_ROW_OUTCOMES || endNs >= firstNs(row)) return place;
    place += PAST;
  }
  return place;
}

// A row of what is older, with the rows that go on after it.
function onwards(draft: Draft, call: Call, row: FailureRow): FailureRow {
  const whole = [...row];
  for (let part = HISTORY_PARTS - 1; part >= 0; part -= 1) {
    const newer = rowAt(draft, rowKey(call) + PAST.repeat(part));
    if (firstNs(newer) > lastNs(whole)) whole.push(...newer);
  }
  return whole;
}

// The new row; null when it says nothing new. How it counted before, here or elsewhere, goes with it.
function putInRow(
  draft: Draft,
  call: Call,
  counted: Counted,
  {
    moved,
    live,
    isFirst,
  }: { readonly moved: RowOutcome | undefined; readonly live: boolean; readonly isFirst: boolean },
): FailureRow | null {
  const place = placeOf(draft, call);
  const row = rowAt(draft, place);
  const known = isNewest(row, counted, isFirst) ? undefined : row.find((entry) => isSameCall(entry, counted));
  const before = moved ?? known;
  const { callId, startNs, endNs, kind, errorClass } = counted;
  const seenLive = live || before?.live === true;
  const outcome: RowOutcome = {
    callId,
    startNs,
    endNs,
    kind,
    errorClass,
    live: seenLive,
    storm: before?.storm ?? null,
  };
  if (known && sameOutcome(known, outcome)) return null;
  const next = putOutcome(row, outcome, known);
  setRow(draft, place, next, live);
  return next;
}

// A call that was not known and ended after all of the row is not among them; most are such.
function isNewest(row: FailureRow, counted: Counted, isFirst: boolean): boolean {
  const last = row.at(-1);
  return isFirst && (last === undefined || last.endNs < counted.endNs);
}

// Its conversation, agent, process or id was rewritten, or it counts no more: it leaves the row that it was in.
function leaveOldRow(draft: Draft, call: Call, previous: Call | null): RowOutcome | undefined {
  if (!previous || !hasConversation(previous)) return undefined;
  const stays = rowKey(previous) === rowKey(call) && isSameCall(previous, call);
  if (stays && outcomeOf(call) !== null) return undefined;
  const place = placeOf(draft, previous);
  const row = rowAt(draft, place);
  const outcome = row.find((entry) => isSameCall(entry, previous));
  if (outcome) {
    setRow(
      draft,
      place,
      row.filter((entry) => entry !== outcome),
    );
  }
  return outcome;
}

function findStorms(draft: Draft, call: ConversationCall, row: FailureRow): void {
  for (const storm of stormsOf(row)) {
    if (joinStorm(draft, call, row, storm)) continue;
    // A success or an earlier failure may be in the same batch, and later storms may belong to this: timers come after it.
    if (isLive(storm)) return putOff(draft, `storms:${rowKey(call)}`, { type: 'storms', call }, draft.mono);
    openStorm(draft, call, row, storm);
  }
}

// True when the storm has its signal already: its episode is known, or its failures made one in another conversation.
function joinStorm(draft: Draft, call: ConversationCall, row: FailureRow, { fifthNs, five }: Storm): boolean {
  const { episodes } = draft.state.detect;
  const known = episodeOfStorm(episodes, onwards(draft, call, row), call, fifthNs);
  if (known) {
    if (fifthNs < known.startNs) {
      setEpisodes(draft, patchEpisode(episodes, known.signalId, call.conversationId, { startNs: fifthNs }));
    }
    return true;
  }
  const counted = five.find(({ storm }) => storm !== null && recordOf(draft.state, storm) !== undefined)?.storm ?? null;
  if (counted === null) return false;
  setEpisodes(draft, openEpisode(episodes, newEpisode(call, onwards(draft, call, row), fifthNs, counted)));
  return true;
}

function openStorm(draft: Draft, call: ConversationCall, row: FailureRow, storm: Storm): void {
  const signalId = stormSignalId('retry_storm', call.conversationId, storm.fifthNs);
  setRow(
    draft,
    placeOf(draft, call),
    row.map((outcome) => (storm.five.includes(outcome) ? { ...outcome, storm: signalId } : outcome)),
  );
  const episode = newEpisode(call, onwards(draft, call, row), storm.fifthNs, signalId);
  setEpisodes(draft, openEpisode(draft.state.detect.episodes, episode));
  const facts = {
    signalId,
    signal: 'retry_storm',
    origin: 'derived' as const,
    at: nsToMs(storm.fifthNs),
    historical: !isLive(storm),
    cause: `5 failed calls in a row (${storm.errorClass})`,
  };
  raise(draft, callSignal(draft.state.settings, call, facts));
}

function newEpisode(call: ConversationCall, row: FailureRow, fifthNs: bigint, signalId: string): Episode {
  const success = row.find(({ kind, endNs }) => kind === 'ok' && endNs > fifthNs);
  return {
    type: 'retry_storm',
    conversationId: call.conversationId,
    agent: call.agent,
    pid: call.pid,
    startNs: fifthNs,
    endNs: success?.endNs ?? null,
    signalId,
    interruptionId: null,
  };
}

function isLive({ five }: Storm): boolean {
  return five.some(({ live }) => live);
}

// True when an episode is no longer what it was: the row may hold a storm of its own now.
function reviseEpisodes(draft: Draft, call: ConversationCall, row: FailureRow, { kind, endNs }: Counted): boolean {
  const forgotten = forgetGuesses(draft, call, row);
  const { episodes } = draft.state.detect;
  if (kind === 'ok') setEpisodes(draft, endStorms(episodes, { ...call, endNs }));
  return forgotten || draft.state.detect.episodes !== episodes;
}

// History may be read in any order: a storm that more of it disproves, or moves, was none. (A live one was acted upon.)
function forgetGuesses(draft: Draft, call: ConversationCall, row: FailureRow): boolean {
  const { episodes } = draft.state.detect;
  // Of a full row the beginning is gone: nothing can be disproved any more.
  if (row.length >= MAX_ROW_OUTCOMES) return false;
  const [from, to] = [firstNs(row), lastNs(row)];
  const here = episodes.filter((episode) => isOfRow(episode, call) && from <= episode.startNs && episode.startNs <= to);
  if (here.length === 0) return false;
  const fifths = new Set(openingStorms(row).map(({ fifthNs }) => fifthNs));
  const wrong = here.filter((episode) => !fifths.has(episode.startNs) && isGuess(draft, episode));
  for (const episode of wrong) forgetEpisode(draft, episode);
  return wrong.length > 0;
}

const NO_ROW: FailureRow = [];
/** The newest calls, those that are kept whole, the rest: so many rows has a conversation, its newest first. */
const HISTORY_PARTS = 3;
const PAST = '\u0000past';

function firstNs(row: FailureRow): Ns {
  return row[0]?.endNs ?? 0n;
}

function lastNs(row: FailureRow): Ns {
  return row.at(-1)?.endNs ?? 0n;
}

function isOfRow({ type, conversationId, agent, pid, interruptionId }: Episode, call: ConversationCall): boolean {
  return (
    type === 'retry_storm' &&
    interruptionId === null &&
    conversationId === call.conversationId &&
    agent === call.agent &&
    pid === call.pid
  );
}

function setEpisodes(draft: Draft, episodes: readonly Episode[]): void {
  if (episodes === draft.state.detect.episodes) return;
  draft.state = { ...draft.state, detect: { ...draft.state.detect, episodes } };
}
