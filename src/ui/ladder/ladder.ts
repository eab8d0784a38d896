/** The ladder: one condition for each agent, conversation and workspace, and all that is in trouble, the worst first. */
import { type Activity, agentActivity } from '../../core/model/meters/activity.ts';
import { failingOf } from '../../core/model/meters/trouble.ts';
import type { BudgetView } from '../../core/budgets.ts';
import { hostAndName } from '../../core/fleet-names.ts';
import { type Families, below } from '../../core/model/families.ts';
import type { AgentView, ConversationView } from '../../core/model/types.ts';
import type { Paused } from '../../core/pauses.ts';
import { isDark } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { EngineView, WorkspaceView } from '../../engine/types.ts';
import { CALM, type Condition, byLadder, isTrouble, stepOf } from './conditions.ts';
import { closedRow, familiesIn, familyRows, together } from './family-rows.ts';
import { budgetState, nearBudgets } from '../views/budgets/rows.ts';
import { isOpen, ladderSeverity, openAckOf, signalled } from './open-signals.ts';
import { ACTIVE, type ConversationRow, IDLE, ownCondition, type OwnRows, ownRows } from './own-rows.ts';
import { rosterOf } from './roster.ts';

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
  /** In a fleet, the host of what is nobody's there. */
  readonly host?: string;
};

/** How many conversations stand where. `trouble` counts those that are unknown, too. */
export type Standing = Readonly<Record<'trouble' | 'unknown' | 'active' | 'idle', number>>;

export type Ladder = {
  /** Returns the condition of a conversation of this moment, without its sub-agents. */
  readonly conditionOf: (conversation: ConversationView) => Condition;
  readonly standing: Standing;
  /** By agent. */
  readonly agents: ReadonlyMap<string, Condition>;
  /** All conversations, trouble first, sub-agents in the row of their parent. A row is the same object as long as it tells the same. */
  readonly rows: readonly ConversationRow[];
  /** The first rows, as many as are not calm: groups are among these alone. */
  readonly standingOut: number;
  /** Who stands under whom. */
  readonly families: Families;
  /** All agents, trouble first. */
  readonly agentRows: readonly AgentView[];
  /** All that is wrong, the worst first. */
  readonly troubles: readonly Trouble[];
};

const made = new WeakMap<EngineView, Map<number, Ladder>>();
const SECOND_MS = 1_000;
/** Seconds that are kept of one view: that of the screen, and that of the commit, which the alert line takes. */
const KEPT_SECONDS = 2;

/** Returns the ladder of a moment as it stands at `now`, which may be later; made once in a second. */
export function ladderOf(view: EngineView, now: Ms): Ladder {
  const second = Math.floor(now / SECOND_MS);
  const seconds = made.get(view) ?? new Map<number, Ladder>();
  made.set(view, seconds);
  const known = seconds.get(second);
  if (known !== undefined) return known;
  const ladder = climb(view, now);
  for (const oldest of seconds.keys()) if (seconds.size >= KEPT_SECONDS) seconds.delete(oldest);
  seconds.set(second, ladder);
  return ladder;
}

/** Returns all that is wrong at `now`, the worst first, within a step the most recent; each is one row. */
export function troubles(view: EngineView, now: Ms): readonly Trouble[] {
  return ladderOf(view, now).troubles;
}

// One pass over all conversations: there may be very many, and nearly all of them are calm and as they were.
function climb(view: EngineView, now: Ms): Ladder {
  const { conversations, agents } = view.model;
  const facts = factsOf(view, now);
  const ofAgents = new Map(agents.map(({ name }) => [name, facts.agents.get(name) ?? idleAt(-Infinity)]));
  const troubled = new Map<ConversationView, Condition>();
  const standing = { trouble: 0, unknown: 0, active: 0, idle: 0 };
  const ownFacts = { ...facts, rules: view.trouble };
  const own = ownRows(conversations, ownFacts);
  const standingOut: number[] = [];
  /** Rows that are calm and have a sign of their own. */
  const marked = new Map<number, ConversationRow>();
  for (const index of notable(own, standing, facts)) {
    const row = own.rows[index];
    if (row === undefined) continue;
    const condition = worstOf(row, facts);
    const { kind } = condition;
    if (kind === 'unknown' || kind === 'active' || kind === 'idle') standing[kind] += 1;
    if (stepOf(condition) === CALM) {
      if (condition !== row.condition) marked.set(index, { ...row, condition });
      continue;
    }
    standingOut.push(index);
    if (isTrouble(condition)) standing.trouble += 1;
    troubled.set(row.conversation, condition);
    const itsAgent = ofAgents.get(row.conversation.agent);
    // Its own failures tell more than those of one of its conversations.
    if (itsAgent === undefined || (itsAgent.kind === 'failing' && kind === 'failing')) continue;
    if (byLadder(condition, itsAgent) < 0) ofAgents.set(row.conversation.agent, condition);
  }
  const families = familiesIn(conversations);
  const rows = marked.size === 0 ? own.rows : own.rows.map((row, index) => marked.get(index) ?? row);
  // Each conversation for itself: behind the worst of a family another one must not vanish from the alert line.
  const apart = rowsOf(troubled, facts, NO_FAMILIES);
  const family = families.children.size === 0 ? null : familyRows(conversations, rows, troubled);
  const worst = family === null ? apart : rowsOf(family.standingOut, facts, families);
  const calm = family?.calm ?? (worst.length === 0 ? rows : without(rows, standingOut));
  return {
    conditionOf: (conversation) => troubled.get(conversation) ?? ownCondition(conversation, ownFacts),
    standing,
    agents: ofAgents,
    rows: worst.length === 0 ? calm : [...worst, ...calm],
    standingOut: worst.length,
    families,
    agentRows: troubleFirst(agents, (row) => ofAgents.get(row.name) ?? idleAt(-Infinity)),
    troubles: troublesOf(view, apart, ofAgents, facts),
  };
}

