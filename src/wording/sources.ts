/** Formats the reports of a source: its state, then the reason, then the remedy. */
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import type {
  DatabaseProblem,
  LinesProblem,
  LocateProblem,
  RecordsDetail,
  SourceDetail,
  SourceUriProblem,
  TableProblem,
  TelemetryDetail,
  TrustProblem,
} from '../core/source-reasons.ts';
import { type ReadPosition, SOURCE_FORMS } from '../core/sources.ts';
import { cleanLine, shellWord } from '../core/text.ts';
import { wordFileCause } from './files.ts';
import { wordBy, type Wordings } from './table.ts';
import { counted } from './units.ts';
import { wordServerProblem, wordTokenProblem } from './http.ts';

/**
 * Formats the detail of a source's health. `isFollowed`: the engine continues with it, and its next step is added; `once` and
 * `doctor` read it only once.
 */
export function wordSource(detail: SourceDetail, isFollowed = true): string {
  const next = isFollowed ? nextStep(detail) : '';
  return cleanLine(`${wordState(detail)}${next === '' ? '' : `; ${next}`}`, MAX_TEXT_LENGTH);
}

function wordState(detail: SourceDetail): string {
  switch (detail.code) {
    case 'nothing':
      return '';
    case 'quoted':
      return detail.text;
    case 'following':
      return `following ${detail.target}`;
    case 'reading_fifo':
      return `reading the FIFO ${detail.path}`;
    case 'reading_stdin':
      return 'reading standard input';
    case 'stdin_ended':
      return 'standard input has ended';
    case 'several':
      return detail.details.map(wordState).join('; ');
    case 'reading_records':
    case 'following_records':
    case 'records_not_there':
    case 'records_denied':
    case 'too_many_files':
    case 'no_opencode':
    case 'old_opencode':
      return wordRecords(detail);
    case 'listening':
    case 'address_in_use':
    case 'cannot_listen':
    case 'token_missing':
    case 'token_unusable':
      return wordTelemetry(detail);
    case 'asking':
      return `connecting to ${detail.server}`;
    case 'reading_history':
      return `reading ${detail.server}: of ${counted(detail.conversations, 'conversation')} only the sums are known yet`;
    case 'following_large':
      return `following ${detail.server}; calls of large conversations are read at intervals, their sums at once`;
    case 'http':
    case 'ca_file':
      return wordServerProblem(detail);
    case 'without_interruptions':
      return `without interruptions: ${wordServerProblem(detail.why)}`;
    case 'opening':
      return `opening ${detail.folder}`;
    case 'without_calls':
      return `following ${detail.file} in ${detail.folder}; without calls: ${wordState(detail.why)}`;
    case 'following_databases':
      return wordDatabases(detail);
    case 'engine_gone':
      return 'the engine that read it is gone';
    case 'feed_ended':
      return `the feed ended by itself; ${REPORT}`;
    case 'feed_failed':
      return `the feed failed: ${detail.text}; ${REPORT}`;
    case 'given_up':
      return `${detail.uri} is not read to its end: ${wordGivenUp(detail.why)}`;
    case 'embedded':
      return detail.ended ? 'ended' : 'fed by the embedding program';
    case 'file_not_there':
    case 'file_deleted':
    case 'file_renamed':
    case 'file_is_folder':
    case 'file_is_device':
    case 'file_denied':
    case 'file_failed':
    case 'stdin_failed':
      return wordLinesProblem(detail);
    case 'database_not_there':
    case 'database_locked':
    case 'wal_out_of_reach':
    case 'other_database':
    case 'database_no_file':
    case 'database_denied':
    case 'database_damaged':
    case 'database_failed':
    case 'read_failed':
      return wordDatabaseProblem(detail);
  }
}

const RETRYING = 'retrying every second';
const REPORT = 'this is a defect of sightline: please report it';

function wordGivenUp({ code, ms }: Extract<SourceDetail, { code: 'given_up' }>['why']): string {
  return code === 'nothing_came' ? `nothing came for ${ms / 1_000} s` : `not done after ${ms / 60_000} min`;
}

function wordDatabases(detail: Extract<SourceDetail, { code: 'following_databases' }>): string {
  const { files, folder, isStill, withoutInterruptions, withoutWal } = detail;
  const parts = [
    `${isStill ? 'reading (as it is: the folder is read-only)' : 'following'} ${files.join(' and ')} in ${folder}`,
    ...(withoutInterruptions === null ? [] : [`without interruptions: ${wordState(withoutInterruptions)}`]),
    ...(withoutWal === null
      ? []
      : [
          `no ${baseName(withoutWal)}-wal beside it: agentsight is not running, or this is a copy without its newest rows`,
        ]),
  ];
  return parts.join('; ');
}

