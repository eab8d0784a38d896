import { type Stats, statSync } from 'node:fs';
import type { Arrival, Feed, FeedSink } from '../../core/feed.ts';
import type { SourceDetail } from '../../core/source-reasons.ts';
import { isDark, type RecordMedium, type SourceHealth, type SourceUri } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import { GAP_LIVE_MS } from '../../core/limits.ts';
import { parseCursor } from './cursor.ts';
import { unknownKinds } from '../unknown-kinds.ts';
import { type HealthReport, healthReport, type Progress } from '../jsonl/health-report.ts';
import { createBook, type Book } from './book.ts';
import { followFiles, type SourceHost } from './files-source.ts';
import { type OldFilesOf, olderOfRoots, partOfRoots } from './old-files.ts';
import { AuditLedger, type AuditSession } from './audit.ts';
import type { DatabaseHost, FileName, ItemSink, Provider } from './provider.ts';
import { joinSums } from './pool/sums.ts';
import { PROVIDERS } from './registry.ts';
import { readCallContent, readStory, searchTexts } from './texts.ts';

export type RecordsOptions = {
  readonly medium: RecordMedium;
  /** Folders (or the database) to follow, each existing or not. */
  readonly roots: readonly string[];
  readonly uri: SourceUri;
  readonly cursor?: string | null;
  readonly now?: () => Ms;
  /** Files that were last written before are read when they change; null reads all. */
  readonly since?: Ms | null;
  /** Calls are forgotten so long after their end, ms, where their file can tell them once more; null keeps all. */
  readonly forgetAfterMs?: Ms | null;
  /** Bytes from which on a history is read by several threads; left out: as it pays. */
  readonly threadsFrom?: number;
};

/** Events that are delivered together. */
const MAX_BATCH = 256;

/** Follows one agent's own records. What was there at opening is historical (with a cursor: what came since it, a gap). */
export function recordsFeed(options: RecordsOptions): Feed {
  const { medium, uri, roots } = options;
  const provider = PROVIDERS[medium];
  let book: Book | null = null;
  const old = new Map<string, OldFilesOf>();
  const want = (root: string, name: FileName): void => old.get(root)?.want(name);
  let progress: SourceHost['progress'] = () => undefined;
  const texts = { provider, roots, book: () => book, want };
  return {
    uri,
    medium,
    open: async (sink, signal) => {
      await follow(provider, options, sink, signal, {
        old,
        opened: (made, changed) => {
          book = made;
          progress = changed;
        },
      });
    },
    older: (isStopped) => {
      const part = partOfRoots([...old.values()], isStopped);
      progress(true);
      return part;
    },
    content: (record, call) => readCallContent(texts, record, call),
    story: (conversationId, signal) => readStory(texts, conversationId, signal),
    search: (search, signal) => searchTexts(texts, search, signal),
  };
}

/** The audit of one source: its sessions, and what is wrong with the source, null where it was read to its end. */
export type RecordsAudit = { readonly sessions: readonly AuditSession[]; readonly trouble: SourceDetail | null };

/** Reads a source to its present end and compares our sums with the naive ones. */
export async function auditRecords(
  options: Pick<RecordsOptions, 'medium' | 'roots' | 'uri' | 'since'>,
  signal: AbortSignal,
): Promise<RecordsAudit> {
  const done = new AbortController();
  let trouble: SourceDetail | null = null;
  const sink: FeedSink = {
    events: () => undefined,
    health: (health) => {
      trouble = isDark({ health }) ? health.detail : null;
      if (health.caughtUp || trouble !== null) done.abort();
    },
  };
  const provider = PROVIDERS[options.medium];
  const ledger = new AuditLedger(provider.cacheApart);
  const uncounted = ledger.uncounted.bind(ledger);
  const book = await follow(provider, options, sink, AbortSignal.any([signal, done.signal]), { uncounted });
  const store = provider.store();
  const copied = store.type === 'files' ? store.copied : undefined;
  book.each((item, part) => ledger.item(item, part === 'own' ? null : (copied?.(part === 'twice') ?? null)));
  const factsOf = (id: string): Pick<AuditSession, 'sessionId' | 'cwd' | 'title'> => {
    const facts = book.session(id);
    return { sessionId: facts?.sessionId ?? id, cwd: facts?.cwd ?? null, title: facts?.title ?? null };
  };
  return { sessions: ledger.sessions(factsOf), trouble };
}

type FollowOptions = {
  readonly uncounted?: ItemSink['uncounted'];
  readonly opened?: (book: Book, progress: SourceHost['progress']) => void;
  /** Takes, of each root that is followed, what is old of it. */
  readonly old?: Map<string, OldFilesOf>;
};

