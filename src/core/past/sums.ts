/** The sums over old calls: the same as the model makes of each of them. */
import { HOUR_MS, MINUTE_MS } from '../units.ts';
import {
  PAST_ENDS,
  PRICE_DAY_MS,
  PRICE_STEPS,
  type PastAgent,
  type PastCalls,
  type PastEnds,
  type PastGroup,
  type PastRow,
  type PastSpent,
  type PastSums,
} from './past.ts';

type AgentSums = PastAgent & { last: { readonly minute: number; readonly sums: PastSums } | null };

/** The sums so far. */
export type Past = {
  calls: number;
  readonly groups: PastGroup[];
  readonly streaks: Sums[];
  readonly agents: Map<string, AgentSums>;
  /** Minutes before are not asked for. */
  readonly minutesFrom: number;
};

/** The sums of the calls of one conversation, agent and process. */
export type Sums = Pick<PastGroup, 'conversationId' | 'agent' | 'pid'> & {
  readonly ofAgent: AgentSums;
  /** One a price and hour; the next call has those of the last one mostly. */
  readonly groups: PastGroup[];
  /** Its latest calls, oldest first. */
  latest: PastRow[];
};

/** `minutesFrom`: number of the minute from which on sums by minute are asked for; left out: all. */
export function noPast(minutesFrom = -Infinity): Past {
  return { calls: 0, groups: [], streaks: [], agents: new Map(), minutesFrom };
}

export function toPast({ calls, groups, streaks, agents }: Past): PastCalls {
  return { calls, groups, ends: streaks.map(endsOf), agents: [...agents.values()] };
}

function endsOf({ conversationId, agent, latest }: Sums): PastEnds {
  return { conversationId, agent, ends: latest.slice(-PAST_ENDS).map((row) => [row[8], row[9]]) };
}

/** Begins the sums of a conversation, agent and process. */
export function sumsOf(
  { agents }: Past,
  { conversationId, agent, pid }: Pick<Sums, 'conversationId' | 'agent' | 'pid'>,
): Sums {
  return { conversationId, agent, pid, ofAgent: agentOf(agents, agent), groups: [], latest: [] };
}

/** Counts one call; those of the same sums come in the order of their ends. */
export function countRow(past: Past, sums: Sums, row: PastRow): void {
  const isKnown = hasUsage(row);
  const prompt = isKnown ? promptOf(row) : 0;
  const group = groupOf(past, sums, row, prompt);
  past.calls += 1;
  if (row[6] < group.firstAt) group.firstAt = row[6];
  if (row[8] > group.lastAt) group.lastAt = row[8];
  addRow(group.sums, row, isKnown, prompt);
  if (row[16] === true) group.unsure += 1;
  if (isKnown) {
    group.billed += 1;
    group.freshTokens += Math.max(0, prompt - (row[12] ?? 0) - (row[13] ?? 0));
    group.created1hTokens += longOf(row);
  }
  const minute = Math.floor(row[8] / MINUTE_MS);
  if (minute >= past.minutesFrom) addRow(minuteOf(sums.ofAgent, minute), row, isKnown, prompt);
  if (isKnown) sums.ofAgent.spent.push(spentOf(row));
  if (sums.latest.length === 0) past.streaks.push(sums);
  sums.latest.push(row);
  if (sums.latest.length >= 2 * PAST_ENDS) sums.latest = sums.latest.slice(-PAST_ENDS);
}

function groupOf(past: Past, sums: Sums, row: PastRow, prompt: number): PastGroup {
  const model = row[4];
  const provider = row[14];
  const day = Math.floor(row[6] / PRICE_DAY_MS);
  const over = stepUnder(prompt);
  const hour = Math.floor(row[8] / HOUR_MS);
  const isLong = longOf(row) > 0;
  for (let at = sums.groups.length - 1; at >= 0; at -= 1) {
    const one = sums.groups[at];
    const isHere = one !== undefined && one.hour === hour && one.over === over && one.day === day;
    if (isHere && one.model === model && one.provider === provider && one.isLong === isLong) return one;
  }
  const { conversationId, agent, pid } = sums;
  const price = { provider, model, day, over, isLong };
  const none = {
    sums: noSums(),
    billed: 0,
    freshTokens: 0,
    created1hTokens: 0,
    unsure: 0,
    firstAt: Infinity,
    lastAt: -Infinity,
  };
  const made = { conversationId, agent, pid, ...price, hour, ...none };
  sums.groups.push(made);
  past.groups.push(made);
  return made;
}

// Of what was created, as the price takes it.
function longOf(row: PastRow): number {
  return Math.min(row[13] ?? 0, row[15] ?? 0);
}

function stepUnder(prompt: number): number {
  let under = 0;
  for (const step of PRICE_STEPS) {
    if (prompt <= step) break;
    under = step;
  }
  return under;
}

function agentOf(agents: Past['agents'], agent: string): AgentSums {
  const known = agents.get(agent);
  if (known !== undefined) return known;
  const made: AgentSums = { agent, spent: [], minutes: [], last: null };
  agents.set(agent, made);
  return made;
}

function minuteOf(agent: AgentSums, minute: number): PastSums {
  if (agent.last?.minute !== minute) {
    agent.last = { minute, sums: noSums() };
    agent.minutes.push(agent.last);
  }
  return agent.last.sums;
}

function spentOf(row: PastRow): PastSpent {
  return {
    callId: '',
    endMs: row[8],
    endRest: row[9],
    startMs: row[6],
    startRest: row[7],
    inputTokens: row[10] ?? 0,
    cache: cacheOf(row),
  };
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
function addRow(sums: PastSums, row: PastRow, isKnown: boolean, prompt: number): void {
  sums.calls += 1;
  if (!isKnown) return;
  const input = row[10] ?? 0;
  const read = row[12] ?? 0;
  const created = row[13] ?? 0;
  sums.inputTokens += input;
  sums.outputTokens += row[11] ?? 0;
  sums.cacheReadTokens += read;
  sums.cacheCreationTokens += created;
  sums.promptTokens += prompt;
  if (row[12] === null && row[13] === null) return;
  sums.knownPromptTokens += prompt;
  sums.knownReadTokens += read;
}

// The same as `promptTokens` of the model.
function promptOf(row: PastRow): number {
  const input = row[10] ?? 0;
  const read = row[12] ?? 0;
  if (row[5]) return input + (row[13] ?? 0) + read;
  return read > input ? input + read : input;
}

/** Zeros without any cache counter stand for "not reported". */
export function hasUsage(row: PastRow): boolean {
  return row[12] !== null || row[13] !== null || (row[10] ?? 0) > 0 || (row[11] ?? 0) > 0;
}

function cacheOf(row: PastRow): PastSpent['cache'] {
  if (row[12] === null && row[13] === null) return 'unreported';
  return (row[12] ?? 0) > 0 || (row[13] ?? 0) > 0 ? 'used' : 'missed';
}
