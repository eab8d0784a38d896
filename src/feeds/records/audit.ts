/** The audit of one agent's records: for each session the naive sum, ours, and what makes the difference, by rule. */
import type { Usage } from '../../core/calls.ts';
import type { Item } from './provider.ts';
import type { Difference } from './differences.ts';

/** Token counts as they are recorded; of a difference they may be negative: then ours is the greater. */
export type AuditTokens = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheCreation: number;
  /** The whole prompt: input, and what the cache read or wrote where that is not part of it. */
  readonly prompt: number;
};

/** The difference that one cause adds to the naive sum: `records` is the number of records, 0 where only their counts differ. */
export type AuditDifference = { readonly cause: Difference; readonly records: number; readonly tokens: AuditTokens };

export type AuditSession = {
  readonly sessionId: string;
  readonly cwd: string | null;
  readonly title: string | null;
  /** The sum over all records with token counts, and their number. */
  readonly naive: { readonly records: number; readonly tokens: AuditTokens };
  /** `calls` with tokens, and those that failed without any. The output of `unsureOutput` calls is a lower bound (C3). */
  readonly ours: {
    readonly calls: number;
    readonly failed: number;
    readonly unsureOutput: number;
    readonly tokens: AuditTokens;
  };
  /** naive = ours + the differences. */
  readonly differences: readonly AuditDifference[];
};

type Sums = {
  records: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheCreation: number;
  prompt: number;
};
type Account = {
  calls: number;
  failed: number;
  unsureOutput: number;
  readonly ours: Sums;
  readonly by: Map<Difference, Sums>;
};

/** Gathers what is counted and what is not; sessions are named by `sessionIdOf` in the end. */
export class AuditLedger {
  readonly #accounts = new Map<string, Account>();
  readonly #cacheApart: boolean;

  /** `cacheApart`: the agent's input counts leave out the cache. */
  constructor(cacheApart: boolean) {
    this.#cacheApart = cacheApart;
  }

  /** A record of a conversation that is not counted, or (negative) that a naive sum lacks. */
  uncounted(conversationId: string, cause: Difference, usage: Usage, records = 1): void {
    const { by } = this.#of(conversationId);
    const sums = by.get(cause) ?? empty();
    by.set(cause, sums);
    this.#add(sums, usage, records);
  }

  /** An item that is counted, or a copy of one (with the cause). */
  item(item: Item, copied: Difference | null): void {
    if (item.type !== 'call') return;
    if (copied !== null) {
      if (item.usage !== null) this.uncounted(item.conversationId, copied, item.usage);
      return;
    }
    const account = this.#of(item.conversationId);
    if (item.failure !== null && item.usage === null) account.failed += 1;
    if (item.usage === null) return;
    account.calls += 1;
    if (item.outputIsLowerBound) account.unsureOutput += 1;
    this.#add(account.ours, item.usage, 1);
  }

  /** The sessions, those of sub-agents in their parent's where the agent counts so, most tokens first. */
  sessions(
    facts: (conversationId: string) => Pick<AuditSession, 'sessionId' | 'cwd' | 'title'>,
  ): readonly AuditSession[] {
    const merged = new Map<
      string,
      { readonly facts: Pick<AuditSession, 'cwd' | 'title'>; readonly account: Account }
    >();
    for (const [conversationId, account] of this.#accounts) {
      const { sessionId, cwd, title } = facts(conversationId);
      const known = merged.get(sessionId);
      const whole = known ?? { facts: { cwd, title }, account: newAccount() };
      const isMain = conversationId === sessionId;
      merged.set(sessionId, isMain ? { facts: { cwd, title }, account: whole.account } : whole);
      join(whole.account, account);
    }
    return Array.from(merged, ([sessionId, one]) => sessionOf(sessionId, one.facts, one.account)).sort(bySize);
  }

  #add(sums: Sums, usage: Usage, records: number): void {
    const [cacheRead, cacheCreation] = [usage.cacheReadTokens ?? 0, usage.cacheCreationTokens ?? 0];
    const prompt = usage.inputTokens + (this.#cacheApart ? cacheRead + cacheCreation : 0);
    addSums(sums, { records, input: usage.inputTokens, output: usage.outputTokens, cacheRead, cacheCreation, prompt });
  }

  #of(conversationId: string): Account {
    const known = this.#accounts.get(conversationId);
    if (known !== undefined) return known;
    const made = newAccount();
    this.#accounts.set(conversationId, made);
    return made;
  }
}

function sessionOf(sessionId: string, facts: Pick<AuditSession, 'cwd' | 'title'>, account: Account): AuditSession {
  const { calls, failed, unsureOutput, ours, by } = account;
  const naive = { ...ours };
  for (const sums of by.values()) addSums(naive, sums);
  return {
    sessionId,
    ...facts,
    naive: { records: naive.records, tokens: tokensOf(naive) },
    ours: { calls, failed, unsureOutput, tokens: tokensOf(ours) },
    differences: Array.from(by, ([cause, sums]) => ({ cause, records: sums.records, tokens: tokensOf(sums) })),
  };
}

function bySize(a: AuditSession, b: AuditSession): number {
  return total(b.naive.tokens) - total(a.naive.tokens) || (a.sessionId < b.sessionId ? -1 : 1);
}

function total({ prompt, output }: AuditTokens): number {
  return prompt + output;
}

function newAccount(): Account {
  return { calls: 0, failed: 0, unsureOutput: 0, ours: empty(), by: new Map() };
}

function join(whole: Account, part: Account): void {
  Object.assign(whole, {
    calls: whole.calls + part.calls,
    failed: whole.failed + part.failed,
    unsureOutput: whole.unsureOutput + part.unsureOutput,
  });
  addSums(whole.ours, part.ours);
  for (const [cause, sums] of part.by) {
    const known = whole.by.get(cause) ?? empty();
    whole.by.set(cause, known);
    addSums(known, sums);
  }
}

function empty(): Sums {
  return { records: 0, input: 0, output: 0, cacheRead: 0, cacheCreation: 0, prompt: 0 };
}

function addSums(to: Sums, from: Readonly<Sums>): void {
  Object.assign(to, {
    records: to.records + from.records,
    input: to.input + from.input,
    output: to.output + from.output,
    cacheRead: to.cacheRead + from.cacheRead,
    cacheCreation: to.cacheCreation + from.cacheCreation,
    prompt: to.prompt + from.prompt,
  });
}

function tokensOf({ input, output, cacheRead, cacheCreation, prompt }: Sums): AuditTokens {
  return { input, output, cacheRead, cacheCreation, prompt };
}
