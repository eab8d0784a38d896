/**
 * The items of all files of one source: which file tells of what, which of them are copies, and what of that has not been
 * delivered. Items become events here; nothing here reads a file.
 */
import type { AgentRecordProblem } from '../../core/source-reasons.ts';
import type { Call, Usage } from '../../core/calls.ts';
import type { Arrival, FeedEvent } from '../../core/feed.ts';
import type { Interruption } from '../../core/interruptions.ts';
import type { SessionFacts } from '../../core/sessions.ts';
import { type Ms, msToNs } from '../../core/units.ts';
import type { Difference } from './differences.ts';
import { KeyNumbers } from './key-numbers.ts';
import { conversationNumber } from './pool/sums.ts';
import { idNumber } from './values.ts';
import type {
  CallItem,
  DecodedFile,
  FileName,
  InterruptionItem,
  Item,
  ItemSink,
  MomentItem,
  SessionPatch,
} from './provider.ts';

/** One file in the book. */
export type BookFile = DecodedFile & {
  /** The decoder's state; replaced when the file is read anew. */
  state: unknown;
  readonly items: Map<string, Item>;
  /** Attributes what its decoder emits to this file. */
  readonly sink: ItemSink;
  /** True if what its decoder puts from now on was appended behind an end that had been read: it is live whatever its time. */
  isAppended: boolean;
  /** True if what its decoder puts is known already: it catches up with a file that was read without it. */
  isMuted: boolean;
  /** The file can be read once more, so that its old calls need not be kept. */
  isRecallable: boolean;
};

export type Book = {
  readonly add: (name: FileName) => BookFile;
  /** Events for all that was put since the last call, by time; none twice unless something changed. */
  readonly take: (arrivalOf: (at: Ms, isAppended: boolean) => Arrival, isWhole?: boolean) => readonly FeedEvent[];
  /** Something waits for `take`. */
  readonly isDirty: () => boolean;
  /**
   * The files that have to be read once more before `take`, muted, as their calls were forgotten and are needed again: another
   * file holds some of them too, or tells of them anew.
   */
  readonly recalls: () => readonly BookFile[];
  /** A file of `recalls` was read once more, or cannot be. */
  readonly recalled: (file: BookFile) => void;
  /** Takes the facts of the process behind a session, over what its files hold. */
  readonly process: (sessionId: string, patch: SessionPatch) => void;
  readonly session: (conversationId: string) => SessionFacts | null;
  /** The files that tell of a conversation, the one that was written last first. */
  readonly filesOf: (conversationId: string) => readonly FileName[];
  /** The file that a delivered record is counted in; null for none. */
  readonly fileOf: (record: string) => FileName | null;
  /** The numbers of all that a file may share with another one: items, links, conversations with calls (see `pool/sums.ts`). */
  readonly keys: () => Iterable<number>;
  /** Visits every item of every file: one that counts, a copy, or (`twice`) one that the same conversation tells elsewhere too. */
  readonly each: (visit: (item: Item, part: 'own' | 'copy' | 'twice') => void) => void;
};

export type BookOptions = {
  /** Owner of the records; null where several roots have several. */
  readonly ownerUid?: () => number | null;
  readonly agent: string;
  readonly copies: ((files: readonly DecodedFile[]) => ReadonlyMap<DecodedFile, ReadonlySet<string>>) | null;
  readonly unknown: (kind: string, version: string | null) => void;
  readonly malformed: (why: AgentRecordProblem) => void;
  /** Calls that ended before are forgotten once they are delivered, where their file can be read once more; null keeps all. */
  readonly forgetBefore?: () => Ms | null;
  /** Tokens that a naive sum holds and ours does not; left out where no one asks. */
  readonly uncounted?: ItemSink['uncounted'];
};

type Entry = BookFile & {
  /** Its place among the files of the book. */
  readonly index: number;
  readonly dirty: Set<string>;
  group: Entry;
  /** Of a group's first file: all of them. */
  members: Entry[];
  copies: ReadonlySet<string>;
  settleAt: number;
  /** Some of its calls are forgotten; `whole`: they were read once more, and are kept from now on. */
  memory: 'all' | 'part' | 'whole';
};

/** A conversation with what each of its files holds of it. */
type Conversation = {
  readonly patches: Map<Entry | null, Accumulated>;
  retries: number;
  compactions: number;
  /** The facts that were delivered last. */
  emitted: SessionFacts | null;
};

