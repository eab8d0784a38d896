/** Formats why a record was skipped, and why the content of a call cannot be shown. */
import type {
  AgentRecordProblem,
  ContentNote,
  ContentProblem,
  NoContent,
  RecordProblem,
  ResolveProblem,
  SkipDetail,
  TelemetryRefusal,
  UnusableRecord,
} from '../core/source-reasons.ts';
import { wordFileCause } from './files.ts';
import { wordBy, type Wordings } from './table.ts';
import { count, counted, wordBytes } from './units.ts';
import { wordFailureShort, wordServerProblem } from './http.ts';

/** Words for what a console over a broker does not show, and for how to see it. */
export const STAYS_ON_HOST =
  'it stays on its host: prompts, answers and files leave it only where both ends have --nats-content';

/** Formats the last skip. */
export function wordSkip(skip: SkipDetail): string {
  switch (skip.code) {
    case 'quoted':
      return skip.text;
    case 'agent_record':
      return `${skip.file === null ? '' : `${skip.file}: `}${wordBy(AGENT_RECORDS, skip.why)}`;
    case 'line':
      return `line ${skip.line}: ${wordRecord(skip.why)}`;
    case 'call_row':
      return `call row ${skip.row}: ${wordRecord(skip.why)}`;
    case 'interruption_row':
      return `interruption row ${skip.row}: ${wordRecord(skip.why)}`;
    case 'row_event':
      return `call row ${skip.row}: event_json: ${wordRecord(skip.why)}`;
    case 'damaged_rows':
      return `${skip.table} after row ${skip.after}: the database is damaged`;
    case 'item':
      return ITEMS[skip.item];
    case 'large_call':
      return `a call of more than ${wordBytes(skip.maxBytes)}`;
    case 'large_item':
      return `an item of a list of more than ${wordBytes(skip.maxBytes)}`;
    case 'large_conversation':
      return `conversation ${skip.id ?? NAMELESS}: more than ${wordBytes(skip.maxBytes)}`;
    case 'unread_conversation':
      return `conversation ${skip.id ?? NAMELESS}: its calls cannot be read (${wordFailureShort(skip.failure)})`;
    case 'unlisted_session':
      return `session ${skip.id ?? NAMELESS}: its conversations cannot be listed`;
    case 'refused_request':
      return `a request was refused: ${REFUSALS[skip.why]}`;
    case 'nameless_records':
      return `${skip.count} log ${skip.count === 1 ? 'record' : 'records'} without a name or a time`;
  }
}

const UNUSABLE: Readonly<Record<UnusableRecord, string>> = {
  row_without_type: 'a row without a type',
  record_without_type: 'a record without a type',
  row_without_id_or_time: 'a row without an id or a time',
  answer_without_id_or_time: 'an answer without an id or a time',
  failed_call_without_id_or_time: 'a failed call without an id or a time',
  message_without_session_or_id: 'a message without a session or an id',
  operation_no_object: 'an operation that is not an object',
};

const AGENT_RECORDS: Wordings<AgentRecordProblem> = {
  unusable: ({ what }) => UNUSABLE[what],
  undated: ({ type }) => `${type} without a time`,
  too_deep: ({ offset }) => `nested too deeply${atByte(offset)}`,
  no_json: ({ offset }) => `invalid JSON${atByte(offset)}`,
  not_unpacked: ({ error }) => `cannot be decompressed (${error ?? 'damaged'})`,
  file_too_large: () => 'too large',
  refused_file: ({ why }) => REFUSED_FILES[why],
  unreadable_file: ({ why }) => wordFileCause(why),
};

const REFUSED_FILES = {
  link: 'it is a link, which is not followed',
  foreign: "it belongs to another user than its folder's owner",
  not_regular: 'it is not a regular file',
} as const;

function atByte(offset: number | null): string {
  return offset === null ? '' : ` at byte ${offset}`;
}

const REFUSALS: Readonly<Record<TelemetryRefusal, string>> = {
  wrong_token: 'wrong token',
  no_token: 'no token',
  web_page: 'sent by a web page',
  other_host: 'its Host header names another machine',
  other_path: 'unknown path',
  no_post: 'not a POST',
  protobuf: 'protobuf; set OTEL_EXPORTER_OTLP_PROTOCOL=http/json',
  other_type: 'its Content-Type is not application/json',
  other_encoding: 'unknown Content-Encoding',
  too_large: 'too large',
  busy: 'too many at a time',
  not_json: 'not JSON',
};
const NAMELESS = 'without a name';
const ITEMS = {
  call: 'a call without a usable id or start',
  session: 'a session without a usable id or time',
  conversation: 'a conversation without a usable id or time',
  interruption: 'an interruption without a usable id, type or time',
} as const;

