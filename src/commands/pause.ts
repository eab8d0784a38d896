import type { CommandValues, Flags } from '../config/options.ts';
import type { Done } from '../core/done.ts';
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import type { PauseSubject } from '../core/pauses.ts';
import { cleanLine } from '../core/text.ts';
import { createPauser } from '../effects/process/pauser.ts';
import type { EngineName } from '../engine/types.ts';
import { wordDone } from '../wording/done.ts';
import { type Answer, printAnswer, printNoTarget, type PrintOptions, refused } from './acting/answer.ts';
import { findEngineAlone, findState } from './acting/target.ts';
import { isoTime } from './iso-time.ts';

export type PauseOptions = {
  readonly values: CommandValues<'pause'>;
  readonly flags: Flags;
  /** The name of an agent, or a pid. */
  readonly who: string;
};

/** Stops the processes of an agent through the engine that runs here; resolves to the exit code. Throws ConfigError. */
export async function runPause({ values, flags, who }: PauseOptions): Promise<number> {
  const { json, engine: pid, reason, for: durationMs } = values;
  const found = await findEngineAlone({ flags, workspace: '', engine: pid });
  if (!found.ok) return printNoTarget(found.reason, { json, command: 'pause' });
  const { engine } = found.value;
  const text = reason && cleanLine(reason, MAX_TEXT_LENGTH);
  const result = await engine.dispatch({ type: 'pause', ...subjectOf(who), durationMs, reason: text });
  engine.close();
  const name = engine.store.getState().attachment?.engine ?? null;
  return printAnswer(result.ok ? doneAnswer(who, result.value) : refused(result), optionsOf('pause', json, name));
}

export type ResumeOptions = {
  readonly values: CommandValues<'resume'>;
  readonly flags: Flags;
  /** The same; '' for all that is paused. */
  readonly who: string;
};

/**
 * Continues what is paused, through the engine that runs here; without one, what an engine that is gone has left in the state
 * folder. Resolves to the exit code. Throws ConfigError.
 */
export async function runResume({ values, flags, who }: ResumeOptions): Promise<number> {
  const { json, engine: pid } = values;
  const target = await findState({ flags, workspace: '', engine: pid });
  if (!target.ok) return printNoTarget(target.reason, { json, command: 'resume' });
  const { through, config } = target.value;
  const subject = who === '' ? {} : subjectOf(who);
  if (through === null) return printAnswer(resumeLeft(config.stateDir, subject), optionsOf('resume', json, null));
  const { engine } = through;
  const result = await engine.dispatch({ type: 'resume', ...subject });
  engine.close();
  const name = engine.store.getState().attachment?.engine ?? null;
  return printAnswer(result.ok ? doneAnswer(who, result.value) : refused(result), optionsOf('resume', json, name));
}

function resumeLeft(stateDir: string, { agent, pid }: PauseSubject): Answer {
  const pauser = createPauser(stateDir);
  const left = pauser.list().filter(({ whose, record }) => {
    if (whose !== 'left') return false;
    return typeof pid === 'number' ? record.pid === pid : agent === undefined || record.agent === agent;
  });
  const [first] = left;
  if (first === undefined) return refused({ ok: false, reason: { code: 'not_paused' } });
  for (const { record } of left) pauser.resume(record);
  const pids = left.map(({ record }) => record.pid);
  return { ...DONE, outcome: 'resumed', lines: [`resumed: pid ${pids.join(', ')}`], facts: { pids } };
}

const DONE = { ok: true, reason: null, code: null } as const;

function doneAnswer(who: string, done: Done): Answer {
  if (done.code === 'paused') {
    const { agent, pids, processes, resumesAt } = done;
    const facts = { agent, pids, processes, resumes_at: isoTime(resumesAt) };
    return { ...DONE, outcome: 'paused', lines: [`paused ${who}: ${wordDone(done)}`], facts };
  }
  const pids = done.code === 'resumed' ? done.pids : [];
  return { ...DONE, outcome: 'resumed', lines: [`resumed: pid ${pids.join(', ')}`], facts: { pids } };
}

function subjectOf(who: string): PauseSubject {
  return /^\d+$/u.test(who) ? { pid: Number(who) } : { agent: who };
}

function optionsOf(command: string, json: boolean, engine: EngineName | null): PrintOptions {
  return { json, command, engine };
}
