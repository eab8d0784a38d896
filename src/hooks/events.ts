import type { HookConfig, HookEventKind } from '../config/hooks.ts';
import type { BudgetFact } from '../core/budgets.ts';
import type { Severity } from '../core/interruptions.ts';
import type { Fate, Signal, Silence } from '../core/signals.ts';
import { dollarsOf } from '../core/prices.ts';
import type { Notice } from '../core/reactor/messages.ts';
import type { SourceHealth } from '../core/sources.ts';
import type { EngineEvent } from '../engine/types.ts';
import { wordBudgetNotice } from '../wording/budgets.ts';
import { wordCause, wordFate } from '../wording/fates.ts';
import { wordSource } from '../wording/sources.ts';

/** The event of a hook, as JSON: `sightline.hook/1`. Times are ISO 8601. The id is the same at each attempt. */
export type HookEvent = {
  readonly schema: 'sightline.hook/1';
  readonly id: string;
  readonly at: string;
  readonly host: string;
  readonly kind: HookEventKind;
  /** One line for people. */
  readonly text: string;
  readonly signal: SignalFacts | null;
  readonly fate: { readonly kind: string; readonly reason: string; readonly snapshot: string | null } | null;
  readonly workspace: string | null;
  readonly source: { readonly uri: string; readonly health: string; readonly detail: string } | null;
  readonly silence: SilenceFacts | null;
  /** Left out but for a budget. */
  readonly budget?: BudgetFacts;
};

export type SignalFacts = {
  readonly signal_id: string;
  readonly type: string;
  readonly severity: Severity;
  readonly agent: string | null;
  readonly conversation_id: string | null;
  readonly call_id: string | null;
  readonly workspace: string | null;
  readonly at: string;
  readonly cause: string;
};

export type BudgetFacts = {
  readonly name: string;
  readonly phase: (Notice & { readonly type: 'budget' })['phase'];
  readonly per: BudgetFact['per'];
  readonly agent: string | null;
  readonly conversation_id: string | null;
  readonly workspace: string | null;
  readonly every: BudgetFact['every'];
  readonly unit: BudgetFact['unit'];
  /** Dollars, exact, or tokens: decimal strings. */
  readonly spent: string;
  readonly limit: string;
  readonly at_least: boolean;
  /** Until then an operator may answer; null where nothing is asked. */
  readonly asks_until: string | null;
};

export type SilenceFacts = {
  readonly id: string;
  readonly matcher: Silence['matcher'];
  readonly created_by: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly reason: string | null;
};

/** The facts of an event before it gets its id. */
export type HookFacts = Pick<HookEvent, 'kind' | 'text'> & Partial<HookEvent>;

export type Maker = {
  /** The signal of that id, as far as the engine remembers it. */
  readonly signalOf: (signalId: string) => Signal | null;
  /** True once for each source that was readable and is not any more, and once when it is again. */
  readonly turned: (uri: string, isDark: boolean) => boolean;
};

