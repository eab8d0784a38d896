/** The ladder: one condition for each agent, conversation and workspace, and all that is in trouble, the worst first. */
import { type Activity, agentActivity, isWithin } from '../../core/model/meters/activity.ts';
import type { AgentView, ConversationView } from '../../core/model/types.ts';
import { isDark } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { EngineView, WorkspaceView } from '../../engine/types.ts';
import { type Condition, byLadder, isTrouble } from './conditions.ts';
import { isOpen } from './open-signals.ts';

/** A row of the conversations: one, or several that would read the same. */
export type ConversationRow = {
  /** That of the conversation, or of the group. */
  readonly id: string;
  readonly condition: Condition;
  /** The most recent first. */
  readonly members: readonly [ConversationView, ...ConversationView[]];
};

/** One row of what is wrong. */
export type Trouble = {
  readonly id: string;
  readonly condition: Condition;
  /** Its owner; null where it is no one's, or several agents'. */
  readonly agent: string | null;
  /** The conversation that it is about, the most recent of several. */
  readonly conversationId: string | null;
  /** The workspace that is stopped. */
  readonly workspace: string | null;
};

export type Ladder = {
  /** By conversation id. */
  readonly conversations: ReadonlyMap<string, Condition>;
  /** By agent. */
  readonly agents: ReadonlyMap<string, Condition>;
  /** All conversations, trouble first. */
  readonly rows: readonly ConversationRow[];
  /** All agents, trouble first. */
  readonly agentRows: readonly AgentView[];
  /** All that is wrong, the worst first. */
  readonly troubles: readonly Trouble[];
};

type Made = { readonly second: number; readonly ladder: Ladder };

const made = new WeakMap<EngineView, Made>();
const SECOND_MS = 1_000;

/** Returns the ladder of a moment as it stands at `now`, which may be later; made once in a second. */
export function ladderOf(view: EngineView, now: Ms): Ladder {
  const second = Math.floor(now / SECOND_MS);
  const known = made.get(view);
  if (known?.second === second) return known.ladder;
  const ladder = climb(view, now);
  made.set(view, { second, ladder });
  return ladder;
}

/** Returns all that is wrong at `now`, the worst first, within a step the most recent; each is one row. */
export function troubles(view: EngineView, now: Ms): readonly Trouble[] {
  return ladderOf(view, now).troubles;
}

/** Returns how many of these conditions are trouble. */
export function troubleCount(conditions: Iterable<Condition>): number {
  let found = 0;
  for (const condition of conditions) if (isTrouble(condition)) found += 1;
  return found;
}

function climb(view: EngineView, now: Ms): Ladder {
  const { conversations, agents } = view.model;
  const facts = factsOf(view, now);
  const ofConversations = new Map(conversations.map((row) => [row.conversationId, ofConversation(row, facts)]));
  const ofAgents = new Map(agents.map(({ name }) => [name, facts.agents.get(name) ?? idleAt(-Infinity)]));
  for (const { agent, conversationId } of conversations) {
    const own = ofAgents.get(agent);
    const condition = ofConversations.get(conversationId);
    // Its own failures tell more than those of one of its conversations.
    if (own === undefined || condition === undefined || !isTrouble(condition)) continue;
    if (own.kind === 'failing' && condition.kind === 'failing') continue;
    if (byLadder(condition, own) < 0) ofAgents.set(agent, condition);
  }
  const rows = rowsOf(conversations, ofConversations, facts);
  return {
    conversations: ofConversations,
    agents: ofAgents,
    rows,
    agentRows: troubleFirst(agents, (row) => ofAgents.get(row.name) ?? idleAt(-Infinity)),
    troubles: troublesOf(view, rows, ofAgents, facts),
  };
}

// What is not in trouble keeps the order of the model, which is the same: the most recently active first.
function troubleFirst<Row>(rows: readonly Row[], conditionOf: (row: Row) => Condition): readonly Row[] {
  const troubled = rows.filter((row) => isTrouble(conditionOf(row)));
  if (troubled.length === 0) return rows;
  const sorted = troubled.toSorted((a, b) => byLadder(conditionOf(a), conditionOf(b)));
  return [...sorted, ...rows.filter((row) => !isTrouble(conditionOf(row)))];
}

// ---------------------------------------------------------------- what the conditions rest on

type SignalCondition = Condition & { readonly kind: 'signal' };

type Facts = {
  readonly view: EngineView;
  readonly now: Ms;
  /** No source can be read. */
  readonly isDark: boolean;
  readonly lost: ReadonlySet<string>;
  /** The worst open signal of each conversation. */
  readonly signals: ReadonlyMap<string, SignalCondition>;
  /** Open signals that belong to no known conversation, with their agents. */
  readonly loose: readonly { readonly agent: string | null; readonly condition: SignalCondition }[];
  /** The condition of each agent by what is known of itself, without its conversations. */
  readonly agents: ReadonlyMap<string, Condition>;
};