async function follow(
  provider: Provider,
  options: RecordsOptions,
  sink: FeedSink,
  signal: AbortSignal,
  { uncounted, opened, old = new Map() }: FollowOptions,
): Promise<Book> {
  const { medium, uri, roots, now = Date.now, since = null, forgetAfterMs = null } = options;
  const until = parseCursor(options.cursor ?? null);
  const unknown = unknownKinds();
  let latest = until ?? 0;
  const progressOf = (): Progress => {
    const kinds = unknown.list();
    const cursor = JSON.stringify({ until: latest });
    const older = olderOfRoots([...old.values()]);
    return { cursor, lagMs: 0, older, gaps: provider.gaps, ...(kinds.length > 0 && { unknownKinds: kinds }) };
  };
  const health = healthReport({ uri, medium, sink, now, progressOf });
  const store = provider.store();
  const owners = new Set<number>();
  const book: Book = createBook({
    ownerUid: () => (owners.size === 1 ? ([...owners][0] ?? null) : null),
    agent: provider.agent,
    copies: store.type === 'files' ? (store.copies ?? null) : null,
    malformed: (why) => health.skip('malformed', { code: 'agent_record', file: null, why }),
    ...(uncounted && { uncounted }),
    forgetBefore: () => (forgetAfterMs === null ? null : now() - forgetAfterMs),
    unknown: unknown.count,
  });
  const progress = reportsProgress(health);
  opened?.(book, progress);
  const deliver: SourceHost['deliver'] = (arrivalOf, isWhole) => {
    const events = book.take(arrivalOf, isWhole);
    for (let at = 0; at < events.length; at += MAX_BATCH) sink.events(events.slice(at, at + MAX_BATCH));
    latest = Math.max(latest, now());
    health.progress();
  };
  const arrivalOf = (at: Ms): Arrival => (until !== null && at > until - GAP_LIVE_MS ? 'gap' : 'historical');
  const caught = new Set<string>();
  // Until each root has reported its state, none is absent: the others may be there.
  const states = new Map<string, State>(
    roots.map((root) => [root, { state: 'ok', detail: { code: 'opening', folder: root } }]),
  );

  const settle = (): void => {
    const isOver = ([root, { state }]: [string, State]): boolean =>
      caught.has(root) || state === 'absent' || state === 'lost';
    const all = [...states];
    health.change({ ...overall(states), ...(caught.size > 0 && all.every(isOver) && { caughtUp: true }) });
  };
  // Other threads don't tell what is not counted; and what they take of memory is not given back, which a run that goes on
  // would keep (75 MB after 1 GB).
  const usesThreads = uncounted === undefined && forgetAfterMs === null;
  const hosts = roots.map((root): SourceHost & { readonly root: string } => ({
    root,
    medium,
    threadsFrom: usesThreads ? options.threadsFrom : null,
    // Files of two roots may tell of one call. A run that ends when all is read looks at no single old call.
    sumsBefore: usesThreads && roots.length === 1 ? (sink.sumsBefore?.(Infinity) ?? null) : null,
    summed: (sums) => {
      if (sums.length > 0) sink.events([{ type: 'past', records: null, past: joinSums(provider.agent, sums) }]);
    },
    book,
    deliver,
    now,
    since,
    arrivalOf,
    skip: (reason, file, why) => health.skip(reason, { code: 'agent_record', file, why }),
    owner: (uid) => owners.add(uid),
    health: (state, detail) => {
      states.set(root, { state, detail });
      settle();
    },
    old,
    progress,
    caughtUp: () => {
      caught.add(root);
      settle();
    },
  }));
  await Promise.all(hosts.map((host) => followOne(provider.store(), host, signal)));
  health.flush();
  return book;
}

function reportsProgress(health: HealthReport): SourceHost['progress'] {
  return (isOver) => {
    health.progress();
    if (isOver) health.flush();
  };
}

type State = { readonly state: 'ok' | 'degraded' | 'lost' | 'absent'; readonly detail: SourceDetail };

async function followOne(
  store: ReturnType<Provider['store']>,
  host: SourceHost & { readonly root: string },
  signal: AbortSignal,
): Promise<void> {
  if (store.type === 'files') return followFiles(host.root, store, host, signal);
  // The root may appear later; what is delivered belongs to its owner.
  let isOwned = false;
  const noteOwner = (): void => {
    const stats = isOwned ? undefined : statOrUndefined(host.root);
    if (stats === undefined) return;
    isOwned = true;
    host.owner(stats.uid);
  };
  const sessions = new Map<string, ReturnType<Book['add']>>();
  const database: DatabaseHost = {
    session: (conversationId) => {
      const known = sessions.get(conversationId);
      if (known !== undefined) return known.sink;
      const name = { path: [conversationId], format: 'document', kind: 'session', sessionId: conversationId } as const;
      const made = host.book.add({ ...name, agentId: null });
      sessions.set(conversationId, made);
      return made.sink;
    },
    deliver: (arrival) => {
      noteOwner();
      host.deliver((at) => (arrival === 'live' ? 'live' : host.arrivalOf(at)));
    },
    ok: (detail) => host.health('ok', detail),
    caughtUp: host.caughtUp,
    trouble: host.health,
  };
  return store.follow(host.root, database, signal);
}

function statOrUndefined(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

// Of several roots one that is read is enough; the worst of those that are there is reported.
function overall(states: ReadonlyMap<string, State>): Pick<SourceHealth, 'status' | 'detail'> {
  const all = [...states.values()];
  const worst =
    all.find(({ state }) => state === 'lost') ??
    all.find(({ state }) => state === 'degraded') ??
    all.find(({ state }) => state === 'ok') ??
    all[0];
  const there = all.filter(({ state }) => state !== 'absent');
  const [first, ...more] = (there.length > 0 ? there : all).map((one) => one.detail);
  const detail: SourceDetail =
    first === undefined ? { code: 'nothing' } : { code: 'several', details: [first, ...more] };
  return { status: worst?.state ?? 'absent', detail: more.length === 0 && first !== undefined ? first : detail };
}
