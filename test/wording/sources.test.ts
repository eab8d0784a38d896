import { expect, test } from 'vitest';
import type { DatabaseProblem, LinesProblem, SourceDetail, TelemetryDetail } from '../../src/core/source-reasons.ts';
import { wordSource } from '../../src/wording/sources.ts';

const why = { code: 'errno', errno: 'EIO' } as const;
const token = { origin: null, problem: null } as const;
const [path, file, folder, closed] = ['/x/f.jsonl', '/x/f.db', '/x', '/'];

/** One of each code: the compiler asks for a sample of a new one. */
const LINES: { readonly [C in LinesProblem['code']]: Extract<LinesProblem, { code: C }> } = {
  file_not_there: { code: 'file_not_there', path },
  file_deleted: { code: 'file_deleted', path },
  file_renamed: { code: 'file_renamed', path },
  file_is_folder: { code: 'file_is_folder', path },
  file_is_device: { code: 'file_is_device', path },
  file_denied: { code: 'file_denied', path, closed },
  file_failed: { code: 'file_failed', path, why },
  stdin_failed: { code: 'stdin_failed', why },
};
const DATABASES: { readonly [C in DatabaseProblem['code']]: Extract<DatabaseProblem, { code: C }> } = {
  database_not_there: { code: 'database_not_there', file, folder, isFolderThere: true, wasRead: true },
  database_locked: { code: 'database_locked', file, ms: 3_000 },
  wal_out_of_reach: { code: 'wal_out_of_reach', file },
  other_database: {
    code: 'other_database',
    file,
    writer: 'agentsight',
    why: { code: 'no_table', table: 't' },
    isWithoutWal: true,
  },
  database_no_file: { code: 'database_no_file', path: file },
  database_denied: { code: 'database_denied', file, folder, closed },
  database_damaged: { code: 'database_damaged', file, why },
  database_failed: { code: 'database_failed', file, why },
  read_failed: { code: 'read_failed', file, why, isDamaged: false },
};
const TELEMETRY: { readonly [C in TelemetryDetail['code']]: Extract<TelemetryDetail, { code: C }> } = {
  listening: { code: 'listening', address: '127.0.0.1:4318', hasToken: false },
  address_in_use: { code: 'address_in_use', address: '127.0.0.1:4318' },
  cannot_listen: { code: 'cannot_listen', address: '127.0.0.1:80', why },
  token_missing: { code: 'token_missing', host: '0.0.0.0' },
  token_unusable: { code: 'token_unusable', problem: { origin: { code: 'file', path }, why } },
};
const FAILURES = [
  ...[101, 204, 302, 401, 403, 404, 418, 429, 500, 503].map((status) => {
    return { code: 'status', status, retryAfterMs: 1_000 } as const;
  }),
  ...['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ECONNRESET', 'CERT_HAS_EXPIRED', 'EPROTO', 'HPE_X', 'E'].map(
    (error) => {
      return { code: 'network', error } as const;
    },
  ),
  { code: 'stranger', uid: 7 },
  ...(['timeout', 'no_answer', 'web_page', 'no_json', 'other_json', 'cut', 'too_large'] as const).map((code) => ({
    code,
  })),
] as const;
const DETAILS: readonly SourceDetail[] = [
  ...Object.values(LINES),
  ...Object.values(DATABASES),
  ...Object.values(TELEMETRY),
  ...FAILURES.map((failure) => ({ code: 'http', server: 'http://h:1', failure, token }) as const),
  { code: 'ca_file', path: '/ca', why: { code: 'no_certificate' } },
  { code: 'without_calls', file: 'i.db', folder, why: DATABASES.database_not_there },
];

test.each(DETAILS.map((detail) => [wordSource(detail), detail] as const))(
  'once and doctor promise nothing: %s',
  (_, detail) => {
    const text = wordSource(detail, false);
    expect(text).not.toMatch(/wait|retry|asked again|tried again|as soon as|checked again|opening it/iu);
    expect(text).not.toMatch(/undefined|\bnull\b|\[object|nobody|somebody|anybody/u);
    expect(wordSource(detail).startsWith(text)).toBe(true);
  },
);

test('says what a source that is followed does next', () => {
  expect(wordSource(LINES.file_not_there)).toMatch(/; read as soon as it exists$/u);
  expect(wordSource(DATABASES.database_failed)).toMatch(/; retrying every second$/u);
});

test('cleans what a hostile path or answer says', () => {
  expect(wordSource({ code: 'file_deleted', path: '/x\u001b[31m\nred' })).toBe(
    '/x red was deleted; read as soon as it is written again',
  );
});
