import type { CommandValues } from '../../config/options.ts';
import type { SnapshotView } from '../../core/snapshots.ts';
import { shellWord } from '../../core/text.ts';
import { wordDone } from '../../wording/done.ts';
import { wordMaker } from '../../wording/snapshots.ts';
import { type Answer, printAnswer, refused } from '../acting/answer.ts';
import { EXIT } from '../exit-codes.ts';
import { findSnapshot, snapshotJson, unconfirmed } from './read.ts';
import { type SnapshotCall, withSession } from './with-session.ts';

/** Deletes a snapshot; resolves to the exit code. Throws ConfigError. */
export function deleteSnapshot(call: SnapshotCall<CommandValues<'snapshots delete'>>, id: string): Promise<number> {
  const command = 'snapshots delete';
  const { json, yes, confirm } = call.values;
  return withSession(call, { command, acts: true }, async (session) => {
    const { workspace, engine } = session;
    const options = { json, command, engine, workspace };
    const found = await findSnapshot(session, id);
    if (!found.ok) return printAnswer(refused(found), options);
    const facts = { snapshot: snapshotJson(found.value) };
    if (found.value.pinned) return printAnswer({ ...PINNED, facts }, options);
    const question = questionOf(found.value, { yes, confirm });
    if (question !== null) {
      const lost = `data that only this snapshot holds is lost for good; the files now in ${workspace} are not touched`;
      const lines = [`${id}: made by ${wordMaker(found.value)}`, lost];
      return printAnswer(unconfirmed(question, lines, facts), options, EXIT.usage);
    }
    const result = await session.act({ type: 'remove', workspace, snapshot: id });
    if (!result.ok) return printAnswer({ ...refused(result), facts }, options);
    const done = { ok: true, outcome: 'deleted', reason: null, code: null } as const;
    return printAnswer({ ...done, lines: [wordDone(result.value)], facts }, options);
  });
}

const PINNED: Answer = {
  ok: false,
  outcome: 'refused',
  lines: [],
  reason: 'it is pinned, meant to be kept: only the tool that pinned it deletes it',
  code: 'pinned',
};

// One of ours asks y/n on the screen; what another tool made, and may need, has to be typed.
function questionOf(
  { id, maker }: SnapshotView,
  { yes, confirm }: { readonly yes: boolean; readonly confirm: string | null },
): string | null {
  if (maker === 'sightline') return yes || confirm === id ? null : 'give --yes to delete it';
  return confirm === id ? null : `sightline did not make it: to delete it all the same, --confirm ${shellWord(id)}`;
}
