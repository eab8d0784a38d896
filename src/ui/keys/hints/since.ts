import { type Context, type Hint } from '../types.ts';

/** What a key would do now; while the screen is frozen, with what has changed by now of what it goes by. */
export function withChange(hint: Hint, context: Context): Hint {
  const change = changeOf(context);
  if (change === '') return hint;
  if (!hint.can) return { ...hint, why: `${hint.why} (${change})` };
  return { ...hint, says: `${hint.says} (${change})`.trimStart() };
}

// Keys act on what is true now; the person sees what was true then.
function changeOf({ live, view: { frozen }, target: { workspace } }: Context): string {
  if (frozen === null) return '';
  if (frozen.mode !== live.mode) return `the mode is ${live.mode} by now`;
  const then = frozen.workspaces.find((one) => one.workspace === workspace?.workspace);
  if (workspace === null || then === undefined || then.status.state === workspace.status.state) return '';
  return `by now ${workspace.status.state.replaceAll('_', ' ')}, not ${then.status.state.replaceAll('_', ' ')}`;
}