const NO_FAMILIES: Families = { parents: new Map(), children: new Map() };

/** Counts the rows that are calm whatever others are in, and returns the indices of the others in their order. */
function notable(
  { rows, kinds }: OwnRows,
  standing: { active: number; idle: number },
  { signals, acked, paused, budgets, view }: Facts,
): readonly number[] {
  const isPlain = acked.size + paused.size + budgets.size === 0;
  const ids = isPlain ? signals : new Set([...signals.keys(), ...acked, ...paused.keys(), ...budgets.keys()]);
  const known = ids.size === 0 ? [] : indicesOf(view.model.conversations, ids);
  const found: number[] = [];
  let next = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const kind = kinds[index];
    if (index === known[next]) {
      next += 1;
      found.push(index);
    } else if (kind === IDLE) standing.idle += 1;
    else if (kind === ACTIVE) standing.active += 1;
    else found.push(index);
  }
  return found;
}

/** To find so many conversations one by one is cheaper than to ask each whether it is one of them. */
const FEW = 64;

type Ids = { readonly size: number; readonly has: (id: string) => boolean; readonly keys: () => Iterable<string> };

/** The indices of the conversations with an open or an acknowledged signal, in their order. */
function indicesOf(conversations: readonly ConversationView[], ids: Ids): readonly number[] {
  if (ids.size > FEW)
    return conversations.flatMap(({ conversationId }, index) => (ids.has(conversationId) ? [index] : []));
  const { byId } = rosterOf(conversations);
  const found = [...ids.keys()].flatMap((id) => byId.get(id) ?? []);
  return found.map((conversation) => conversations.indexOf(conversation)).sort((a, b) => a - b);
}

/** The rows without those at some indices, which are in their order. */
function without<Row>(rows: readonly Row[], indices: readonly number[]): readonly Row[] {
  return [-1, ...indices].flatMap((index, at) => rows.slice(index + 1, indices[at]));
}

function worstOf({ conversation, condition }: ConversationRow, facts: Facts): Condition {
  const paused = facts.paused.get(conversation.conversationId);
  // What it was in when it was stopped goes on behind that: no call can come.
  const own = paused ?? (condition.kind === 'unknown' ? null : failsAlike(conversation, facts)) ?? condition;
  const signal = facts.signals.size === 0 ? undefined : facts.signals.get(conversation.conversationId);
  if (signal !== undefined && byLadder(signal, own) < 0) return signal;
  const budget = facts.budgets.size === 0 ? undefined : facts.budgets.get(conversation.conversationId);
  if (budget !== undefined && byLadder(budget, own) < 0) return budget;
  return facts.acked.size > 0 && facts.acked.has(conversation.conversationId) ? calmed(own) : own;
}

