import type { Flags } from '../../config/options.ts';
import { printNoTarget } from '../acting/answer.ts';
import { openSession, type Session } from '../acting/session.ts';
import { findWorkspace } from '../acting/target.ts';

/** The arguments of a command on snapshots. */
export type SnapshotCall<Values> = {
  readonly values: Values & { readonly json: boolean; readonly engine: number | null };
  readonly flags: Flags;
};

/** Runs a command in the session of its workspace; resolves to the exit code. `acts` false: nothing is written. Throws ConfigError. */
export async function withSession(
  { values: { json, engine }, flags }: SnapshotCall<unknown>,
  { command, acts }: { readonly command: string; readonly acts: boolean },
  run: (session: Session) => Promise<number>,
): Promise<number> {
  const target = await findWorkspace({ flags, workspace: '', engine });
  if (!target.ok) return printNoTarget(target.reason, { json, command });
  const session = await openSession(target.value, { acts });
  try {
    return await run(session);
  } finally {
    await session.close();
  }
}
