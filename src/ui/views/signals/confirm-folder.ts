import { type Availability, type Binding, type Context, disabled, enabled } from '../../app/bindings.ts';

/** The key that takes the folder of the selected signal's session as a workspace, where that waits for a person. */
export const CONFIRM_FOLDER: Binding = {
  keys: ['w'],
  kind: 'act',
  id: 'confirm-folder',
  label: 'take as workspace',
  help: 'use this folder as workspace',
  footer: true,
  availability: confirmAvailability,
  run: (context) => {
    const path = unconfirmedFolder(context);
    return path === null ? [] : [{ type: 'confirm_folder', path }];
  },
};

/** Returns the folder that the selected signal waits for a person with; null for none. */
export function unconfirmedFolder({ live, view, selected: { signal } }: Context): string | null {
  const reason = view.focus === 'signals' ? signal?.fate?.reason : undefined;
  if (reason?.code !== 'no_workspace' || reason.folder?.code !== 'unconfirmed') return null;
  const { path } = reason.folder;
  // Taken meanwhile, for an earlier signal perhaps.
  return live.workspaces.some((workspace) => workspace.path === path) ? null : path;
}

function confirmAvailability(context: Context): Availability {
  const { live, view } = context;
  const path = unconfirmedFolder(context);
  if (path !== null) return live.readOnly ? disabled('read-only: start without --read-only to act') : enabled(path);
  if (view.focus !== 'signals') return disabled('no signal is selected: 4 goes to the signals');
  return disabled("the selected signal waits for no session's folder");
}