/** Turns what the engine emits into what hooks are told; empty where it is no news for them. History is none. */
export function factsOf(event: EngineEvent, maker: Maker): readonly HookFacts[] {
  if (event.type === 'source') return sourceFacts(event.source.health, maker);
  if (event.type !== 'notice') return [];
  const { notice } = event;
  switch (notice.type) {
    case 'signal': {
      if (notice.signal.historical) return [];
      const signal = signalFacts(notice.signal);
      return [
        {
          kind: 'signal',
          text: `${signal.type} of ${signal.agent ?? 'an unknown agent'}: ${signal.cause}`,
          signal,
          workspace: signal.workspace,
        },
      ];
    }
    case 'fate':
      return notice.signal.historical || !notice.fate.settled ? [] : fateFacts(notice.signal, notice.fate);
    case 'update': {
      const found = notice.resolved ? maker.signalOf(notice.signalId) : null;
      if (found === null || found.historical) return [];
      return [
        {
          kind: 'resolved',
          text: `${found.type} of ${found.agent ?? 'an unknown agent'} is resolved`,
          signal: signalFacts(found),
          workspace: found.workspace,
        },
      ];
    }
    case 'ended': {
      if (notice.outcome !== 'failed' && notice.outcome !== 'timed_out' && notice.outcome !== 'unavailable') return [];
      const how = notice.outcome === 'timed_out' ? 'timed out' : 'failed';
      const said = notice.stderr === '' ? '' : `: ${notice.stderr.split('\n')[0]}`;
      return [
        {
          kind: 'checkpoint_failed',
          text: `the checkpoint of ${notice.workspace} ${how}${said}`,
          workspace: notice.workspace,
        },
      ];
    }
    case 'operator': {
      if (notice.silence === undefined || (notice.action !== 'silence' && notice.action !== 'unsilence')) return [];
      const silence = silenceFacts(notice.silence);
      return [
        {
          kind: notice.action,
          text: `${notice.action === 'silence' ? 'silenced' : 'no longer silenced'}: ${notice.target}`,
          silence,
        },
      ];
    }
    case 'budget':
      return [
        {
          kind: 'budget',
          text: wordBudgetNotice(notice, event.at),
          budget: budgetFacts(notice),
          workspace: notice.budget.workspace,
        },
      ];
    case 'held':
    case 'started':
    case 'foreign':
    case 'refused':
      return [];
  }
}

/** Returns true where a hook is called for an event. */
export function isWanted({ on, types, severities, fates }: HookConfig, { kind, signal, fate }: HookFacts): boolean {
  if (!on.includes(kind)) return false;
  if (signal && types !== null && !types.includes(signal.type)) return false;
  if (signal && severities !== null && !severities.includes(signal.severity)) return false;
  return !(fate && fates !== null && !fates.includes(fate.kind));
}

function fateFacts(signal: Signal, { kind, reason, snapshot }: Fate): readonly HookFacts[] {
  const facts = {
    signal: signalFacts(signal),
    fate: { kind, reason: wordFate(reason), snapshot },
    workspace: signal.workspace,
    text: `${signal.type} of ${signal.agent ?? 'an unknown agent'}: ${kind}, ${snapshot ?? wordFate(reason)}`,
  };
  return [
    { kind: 'fate', ...facts },
    ...(kind === 'breaker_open' ? [{ kind: 'breaker_open' as const, ...facts }] : []),
  ];
}

function sourceFacts({ uri, status, detail }: SourceHealth, { turned }: Maker): readonly HookFacts[] {
  const isDark = status === 'lost' || status === 'absent';
  if (!turned(uri, isDark)) return [];
  const words = wordSource(detail);
  const source = { uri, health: status, detail: words };
  return [{ kind: isDark ? 'source_lost' : 'source_back', text: `${uri} is ${status}: ${words}`, source }];
}

function signalFacts(signal: Signal): SignalFacts {
  return {
    signal_id: signal.signalId,
    type: signal.type,
    severity: signal.severity,
    agent: signal.agent,
    conversation_id: signal.conversationId,
    call_id: signal.callId,
    workspace: signal.workspace,
    at: new Date(signal.at).toISOString(),
    cause: wordCause(signal.cause),
  };
}

function budgetFacts({ phase, budget, asksUntil }: Notice & { readonly type: 'budget' }): BudgetFacts {
  const { name, per, agent, conversationId, workspace, every, unit, isAtLeast } = budget;
  const amount = (digits: string): string => (unit === 'usd' ? dollarsOf(BigInt(digits)) : digits);
  return {
    name,
    phase,
    per,
    agent,
    conversation_id: conversationId,
    workspace,
    every,
    unit,
    spent: amount(budget.spent),
    limit: amount(budget.limit),
    at_least: isAtLeast,
    asks_until: asksUntil === null ? null : new Date(asksUntil).toISOString(),
  };
}

function silenceFacts({ id, matcher, createdBy, createdAt, endsAt, reason }: Silence): SilenceFacts {
  return {
    id,
    matcher,
    created_by: createdBy,
    starts_at: new Date(createdAt).toISOString(),
    ends_at: new Date(endsAt).toISOString(),
    reason,
  };
}