function factsOf(view: EngineView, now: Ms): Facts {
  const { agents, conversations } = view.model;
  const lost = new Set(view.sources.filter(isDark).map(({ health }) => health.uri));
  const dark = view.started && lost.size === view.sources.length;
  const known = new Set(conversations.map(({ conversationId }) => conversationId));
  const { signals, loose } = openSignals(view, now, known);
  const facts = { view, now, isDark: dark, lost, signals, loose, agents: new Map<string, Condition>() };
  const ofAgents = new Map<string, Condition>(agents.map((row) => [row.name, ofAgent(row, facts)]));
  for (const { agent, condition } of loose) {
    const own = agent === null ? undefined : ofAgents.get(agent);
    if (agent !== null && own !== undefined && byLadder(condition, own) < 0) ofAgents.set(agent, condition);
  }
  return { ...facts, agents: ofAgents };
}

// Of one type in one conversation, the one that was reported last stands for all of them, with their number.
function openSignals(view: EngineView, now: Ms, known: ReadonlySet<string>): Pick<Facts, 'signals' | 'loose'> {
  const kinds = new Map<
    string,
    { owner: string; isKnown: boolean; agent: string | null; condition: SignalCondition }
  >();
  for (const record of view.signals) {
    const { signal, reports } = record;
    if (!isOpen(view, record, now)) continue;
    const isKnown = signal.conversationId !== null && known.has(signal.conversationId);
    const owner = isKnown ? (signal.conversationId ?? '') : `agent ${signal.agent ?? ''}`;
    const key = `${signal.type}\n${owner}`;
    const before = kinds.get(key)?.condition ?? null;
    const condition: SignalCondition = {
      kind: 'signal',
      severity: signal.severity === 'critical' || before?.severity === 'critical' ? 'critical' : 'high',
      type: signal.type,
      count: (before?.count ?? 0) + reports.count,
      ...(before !== null && before.at >= reports.lastAt
        ? { at: before.at, signalId: before.signalId }
        : { at: reports.lastAt, signalId: signal.signalId }),
    };
    kinds.set(key, { owner, isKnown, agent: signal.agent, condition });
  }
  const signals = new Map<string, SignalCondition>();
  const loose: { agent: string | null; condition: SignalCondition }[] = [];
  for (const { owner, isKnown, agent, condition } of kinds.values()) {
    const worst = signals.get(owner);
    if (!isKnown) loose.push({ agent, condition });
    else if (worst === undefined || byLadder(condition, worst) < 0) signals.set(owner, condition);
  }
  return { signals, loose };
}

function ofAgent(row: AgentView, facts: Facts): Condition {
  const { now, view } = facts;
  const at = row.lastCallAt ?? -Infinity;
  const activity: Activity = facts.isDark ? 'unknown' : agentActivity(row, now, facts.lost);
  if (activity === 'unknown') return { kind: 'unknown', agents: 1, at };
  const failing = failingOf(row, facts);
  if (failing !== null) return failing;
  const advisory = advisoryOf(view, row, now);
  return advisory ?? { kind: activity, at };
}

function ofConversation(row: ConversationView, facts: Facts): Condition {
  const signal = facts.signals.get(row.conversationId) ?? null;
  const own = ofCalls(row, facts);
  return signal !== null && byLadder(signal, own) < 0 ? signal : own;
}

function ofCalls(row: ConversationView, facts: Facts): Condition {
  const { now, view, lost } = facts;
  const at = row.lastCallAt ?? -Infinity;
  const isLost = row.sources.length > 0 && row.sources.every((uri) => lost.has(uri));
  if (facts.isDark || isLost) return { kind: 'unknown', agents: 1, at };
  const failing = failsAlike(row, facts) ?? failingOf(row, facts);
  if (failing !== null) return failing;
  const { openSince } = row;
  if (
    openSince !== null &&
    isOlder(openSince, now, view.trouble.stuckMs) &&
    !isOlder(openSince, now, view.trouble.quietMs)
  )
    return { kind: 'stuck', at: openSince };
  return { kind: isWithin(row.lastCallAt, now) ? 'active' : 'idle', at };
}

function isOlder(at: Ms, now: Ms, ms: Ms): boolean {
  return now - at >= ms;
}

type Called = Pick<AgentView, 'lately' | 'lastCallAt'>;

function failingOf({ lately, lastCallAt }: Called, { view, now }: Facts): Condition | null {
  const { failingCalls, failingAtLeast, failingShare, quietMs } = view.trouble;
  if (lastCallAt === null || isOlder(lastCallAt, now, quietMs)) return null;
  const latest = lately.slice(0, failingCalls);
  const failed = latest.filter(Boolean).length;
  if (failed < failingAtLeast || failed < latest.length * failingShare) return null;
  return { kind: 'failing', failed, of: latest.length, at: lastCallAt };
}

// A conversation of a failing agent in which nothing has gone well is a part of the same trouble, short as it may be.
function failsAlike({ agent, lately, lastCallAt }: ConversationView, facts: Facts): Condition | null {
  const { view, now, agents } = facts;
  const own = agents.get(agent);
  if (own?.kind !== 'failing' || lastCallAt === null || lately.length === 0) return null;
  if (isOlder(lastCallAt, now, view.trouble.quietMs) || !lately.slice(0, view.trouble.failingCalls).every(Boolean))
    return null;
  return { ...own, at: lastCallAt };
}

