/**
 * The reports of a source on itself, of what it skipped, and of a call's content that it cannot give: data, which
 * `src/wording/sources.ts` formats for people.
 */

import type { FileReason } from './errno.ts';
import type { Quoted } from './result.ts';
import type { Ms } from './units.ts';

/** The failure of a request to a server. */
export type HttpFailure =
  | { readonly code: 'status'; readonly status: number; readonly retryAfterMs: Ms | null }
  /** `error`: the code of Node or OpenSSL. */
  | { readonly code: 'network'; readonly error: string }
  /** Neither root nor we serve there, but user `uid` (null: it cannot be determined): agentsight's own token was not sent. */
  | { readonly code: 'stranger'; readonly uid: number | null }
  | { readonly code: 'timeout' }
  /** Interim answers (1xx) without end. */
  | { readonly code: 'no_answer' }
  | { readonly code: 'web_page' }
  | { readonly code: 'no_json' }
  | { readonly code: 'other_json' }
  | { readonly code: 'cut' }
  | { readonly code: 'too_large' };

/** The source of a token. */
export type TokenOrigin = { readonly code: 'variable' } | { readonly code: 'file'; readonly path: string };

/** The token of a server, without the token. */
export type TokenState = {
  /** Null if there is none. */
  readonly origin: TokenOrigin | null;
  /** The reason why a configured token cannot be used, null if it can. */
  readonly problem: { readonly origin: TokenOrigin; readonly why: FileReason | { readonly code: 'no_token' } } | null;
};

/** The reason why a server does not serve us. `server`: as the user named it. */
export type ServerProblem =
  | { readonly code: 'http'; readonly server: string; readonly failure: HttpFailure; readonly token: TokenState }
  | { readonly code: 'ca_file'; readonly path: string; readonly why: FileReason | { readonly code: 'no_certificate' } };

/** The reason why a file of lines is not read. */
export type LinesProblem =
  | { readonly code: 'file_not_there'; readonly path: string }
  | { readonly code: 'file_deleted'; readonly path: string }
  | { readonly code: 'file_renamed'; readonly path: string }
  | { readonly code: 'file_is_folder'; readonly path: string }
  | { readonly code: 'file_is_device'; readonly path: string }
  /** `closed`: the outermost folder on the way that may not be entered. */
  | { readonly code: 'file_denied'; readonly path: string; readonly closed: string | null }
  | { readonly code: 'file_failed'; readonly path: string; readonly why: FileReason }
  | { readonly code: 'stdin_failed'; readonly why: FileReason };

/** The reason why a database is none of agentsight. */
export type TableProblem =
  | { readonly code: 'no_table'; readonly table: string }
  | { readonly code: 'no_plain_table'; readonly table: string }
  | { readonly code: 'no_primary_key'; readonly table: string }
  | { readonly code: 'no_rowid'; readonly table: string }
  | { readonly code: 'no_index'; readonly table: string; readonly column: string }
  | { readonly code: 'no_columns'; readonly table: string; readonly columns: readonly string[] };

/** The reason why a database is not read. */
export type DatabaseProblem =
  /** `wasRead`: it is lost, not absent. */
  | {
      readonly code: 'database_not_there';
      readonly file: string;
      readonly folder: string;
      readonly isFolderThere: boolean;
      readonly wasRead: boolean;
    }
  | { readonly code: 'database_locked'; readonly file: string; readonly ms: Ms }
  /** Rows in the -wal of a folder that we may not write are out of reach without its -shm. */
  | { readonly code: 'wal_out_of_reach'; readonly file: string }
  | {
      readonly code: 'other_database';
      readonly file: string;
      /** The program that should have written it. */
      readonly writer: 'agentsight' | 'OpenCode';
      readonly why: TableProblem;
      /** It has no -wal: it may be half of a copy. */
      readonly isWithoutWal: boolean;
    }
  | { readonly code: 'database_no_file'; readonly path: string }
  | { readonly code: 'database_denied'; readonly folder: string; readonly file: string; readonly closed: string | null }
  | { readonly code: 'database_damaged'; readonly file: string; readonly why: FileReason }
  | { readonly code: 'database_failed'; readonly file: string; readonly why: FileReason }
  | { readonly code: 'read_failed'; readonly file: string; readonly why: FileReason; readonly isDamaged: boolean };