// What is acknowledged stays to be seen where nothing else is wrong.
function calmed(condition: Condition): Condition {
  const { kind } = condition;
  return kind === 'active' || kind === 'idle' || kind === 'ended' ? { ...condition, acked: true } : condition;
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

type PausedCondition = Condition & { readonly kind: 'paused' };

type Facts = {
  readonly view: EngineView;
  readonly now: Ms;
  /** No source can be read. */
  readonly isDark: boolean;
  readonly lost: ReadonlySet<string>;
  /** The worst open signal of each conversation. */
  readonly signals: ReadonlyMap<string, SignalCondition>;
  /** The conversations, and the agents by `agentKey`, of which signals are acknowledged that would be open. */
  readonly acked: ReadonlySet<string>;
  /** The paused conversations, and the paused agents by `agentKey`. */
  readonly paused: ReadonlyMap<string, PausedCondition>;
  /** Open signals that belong to no known conversation, with their agents. */
  readonly loose: readonly { readonly agent: string | null; readonly condition: SignalCondition }[];
  /** The advisories of budgets: of conversations, and of agents by `agentKey`. */
  readonly budgets: ReadonlyMap<string, Condition>;
  /** The condition of each agent by what is known of itself, without its conversations. */
  readonly agents: ReadonlyMap<string, Condition>;
};

function factsOf(view: EngineView, now: Ms): Facts {
  const { agents } = view.model;
  const lost = new Set(view.sources.filter(isDark).map(({ health }) => health.uri));
  const dark = view.started && lost.size === view.sources.length;
  const { signals, loose } = openSignals(view, now, signalled(view));
  const acked = ackedOwners(view, now);
  const paused = pausedOwners(view);
  const budgets = ofBudgets(view, now);
  const known = { view, now, isDark: dark, lost, signals, acked, paused, loose, budgets };
  const facts = { ...known, agents: new Map<string, Condition>() };
  const ofAgents = new Map<string, Condition>(agents.map((row) => [row.name, ofAgent(row, facts)]));
  for (const { agent, condition } of loose) {
    const own = agent === null ? undefined : ofAgents.get(agent);
    if (agent !== null && own !== undefined && byLadder(condition, own) < 0) ofAgents.set(agent, condition);
  }
  return { ...facts, agents: ofAgents };
}

// Of one type in one conversation, the one that was reported last stands for all of them, with their number.
function openSignals(
  view: EngineView,
  now: Ms,
  known: ReadonlyMap<string, ConversationView>,
): Pick<Facts, 'signals' | 'loose'> {
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
      severity: before?.severity === 'critical' ? 'critical' : ladderSeverity(signal.severity),
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

function agentKey(agent: string): string {
  return `agent ${agent}`;
}

const NO_OWNERS: ReadonlySet<string> = new Set();

function ackedOwners(view: EngineView, now: Ms): ReadonlySet<string> {
  if (view.acks.length === 0) return NO_OWNERS;
  const acked = view.signals.filter((record) => openAckOf(view, record, now) !== null);
  return new Set(
    acked.flatMap(({ signal: { agent, conversationId } }) => [
      ...(agent === null ? [] : [agentKey(agent)]),
      ...(conversationId === null ? [] : [conversationId]),
    ]),
  );
}

const NOTHING_PAUSED: ReadonlyMap<string, PausedCondition> = new Map();

function pausedOwners({ pausing }: EngineView): ReadonlyMap<string, PausedCondition> {
  if (pausing === undefined || pausing.paused.length === 0) return NOTHING_PAUSED;
  return new Map(
    pausing.paused.flatMap((paused) => {
      const condition = pausedCondition(paused);
      const owners = [...paused.conversations, ...(paused.agent === null ? [] : [agentKey(paused.agent)])];
      return owners.map((owner) => [owner, condition] as const);
    }),
  );
}

function pausedCondition({ at, resumesAt }: Paused): PausedCondition {
  return { kind: 'paused', at, resumesAt };
}

function ofAgent(row: AgentView, facts: Facts): Condition {
  const { now, view } = facts;
  const paused = facts.paused.get(agentKey(row.name));
  if (paused !== undefined) return paused;
  const at = row.lastCallAt ?? -Infinity;
  const activity: Activity = facts.isDark ? 'unknown' : agentActivity(row, now, facts.lost);
  if (activity === 'unknown') return { kind: 'unknown', agents: 1, at };
  const failing = failingOf(row, view.trouble, now);
  if (failing !== null) return failing;
  const calm: Condition = facts.budgets.get(agentKey(row.name)) ?? advisoryOf(view, row, now) ?? { kind: activity, at };
  return facts.acked.has(agentKey(row.name)) ? calmed(calm) : calm;
}

// A conversation of a failing agent in which nothing has gone well is a part of the same trouble, short as it may be.
function failsAlike({ agent, lately, lastCallAt }: ConversationView, { view, now, agents }: Facts): Condition | null {
  if (lately[0] !== true || lastCallAt === null) return null;
  const own = agents.get(agent);
  const { quietMs, failingCalls } = view.trouble;
  if (own?.kind !== 'failing' || now - lastCallAt >= quietMs) return null;
  return lately.slice(0, failingCalls).every(Boolean) ? { ...own, at: lastCallAt } : null;
}

// A provider that reports no cache is no fault of the agent's.
function advisoryOf({ advisory }: EngineView, { window }: AgentView, now: Ms): Condition | null {
  if (window === null || now - window.startedAt > advisory.windowMs) return null;
  if (window.cacheSeen || !window.cacheReported || window.inputTokens < advisory.inputTokens) return null;
  return { kind: 'advisory', name: 'no caching', at: window.startedAt };
}

// What is kept for all, or for a workspace, is no one's row: the header and the alert line have it.
function ofBudgets({ budgets }: EngineView, now: Ms): Facts['budgets'] {
  const found = new Map<string, Condition>();
  for (const budget of nearBudgets(budgets)) {
    const { conversationId, agent } = budget;
    const key = conversationId ?? (agent === null ? null : agentKey(agent));
    if (key !== null && !found.has(key)) found.set(key, budgetCondition(budget, now));
  }
  return found;
}

function budgetCondition(budget: BudgetView, now: Ms): Condition {
  return { kind: 'advisory', name: budgetState(budget, now), at: budget.since ?? -Infinity };
}

function idleAt(at: Ms): Condition {
  return { kind: 'idle', at };
}

// ---------------------------------------------------------------- rows

function rowsOf(
  conditions: ReadonlyMap<ConversationView, Condition>,
  facts: Facts,
  families: Families,
): readonly ConversationRow[] {
  const groups = new Map<string, [ConversationView, ...ConversationView[]]>();
  for (const [row, condition] of conditions) {
    const key = groupOf(row, condition, facts) ?? row.conversationId;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups]
    .map(([key, members]) => rowOf(key, members, conditions, families))
    .sort((a, b) => byLadder(a.condition, b.condition));
}

// Rows that would read the same are one row. What tells a time of its own never does.
function groupOf({ agent }: ConversationView, condition: Condition, { agents }: Facts): string | null {
  switch (condition.kind) {
    case 'signal':
      return `+ ${condition.type} ${agent}`;
    case 'failing':
      return agents.get(agent)?.kind === 'failing' ? `+ failing ${agent}` : null;
    case 'unknown':
      return '+ unknown';
    case 'paused':
    case 'stuck':
    case 'stopped':
    case 'advisory':
    case 'waiting':
    case 'active':
    case 'idle':
    case 'ended':
      return null;
  }
}

function rowOf(
  key: string,
  members: readonly [ConversationView, ...ConversationView[]],
  conditions: ReadonlyMap<ConversationView, Condition>,
  families: Families,
): ConversationRow {
  const [first, ...others] = members;
  const condition = conditions.get(first) ?? idleAt(first.lastCallAt ?? -Infinity);
  if (others.length === 0) return closedRow(first, condition, families);
  const all = members.flatMap((one) => [one, ...below(one, families)]);
  const count = all.length;
  const group = { id: key, conversation: first, count, mark: '+', members } as const;
  const each = members.flatMap((row) => conditions.get(row) ?? []);
  if (condition.kind === 'signal') return { ...group, condition: together(each, condition) };
  const at = each.reduce((latest, one) => Math.max(latest, one.at), -Infinity);
  if (condition.kind !== 'unknown') return { ...group, condition: { ...condition, at } };
  return { ...group, condition: { ...condition, at, agents: new Set(all.map(({ agent }) => agent)).size } };
}

// ---------------------------------------------------------------- trouble

function troublesOf(
  view: EngineView,
  rows: readonly ConversationRow[],
  ofAgents: Ladder['agents'],
  { loose, agents }: Facts,
): readonly Trouble[] {
  // Those too of which another row tells more.
  const unknown = [...agents.values()].filter(({ kind }) => kind === 'unknown').length;
  const found: Trouble[] = rows
    .filter(({ condition }) => isTrouble(condition))
    .map(({ id, condition, conversation: first }) => ({
      id,
      condition:
        condition.kind === 'unknown' ? { ...condition, agents: Math.max(unknown, condition.agents) } : condition,
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
  // Each of them, behind whatever else there is of its agent: it goes on by itself, and a person has to know when.
  for (const paused of view.pausing?.paused ?? []) {
    const isShown = found.some(({ condition, agent }) => condition.kind === 'paused' && agent === paused.agent);
    if (isShown) continue;
    const { agent, pid, conversations } = paused;
    const conversationId = conversations[0] ?? null;
    found.push({ ...NOBODYS, id: `paused ${pid}`, condition: pausedCondition(paused), agent, conversationId });
  }
  for (const budget of nearBudgets(view.budgets)) {
    const { id, subject, conversationId, agent } = budget;
    if (conversationId !== null || agent !== null) continue;
    const condition = budgetCondition(budget, view.at);
    const host = view.fleet === undefined ? undefined : hostAndName('id', id)?.host;
    found.push({ ...NOBODYS, id: `budget ${id} ${subject}`, condition, ...(host !== undefined && { host }) });
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