function wordRecords(detail: RecordsDetail): string {
  switch (detail.code) {
    case 'reading_records':
      return `reading ${detail.path}`;
    case 'following_records':
      return `following ${detail.path} (${counted(detail.files, 'file')})`;
    case 'records_not_there':
      return `${detail.path} does not exist`;
    case 'records_denied':
      return `no permission to read ${detail.path}; run sightline as its owner`;
    case 'too_many_files':
      return `${detail.path} has too many files; the rest is not read`;
    case 'no_opencode':
      return `no opencode.db in ${detail.folder}`;
    case 'old_opencode':
      return `following the JSON files of an older version in ${detail.folder}/storage`;
  }
}

function wordTelemetry(detail: TelemetryDetail): string {
  switch (detail.code) {
    case 'listening': {
      const trust = detail.hasToken ? 'with a token' : 'without a token: numbers only, no signals';
      return `listening on ${detail.address} (OTLP/HTTP, JSON) ${trust}`;
    }
    case 'address_in_use':
      return `${detail.address} is in use; stop the other collector, or listen on another port`;
    case 'cannot_listen':
      return `cannot listen on ${detail.address}: ${wordFileCause(detail.why)}`;
    case 'token_missing':
      return `${detail.host} can be reached from other machines; give --otlp-token-file FILE, or listen on 127.0.0.1`;
    case 'token_unusable':
      return `${wordTokenProblem(detail.problem)}; name another file with --otlp-token-file FILE`;
  }
}

function wordLinesProblem(problem: LinesProblem): string {
  switch (problem.code) {
    case 'file_not_there':
      return `${problem.path} does not exist (only agentsight 0.5 writes one, newer versions a database)`;
    case 'file_deleted':
      return `${problem.path} was deleted`;
    case 'file_renamed':
      return `${problem.path} was renamed`;
    case 'file_is_folder':
      return `${problem.path} is a folder; name the file in it (jsonl:${problem.path}/genai_events.jsonl) or, for databases, sqlite:${problem.path}`;
    case 'file_is_device':
      return `${problem.path} is neither a file nor a FIFO; name the JSONL file`;
    case 'file_denied':
      return `no permission to read ${problem.path}; run sightline as root, or: ${enterLine(problem.closed)}sudo setfacl -m u:$USER:r ${shellWord(problem.path)}`;
    case 'file_failed':
      return `${problem.path} cannot be read: ${wordFileCause(problem.why)}`;
    case 'stdin_failed':
      return `standard input failed: ${wordFileCause(problem.why)}; start sightline again with a new pipe`;
  }
}

function wordDatabaseProblem(problem: DatabaseProblem): string {
  switch (problem.code) {
    case 'database_not_there': {
      const { file, folder, isFolderThere, wasRead } = problem;
      const what = isFolderThere ? `${baseName(file)} is not in ${folder}` : `the folder ${folder} does not exist`;
      return wasRead ? `${what} any more` : `${what}; start agentsight, or name its folder with --source sqlite:DIR`;
    }
    case 'database_locked':
      return `${problem.file} has been locked by another program for ${Math.round(problem.ms / 1_000)} s`;
    case 'wal_out_of_reach':
      return `the newest rows are in ${problem.file}-wal, which cannot be read without its -shm in a read-only folder; copy the folder to one that you may write`;
    case 'other_database': {
      const half = problem.isWithoutWal ? ' (a copy needs its -wal too)' : '';
      return `${problem.file} is not a database of ${problem.writer}: ${wordTable(problem.why)}${half}`;
    }
    case 'database_no_file':
      return `${problem.path} is not a regular file`;
    case 'database_denied': {
      // The default entry (-d) is for the -wal and -shm files that the next start of agentsight makes.
      const acl = `u:$USER:rX ${shellWord(problem.folder)}`;
      return `no permission to read ${problem.file}; run sightline as root, or: ${enterLine(problem.closed)}sudo setfacl -R -m ${acl} && sudo setfacl -R -d -m ${acl}`;
    }
    case 'database_damaged':
      return `${problem.file} is damaged or not a database (${wordFileCause(problem.why)}); ${REPAIR}`;
    case 'database_failed':
      return `${problem.file} cannot be read: ${wordFileCause(problem.why)}`;
    case 'read_failed':
      return `reading ${problem.file} failed: ${wordFileCause(problem.why)}${problem.isDamaged ? `; ${REPAIR}` : ''}`;
  }
}

const REPAIR = 'if agentsight did not just replace it, stop agentsight, move the file away and start agentsight again';

