/**
 * The contract between the reader of agents' records and what is particular to one agent. A provider is a row of
 * `registry.ts`: which files they are (`identify`; where they lie is told by `locate.ts`), how a record becomes items
 * (`decoder`), and which items of several files are copies (`copies`).
 */
import type { AgentRecordProblem, SourceDetail } from '../../core/source-reasons.ts';
import type { Difference } from './differences.ts';
import type { InterruptionDetail, Severity } from '../../core/interruptions.ts';
import type { Moment } from '../../core/moments.ts';
import type { ContextUse, OpenWork, QuotaWindow, SessionState } from '../../core/sessions.ts';
import type { Usage } from '../../core/calls.ts';
import type { TranscriptSink } from './transcript.ts';
import type { Ms } from '../../core/units.ts';

/** The particulars of one agent. `S` is the state that its decoder keeps of one file. */
export type Provider<S = unknown> = {
  /** Name of the agent, as agentsight names it (`Claude`, `Codex`); new ones alike. */
  readonly agent: string;
  /** The input count leaves out what the cache read or wrote (contract, section 1). */
  readonly cacheApart: boolean;
  /** The facts that these records lack, for `doctor` and the view of sources. */
  readonly gaps: readonly string[];
  /** Makes the store of one opened root: what its decoders share stands in it. */
  readonly store: () => FilesStore<S> | DatabaseStore;
};

/** Records that lie in files below one folder. */
export type FilesStore<S> = {
  readonly type: 'files';
  /** The root is this folder, or this file (then it has no folders). */
  readonly identify: (path: readonly string[]) => FileName | null;
  /** Returns true for a folder that may hold record files, by its path below the root (empty: the root itself). */
  readonly enters: (path: readonly string[]) => boolean;
  /** Makes the decoder of one file. It is called anew when the file is read from its beginning again. */
  readonly decoder: (name: FileName, sink: ItemSink) => Decoder<S>;
  /**
   * Returns, for files that belong together (they share a link), the items that are copies: reported by another file of the
   * group, and counted there. Called whenever a file of a group of several has changed.
   */
  readonly copies?: (files: readonly DecodedFile<S>[]) => ReadonlyMap<DecodedFile<S>, ReadonlySet<string>>;
  /** The decoders of two files know nothing of each other, so that other threads may read a history. */
  readonly decodesApart?: true;
  /** The agent holds a session's file open while it runs, and names no process. */
  readonly holdsOpen?: true;
  /** Returns why `sightline audit` does not count a copy; `isTwice`: the same conversation tells it in another file. */
  readonly copied?: (isTwice: boolean) => Difference;
  /** The reader of the same files for their texts, used when a person reads or searches a conversation. */
  readonly transcripts: Transcripts;
  /** Reads a document that names a running process; null for one that names none. Left out where the agent writes none. */
  readonly process?: (name: FileName, value: unknown) => ProcessClaim | null;
};

/** A process that the agent's records name. A claim: a pid is used again, and files of dead processes stay. */
export type ProcessClaim = {
  readonly pid: number;
  readonly sessionId: string;
  /** Guards against a reused pid: clock ticks since boot (Linux), or the text of `ps -o lstart`; null: not recorded. */
  readonly procStart: string | null;
  readonly state: SessionState | null;
  readonly cwd: string | null;
  readonly at: Ms;
};

/** Records in a database: the provider reads them itself, one `RecordFile` for each session. */
export type DatabaseStore = {
  readonly type: 'database';
  /**
   * Follows the database until `signal` aborts; never rejects for what the database does. The host has the files of this
   * source and the report of its health.
   */
  readonly follow: (root: string, host: DatabaseHost, signal: AbortSignal) => Promise<void>;
  /**
   * Reads the latest messages of a session, up to a bound; resolves to the messages before them, or null where the
   * store has no such session. Rejects with the system's or SQLite's error.
   */
  readonly transcript: (root: string, conversationId: string, sink: TranscriptSink) => Promise<number | null>;
  /** Searches what was written at `since` or later; what it finds is passed to the sink as a transcript of each message. */
  readonly searchTexts: (root: string, search: DatabaseSearch, signal: AbortSignal) => Promise<void>;
};

