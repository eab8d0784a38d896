/** Sub-agents under the conversation that began them, and what a conversation comes to with all that is below it. */
import { plusCost } from './meters/money.ts';
import type { ConversationView, SummaryPart, Totals } from './types.ts';

/** Levels of sub-agents below each other; what claims to stand deeper, or above itself, stands on its own. */
const MAX_DEPTH = 16;

/** Look-ups of a list of conversations, by what their records claim. */
export type FamilyIndex = {
  readonly conversations: readonly ConversationView[];
  readonly byId: ReadonlyMap<string, ConversationView>;
  /** The sub-agents that name each conversation or session as their parent. */
  readonly children: ReadonlyMap<string, ReadonlySet<ConversationView>>;
};

/** The conversations that stand under another one. A sub-agent whose parent is not in the list stands on its own. */
export type Families = {
  /** By the id of a sub-agent. */
  readonly parents: ReadonlyMap<string, ConversationView>;
  /** By the id of a parent, in the order in which they began. */
  readonly children: ReadonlyMap<string, readonly ConversationView[]>;
};

/** A conversation with all below it; each call is counted once, in the conversation that made it. */
export type RollUp = {
  readonly subAgents: number;
  readonly totals: Totals;
  readonly summary: SummaryPart | null;
  /** The latest of all. */
  readonly lastCallAt: number | null;
};

const NONE: Families = { parents: new Map(), children: new Map() };

/** Returns the look-ups of a list. */
export function familyIndex(conversations: readonly ConversationView[]): FamilyIndex {
  const byId = new Map(conversations.map((one) => [one.conversationId, one]));
  const children = new Map<string, Set<ConversationView>>();
  for (const one of conversations) {
    const parentId = one.session?.parentId ?? null;
    if (parentId !== null) children.set(parentId, (children.get(parentId) ?? new Set()).add(one));
  }
  return { conversations, byId, children };
}

/** Returns who stands under whom. The records are hostile: a circle, or a chain without an end, is taken apart. */
export function familiesOf(index: FamilyIndex): Families {
  if (index.children.size === 0) return NONE;
  const claimed = claimedParents(index);
  const parents = new Map<string, ConversationView>();
  const children = new Map<string, ConversationView[]>();
  for (const [child, parent] of claimed) {
    if (!endsWithin(child, claimed)) continue;
    parents.set(child.conversationId, parent);
    const siblings = children.get(parent.conversationId);
    if (siblings === undefined) children.set(parent.conversationId, [child]);
    else siblings.push(child);
  }
  for (const siblings of children.values())
    siblings.sort((a, b) => beganAt(a) - beganAt(b) || (a.conversationId < b.conversationId ? -1 : 1));
  return { parents, children };
}

/** Returns all sub-agents below a conversation, each before its own. */
export function below(
  { conversationId }: ConversationView,
  families: Pick<Families, 'children'>,
): readonly ConversationView[] {
  const own = families.children.get(conversationId) ?? [];
  return own.flatMap((child) => [child, ...below(child, families)]);
}

/** Returns what a conversation and all below it come to. */
export function rollUp(conversation: ConversationView, families: Pick<Families, 'children'>): RollUp {
  const others = below(conversation, families);
  const all = [conversation, ...others];
  const times = all.flatMap(({ lastCallAt }) => lastCallAt ?? []);
  const totals = others.reduce((sum, one) => plusTotals(sum, one.totals), conversation.totals);
  return {
    subAgents: others.length,
    totals: { ...totals, cacheRatio: ratioOf(all.map((one) => one.totals)) },
    summary: others.reduce((sum, one) => plusSummary(sum, one.summary), conversation.summary),
    lastCallAt: times.length === 0 ? null : times.reduce((latest, at) => Math.max(latest, at)),
  };
}

function claimedParents({ conversations, byId, children }: FamilyIndex): Map<ConversationView, ConversationView> {
  const unknown = new Set([...children.keys()].filter((id) => !byId.has(id)));
  // agentsight's conversations are turns, and carry the id of their session.
  const turns =
    unknown.size === 0
      ? new Map<string, ConversationView[]>()
      : Map.groupBy(
          conversations.filter(({ sessionId, session }) => unknown.has(sessionId ?? '') && isOwn(sessionId, session)),
          ({ sessionId }) => sessionId ?? '',
        );
  const claimed = new Map<ConversationView, ConversationView>();
  for (const [id, begun] of children) {
    const session = byId.get(id);
    const inOrder = session === undefined ? (turns.get(id) ?? []).toSorted((a, b) => beganAt(a) - beganAt(b)) : [];
    for (const child of begun) {
      const parent = session ?? turnOf(inOrder, child);
      if (parent !== undefined && parent !== child) claimed.set(child, parent);
    }
  }
  return claimed;
}

// A sub-agent of a session names the session, too.
function isOwn(sessionId: string | null, session: ConversationView['session']): boolean {
  return session?.parentId !== sessionId;
}

// The turn in which it began: the last that had begun by then. Both may be thousands: it is looked for by halves.
function turnOf(inOrder: readonly ConversationView[], child: ConversationView): ConversationView | undefined {
  const at = beganAt(child);
  let [low, high] = [0, inOrder.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const turn = inOrder[middle];
    if (turn !== undefined && beganAt(turn) <= at) low = middle + 1;
    else high = middle;
  }
  return inOrder[Math.max(0, low - 1)];
}

function endsWithin(child: ConversationView, claimed: ReadonlyMap<ConversationView, ConversationView>): boolean {
  let at: ConversationView | undefined = child;
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    at = claimed.get(at);
    if (at === undefined) return true;
    if (at === child) return false;
  }
  return false;
}

function beganAt({ session, firstCallAt, lastCallAt }: ConversationView): number {
  return firstCallAt ?? session?.startedAt ?? lastCallAt ?? 0;
}

// Without the ratio, which is no sum.
function plusTotals(a: Totals, b: Totals): Totals {
  const cost = plusCost(a.cost, b.cost);
  const unsureOutput = (a.unsureOutput ?? 0) + (b.unsureOutput ?? 0);
  return {
    calls: a.calls + b.calls,
    failed: a.failed + b.failed,
    pending: a.pending + b.pending,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheCreationTokens: a.cacheCreationTokens + b.cacheCreationTokens,
    promptTokens: a.promptTokens + b.promptTokens,
    cacheRatio: null,
    ...(unsureOutput > 0 && { unsureOutput }),
    ...(cost !== undefined && { cost }),
  };
}

// Of those whose cache counters are known, by their share of the prompts.
function ratioOf(all: readonly Totals[]): number | null {
  const known = all.filter(({ cacheRatio }) => cacheRatio !== null);
  const prompts = known.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  if (prompts === 0) return known[0]?.cacheRatio ?? null;
  return known.reduce((sum, { cacheRatio, promptTokens }) => sum + (cacheRatio ?? 0) * promptTokens, 0) / prompts;
}

function plusSummary(a: SummaryPart | null, b: SummaryPart | null): SummaryPart | null {
  if (a === null || b === null) return a ?? b;
  return {
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}