/** The reports of agents' own records. */
export type RecordsDetail =
  | { readonly code: 'reading_records'; readonly path: string }
  | { readonly code: 'following_records'; readonly path: string; readonly files: number }
  | { readonly code: 'records_not_there'; readonly path: string }
  | { readonly code: 'records_denied'; readonly path: string }
  | { readonly code: 'too_many_files'; readonly path: string }
  | { readonly code: 'no_opencode'; readonly folder: string }
  | { readonly code: 'old_opencode'; readonly folder: string };

/** The reports of a listener for telemetry (OTLP). `address`: HOST:PORT. */
export type TelemetryDetail =
  | { readonly code: 'listening'; readonly address: string; readonly hasToken: boolean }
  | { readonly code: 'address_in_use'; readonly address: string }
  | { readonly code: 'cannot_listen'; readonly address: string; readonly why: FileReason }
  /** Other machines can reach it, and no token is set. */
  | { readonly code: 'token_missing'; readonly host: string }
  | { readonly code: 'token_unusable'; readonly problem: NonNullable<TokenState['problem']> };

/** The reason why a request with telemetry is refused. */
export const TELEMETRY_REFUSALS = [
  'wrong_token',
  'no_token',
  'web_page',
  'other_host',
  'other_path',
  'no_post',
  'protobuf',
  'other_type',
  'other_encoding',
  'too_large',
  'busy',
  'not_json',
] as const;
export type TelemetryRefusal = (typeof TELEMETRY_REFUSALS)[number];

/** The activity of a source, or why there is none: one line for people. */
export type SourceDetail =
  | { readonly code: 'nothing' }
  | Quoted
  | { readonly code: 'following'; readonly target: string }
  | { readonly code: 'reading_fifo'; readonly path: string }
  | { readonly code: 'reading_stdin' }
  | { readonly code: 'stdin_ended' }
  | LinesProblem
  /** Of several parts of one source. */
  | { readonly code: 'several'; readonly details: readonly SourceDetail[] }
  | RecordsDetail
  | TelemetryDetail
  | { readonly code: 'asking'; readonly server: string }
  | { readonly code: 'reading_history'; readonly server: string; readonly conversations: number }
  | { readonly code: 'following_large'; readonly server: string }
  | ServerProblem
  /** The server is read, but for this part. */
  | { readonly code: 'without_interruptions'; readonly why: ServerProblem }
  | { readonly code: 'opening'; readonly folder: string }
  | DatabaseProblem
  | { readonly code: 'without_calls'; readonly file: string; readonly folder: string; readonly why: SourceDetail }
  | {
      readonly code: 'following_databases';
      readonly files: readonly string[];
      readonly folder: string;
      /** The folder is read-only: the files are read as they are, and not followed. */
      readonly isStill: boolean;
      readonly withoutInterruptions: SourceDetail | null;
      /** The file beside which no -wal lies, null if all have one. */
      readonly withoutWal: string | null;
    }
  | { readonly code: 'feed_ended' }
  /** Of a console: the engine that reads it is gone. */
  | { readonly code: 'engine_gone' }
  | { readonly code: 'feed_failed'; readonly text: string }
  /** `once` waits no longer for the rest. */
  | { readonly code: 'given_up'; readonly uri: string; readonly why: GivenUp }
  | { readonly code: 'embedded'; readonly ended: boolean };

export type GivenUp =
  { readonly code: 'nothing_came'; readonly ms: Ms } | { readonly code: 'too_slow'; readonly ms: Ms };