/** A search in a database: the store picks the messages whose text may hold `text`, the host checks them. */
export type DatabaseSearch = {
  readonly text: string;
  readonly since: Ms;
  readonly sink: TranscriptSink;
  readonly progress: (done: number, of: number) => void;
};

export type DatabaseHost = {
  /** Returns the sink of a session; items put twice replace each other by their key. */
  readonly session: (conversationId: string) => ItemSink;
  /** Delivers what was put since the last call. `arrival`: `historical` until the present end is reached, then `live`. */
  readonly deliver: (arrival: 'historical' | 'live') => void;
  readonly ok: (detail: SourceDetail) => void;
  /** The present end is reached. */
  readonly caughtUp: () => void;
  readonly trouble: (health: 'degraded' | 'lost' | 'absent', detail: SourceDetail) => void;
};

/** The kind of a file of a root, by its path alone. */
export type FileName = {
  /** Path below the root. */
  readonly path: readonly string[];
  /**
   * `lines`: JSON records, one a line. `zstd-lines`: the same, compressed. `document`: one JSON value, read whole when it
   * changes. `text`: the same, but its text as it is.
   */
  readonly format: 'lines' | 'zstd-lines' | 'document' | 'text';
  /** Its name at the provider: `session`, `sub_agent`, `meta`, `process` … */
  readonly kind: string;
  /** The session that it belongs to, as its name states; null where only its content does. */
  readonly sessionId: string | null;
  readonly agentId: string | null;
};

/**
 * Makes the transcript's decoder of one file. Reading may begin anywhere in it: `sessionId` is the session that it is
 * about if its name does not hold it, null while only its records can tell.
 */
export type TranscriptDecoder = (name: FileName, sessionId: string | null, sink: TranscriptSink) => Decoder<null>;

/** Returns what finds a call in a file without reading all of it: bytes that stand in its records, null where nothing does. */
export type NeedleOf = (record: string, endedAt: Ms | null) => string | null;

/** The readers of the texts in an agent's files. */
export type Transcripts = { readonly decoder: TranscriptDecoder; readonly needle: NeedleOf };

/** The position of a record. */
export type RecordPosition = {
  /** Byte offset of its line. */
  readonly offset: number;
  /** Several records of one line have the same offset and count up here. */
  readonly index: number;
};

/** Turns the records of one file, in their order, into items. */
export type Decoder<S> = {
  /** The facts of the file for `copies` and the provider's other parts. */
  readonly state: S;
  /** Takes one record: a parsed JSON value of any shape. Never throws. */
  readonly record: (value: unknown, position: RecordPosition) => void;
  /**
   * Takes a line without parsing it; returns false where it has to be parsed. For rows that need a field or two, or none;
   * optional.
   */
  readonly fast?: (line: LineView) => boolean;
};

/** A line that is read and may not be kept: the bytes from `from` up to `to`, between others. */
export type LineView = { readonly bytes: Buffer; readonly from: number; readonly to: number };

/** A file with all that its decoder has put into it. */
export type DecodedFile<S = unknown> = {
  readonly name: FileName;
  readonly state: S;
  readonly items: ReadonlyMap<string, Item>;
};

