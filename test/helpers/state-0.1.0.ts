import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import * as z from 'zod';
import { storeOf } from '../../src/effects/git/store/layout.ts';
import { tempDir } from './temp-dir.ts';

const RECORDED = resolve(import.meta.dirname, '../fixtures/state-0.1.0');
/** Where it was recorded, and when the last of it was written. */
const PLACE = '/tmp/sightline-0.1.0';
const RECORDED_STORE = storeOf('', `${PLACE}/project`).dir;
const LAST_AT = 1_796_027_221_941;
/** What lies within this of it is a time of the recording, ms. */
const SPAN = 86_400_000;

export const OLD_CHECKPOINTED = 'f3ec89881d85868d5259892d8a9739ca';
export const OLD_WAITING = '4ce1a8355c3b67c3f5e8e4448abeb7ea';

export type OldState = { readonly stateDir: string; readonly workspace: string; readonly file: string };

/** The recorded state folder of 0.1.0 as if it had been killed a second ago, beside a workspace of that name. */
export function oldState(now = Date.now()): OldState {
  const place = tempDir();
  const [stateDir, workspace] = [join(place, 'state'), join(place, 'project')];
  mkdirSync(workspace);
  cpSync(RECORDED, stateDir, { recursive: true });
  rmSync(join(stateDir, 'README.md'));
  renameSync(join(stateDir, RECORDED_STORE), join(stateDir, 'git', basename(storeOf('', workspace).dir)));
  const file = join(stateDir, 'journal.jsonl');
  const shift = now - 1_000 - LAST_AT;
  const lines = readFileSync(file, 'utf8').replaceAll(PLACE, place).trimEnd().split('\n');
  writeFileSync(file, lines.map((line) => `${JSON.stringify(JSON.parse(line, shifted(shift)))}\n`).join(''));
  return { stateDir, workspace, file };
}

function shifted(by: number): (key: string, value: unknown) => unknown {
  return (_, value) => (typeof value === 'number' && Math.abs(value - LAST_AT) < SPAN ? value + by : value);
}

// ---------------------------------------------------------------- what 0.1.0 makes of a file (frozen: its own rules)

const nullableText = z.string().nullable();
const oldSignal = z.object({
  signal: z.object({
    signalId: z.string(),
    signal: z.string(),
    origin: z.enum(['call', 'interruption', 'derived', 'api']),
    severity: z.enum(['critical', 'high', 'medium', 'low']),
    agent: nullableText,
    processName: nullableText,
    pid: z.number().nullable(),
    conversationId: nullableText,
    callId: nullableText,
    interruptionId: nullableText,
    workspace: nullableText,
    at: z.number(),
    historical: z.boolean(),
    downgraded: nullableText,
    cause: z.string(),
  }),
  fate: z
    .object({
      fate: z.enum([
        'checkpointed',
        'coalesced',
        'failed',
        'timed_out',
        'suppressed',
        'vetoed',
        'disarmed',
        'unavailable',
        'breaker_open',
        'guarded',
        'observer',
        'dropped',
        'flagged',
        'ignored',
        'no_workspace',
        'historical',
        'stopped',
      ]),
      settled: z.boolean(),
      reason: z.string(),
      at: z.number(),
      snapshot: nullableText,
      durationMs: z.number().nullable(),
    })
    .nullable(),
});
const oldLine = z.object({ k: z.string(), v: z.unknown() });

/** The signals that 0.1.0 would find in the file, by id, with the name of a settled fate, `''` for an open one. */
export function readByOldVersion(file: string): ReadonlyMap<string, string> {
  const values = new Map<string, unknown>();
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const { k, v } = oldLine.parse(JSON.parse(line));
    if (v === null || v === undefined) values.delete(k);
    else values.set(k, v);
  }
  const signals = [...values].filter(([key]) => key.startsWith('signal:')).map(([, value]) => oldSignal.parse(value));
  return new Map(signals.map(({ signal, fate }) => [signal.signalId, fate?.settled === true ? fate.fate : '']));
}

/** The file as 0.1.0 writes it anew at its start, with one more change: every key that it found, without what it does not know. */
export function rewriteByOldVersion(file: string, changes: Readonly<Record<string, unknown>>): void {
  const values = new Map<string, unknown>();
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const { k, v } = oldLine.parse(JSON.parse(line));
    if (v === null || v === undefined) values.delete(k);
    else values.set(k, v);
  }
  for (const [key, value] of Object.entries(changes)) values.set(key, value);
  writeFileSync(file, [...values].map(([k, v]) => `${JSON.stringify({ k, v })}\n`).join(''));
}
