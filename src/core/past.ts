/**
 * Old calls as sums. Of a long history only few calls say anything on their own: those that failed, and those beside them,
 * because a success ends a streak of failures. All others are counted, and a feed that can read them as plain numbers
 * need not make objects of them.
 */
import type { Call } from './calls.ts';
import { type Ms, nsToMs, restOfNs } from './units.ts';

/**
 * A finished, successful call as numbers; what it lacks does not matter for what is only counted. `cacheApart`: its input
 * leaves out what the cache read or created. Times are whole ms with the rest in ns; tokens are null where not reported.
 */
export type PastRow = readonly [
  record: number,
  conversationId: string | null,
  agent: string,
  pid: number | null,
  model: string | null,
  cacheApart: boolean,
  startMs: Ms,
  startRest: number,
  endMs: Ms,
  endRest: number,
  inputTokens: number | null,
  outputTokens: number | null,
  cacheReadTokens: number | null,
  cacheCreationTokens: number | null,
];

/** Sums over calls, as a group of the model keeps them. */
export type PastSums = {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheCreationTokens: number;
  promptTokens: number;
  knownPromptTokens: number;
  knownReadTokens: number;
};

/** The sums over the calls of one conversation, agent, process and model. */
export type PastGroup = {
  readonly conversationId: string | null;
  readonly agent: string;
  readonly pid: number | null;
  readonly model: string | null;
  readonly sums: PastSums;
  firstAt: Ms;
  lastAt: Ms;
};

/** The ends of the latest calls of one conversation, agent and process, oldest first; at most `PAST_ENDS`. */
export type PastEnds = {
  readonly conversationId: string | null;
  readonly agent: string;
  readonly ends: readonly (readonly [endMs: Ms, endRest: number])[];
};

/** Rule S4's part of a call: its end, its start, and what it spent. */
export type PastSpent = {
  readonly endMs: Ms;
  readonly endRest: number;
  readonly startMs: Ms;
  readonly startRest: number;
  readonly inputTokens: number;
  readonly cache: 'unreported' | 'missed' | 'used';
};

/** The costs of the calls of one agent, and its sums by minute (number of the minute → sums; one may stand there twice). */
export type PastAgent = {
  readonly agent: string;
  readonly spent: PastSpent[];
  readonly minutes: { readonly minute: number; readonly sums: PastSums }[];
};

export type PastCalls = {
  readonly calls: number;
  readonly groups: readonly PastGroup[];
  readonly ends: readonly PastEnds[];
  readonly agents: readonly PastAgent[];
};

/** Ends that are reported of a conversation: as many outcomes as the model keeps of one. */
export const PAST_ENDS = 32;

const MINUTE_MS = 60_000;

type Moment = { readonly ms: Ms; readonly rest: number };

/** The calls of one conversation, agent and process: what derived storms are followed in. */
type Streak = {
  readonly conversationId: string | null;
  readonly agent: string;
  readonly pid: number | null;
  readonly rows: PastRow[];
  /** The ends of the calls among them that are reported singly. */
  readonly others: Moment[];
  isSorted: boolean;
  lastStart: Ms;
};

/**
 * Sums up calls that follow each other in their source; `others` are those between them that are reported singly. Returns
 * the sums, and the records that must be reported singly too: of each streak the first and the last, those on both
 * sides of another one, and those that a later call of the streak may still end before.
 */
export function sumUp(
  rows: readonly PastRow[],
  others: readonly Call[],
): { readonly past: PastCalls; readonly alone: readonly number[] } {
  const streaks = streaksOf(rows, others);
  const alone: number[] = [];
  const sums: Sums = { calls: 0, groups: [], ends: [], agents: new Map() };
  for (const streak of streaks) {
    if (streak.rows.length === 0) continue;
    if (!streak.isSorted) streak.rows.sort(byEnd);
    const isAlone = toldAlone(streak);
    countStreak(sums, streak, isAlone);
    for (const [at, row] of streak.rows.entries()) if (isAlone[at] === 1) alone.push(row[0]);
  }
  const { calls, groups, ends, agents } = sums;
  return { past: { calls, groups, ends, agents: [...agents.values()] }, alone };
}

function streaksOf(rows: readonly PastRow[], others: readonly Call[]): readonly Streak[] {
  const all: Streak[] = [];
  const byConversation = new Map<string | null, Streak[]>();
  const find = (conversationId: string | null, agent: string, pid: number | null): Streak => {
    let here = byConversation.get(conversationId);
    if (here === undefined) byConversation.set(conversationId, (here = []));
    for (const one of here) if (one.agent === agent && one.pid === pid) return one;
    const made = { conversationId, agent, pid, rows: [], others: [], isSorted: true, lastStart: -Infinity };
    here.push(made);
    all.push(made);
    return made;
  };
  for (const row of rows) {
    const streak = find(row[1], row[2], row[3]);
    const last = streak.rows.at(-1);
    if (last !== undefined && byEnd(row, last) < 0) streak.isSorted = false;
    streak.rows.push(row);
    if (row[6] > streak.lastStart) streak.lastStart = row[6];
  }
  for (const { conversationId, agent, pid, endNs, startNs } of others) {
    const end = endNs ?? startNs;
    find(conversationId, agent, pid).others.push({ ms: nsToMs(end), rest: restOfNs(end) });
  }
  return all;
}

