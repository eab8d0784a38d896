import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunResult } from '../../../src/effects/process/run.ts';
import { verdictOf } from '../../../src/effects/ws-ckpt/answers.ts';
import { worded } from '../../helpers/reasons.ts';

const subject = { binary: 'ws-ckpt', workspace: '/srv/code/my proj' };
const exited = (code: number | null, stderr: string, stdout = ''): RunResult => ({
  type: 'exited',
  code,
  signal: code === null ? 'SIGKILL' : null,
  stdout,
  stderr,
  durationMs: 12,
});

const RECORDED: readonly [name: string, id: string, verdict: string][] = [
  ['checkpoint-created', 'auto-20260609T140312-retry_storm', 'created'],
  ['checkpoint-second', 'manual-20260609T140400', 'created'],
  ['checkpoint-created', 'another-id', 'failed'],
  ['checkpoint-empty', 'e1', 'empty'],
  ['checkpoint-duplicate', 'auto-20260609T140312-retry_storm', 'duplicate'],
  ['checkpoint-unknown-workspace', 'n1', 'unmanaged'],
  ['checkpoint-bad-metadata', 'z1', 'failed'],
  ['checkpoint-snapshot-flag', 'y1', 'usage'],
  ['no-daemon', 'q1', 'unavailable'],
];

test.each(RECORDED)('the recorded answer %s for %s is: %s', (name, id, verdict) => {
  const read = (part: string): string =>
    readFileSync(join(import.meta.dirname, `../../fixtures/ws-ckpt/0.3.2/${name}.${part}`), 'utf8').replaceAll(
      /\u001b\[\d*m/gu,
      '',
    );
  expect(verdictOf(exited(Number(read('exit')), read('stderr'), read('stdout')), id, subject).type).toBe(verdict);
});

const TEXTS: readonly [what: string, result: RunResult, verdict: string, reason: RegExp][] = [
  [
    'created by 0.4.5',
    exited(
      0,
      'Warning: --id/-i is deprecated, use --snapshot/-s instead\n',
      '✓ Checkpoint created: a1\nCompleted in 0.012s\n',
    ),
    'created',
    /^$/u,
  ],
  [
    'created, with the advisory',
    exited(
      0,
      '\n⚠ Warning: btrfs backend usage above 90% (current: 93.4%).\n\nRun ws-ckpt cleanup\n',
      '✓ Checkpoint created: a1\n',
    ),
    'created',
    /^$/u,
  ],
  ['empty in 0.4.5', exited(0, '⚠ Empty workspace, no snapshot created.\n', 'Completed in 0.003s\n'), 'empty', /^$/u],
  ['empty, told on stdout', exited(0, '', '⚠ Empty workspace, no snapshot created.\n'), 'empty', /^$/u],
  ['nothing said', exited(0, ''), 'failed', /did not say/u],
  ['an unexpected response', exited(0, 'Unexpected response type\n'), 'failed', /Unexpected response type/u],
  ['a longer id', exited(0, '', '✓ Checkpoint created: a1-2\n'), 'failed', /./u],
  [
    'busy',
    exited(1, 'Error [WriteLockConflict]: Workspace has active write operations. Please wait and retry.\n'),
    'busy',
    /active write/u,
  ],
  [
    'daemon absent, 0.4.4',
    exited(1, '✗ Daemon is not running.\n  Start the systemd service `ws-ckpt`, or its daemon container.\n'),
    'unavailable',
    /systemctl start ws-ckpt/u,
  ],
  [
    'stale socket',
    exited(1, '⚠ Daemon is starting up. Please retry in a few seconds.\n'),
    'unavailable',
    /systemctl restart ws-ckpt/u,
  ],
  [
    'socket closed to us',
    exited(
      1,
      'Error: Failed to connect to ws-ckpt daemon (/run/ws-ckpt/ws-ckpt.sock): Permission denied (os error 13)\n',
    ),
    'unavailable',
    /permission.*socket/u,
  ],
  [
    'another connect error',
    exited(1, 'Error: Failed to connect to ws-ckpt daemon (/x): Not a directory (os error 20)\n'),
    'unavailable',
    /Not a directory/u,
  ],
  ['daemon gone half-way', exited(1, 'Error: failed to read response length: early eof\n'), 'lost', /early eof/u],
  [
    'connection reset',
    exited(1, 'Failed after 0.100s\nError: failed to read response length: Connection reset by peer (os error 104)\n'),
    'lost',
    /^exit 1: Error: failed to read/u,
  ],
  ['client killed', exited(null, ''), 'lost', /SIGKILL/u],
  ['client panicked', exited(101, "thread 'main' panicked at failed printing to stdout\n"), 'lost', /panicked/u],
  [
    'unknown workspace',
    exited(1, "✗ workspace not found: /x\n  Use 'ws-ckpt init' to initialize, or 'ws-ckpt list' to view workspaces.\n"),
    'unmanaged',
    /ws-ckpt init --workspace='\/srv\/code\/my proj'/u,
  ],
  [
    'link replaced, newest',
    exited(
      1,
      "Error [InternalError]: workspace registered (ws_id=ws-1) but it is a plain directory; run 'ws-ckpt recover -w /x' to restore, then re-init\n",
    ),
    'unmanaged',
    /ws-ckpt init/u,
  ],
  [
    'disk full',
    exited(
      1,
      'Failed after 0.044s\nError [InternalError]: Failed to write "/x/index.json.tmp": No space left on device (os error 28)\n',
    ),
    'failed',
    /No space left/u,
  ],
  [
    'id rule of the newest',
    exited(1, 'Error [InvalidPath]: checkpoint id exceeds 128 bytes\n'),
    'failed',
    /exceeds 128/u,
  ],
  [
    'mixed versions',
    exited(
      1,
      'Error [InternalError]: failed to decode request frame: x; the client and daemon may be different ws-ckpt versions — upgrade both to the same version\n',
    ),
    'failed',
    /upgrade both/u,
  ],
  [
    'not installed',
    { type: 'not_found', reason: { code: 'program_missing', file: 'x' }, durationMs: 1 },
    'unavailable',
    /is not installed; install it/u,
  ],
  [
    'not executable',
    { type: 'spawn_failed', reason: { code: 'program_denied', file: 'ws-ckpt' }, durationMs: 1 },
    'unavailable',
    /permission denied/u,
  ],
  [
    'deadline',
    { type: 'timed_out', stdout: '', stderr: '', durationMs: 10_004 },
    'timed_out',
    /^ws-ckpt gave no answer within 10004 ms/u,
  ],
  ['aborted', { type: 'aborted', stdout: '', stderr: '', durationMs: 5 }, 'aborted', /shutdown/u],
];

test.each(TEXTS)('%s', (_, result, type, reason) => {
  const verdict = verdictOf(result, 'a1', subject);
  expect(verdict.type).toBe(type);
  expect(worded('reason' in verdict ? verdict.reason : '')).toMatch(reason);
});