function wordTable(problem: TableProblem): string {
  const { table } = problem;
  switch (problem.code) {
    case 'no_table':
      return `it has no table ${table}`;
    case 'no_plain_table':
      return `its ${table} is not a plain table`;
    case 'no_primary_key':
      return `its table ${table} has no integer primary key id`;
    case 'no_rowid':
      return `its table ${table} has no rowid`;
    case 'no_index':
      return `its table ${table} has no index on ${problem.column}`;
    case 'no_columns':
      return `its table ${table} has no ${problem.columns.join(', ')}`;
  }
}

/** The command that lets this user enter a folder that is closed to it. */
function enterLine(closed: string | null): string {
  return closed === null ? '' : `sudo setfacl -m u:$USER:x ${shellWord(closed)} && `;
}

/** The next step of the engine while it continues. */
const NEXT: Partial<Readonly<Record<SourceDetail['code'], string>>> = {
  file_not_there: 'read as soon as it exists',
  records_not_there: 'read as soon as it exists',
  address_in_use: 'retrying every 5 s',
  cannot_listen: 'retrying every 5 s',
  token_missing: 'retrying every 5 s',
  token_unusable: 'retrying every 5 s',
  no_opencode: 'read as soon as it exists',
  file_deleted: 'read as soon as it is written again',
  file_renamed: 'read on until there is a new one',
  file_failed: RETRYING,
  database_failed: RETRYING,
  database_no_file: RETRYING,
  database_locked: 'read as soon as it is unlocked',
  other_database: 'checked again when it changes',
};

function nextStep(detail: SourceDetail): string {
  if (detail.code === 'without_interruptions' || detail.code === 'without_calls') return nextStep(detail.why);
  if (detail.code === 'several') return detail.details.map(nextStep).find((next) => next !== '') ?? '';
  if (detail.code === 'http') return detail.failure.code === 'cut' ? 'retrying' : '';
  if (detail.code === 'read_failed') return detail.isDamaged ? '' : 'opening it again';
  if (detail.code === 'database_not_there') return detail.wasRead ? 'followed as soon as it is back' : '';
  return NEXT[detail.code] ?? '';
}

/** Formats why a text names no source; reads on from the name of the option. */
export function wordSourceUri(problem: SourceUriProblem): string {
  switch (problem.code) {
    case 'no_source': {
      const quoted = shellWord(problem.text);
      const hint = {
        lines: `; for a file of JSON lines use jsonl:${quoted}`,
        databases: `, which is not a folder (yet); for agentsight's databases use sqlite:${quoted}`,
      };
      const forms = `${SOURCE_FORMS.join(', ')} (standard input), or the path of a folder, a .db, a .jsonl or a FIFO`;
      return `expected ${forms}; got '${problem.text}'${problem.hint === null ? '' : hint[problem.hint]}`;
    }
    case 'bad_port':
      return `expected http(s)://HOST:PORT with a port between 1 and ${problem.max}; got port ${problem.port}`;
    case 'credentials_in_address':
      return 'expected http(s)://HOST:PORT without a user, a password or a query; give the token with --token-file FILE';
    case 'no_path':
      return `expected a path after ${problem.medium}:`;
  }
}

/** Formats why nothing is read at a default location. */
export function wordLocate(problem: LocateProblem): string {
  switch (problem.code) {
    case 'not_there':
      return 'does not exist';
    case 'denied':
      return 'no permission: run sightline as root, or let this user read the folder';
    case 'not_trusted':
      return `not followed unless --source names it: ${wordTrust(problem.why)}`;
    case 'failed':
      return wordFileCause(problem.why);
    case 'nothing_listens':
      return 'nothing listens there';
    case 'no_reply':
      return 'it does not answer';
    case 'other_program':
      return 'another program answers there';
  }
}

function wordTrust(problem: TrustProblem): string {
  switch (problem.code) {
    case 'could_be_made':
      return `${problem.path} does not exist, and any user could create it`;
    case 'of_another_user':
      return `${problem.path} belongs to user ${problem.uid}, not to root or to us`;
    case 'link_in_public_folder':
      return `${problem.path} is a link in a folder that any user may write to`;
    case 'too_many_links':
      return `${problem.path} leads through too many links`;
    case 'writable_by_others':
      return `others than its owner may write to ${problem.path}`;
    case 'replaceable':
      return `any user may replace the entries of ${problem.folder}`;
    case 'not_known':
      return wordFileCause(problem.why);
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Formats how far a source was read: `call 812, interruption 17`, `byte 1024 (line 3)`. */
export function wordPosition(position: ReadPosition): string {
  return wordBy(POSITIONS, position);
}

const POSITIONS: Wordings<ReadPosition> = {
  rows: ({ call, interruption }) =>
    [
      ...(call === null ? [] : [`call ${call}`]),
      ...(interruption === null ? [] : [`interruption ${interruption}`]),
    ].join(', '),
  byte: ({ offset, line }) => `byte ${offset} (line ${line})`,
  time: ({ at }) => new Date(at).toISOString(),
};
