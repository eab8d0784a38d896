/** What is wrong with an agent or a conversation by its calls and its records, without any signal. */
import type { ContextUse, SessionFacts } from '../../sessions.ts';
import type { Ms } from '../../units.ts';
import type { AgentView, ConversationView } from '../types.ts';
import { MAX_OUTCOMES } from './outcomes.ts';

/** When calls are trouble (`trouble.*` of the configuration). */
export type TroubleRules = {
  /** The latest calls that are looked at. */
  readonly failingCalls: number;
  /** Failures among them, at least: that many, and this share of them. */
  readonly failingAtLeast: number;
  readonly failingShare: number;
  /** Open work without a call for this time is stuck, ms. */
  readonly stuckMs: Ms;
  /** Trouble without a report for this time is over, ms. */
  readonly quietMs: Ms;
  /** A context that is filled to this share is nearly full. */
  readonly contextShare: number;
};

/** The rules of who has not set any. */
export const DEFAULT_TROUBLE: TroubleRules = {
  failingCalls: 20,
  failingAtLeast: 5,
  failingShare: 0.5,
  stuckMs: 300_000,
  quietMs: 8 * 3_600_000,
  contextShare: 0.85,
};

/** `at`: its latest report, or its start where nothing reports it again. `since`: its start. */
export type Trouble = { readonly at: Ms; readonly since: Ms } & (
  | { readonly kind: 'failing'; readonly failed: number; readonly of: number }
  /** Work is open, and no call came since. */
  | { readonly kind: 'stuck' }
  /** A person is asked for a permission or an answer. */
  | { readonly kind: 'waiting' }
  /** The process of the session is gone. */
  | { readonly kind: 'ended' }
);

type Called = Pick<AgentView, 'lately' | 'failedAt' | 'lastCallAt'>;
export type Failing = Trouble & { readonly kind: 'failing' };

/** Returns the failures of an agent or a conversation whose latest calls fail; null for others. */
export function failingOf({ lately, failedAt, lastCallAt }: Called, rules: TroubleRules, now: Ms): Failing | null {
  if (failedAt.length < rules.failingAtLeast) return null;
  if (lastCallAt === null || now - lastCallAt >= rules.quietMs) return null;
  const of = Math.min(lately.length, rules.failingCalls, MAX_OUTCOMES);
  const failed = lately.slice(0, of).filter(Boolean).length;
  if (failed < rules.failingAtLeast || failed < of * rules.failingShare) return null;
  return { kind: 'failing', failed, of, at: lastCallAt, since: failedAt[failed - 1] ?? lastCallAt };
}

/** Returns what is wrong with a conversation by itself, the worst; null where nothing is. */
export function troubleOf(row: ConversationView, rules: TroubleRules, now: Ms): Trouble | null {
  return failingOf(row, rules, now) ?? standstillOf(row, rules, now);
}

/** Tools that ask a person, by the names that Claude Code, Codex, OpenCode, Gemini CLI and Qwen Code give them. */
const QUESTIONS: ReadonlySet<string> = new Set([
  'AskUserQuestion',
  'ExitPlanMode',
  'request_user_input',
  'question',
  'ask_user',
  'ask_user_question',
  'exit_plan_mode',
]);

/**
 * Returns true for a session that waits for a person: its agent says so, or a tool is open that asks a question, or one of
 * an agent that is not at work, which asks for a permission then.
 */
export function isAskingPerson({ state, open, parentId }: Pick<SessionFacts, 'state' | 'open' | 'parentId'>): boolean {
  if (state === 'waiting') return true;
  if (open?.type !== 'tool' || state === 'ended' || state === 'died') return false;
  if (QUESTIONS.has(open.name ?? '')) return true;
  // A sub-agent works on in the background of a session that is idle.
  return parentId === null && (state === 'idle' || state === 'shell');
}

function standstillOf({ session, openSince }: ConversationView, rules: TroubleRules, now: Ms): Trouble | null {
  const state = session?.state ?? null;
  if (state === 'ended' || state === 'died') {
    const at = session?.lastAt ?? session?.startedAt ?? -Infinity;
    return { kind: 'ended', at, since: at };
  }
  const open = session?.open ?? null;
  if (session !== null && isAskingPerson(session)) {
    const at = open?.since ?? session.lastAt ?? -Infinity;
    // Where no process is known, a session may have been left long ago.
    return state === null && now - at >= rules.quietMs ? null : { kind: 'waiting', at, since: at };
  }
  // A tool may take its time; a prompt or the result of a tool is followed by a call.
  const since = openSince ?? (open?.type === 'call' ? open.since : null);
  if (since === null || now - since < rules.stuckMs || now - since >= rules.quietMs) return null;
  return { kind: 'stuck', at: since, since };
}

type InContext = Pick<ConversationView, 'session' | 'context'>;

/** Returns the context of a conversation: by its records, else by its calls; null where neither tells. */
export function contextUseOf({ session, context }: Partial<InContext>): ContextUse | null {
  return session?.context ?? context ?? null;
}

/**
 * Returns how full the context of a conversation is, 0…1; null where that is not known. That of a sub-agent ends with its
 * task: it tells nothing of its parent's.
 */
export function contextFillOf(row: InContext): number | null {
  const { usedTokens = null, windowTokens = null } = contextUseOf(row) ?? {};
  if (usedTokens === null || windowTokens === null || windowTokens === 0) return null;
  // More than the window is in use: the catalogue was wrong.
  return usedTokens / Math.max(usedTokens, windowTokens);
}

/** Returns the fill of a context that is nearly full, of a conversation that goes on; null for any other. */
export function nearlyFullOf(row: ConversationView, rules: TroubleRules, now: Ms): number | null {
  const { session, lastCallAt } = row;
  if (session !== null && (session.parentId !== null || session.state === 'ended' || session.state === 'died'))
    return null;
  const fill = contextFillOf(row);
  // Without records a conversation is one turn of its session, and the next turn is another one.
  const quietMs = session === null ? rules.stuckMs : rules.quietMs;
  if (fill === null || fill < rules.contextShare || now - (lastCallAt ?? -Infinity) >= quietMs) return null;
  return fill;
}

/** Worst first. */
const WORST: readonly Trouble['kind'][] = ['failing', 'stuck', 'waiting'];

/** Returns by agent the worst that is wrong with its conversations, of the same the most recent; an end is none of it. */
export function worstTroubles(
  rows: readonly ConversationView[],
  rules: TroubleRules,
  now: Ms,
): ReadonlyMap<string, Trouble> {
  const worst = new Map<string, Trouble>();
  for (const row of rows) {
    const trouble = troubleOf(row, rules, now);
    if (trouble === null || trouble.kind === 'ended') continue;
    const before = worst.get(row.agent);
    if (before === undefined || rankOf(trouble, before) < 0) worst.set(row.agent, trouble);
  }
  return worst;
}

function rankOf(a: Trouble, b: Trouble): number {
  return WORST.indexOf(a.kind) - WORST.indexOf(b.kind) || b.at - a.at;
}