function byEnd(a: PastRow, b: PastRow): number {
  return a[8] - b[8] || a[9] - b[9];
}

/** Marks the rows of a streak, which are in order of end, that are reported singly. */
function toldAlone({ rows, others, lastStart }: Streak): Uint8Array {
  const isAlone = new Uint8Array(rows.length);
  isAlone[0] = 1;
  isAlone[rows.length - 1] = 1;
  // Sources are written in the order of start: what comes later may end before what ended after the last start.
  for (let at = rows.length - 1; at >= 0 && (rows[at]?.[8] ?? 0) >= lastStart; at -= 1) isAlone[at] = 1;
  for (const other of others) {
    const after = indexAt(rows, other);
    if (after > 0) isAlone[after - 1] = 1;
    for (let at = after; at < rows.length; at += 1) {
      isAlone[at] = 1;
      const row = rows[at];
      if (row !== undefined && (row[8] !== other.ms || row[9] !== other.rest)) break;
    }
  }
  return isAlone;
}

/** The first row that does not end before a moment. */
function indexAt(rows: readonly PastRow[], { ms, rest }: Moment): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row !== undefined && (row[8] < ms || (row[8] === ms && row[9] < rest))) low = middle + 1;
    else high = middle;
  }
  return low;
}

type AgentSums = PastAgent & { last: { readonly minute: number; readonly sums: PastSums } | null };

type Sums = {
  calls: number;
  readonly groups: PastGroup[];
  readonly ends: PastEnds[];
  readonly agents: Map<string, AgentSums>;
};

function countStreak(all: Sums, streak: Streak, isAlone: Uint8Array): void {
  const { conversationId, agent, pid, rows } = streak;
  const first = all.groups.length;
  let group: PastGroup | undefined;
  let ofAgent: AgentSums | undefined;
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at];
    if (row === undefined || isAlone[at] === 1) continue;
    if (group === undefined || group.model !== row[4]) {
      group = all.groups.slice(first).find(({ model }) => model === row[4]);
      if (group === undefined) {
        group = { conversationId, agent, pid, model: row[4], sums: noSums(), firstAt: Infinity, lastAt: -Infinity };
        all.groups.push(group);
      }
    }
    ofAgent ??= agentOf(all.agents, agent);
    all.calls += 1;
    if (row[6] < group.firstAt) group.firstAt = row[6];
    if (row[8] > group.lastAt) group.lastAt = row[8];
    addRow(group.sums, row);
    countForAgent(ofAgent, row);
  }
  if (ofAgent !== undefined) all.ends.push({ conversationId, agent, ends: lastEnds(rows, isAlone) });
}

function lastEnds(rows: readonly PastRow[], isAlone: Uint8Array): PastEnds['ends'] {
  const ends: (readonly [Ms, number])[] = [];
  for (let at = rows.length - 1; at >= 0 && ends.length < PAST_ENDS; at -= 1) {
    const row = rows[at];
    if (row !== undefined && isAlone[at] !== 1) ends.push([row[8], row[9]]);
  }
  return ends.reverse();
}

function agentOf(agents: Sums['agents'], agent: string): AgentSums {
  const known = agents.get(agent);
  if (known !== undefined) return known;
  const made: AgentSums = { agent, spent: [], minutes: [], last: null };
  agents.set(agent, made);
  return made;
}

function countForAgent(agent: AgentSums, row: PastRow): void {
  const minute = Math.floor(row[8] / MINUTE_MS);
  if (agent.last?.minute !== minute) {
    agent.last = { minute, sums: noSums() };
    agent.minutes.push(agent.last);
  }
  addRow(agent.last.sums, row);
  if (!hasUsage(row)) return;
  const [, , , , , , startMs, startRest, endMs, endRest, inputTokens] = row;
  agent.spent.push({ endMs, endRest, startMs, startRest, inputTokens: inputTokens ?? 0, cache: cacheOf(row) });
}

function noSums(): PastSums {
  return {
    calls: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheCreationTokens: 0,
    promptTokens: 0,
    knownPromptTokens: 0,
    knownReadTokens: 0,
  };
}

// The same sums as `count` of the model makes of a call.
function addRow(sums: PastSums, row: PastRow): void {
  sums.calls += 1;
  if (!hasUsage(row)) return;
  const input = row[10] ?? 0;
  const read = row[12] ?? 0;
  const created = row[13] ?? 0;
  const prompt = row[5] ? input + created + read : read > input ? input + read : input;
  sums.inputTokens += input;
  sums.outputTokens += row[11] ?? 0;
  sums.cacheReadTokens += read;
  sums.cacheCreationTokens += created;
  sums.promptTokens += prompt;
  if (row[12] === null && row[13] === null) return;
  sums.knownPromptTokens += prompt;
  sums.knownReadTokens += read;
}

/** Zeros without any cache counter stand for "not reported". */
function hasUsage(row: PastRow): boolean {
  return row[12] !== null || row[13] !== null || (row[10] ?? 0) > 0 || (row[11] ?? 0) > 0;
}

function cacheOf(row: PastRow): PastSpent['cache'] {
  if (row[12] === null && row[13] === null) return 'unreported';
  return (row[12] ?? 0) > 0 || (row[13] ?? 0) > 0 ? 'used' : 'missed';
}