type Accumulated = { patch: SessionPatch; startedAt: Ms | null; lastAt: Ms | null };

/** Items that are kept and stand before the oldest call that may be forgotten; more are not searched each time. */
const MAX_KEPT_BEFORE = 1_000;
/** Moments that are not delivered yet; the oldest go first, and in a history all of them are too old. */
const MAX_MOMENTS = 256;
/** Deciding the copies of a group for so long costs nothing, ms: real groups take far less. */
const FREE_MS = 2;

const NONE: ReadonlySet<string> = new Set();

type State = {
  readonly options: BookOptions;
  /** The first file that had a link, or an item of a key. */
  readonly byLink: Map<string, Entry>;
  /** The owner of each item that was delivered, by key. */
  readonly counted: Map<string, { readonly file: Entry; readonly item: Item }>;
  readonly conversations: Map<string, Conversation>;
  readonly dirtyFiles: Set<Entry>;
  readonly dirtyConversations: Set<string>;
  readonly files: Entry[];
  /** The index in `files` of the file of each forgotten call, by a number that stands for the call's key. */
  readonly forgotten: KeyNumbers;
  readonly recalls: Set<Entry>;
  /** Moments that were not delivered yet, by key. */
  readonly moments: Map<string, { readonly file: Entry; readonly moment: MomentItem }>;
  /** By key: of a call that several files hold, a copy whose snapshot is more complete than the owner's (contract, C3). */
  readonly better: Map<string, CallItem>;
};

/** Creates an empty book. */
export function createBook(options: BookOptions): Book {
  const state: State = {
    options,
    byLink: new Map(),
    counted: new Map(),
    conversations: new Map(),
    dirtyFiles: new Set(),
    dirtyConversations: new Set(),
    files: [],
    forgotten: new KeyNumbers(),
    recalls: new Set(),
    moments: new Map(),
    better: new Map(),
  };
  return {
    add: (name) => addFile(state, name),
    take: (arrivalOf, isWhole = false) => take(state, arrivalOf, isWhole),
    isDirty: () => state.dirtyFiles.size > 0 || state.dirtyConversations.size > 0 || state.moments.size > 0,
    recalls: () => [...state.recalls],
    recalled: (file) => recalled(state, file),
    process: (sessionId, change) => patch(state, null, sessionId, change),
    session: (conversationId) => state.conversations.get(conversationId)?.emitted ?? null,
    filesOf: (conversationId) => {
      const known = [...(state.conversations.get(conversationId)?.patches ?? [])];
      return known
        .sort(([fileA, a], [fileB, b]) => rankOf(fileB, b) - rankOf(fileA, a))
        .flatMap(([file]) => file?.name ?? []);
    },
    fileOf: (record) => state.counted.get(record)?.file.name ?? null,
    keys: () => keysOf(state),
    each: (visit) => each(state, visit),
  };
}

function addFile(state: State, name: FileName): BookFile {
  const entry: Entry = new FileEntry(state, name);
  state.files.push(entry);
  return entry;
}

/** One file, and the sink of its decoder: of tens of thousands of files a set of functions each would be most of the memory. */
class FileEntry implements ItemSink {
  state: unknown = null;
  isAppended = false;
  isMuted = false;
  isRecallable = false;
  memory: Entry['memory'] = 'all';
  group: Entry = this;
  members: Entry[] = [this];
  copies: ReadonlySet<string> = NONE;
  /** Of a group: when its copies may be decided again, by the monotonic clock. */
  settleAt = 0;
  readonly items = new Map<string, Item>();
  readonly dirty = new Set<string>();
  readonly index: number;
  readonly name: FileName;
  readonly #book: State;

  constructor(book: State, name: FileName) {
    this.#book = book;
    this.index = book.files.length;
    this.name = name;
  }

  get sink(): ItemSink {
    return this;
  }

