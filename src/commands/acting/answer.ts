/** The output of a command that acts, and its exit code. */
import type { ActionResult } from '../../core/actions.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { complain, printJson, printLines } from '../../effects/terminal/output.ts';
import type { EngineName } from '../../engine/types.ts';
import { wordRefusal } from '../../wording/refusals.ts';
import { EXIT } from '../exit-codes.ts';
import { isoTime } from '../iso-time.ts';
import type { Candidate, NoTarget } from './target.ts';

/** The outcome of a command: for people its lines, for programs its facts beside what every outcome has. */
export type Answer = {
  readonly ok: boolean;
  /** `created`, `deleted` … where it was done, `partial`, else `refused` or what failed. */
  readonly outcome: string;
  readonly lines: readonly string[];
  /** The reason in words; null where it was done. */
  readonly reason: string | null;
  /** The reason's code, for programs; null where it was done. */
  readonly code: string | null;
  readonly facts?: Readonly<Record<string, unknown>>;
};

export type PrintOptions = {
  readonly json: boolean;
  /** As it was typed: `snapshots restore`. */
  readonly command: string;
  readonly engine?: EngineName | null;
  readonly workspace?: string | null;
};

/** Prints an outcome; returns the exit code. `exitCode`: another than 1 for what was not done. */
export function printAnswer(
  answer: Answer,
  { json, command, engine = null, workspace = null }: PrintOptions,
  exitCode: number = EXIT.wrong,
): number {
  const { ok, outcome, reason, code, facts = {}, lines } = answer;
  if (json) {
    printJson({
      schema: 'sightline.result/1',
      at: isoTime(Date.now()),
      command,
      engine: engine && { pid: engine.pid, user: engine.user, version: engine.version, command: engine.command },
      workspace,
      ok,
      outcome,
      reason,
      code,
      ...facts,
    });
  } else {
    printLines(lines);
  }
  if (!ok && reason !== null) complain(`${command}: ${reason}`, 'error');
  return ok ? EXIT.done : exitCode;
}

/** Returns the answer for an action that was refused, or failed. */
export function refused(result: ActionResult & { readonly ok: false }): Answer {
  const { reason, partial } = result;
  const unsure = reason.code === 'engine_gone' ? '; what was begun may have been done all the same' : '';
  return {
    ok: false,
    outcome: partial === undefined ? 'refused' : 'partial',
    lines: [],
    reason: `${cleanLine(wordRefusal(reason), MAX_TEXT_LENGTH)}${unsure}`,
    code: reason.code,
  };
}

/** Prints why there is nothing to act on, with what may be meant; returns the exit code. */
export function printNoTarget(problem: NoTarget, { json, command }: Pick<PrintOptions, 'json' | 'command'>): number {
  const candidates = 'candidates' in problem ? problem.candidates : [];
  const answer: Answer = {
    ok: false,
    outcome: 'refused',
    lines: [],
    reason: wordNoTarget(problem),
    code: problem.code,
    ...(candidates.length > 0 && { facts: { candidates } }),
  };
  const exitCode = printAnswer(answer, { json, command }, problem.code === 'no_engine' ? EXIT.noSource : EXIT.usage);
  for (const one of candidates) complain(`  ${wordCandidate(one)}`, 'error');
  return exitCode;
}

function wordNoTarget(problem: NoTarget): string {
  switch (problem.code) {
    case 'several':
      return 'several may be meant; name one with --workspace DIR, or --engine PID:';
    case 'no_workspace':
      return 'no workspace is configured, and no engine here has one: give --workspace DIR';
    case 'other_workspaces':
      return `that engine does not have ${problem.wanted}; it has:`;
    case 'no_engine':
      return (
        problem.why ?? (problem.pid === null ? 'no engine runs here' : `no engine with pid ${problem.pid} runs here`)
      );
  }
}

function wordCandidate({ pid, command, mode, workspace }: Candidate): string {
  const engine = pid === null ? 'no engine' : `engine ${pid} (${command ?? 'unknown'}, ${mode ?? 'unknown'})`;
  return workspace === null ? engine : `${workspace}  ${engine}`;
}
