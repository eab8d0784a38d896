/** The limits of plans by account: as records tell them, else as the error of a limit that was reached words it. */
import { isRecordMedium, mediumOfUri } from '../../sources.ts';
import type { LimitReached, QuotaWindow } from '../../sessions.ts';
import { cleanLine } from '../../text.ts';
import type { Ms } from '../../units.ts';
import type { ConversationView } from '../types.ts';

/** Cells of a text that says when a limit resets; providers write `3pm (Europe/Berlin)`. */
const MAX_RESETS = 40;
const MS_A_SECOND = 1_000;

/** The known limits of one account: an agent, by the records that it keeps in one place. */
export type AccountQuota = {
  readonly agent: string;
  /** The source of those records; null where only agentsight sees the agent. */
  readonly account: string | null;
  /** The windows that were recorded last, without those that have been reset since; empty where none is recorded. */
  readonly windows: readonly QuotaWindow[];
  /** The limit that was reached, until a call succeeds or it is reset; null where none is. */
  readonly reached: LimitReached | null;
};

/** Reads from the error of a limit when it resets: a time, or the provider's words for it. */
export function limitOf(error: string | null, at: Ms): LimitReached {
  const stamp = /\|\s*(?<seconds>1\d{9})\b/u.exec(error ?? '')?.groups?.['seconds'];
  const words = /\bresets?\s+(?:at\s+|in\s+(?=\d))?(?<when>[^\n|·∙]{1,80})/iu.exec(error ?? '')?.groups?.['when'] ?? '';
  // A place in brackets ends it; so does a command that is advised, or the next sentence.
  const [when = ''] = /^[^()]*\([^)]*\)/u.exec(words) ?? [words.split(/ \/|\. |,/u)[0] ?? ''];
  const resets = cleanLine(when, MAX_RESETS).trim().replace(/\.$/u, '');
  return {
    at,
    resetsAt: stamp === undefined ? null : Number(stamp) * MS_A_SECOND,
    resets: resets === '' || !/[\d]|day|week|month/iu.test(resets) ? null : resets,
  };
}

/** Returns the accounts of which a limit is known, in the order of their names. */
export function quotasOf(conversations: readonly ConversationView[], now: Ms): readonly AccountQuota[] {
  return accountsOf(conversations, now).filter(isKnown);
}

/** Returns true for an account of which a limit is known. */
export function isKnown({ windows, reached }: AccountQuota): boolean {
  return windows.length > 0 || reached !== null;
}

/** Returns all accounts, in the order of their names. */
export function accountsOf(conversations: readonly ConversationView[], now: Ms): readonly AccountQuota[] {
  const accounts = new Map<string, Told>();
  for (const row of conversations) {
    const account = accountOf(row);
    const key = `${row.agent}\0${account ?? ''}`;
    const told = accounts.get(key) ?? {
      agent: row.agent,
      account,
      newest: null,
      reached: null,
      succeededAt: -Infinity,
    };
    accounts.set(key, told);
    const { session, limit = null, succeededAt } = row;
    told.succeededAt = Math.max(told.succeededAt, succeededAt ?? -Infinity);
    if (limit !== null && limit.at > (told.reached?.at ?? -Infinity)) told.reached = limit;
    const isNewer = (session?.lastAt ?? 0) >= (told.newest?.at ?? 0);
    if (session !== null && session.quota.length > 0 && isNewer)
      told.newest = { at: session.lastAt ?? 0, windows: session.quota };
  }
  return [...accounts.values()]
    .map(({ agent, account, newest, reached, succeededAt }): AccountQuota => {
      const isOver = reached === null || succeededAt > reached.at || (reached.resetsAt ?? Infinity) <= now;
      const windows = (newest?.windows ?? []).filter(({ resetsAt }) => resetsAt === null || resetsAt > now);
      return { agent, account, windows, reached: isOver ? null : reached };
    })
    .sort((a, b) => compare(a.agent, b.agent) || compare(a.account ?? '', b.account ?? ''));
}

type Told = {
  readonly agent: string;
  readonly account: string | null;
  newest: { readonly at: Ms; readonly windows: readonly QuotaWindow[] } | null;
  reached: LimitReached | null;
  succeededAt: Ms;
};

/** Returns the records that tell of a conversation; null where none do. */
export function accountOf({ sources }: Pick<ConversationView, 'sources'>): string | null {
  return sources.find(isRecords) ?? null;
}

function isRecords(uri: string): boolean {
  const medium = mediumOfUri(uri);
  return medium !== null && isRecordMedium(medium);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