  put(item: Item): void {
    const { items } = this;
    if (this.isMuted) return void items.set(item.key, item);
    if (!items.has(item.key) && isForgotten(this.#book, this, item.key)) return;
    if (!items.has(item.key)) link(this.#book, this, item.key);
    items.set(item.key, item);
    if (item.type === 'call') seen(this.#book, this, item.conversationId, item.at);
    this.dirty.add(item.key);
    this.#book.dirtyFiles.add(this);
  }

  get(key: string): Item | undefined {
    return this.items.get(key);
  }

  drop(key: string): void {
    if (!this.items.delete(key) || this.isMuted) return;
    this.dirty.add(key);
    this.#book.dirtyFiles.add(this);
  }

  uncounted(conversationId: string, cause: Difference, usage: Usage, records?: number): void {
    this.#book.options.uncounted?.(conversationId, cause, usage, records);
  }

  session(conversationId: string, change: SessionPatch): void {
    if (!this.isMuted) patch(this.#book, this, conversationId, change);
  }

  seen(conversationId: string, at: Ms): void {
    if (!this.isMuted) seen(this.#book, this, conversationId, at);
  }

  moment(moment: MomentItem): void {
    const { moments } = this.#book;
    if (this.isMuted) return;
    moments.set(moment.key, { file: this, moment });
    const [oldest] = moments.keys();
    if (moments.size > MAX_MOMENTS && oldest !== undefined) moments.delete(oldest);
  }

  momentOver(key: string): void {
    this.#book.moments.delete(key);
  }

  link(key: string): void {
    link(this.#book, this, `link:${key}`);
  }

  unknown(kind: string, version: string | null): void {
    if (!this.isMuted) this.#book.options.unknown(kind, version);
  }

  malformed(why: AgentRecordProblem): void {
    if (!this.isMuted) this.#book.options.malformed(why);
  }
}

function* keysOf({ files, byLink }: State): Iterable<number> {
  // Items are filed with the links, under keys of their own.
  for (const key of byLink.keys()) yield idNumber(key);
  for (const { items } of files)
    for (const item of items.values()) if (item.type === 'call') yield conversationNumber(item.conversationId);
}

function each(state: State, visit: Parameters<Book['each']>[0]): void {
  const { files, counted, better } = state;
  for (const file of files) {
    for (const [key, item] of file.items) {
      // The owner of a copy may have another key (that of another thread).
      const owner = counted.get(key);
      const isTwice = owner !== undefined && owner.file !== file && owner.item.conversationId === item.conversationId;
      if (!isTwice && !file.copies.has(key)) visit(completed(state, item), 'own');
      else {
        // The one whose snapshot counts has taken the place of the owner's.
        const other = better.get(key) === item ? (owner?.file.items.get(key) ?? item) : item;
        visit(other, isTwice ? 'twice' : 'copy');
      }
    }
  }
}

function conversationOf({ conversations }: State, id: string): Conversation {
  const known = conversations.get(id);
  if (known !== undefined) return known;
  const made: Conversation = { patches: new Map(), retries: 0, compactions: 0, emitted: null };
  conversations.set(id, made);
  return made;
}

function patch(state: State, file: Entry | null, conversationId: string, { at, ...rest }: SessionPatch): void {
  const known = accumulatedOf(state, file, conversationId);
  Object.assign(known.patch, rest);
  if (at !== undefined) widen(known, at);
}

function seen(state: State, file: Entry, conversationId: string, at: Ms): void {
  widen(accumulatedOf(state, file, conversationId), at);
}

function accumulatedOf(state: State, file: Entry | null, conversationId: string): Accumulated {
  state.dirtyConversations.add(conversationId);
  const { patches } = conversationOf(state, conversationId);
  const known = patches.get(file);
  if (known !== undefined) return known;
  const made: Accumulated = { patch: {}, startedAt: null, lastAt: null };
  patches.set(file, made);
  return made;
}

function widen(known: Accumulated, at: Ms): void {
  if (known.startedAt === null || at < known.startedAt) known.startedAt = at;
  if (known.lastAt === null || at > known.lastAt) known.lastAt = at;
}

function link(state: State, file: Entry, key: string): void {
  const { byLink, dirtyFiles } = state;
  const other = byLink.get(key);
  if (other === undefined) byLink.set(key, file);
  else if (other !== file && unite(state, other, file)) dirtyFiles.add(file);
}

// ---------------------------------------------------------------- forgetting

/** Returns true for a call of the file itself that was forgotten: its file is read once more, which tells all of it. */
function isForgotten(state: State, file: Entry, key: string): boolean {
  if (state.forgotten.size === 0) return false;
  const index = state.forgotten.get(idNumber(key));
  const owner = index === undefined ? undefined : state.files[index];
  // One that could not be read once more tells of its calls as of new ones.
  if (owner === undefined || owner.memory === 'whole') return false;
  state.recalls.add(owner);
  if (owner !== file) {
    if (unite(state, owner, file)) state.dirtyFiles.add(file);
    return false;
  }
  file.dirty.add(key);
  state.dirtyFiles.add(file);
  return true;
}

function recalled(state: State, book: BookFile): void {
  for (const file of state.recalls) {
    if (file !== book) continue;
    state.recalls.delete(file);
    file.memory = 'whole';
    for (const [key, item] of file.items) {
      if (item.type !== 'call' || state.forgotten.get(idNumber(key)) !== file.index) continue;
      state.forgotten.delete(idNumber(key));
      link(state, file, key);
      if (!state.counted.has(key)) state.counted.set(key, { file, item });
    }
  }
}

// Of a file alone, whose calls are no copies. Items stand about in the order of their times.
function forget({ byLink, counted, forgotten }: State, file: Entry, before: Ms): void {
  if (!file.isRecallable || file.memory === 'whole' || file.group !== file || file.members.length > 1) return;
  let kept = 0;
  for (const [key, item] of file.items) {
    if (item.type !== 'call') kept += 1;
    else if (item.at >= before || counted.get(key)?.file !== file) break;
    else {
      file.items.delete(key);
      byLink.delete(key);
      counted.delete(key);
      forgotten.set(idNumber(key), file.index);
      file.memory = 'part';
    }
    if (kept > MAX_KEPT_BEFORE) break;
  }
  // By which its copies would be decided: read once more with the calls.
  if (file.memory === 'part') file.state = null;
}

// ---------------------------------------------------------------- delivery

function take(
  state: State,
  arrivalOf: (at: Ms, isAppended: boolean) => Arrival,
  isWhole: boolean,
): readonly FeedEvent[] {
  const { counted, options, conversations } = state;
  const waiting = settleCopies(state, isWhole);
  // Until its group is decided once more, what no other file of it has is its own.
  const isUndecided = (file: Entry, key: string): boolean =>
    waiting.has(rootOf(file)) && rootOf(file).members.some((other) => other !== file && other.items.has(key));
  const dirtyFiles = [...state.dirtyFiles];
  const before = options.forgetBefore?.() ?? null;
  const withdrawn: string[] = [];
  const events: { readonly at: Ms; readonly event: FeedEvent }[] = [];
  for (const file of dirtyFiles) {
    for (const key of file.dirty) {
      if (!isUndecided(file, key) && (file.copies.has(key) || !file.items.has(key)))
        withdraw(state, file, key, withdrawn);
    }
  }
  for (const file of dirtyFiles) {
    for (const key of file.dirty) {
      if (isUndecided(file, key)) continue;
      file.dirty.delete(key);
      const own = file.items.get(key);
      if (own === undefined || file.copies.has(key)) continue;
      const item = completed(state, own);
      const known = counted.get(key);
      if (known !== undefined) count(state, known.item, -1);
      count(state, item, 1);
      counted.set(key, { file, item });
      const arrival = arrivalOf(item.at, file.isAppended);
      const event = eventOf(item, options.agent, sessionIdOf(conversations, item), arrival);
      if (event !== null) events.push({ at: item.at, event });
    }
    if (file.dirty.size === 0) state.dirtyFiles.delete(file);
    if (before !== null) forget(state, file, before);
  }
  // A record that another file of the source tells of now is no withdrawal.
  const gone = withdrawn.filter((record) => !counted.has(record));
  events.sort((a, b) => a.at - b.at);
  return [
    ...gone.map((record) => ({ type: 'withdrawn', record }) as const),
    ...sessionEvents(state),
    ...momentEvents(state, arrivalOf),
    ...events.map(({ event }) => event),
  ];
}

/** Decides which items are copies; returns the groups that are not decided this time. */
function settleCopies(state: State, isWhole: boolean): ReadonlySet<Entry> {
  const { dirtyFiles, options } = state;
  const groups = new Set(Array.from(dirtyFiles, (file) => rootOf(file)));
  const waiting = new Set<Entry>();
  for (const group of groups) {
    if (group.members.length < 2 || options.copies === null) continue;
    const startedAt = performance.now();
    if (!isWhole && startedAt < group.settleAt) {
      waiting.add(group);
      continue;
    }
    const copies = options.copies(group.members.filter((file) => file.memory === 'all' || file.state !== null));
    // A group may be of any size, for it is other people's files that make it: no more than a tenth of the time is its own.
    const endedAt = performance.now();
    group.settleAt = endedAt + Math.max(0, endedAt - startedAt - FREE_MS) * 10;
    for (const file of group.members) {
      const now = copies.get(file) ?? NONE;
      for (const key of now) if (!file.copies.has(key)) file.dirty.add(key);
      for (const key of file.copies) if (!now.has(key)) file.dirty.add(key);
      file.copies = now;
    }
    compareSnapshots(state, group.members);
    for (const file of group.members) if (file.dirty.size > 0) dirtyFiles.add(file);
  }
  return waiting;
}

// A session may go on in another file while an answer is written: its owner has the beginning then, and the copy the whole.
function compareSnapshots({ better }: State, members: readonly Entry[]): void {
  const copies = new Map<string, CallItem>();
  for (const file of members) {
    for (const key of file.copies) {
      const item = file.items.get(key);
      if (item?.type === 'call' && outputOf(item) > outputOf(copies.get(key))) copies.set(key, item);
    }
  }
  for (const file of copies.size === 0 ? [] : members) {
    for (const [key, item] of file.items) {
      const copy = copies.get(key);
      if (copy === undefined || item.type !== 'call' || file.copies.has(key)) continue;
      const before = better.get(key);
      if (outputOf(copy) > outputOf(item)) better.set(key, copy);
      else better.delete(key);
      if (better.get(key) !== before) file.dirty.add(key);
    }
  }
}

function outputOf(item: CallItem | undefined): number {
  return item?.usage?.outputTokens ?? -1;
}

/** Returns an item with the whole snapshot of a copy, where that is the more complete one. */
function completed({ better }: State, item: Item): Item {
  const copy = item.type === 'call' ? better.get(item.key) : undefined;
  if (item.type !== 'call' || copy === undefined) return item;
  const { usage, model, tools } = copy;
  const finishReason = copy.finishReason ?? item.finishReason;
  // No row of it told of an end, in whatever file (C3).
  const outputIsLowerBound = copy.outputIsLowerBound && item.outputIsLowerBound;
  return { ...item, at: Math.max(item.at, copy.at), usage, model, finishReason, outputIsLowerBound, tools };
}

function withdraw(state: State, file: Entry, key: string, withdrawn: string[]): void {
  const known = state.counted.get(key);
  if (known?.file !== file) return;
  state.counted.delete(key);
  count(state, known.item, -1);
  if (known.item.type === 'call') withdrawn.push(key);
}

function count(state: State, item: Item, sign: 1 | -1): void {
  if (item.type !== 'retry' && item.type !== 'compaction') return;
  const conversation = conversationOf(state, item.conversationId);
  if (item.type === 'retry') conversation.retries += sign;
  else conversation.compactions += sign;
  state.dirtyConversations.add(item.conversationId);
}

function sessionEvents(state: State): readonly FeedEvent[] {
  const events: FeedEvent[] = [];
  for (const id of state.dirtyConversations) {
    const conversation = conversationOf(state, id);
    const session = factsOf(id, state.options.agent, conversation);
    if (conversation.emitted !== null && sameFacts(conversation.emitted, session)) continue;
    conversation.emitted = session;
    events.push({ type: 'session', conversationId: id, session, ownerUid: state.options.ownerUid?.() ?? null });
  }
  state.dirtyConversations.clear();
  return events;
}

// Behind the facts of their sessions, which tell the workspace. A copy of one has its identity, or its old time.
function momentEvents(state: State, arrivalOf: (at: Ms, isAppended: boolean) => Arrival): readonly FeedEvent[] {
  const { moments, conversations, options } = state;
  const events: FeedEvent[] = [];
  for (const { file, moment } of moments.values()) {
    if (arrivalOf(moment.at, file.isAppended) === 'historical') continue;
    const { cause, key, conversationId, at } = moment;
    const sessionId = sessionIdOf(conversations, moment);
    const facts = { type: cause.code, key, agent: options.agent, conversationId, sessionId, at, cause };
    events.push({ type: 'moment', moment: facts });
  }
  moments.clear();
  return events;
}

// ---------------------------------------------------------------- groups

function rootOf(file: Entry): Entry {
  let root = file;
  while (root.group !== root) root = root.group;
  return root;
}

/** Returns true if the two were apart before. */
function unite(state: State, a: Entry, b: Entry): boolean {
  const [one, other] = [rootOf(a), rootOf(b)];
  if (one === other) return false;
  const [large, small] = one.members.length >= other.members.length ? [one, other] : [other, one];
  small.group = large;
  large.members.push(...small.members);
  small.members = [];
  for (const file of large.members) if (file.memory === 'part') state.recalls.add(file);
  return true;
}

// ---------------------------------------------------------------- sessions

function factsOf(id: string, agent: string, { patches, retries, compactions }: Conversation): SessionFacts {
  // What was recorded last holds; what is known of the process holds above all.
  const ordered = [...patches]
    .sort(([fileA, a], [fileB, b]) => rankOf(fileA, a) - rankOf(fileB, b))
    .map(([, one]) => one);
  const whole: SessionPatch = Object.assign({}, ...ordered.map((one) => one.patch)) as SessionPatch;
  const times = ordered.flatMap(({ startedAt, lastAt }) => [startedAt, lastAt]).filter((at) => at !== null);
  return {
    sessionId: whole.sessionId ?? id,
    agent,
    parentId: whole.parentId ?? whole.below ?? null,
    forkedFrom: whole.forkedFrom ?? null,
    cwd: whole.cwd ?? null,
    title: whole.title ?? null,
    context: whole.context ?? null,
    compactions,
    retries,
    state: whole.state ?? null,
    pid: whole.pid ?? null,
    ...(typeof whole.pidStart === 'string' && { pidStart: whole.pidStart }),
    open: whole.open ?? null,
    quota: whole.quota ?? [],
    startedAt: times.length === 0 ? null : Math.min(...times),
    lastAt: times.length === 0 ? null : Math.max(...times),
  };
}

function rankOf(file: Entry | null, { lastAt }: Accumulated): number {
  return file === null ? Infinity : (lastAt ?? -Infinity);
}

function sameFacts(a: SessionFacts, b: SessionFacts): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function sessionIdOf(
  conversations: ReadonlyMap<string, Conversation>,
  { conversationId }: Pick<Item, 'conversationId'>,
): string {
  for (const { patch: one } of conversations.get(conversationId)?.patches.values() ?? []) {
    if (one.sessionId !== undefined) return one.sessionId;
  }
  return conversationId;
}

// ---------------------------------------------------------------- events

function eventOf(item: Item, agent: string, sessionId: string, arrival: Arrival): FeedEvent | null {
  switch (item.type) {
    case 'call':
      return { type: 'call', record: item.key, arrival, call: callOf(item, agent, sessionId) };
    case 'interruption':
      return { type: 'interruption', record: item.key, arrival, interruption: interruptionOf(item, agent, sessionId) };
    case 'retry':
    case 'compaction':
      return null;
  }
}

function callOf(item: CallItem, agent: string, sessionId: string): Call {
  const { failure } = item;
  return {
    callId: item.callId ?? item.key,
    startNs: msToNs(Math.min(item.startedAt ?? item.at, item.at)),
    endNs: item.status === 'pending' ? null : msToNs(item.at),
    status: item.status,
    conversationId: item.conversationId,
    sessionId,
    agent,
    processName: null,
    pid: null,
    provider: item.provider,
    model: item.model,
    kind: item.kind,
    statusCode: failure?.status ?? null,
    error: failure?.text ?? null,
    usage: item.usage,
    finishReason: item.finishReason,
    tools: item.tools,
    userQuery: null,
    interruptionType: null,
    recorded: {
      failed: failure !== null,
      sharesId: item.callId !== null,
      errorClass: failure?.errorClass ?? null,
      outputIsLowerBound: item.outputIsLowerBound,
      ...(item.requestId !== undefined && { requestId: item.requestId }),
    },
  };
}

function interruptionOf(item: InterruptionItem, agent: string, sessionId: string): Interruption {
  return {
    interruptionId: null,
    type: item.interruption,
    severity: item.severity,
    agent,
    pid: null,
    conversationId: item.conversationId,
    sessionId,
    callId: null,
    occurredNs: msToNs(item.at),
    resolved: item.resolved,
    detail: item.detail,
    recorded: true,
  };
}
