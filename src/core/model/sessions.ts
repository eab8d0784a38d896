/** Facts of conversations from agents' own records, beyond their calls. Laid over the views: the sums know nothing of it. */
import type { SessionEvent } from '../feed.ts';
import type { SessionFacts } from '../sessions.ts';
import type { Moment } from '../moments.ts';
import type { SourceUri } from '../sources.ts';
import { nearlyFull, withWindow } from './contexts.ts';
import { flagsOf } from './interruptions/apply.ts';
import { NO_OUTCOMES } from './meters/outcomes.ts';
import { emptyTotals, totalsOf } from './meters/totals.ts';
import type { ModelState, Recorded } from './state.ts';
import type { ConversationView } from './types.ts';

/** Part of a full collection that is kept, so that room is made seldom. */
const KEEP = 0.8;

/** Takes in what is known of a session; returns the moment at which its context became nearly full. */
export function applySession(state: ModelState, uri: SourceUri, event: SessionEvent): Moment | null {
  const { sessions, limits, pricer, contextShare } = state;
  const { conversationId } = event;
  const known = sessions.get(conversationId);
  if (event.session === null) {
    if (sessions.delete(conversationId)) state.version += 1;
    return null;
  }
  const recorded = merged(known, uri, event.session);
  const session = withWindow(recorded.session, known?.session ?? null, pricer);
  sessions.set(conversationId, { ...recorded, session });
  if (sessions.size > limits.conversations) forgetOldest(sessions, Math.floor(limits.conversations * KEEP));
  state.version += 1;
  return nearlyFull(conversationId, known?.session ?? null, session, contextShare);
}

/** Sources of one session whose facts are laid over each other. */
const MAX_SOURCES = 8;

// The source that was there first holds; what it does not know, and its counts where they are lower, the others lend.
function merged(known: Recorded | undefined, source: SourceUri, session: SessionFacts): Recorded {
  if (known === undefined || (known.source === source && known.all === undefined)) return { source, session };
  const all = new Map(known.all ?? [[known.source, known.session]]);
  if (all.has(source) || all.size < MAX_SOURCES) all.set(source, session);
  const [first, ...rest] = [...all.values()].sort((a, b) => knownOf(b) - knownOf(a));
  return { source: known.source, all, session: rest.reduce(lend, first ?? session) };
}

function knownOf(session: SessionFacts): number {
  return Object.values(session).filter((value) => value !== null).length;
}

function lend(rich: SessionFacts, poor: SessionFacts): SessionFacts {
  return {
    ...rich,
    parentId: rich.parentId ?? poor.parentId,
    forkedFrom: rich.forkedFrom ?? poor.forkedFrom,
    cwd: rich.cwd ?? poor.cwd,
    title: rich.title ?? poor.title,
    context: rich.context ?? poor.context,
    state: rich.state ?? poor.state,
    ...processOf(rich.pid === null ? poor : rich),
    open: rich.open ?? poor.open,
    compactions: Math.max(rich.compactions, poor.compactions),
    retries: Math.max(rich.retries, poor.retries),
  };
}

// A start belongs to the pid that was recorded with it.
function processOf({ pid, pidStart }: SessionFacts): Pick<SessionFacts, 'pid' | 'pidStart'> {
  return { pid, ...(pidStart !== undefined && { pidStart }) };
}

function forgetOldest(sessions: ModelState['sessions'], keep: number): void {
  const oldestFirst = [...sessions].sort(([, a], [, b]) => (a.session.lastAt ?? 0) - (b.session.lastAt ?? 0));
  for (const [id] of oldestFirst.slice(0, sessions.size - keep)) sessions.delete(id);
}

/** The conversations with what was recorded of them; sessions without a call of their own are rows too. */
export function withSessions(state: ModelState, rows: readonly ConversationView[]): readonly ConversationView[] {
  const { sessions } = state;
  if (sessions.size === 0) return rows;
  const known = new Set<string>();
  const all = rows.map((row) => {
    known.add(row.conversationId);
    const recorded = sessions.get(row.conversationId) ?? sessions.get(row.sessionId ?? '');
    return recorded === undefined ? row : withFacts(row, recorded.session);
  });
  for (const [id, recorded] of sessions) {
    // Where agentsight sees a session, its rows stand for it.
    const isKnown = known.has(id) || state.seenSessions.has(recorded.session.sessionId);
    if (!isKnown) all.push(callless(state, id, recorded));
  }
  return all.length === rows.length ? all : all.sort(mostRecentFirst);
}

const LAID: WeakMap<ConversationView, ConversationView> = new WeakMap();

function withFacts(row: ConversationView, session: SessionFacts): ConversationView {
  const before = LAID.get(row);
  if (before?.session === session) return before;
  const view = { ...row, session };
  LAID.set(row, view);
  return view;
}

const CALLLESS: WeakMap<SessionFacts, ConversationView> = new WeakMap();

function callless(state: ModelState, conversationId: string, { source, session }: Recorded): ConversationView {
  const flags = flagsOf(state, conversationId);
  const before = CALLLESS.get(session);
  if (before !== undefined && before.flags.join() === flags.join()) return before;
  const view: ConversationView = {
    conversationId,
    sessionId: session.sessionId,
    agent: session.agent,
    models: [],
    sources: [source],
    totals: NO_TOTALS,
    summary: null,
    recent: null,
    ...NO_OUTCOMES,
    openSince: null,
    firstCallAt: null,
    lastCallAt: null,
    userQuery: null,
    flags,
    session,
  };
  CALLLESS.set(session, view);
  return view;
}

const NO_TOTALS = totalsOf(emptyTotals());

function mostRecentFirst(a: ConversationView, b: ConversationView): number {
  return lastAt(b) - lastAt(a) || (a.conversationId < b.conversationId ? -1 : 1);
}

function lastAt({ lastCallAt, session }: ConversationView): number {
  return lastCallAt ?? session?.lastAt ?? -Infinity;
}