// A provider that reports no cache is no fault of the agent's.
function advisoryOf({ advisory }: EngineView, { window }: AgentView, now: Ms): Condition | null {
  if (window === null || now - window.startedAt > advisory.windowMs) return null;
  if (window.cacheSeen || !window.cacheReported || window.inputTokens < advisory.inputTokens) return null;
  return { kind: 'advisory', name: 'no caching', at: window.startedAt };
}

function idleAt(at: Ms): Condition {
  return { kind: 'idle', at };
}

// ---------------------------------------------------------------- rows

function rowsOf(
  conversations: readonly ConversationView[],
  conditions: Ladder['conversations'],
  facts: Facts,
): readonly ConversationRow[] {
  const groups = new Map<string, [ConversationView, ...ConversationView[]]>();
  for (const row of conversations) {
    const key = groupOf(row, conditions.get(row.conversationId), facts) ?? row.conversationId;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const rows = [...groups].map(([key, members]) => rowOf(key, members, conditions, facts));
  return troubleFirst(rows, ({ condition }) => condition);
}

// Rows that would read the same are one row. What tells a time of its own never does.
function groupOf({ agent }: ConversationView, condition: Condition | undefined, { agents }: Facts): string | null {
  switch (condition?.kind) {
    case 'signal':
      return `+ ${condition.type} ${agent}`;
    case 'failing':
      return agents.get(agent)?.kind === 'failing' ? `+ failing ${agent}` : null;
    case 'unknown':
      return '+ unknown';
    case 'stuck':
    case 'stopped':
    case 'advisory':
    case 'active':
    case 'idle':
    case undefined:
      return null;
  }
}

function rowOf(
  key: string,
  members: readonly [ConversationView, ...ConversationView[]],
  conditions: Ladder['conversations'],
  { agents }: Facts,
): ConversationRow {
  const [first] = members;
  const condition = conditions.get(first.conversationId) ?? idleAt(first.lastCallAt ?? -Infinity);
  if (members.length === 1) return { id: first.conversationId, condition, members };
  const all = members.flatMap(({ conversationId }) => conditions.get(conversationId) ?? []);
  if (condition.kind === 'signal') return { id: key, condition: together(all, condition), members };
  const at = Math.max(...all.map((one) => one.at));
  if (condition.kind !== 'unknown') return { id: key, condition: { ...condition, at }, members };
  const unknown = [...agents.values()].filter(({ kind }) => kind === 'unknown').length;
  return { id: key, condition: { ...condition, at, agents: unknown }, members };
}

function together(all: readonly Condition[], first: SignalCondition): SignalCondition {
  return all.reduce<SignalCondition>(
    (sum, one) =>
      one.kind !== 'signal' || one === first
        ? sum
        : {
            ...(one.at > sum.at ? one : sum),
            severity: one.severity === 'critical' ? 'critical' : sum.severity,
            count: sum.count + one.count,
          },
    first,
  );
}

// ---------------------------------------------------------------- trouble

function troublesOf(
  view: EngineView,
  rows: readonly ConversationRow[],
  ofAgents: Ladder['agents'],
  { loose, agents }: Facts,
): readonly Trouble[] {
  const found: Trouble[] = rows
    .filter(({ condition }) => isTrouble(condition))
    .map(({ id, condition, members: [first] }) => ({
      id,
      condition,
      agent: condition.kind === 'unknown' ? null : first.agent,
      conversationId: first.conversationId,
      workspace: null,
    }));
  for (const { agent, condition } of loose) {
    found.push({ ...NOBODYS, id: `${condition.type} ${agent ?? ''}`, condition, agent });
  }
  // What an agent is in beyond its conversations.
  for (const [agent, condition] of agents) {
    const isOwn = condition === ofAgents.get(agent) && isTrouble(condition) && condition.kind !== 'signal';
    const isShown = found.some(
      (one) => one.condition.kind === condition.kind && (one.agent === agent || one.agent === null),
    );
    if (isOwn && !isShown) found.push({ ...NOBODYS, id: `${condition.kind} ${agent}`, condition, agent });
  }
  const stopped = view.workspaces.filter((workspace) => isStopped(view, workspace));
  for (const { path: workspace } of stopped) {
    found.push({ ...NOBODYS, id: `stopped ${workspace}`, condition: { kind: 'stopped', at: view.at }, workspace });
  }
  return found.sort((a, b) => byLadder(a.condition, b.condition) || (a.id < b.id ? -1 : 1));
}

const NOBODYS = { agent: null, conversationId: null, workspace: null } as const;

/** States in which a workspace takes no automatic checkpoint although the mode reports it, and a person has to do something. */
const STOPPED: ReadonlySet<string> = new Set(['breaker_open', 'guarded', 'unavailable', 'unmanaged']);

function isStopped({ mode }: EngineView, { status, lock }: WorkspaceView): boolean {
  return mode !== 'observe' && (STOPPED.has(status.state) || lock.type === 'gone');
}