/** Formats why a record is no call and no interruption. */
export function wordRecord(problem: RecordProblem): string {
  switch (problem.code) {
    case 'not_json':
      return 'invalid JSON';
    case 'not_an_object':
      return 'not an object';
    case 'no_record':
      return 'neither an LLMCall nor a logtail record';
    case 'other_event':
      return `event ${problem.event ?? NAMELESS}`;
    case 'other_operation':
      return `logtail record of a ${problem.operation}`;
    case 'no_call_object':
      return 'LLMCall is not an object';
    case 'call_without':
      return `LLMCall without ${problem.what === 'time' ? 'a time' : problem.what}`;
    case 'slim_record':
      return 'slim logtail record without id and time: use the full logtail or SQLite';
    case 'record_without':
      return `logtail ${problem.record} without ${LACKING[problem.what]}`;
    case 'no_call':
      return problem.is === 'blank' ? 'it is blank' : 'it is an interruption';
    case 'cut_off':
      return 'cut off where another line begins';
    case 'too_long':
      return `longer than ${wordBytes(problem.maxBytes)}`;
    case 'event_too_large':
      return 'its event is too large';
    case 'no_time':
      return `${problem.column} is not a time`;
    case 'no_id_or_type':
      return 'no id or type';
    case 'event_type':
      return `event_type ${problem.event ?? 'is not a text'}`;
  }
}

const LACKING = { time: 'a time', id: 'an id', type_or_id: 'a type or an id' } as const;

/** Formats why the content of a call cannot be shown. */
export function wordContent(problem: ContentProblem): string {
  switch (problem.code) {
    case 'no_row':
      return `'${problem.record}' is not a row`;
    case 'file_unreadable':
      return `${problem.path} cannot be read: ${wordFileCause(problem.why)}`;
    case 'database_busy':
      return `${problem.file} is locked by its writer; try again in a moment`;
    case 'database_gone':
      return `${problem.file} no longer exists`;
    case 'row_gone':
      return 'the row is gone: agentsight deletes old ones when its store is full';
    case 'row_without_time':
      return 'the row has no time, so that it cannot be compared with this call';
    case 'no_content':
      return 'this source has no content; follow the SQLite database as well (--source sqlite:DIR)';
    case 'from_pipe':
      return 'the call came through a pipe, which cannot be read again';
    case 'file_replaced':
      return `${problem.path} was rotated or replaced`;
    case 'file_truncated':
      return `${problem.path} was truncated or rewritten`;
    case 'file_rewritten':
      return `${problem.path} was rewritten: it holds another ${problem.holds} there`;
    case 'line_too_large':
      return `its line is larger than ${wordBytes(problem.maxBytes)}, too large to be shown`;
    case 'not_in_rotated':
      return `${wordContent(problem.why)}; no file beside it holds the line (compressed or deleted)`;
    case 'record_replaced':
      return `the source was rewritten: its record is no longer a call (${wordRecord(problem.why)})`;
    case 'call_not_served':
      return `${problem.server} no longer has this call, or it is too large to be shown`;
    case 'answer_no_call':
      return 'unexpected response: not a call record';
    case 'not_in_records':
      return `its records no longer hold it, or not within ${wordBytes(problem.maxBytes)}`;
    case 'record_refused':
      return `${problem.path} is not read: ${REFUSED_FILES[problem.why]}`;
    case 'http':
    case 'ca_file':
      return wordServerProblem(problem);
    case 'quoted':
      return problem.text;
  }
}

/** Formats why the content of a call cannot be had from any source. */
export function wordNoContent(problem: NoContent): string {
  if (problem.code === 'call_gone')
    return 'no longer held here, only its numbers are known; use agentsight to see the call';
  if (problem.code === 'engine_gone') return 'the engine does not answer';
  if (problem.code === 'stays_on_host') return STAYS_ON_HOST;
  const { failures } = problem;
  if (failures.length === 0) return 'its source is gone';
  return failures
    .map(({ source, why }) => {
      const text =
        why.code === 'another_call' ? 'another call is at its position (the source was replaced)' : wordContent(why);
      return `${source}: ${text}`;
    })
    .join('; ');
}

/** Formats what was cut, left out or could not be read of a call's content. */
export function wordContentNote(note: ContentNote): string {
  switch (note.code) {
    case 'event_missing':
      return 'its event is missing (yet): only the latest round of its request is known';
    case 'call_pending':
      return 'the call has not ended: only the latest round of its request is known';
    case 'call_interrupted':
      return 'the call was interrupted: only what was captured until then is known';
    case 'event_too_large':
      return `its event is missing or larger than ${wordBytes(note.maxBytes)}: only the latest round is shown`;
    case 'latest_round_only':
      return 'a logtail keeps only the latest round of a request';
    case 'messages_encrypted':
      return 'its messages are encrypted';
    case 'messages_suppressed':
      return 'it holds no messages: agentsight writes them with traceEnabled only';
    case 'messages_left_out':
      return `${counted(note.count, 'message')} left out, the oldest first: ${count(note.maxChars)} characters are shown of a call`;
    case 'parts_cut':
      return `${counted(note.count, 'part')} cut, ending with …`;
    case 'earlier_unread':
      return `the session holds ${wordBytes(note.bytes)} before this part, which are not read`;
  }
}

/** Formats why an interruption was not marked as resolved. */
export function wordResolve(problem: ResolveProblem): string {
  if (problem.code === 'quoted') return problem.text;
  if (problem.code !== 'interruption_unknown') return wordServerProblem(problem);
  return `${problem.server} no longer knows this interruption`;
}