/** Takes what a decoder found. */
export type ItemSink = {
  /** Adds an item, or replaces the one of the same key. */
  readonly put: (item: Item) => void;
  readonly get: (key: string) => Item | undefined;
  /** Takes an item back that this file has put: it turned out to be a copy. */
  readonly drop: (key: string) => void;
  /**
   * Tells of `records` (1) whose tokens a naive sum holds and ours does not; negative where ours is the greater: for
   * `sightline audit`. What `copies` finds needs no telling.
   */
  readonly uncounted: (conversationId: string, cause: Difference, usage: Usage, records?: number) => void;
  /** Changes what is known of a conversation; what the patch leaves out stays. */
  readonly session: (conversationId: string, patch: SessionPatch) => void;
  /** Tells the time of a record of a conversation, as `SessionPatch.at` does, for each of many. */
  readonly seen: (conversationId: string, at: Ms) => void;
  /** Tells of a moment. It is delivered if it was recorded just now, and is not over by then. */
  readonly moment: (moment: MomentItem) => void;
  /** False: all that is read is long past, so that moments need not be looked for. */
  readonly takesMoments?: false;
  readonly momentOver: (key: string) => void;
  /** Names what this file has in common with others; files with an equal link, or an item of one key, form a group (see `copies`). */
  readonly link: (key: string) => void;
  /** Counts a kind of record that the decoder does not know. */
  readonly unknown: (kind: string, version: string | null) => void;
  /** Counts a record that could not be understood. */
  readonly malformed: (why: AgentRecordProblem) => void;
};

export type SessionPatch = {
  readonly sessionId?: string;
  readonly parentId?: string | null;
  /** The session that it is a sub-agent of: its parent, unless another file names one. */
  readonly below?: string;
  readonly forkedFrom?: string | null;
  readonly cwd?: string;
  readonly title?: string;
  readonly context?: ContextUse | null;
  readonly state?: SessionState | null;
  readonly pid?: number | null;
  /** The start of that process, as the agent recorded it. */
  readonly pidStart?: string | null;
  readonly quota?: readonly QuotaWindow[];
  /** The work that the conversation waits for: the model's answer, or a tool's end. */
  readonly open?: OpenWork | null;
  /** Time of a record of this conversation: widens `startedAt` and `lastAt`. */
  readonly at?: Ms;
};

type ItemBase = {
  /** Identity over all files of the source. The same key from another file is a copy, or the same thing reported again. */
  readonly key: string;
  readonly conversationId: string;
  /** Event time, Unix ms. Items from before the source was opened are historical, wherever they appear. */
  readonly at: Ms;
};

/** An item that a decoder finds. */
export type Item =
  | CallItem
  /** One failed attempt of a call that goes on. */
  | (ItemBase & { readonly type: 'retry' })
  | (ItemBase & { readonly type: 'compaction' })
  | InterruptionItem;

/** A moment, with an identity over all files of the source. */
export type MomentItem = ItemBase & { readonly cause: Moment['cause'] };

/** One model call; `at` is its end. */
export type CallItem = ItemBase & {
  readonly type: 'call';
  /** The id under which other sources may know the call; null: the key. */
  readonly callId: string | null;
  /** The provider's id of the request, by which telemetry knows the call. */
  readonly requestId?: string;
  readonly startedAt: Ms | null;
  readonly status: 'pending' | 'complete';
  readonly model: string | null;
  /** `anthropic`, `openai`, `google` …, as far as it is recorded. */
  readonly provider: string | null;
  /** Null for a failed call without tokens. */
  readonly usage: Usage | null;
  /** The output count is a lower bound. */
  readonly outputIsLowerBound: boolean;
  readonly failure: Failure | null;
  readonly finishReason: string | null;
  readonly tools: readonly string[];
  readonly kind: 'main' | 'recap';
};

/** The reason why a call was given up. */
export type Failure = {
  readonly status: number | null;
  readonly text: string | null;
  /** The class that the agent's own error code names (`context_overflow`, `quota_reached`, `auth_error` …); null: by status and text. */
  readonly errorClass: string | null;
};

/** Something that the agent's records show and no row of agentsight's confirms: a storm of retries, a loop. */
export type InterruptionItem = ItemBase & {
  readonly type: 'interruption';
  readonly interruption: string;
  readonly severity: Severity;
  readonly resolved: boolean;
  readonly detail: InterruptionDetail;
};
