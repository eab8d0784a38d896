import type { CommandValues, Flags } from '../config/options.ts';
import type { ActionResult } from '../core/actions.ts';
import type { Notice } from '../core/reactor/messages.ts';
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import { cleanLine } from '../core/text.ts';
import { wordLeftOut } from '../wording/snapshots.ts';
import { counted, duration } from '../wording/units.ts';
import { type Answer, printAnswer, printNoTarget, refused } from './acting/answer.ts';
import { openSession, type Session } from './acting/session.ts';
import { findWorkspace } from './acting/target.ts';
import { contentsJson } from './once/document.ts';

export type CheckpointOptions = {
  readonly values: CommandValues<'checkpoint'>;
  readonly flags: Flags;
  /** As it was given; '' for none. */
  readonly workspace: string;
};

const COMMAND = 'checkpoint';

/** Takes a checkpoint and waits for its end; resolves to the exit code. Throws ConfigError. */
export async function runCheckpoint({ values, flags, workspace }: CheckpointOptions): Promise<number> {
  const { json, engine, message } = values;
  const target = await findWorkspace({ flags, workspace, engine });
  if (!target.ok) return printNoTarget(target.reason, { json, command: COMMAND });
  const session = await openSession(target.value, { acts: true });
  const answer = await take(session, message);
  await session.close();
  return printAnswer(answer, { json, command: COMMAND, engine: session.engine, workspace: session.workspace });
}

type Ended = Notice & { readonly type: 'ended' };

async function take({ workspace, act, listen }: Session, message: string | null): Promise<Answer> {
  const ended: Ended[] = [];
  const forget = listen((event) => {
    if (event.type === 'notice' && event.notice.type === 'ended' && event.notice.workspace === workspace)
      ended.push(event.notice);
  });
  const result = await act({
    type: 'checkpoint',
    workspace,
    reason: message && cleanLine(message, MAX_TEXT_LENGTH),
    wait: true,
  });
  forget();
  return answerOf(
    result,
    // One that an automatic checkpoint preceded ends after it.
    ended.findLast(({ trigger }) => trigger === 'operator' || trigger === null),
  );
}

function answerOf(result: ActionResult, ended: Ended | undefined): Answer {
  if (!result.ok) {
    const facts = ended && { duration_ms: ended.durationMs, exit_code: ended.exitCode, stderr: ended.stderr };
    const outcome = ended?.outcome === 'failed' || ended?.outcome === 'timed_out' ? ended.outcome : 'refused';
    return { ...refused(result), outcome, ...(facts && { facts }) };
  }
  const snapshot = result.value.code === 'created' ? result.value.snapshot : null;
  const made = ended?.snapshot === snapshot ? ended : undefined;
  const { changed, leftOut } = made ?? {};
  const about = [
    ...(made === undefined ? [] : [duration(made.durationMs, '')]),
    ...(changed === undefined ? [] : [`${counted(changed.files, 'file')} changed`]),
  ];
  return {
    ok: true,
    outcome: snapshot === null ? 'accepted' : 'created',
    lines: [
      `${snapshot ?? 'accepted'}${about.length === 0 ? '' : ` (${about.join(', ')})`}`,
      ...(leftOut === undefined ? [] : [wordLeftOut(leftOut)]),
    ],
    reason: null,
    code: null,
    facts: { snapshot, duration_ms: made?.durationMs ?? null, ...(made && contentsJson(made)) },
  };
}