/** The reason why a record of a feed is no call and no interruption, or not all of one. */
export type RecordProblem =
  | { readonly code: 'not_json' }
  | { readonly code: 'not_an_object' }
  | { readonly code: 'no_record' }
  /** An event of agentsight that is neither; `event` is null where it has no usable name. */
  | { readonly code: 'other_event'; readonly event: string | null }
  | { readonly code: 'other_operation'; readonly operation: string }
  | { readonly code: 'no_call_object' }
  | { readonly code: 'call_without'; readonly what: 'call_id' | 'time' }
  | { readonly code: 'slim_record' }
  | {
      readonly code: 'record_without';
      readonly record: 'record' | 'call' | 'interruption';
      readonly what: 'time' | 'id' | 'type_or_id';
    }
  | { readonly code: 'no_call'; readonly is: 'interruption' | 'blank' }
  | { readonly code: 'cut_off' }
  | { readonly code: 'too_long'; readonly maxBytes: number }
  | { readonly code: 'event_too_large' }
  /** A column that holds no usable value. */
  | { readonly code: 'no_time'; readonly column: string }
  | { readonly code: 'no_id_or_type' }
  /** A row of another event; `event` is null where its type is no text. */
  | { readonly code: 'event_type'; readonly event: string | null };

/** The unusable records of an agent, by what they lack. */
export type UnusableRecord =
  | 'row_without_type'
  | 'record_without_type'
  | 'row_without_id_or_time'
  | 'answer_without_id_or_time'
  | 'failed_call_without_id_or_time'
  | 'message_without_session_or_id'
  | 'operation_no_object';

/** The reason why something of an agent's own records was skipped. */
export type AgentRecordProblem =
  | { readonly code: 'unusable'; readonly what: UnusableRecord }
  | { readonly code: 'undated'; readonly type: string }
  /** `offset`: bytes from the start of the file; null for a whole file. */
  | { readonly code: 'too_deep' | 'no_json'; readonly offset: number | null }
  /** A compressed file; `error`: zlib's code, null where it gave none. */
  | { readonly code: 'not_unpacked'; readonly error: string | null }
  | { readonly code: 'file_too_large' }
  | { readonly code: 'refused_file'; readonly why: 'link' | 'foreign' | 'not_regular' }
  | { readonly code: 'unreadable_file'; readonly why: FileReason };

/** The record that a source skipped, and its position. */
export type SkipDetail =
  /** A feed of an embedding program gave its own text. */
  | Quoted
  /** `file`: the path below the root; null where the record alone is known. */
  | { readonly code: 'agent_record'; readonly file: string | null; readonly why: AgentRecordProblem }
  | { readonly code: 'line'; readonly line: number; readonly why: RecordProblem }
  | { readonly code: 'call_row' | 'interruption_row'; readonly row: string; readonly why: RecordProblem }
  /** `why` concerns the row's event; the rest of the row was read. */
  | { readonly code: 'row_event'; readonly row: string; readonly why: RecordProblem }
  | { readonly code: 'damaged_rows'; readonly table: string; readonly after: string }
  /** An item of a server's answer that cannot be used. */
  | { readonly code: 'item'; readonly item: 'call' | 'session' | 'conversation' | 'interruption' }
  | { readonly code: 'large_call' | 'large_item'; readonly maxBytes: number }
  | { readonly code: 'large_conversation'; readonly id: string | null; readonly maxBytes: number }
  | { readonly code: 'unread_conversation'; readonly id: string | null; readonly failure: HttpFailure }
  | { readonly code: 'unlisted_session'; readonly id: string | null }
  | { readonly code: 'refused_request'; readonly why: TelemetryRefusal }
  /** Log records without a name or a time. */
  | { readonly code: 'nameless_records'; readonly count: number };

