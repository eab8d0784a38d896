import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckpointRequest } from '../../src/core/snapshots.ts';
import { removeTree } from './temp-dir.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/ws-ckpt');
/** The workspace and its id as they were when the answers of 0.3.2 were recorded. */
const RECORDED_WORKSPACE = '/srv/code/proj';
export const WS_ID = 'ws-e89629';
/** The id of the recorded checkpoint. */
export const SNAPSHOT = 'auto-20260609T140312-retry_storm';

export type StandIn = {
  readonly dir: string;
  readonly binary: string;
  /** A link into a store, as `ws-ckpt init` makes it. */
  readonly workspace: string;
  /** Sets the answers of one subcommand (`version` for `--version`), each a shell script. */
  readonly answer: (command: string, ...scripts: readonly string[]) => void;
  /** The arguments of each call of a subcommand so far. */
  readonly calls: (command: string) => string[][];
  readonly cwdOf: (command: string, call: number) => string;
  /** A script that replays a recorded answer of 0.3.2, about this workspace. */
  readonly recorded: (name: string) => string;
  readonly remove: () => void;
};

/** A `ws-ckpt` of our own in a folder of its own, that says what the test tells it to say. */
export function makeStandIn(): StandIn {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'sightline-ws-ckpt-')));
  const binary = join(dir, 'ws-ckpt');
  const workspace = join(dir, 'proj');
  copyFileSync(join(FIXTURES, 'stand-in.sh'), binary);
  chmodSync(binary, 0o755);
  mkdirSync(join(dir, 'store', WS_ID), { recursive: true });
  symlinkSync(join(dir, 'store', WS_ID), workspace);

  const answer = (command: string, ...scripts: readonly string[]): void => {
    scripts.forEach((script, index) => writeFileSync(join(dir, `${command}.${index + 1}`), `${script}\n`));
  };
  const recorded = (name: string): string => {
    const read = (part: string): string =>
      readFileSync(join(FIXTURES, '0.3.2', `${name}.${part}`), 'utf8').replaceAll(RECORDED_WORKSPACE, workspace);
    return say(read('stdout'), read('stderr'), Number(read('exit')));
  };
  const calls = (command: string): string[][] => {
    const found: string[][] = [];
    for (let n = 1; existsSync(join(dir, `called.${command}.${n}`, 'argv')); n += 1) {
      found.push(
        readFileSync(join(dir, `called.${command}.${n}`, 'argv'), 'utf8')
          .split('\0')
          .slice(0, -1),
      );
    }
    return found;
  };
  const cwdOf = (command: string, call: number): string =>
    readFileSync(join(dir, `called.${command}.${call}`, 'cwd'), 'utf8').trim();
  answer('version', recorded('version'));
  answer('status', recorded('status-json'));
  return { dir, binary, workspace, answer, calls, cwdOf, recorded, remove: () => removeTree(dir) };
}

/** A script that prints these texts and exits. */
export function say(stdout: string, stderr = '', code = 0): string {
  const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  return `printf '%s' ${quote(stdout)}; printf '%s' ${quote(stderr)} >&2; exit ${code}`;
}

/** A request for the recorded checkpoint. */
export function requestFor(workspace: string, more: Partial<CheckpointRequest> = {}): CheckpointRequest {
  const runId = more.runId ?? 'run-1';
  return {
    runId,
    workspace,
    snapshot: SNAPSHOT,
    message: 'reactive: retry_storm (conv=b59780476b41bbe7f6e4461c7199e096)',
    timeoutMs: 10_000,
    metadata: { auto: true, type: 'reactive', tool: 'sightline', version: '0.1.0', host: 'here', run_id: runId },
    ...more,
  };
}

/** The answer of `list --format json` that holds one snapshot with this metadata. */
export function listOf(id: string, metadata: unknown): string {
  const meta = { message: 'm', metadata, pinned: false, created_at: '2026-11-23T21:22:51.077700282Z', missing: false };
  return say(JSON.stringify([{ id, workspace: RECORDED_WORKSPACE, meta }], null, 2));
}