/** The reason why the content of a call cannot be read again. */
export type ContentProblem =
  | { readonly code: 'no_row'; readonly record: string }
  | { readonly code: 'file_unreadable'; readonly path: string; readonly why: FileReason }
  | { readonly code: 'database_busy'; readonly file: string }
  | { readonly code: 'database_gone'; readonly file: string }
  | { readonly code: 'row_gone' }
  | { readonly code: 'row_without_time' }
  /** The medium keeps nothing that can be read again. */
  | { readonly code: 'no_content' }
  | { readonly code: 'from_pipe' }
  | { readonly code: 'file_replaced'; readonly path: string }
  | { readonly code: 'file_truncated'; readonly path: string }
  | { readonly code: 'file_rewritten'; readonly path: string; readonly holds: 'call' | 'line' }
  | { readonly code: 'line_too_large'; readonly maxBytes: number }
  | { readonly code: 'not_in_rotated'; readonly why: ContentProblem }
  | { readonly code: 'record_replaced'; readonly why: RecordProblem }
  | { readonly code: 'call_not_served'; readonly server: string }
  | { readonly code: 'answer_no_call' }
  /** The records do not hold it (any more), or not within the bytes that are read for it. */
  | { readonly code: 'not_in_records'; readonly maxBytes: number }
  /** A file of records that may not be read. */
  | { readonly code: 'record_refused'; readonly path: string; readonly why: 'link' | 'foreign' | 'not_regular' }
  | ServerProblem
  | Quoted;

/** The parts of a call's content that were cut, left out or unreadable. */
export type ContentNote =
  | { readonly code: 'event_missing' }
  | { readonly code: 'call_pending' }
  | { readonly code: 'call_interrupted' }
  | { readonly code: 'event_too_large'; readonly maxBytes: number }
  | { readonly code: 'latest_round_only' }
  | { readonly code: 'messages_encrypted' }
  | { readonly code: 'messages_suppressed' }
  /** `maxChars`: shown of a call. */
  | { readonly code: 'messages_left_out'; readonly count: number; readonly maxChars: number }
  | { readonly code: 'parts_cut'; readonly count: number }
  /** Of a long session, `bytes` before the part that was read. */
  | { readonly code: 'earlier_unread'; readonly bytes: number };

/** The reason why an interruption is not marked as resolved at its source. */
export type ResolveProblem =
  Quoted | ServerProblem | { readonly code: 'interruption_unknown'; readonly server: string };

/** The reason why a text names no source. */
export type SourceUriProblem =
  /** `hint`: the form that was probably meant. */
  | { readonly code: 'no_source'; readonly text: string; readonly hint: 'lines' | 'databases' | null }
  | { readonly code: 'bad_port'; readonly port: string; readonly max: number }
  /** The text is not kept: it holds a secret. */
  | { readonly code: 'credentials_in_address' }
  | { readonly code: 'no_path'; readonly medium: string };

/** The reason why a source cannot be audited. */
export type AuditProblem = SourceUriProblem | { readonly code: 'no_records'; readonly uri: string };

/** The reason why a path is not followed unasked: another user could have put it there. */
export type TrustProblem =
  | { readonly code: 'could_be_made'; readonly path: string }
  | { readonly code: 'of_another_user'; readonly path: string; readonly uid: number }
  | { readonly code: 'link_in_public_folder'; readonly path: string }
  | { readonly code: 'too_many_links'; readonly path: string }
  | { readonly code: 'writable_by_others'; readonly path: string }
  | { readonly code: 'replaceable'; readonly folder: string }
  | { readonly code: 'not_known'; readonly why: FileReason };

/** The reason why nothing is read at a default location. */
export type LocateProblem =
  | { readonly code: 'not_there' }
  | { readonly code: 'denied' }
  | { readonly code: 'not_trusted'; readonly why: TrustProblem }
  | { readonly code: 'failed'; readonly why: FileReason }
  | { readonly code: 'nothing_listens' }
  | { readonly code: 'no_reply' }
  | { readonly code: 'other_program' };

/** The reason why the content of a call cannot be had from any source. */
export type NoContent =
  /** Only its numbers are known. */
  | { readonly code: 'call_gone' }
  /** Of a console: the engine at the other end is gone, or does not answer. */
  | { readonly code: 'engine_gone' }
  /** Of a console over a broker: prompts and answers do not leave the host. */
  | { readonly code: 'stays_on_host' }
  /** The answer of each source that reported it; empty where none is left. */
  | {
      readonly code: 'no_source_has_it';
      readonly failures: readonly {
        readonly source: string;
        readonly why: ContentProblem | { readonly code: 'another_call' };
      }[];
    };
