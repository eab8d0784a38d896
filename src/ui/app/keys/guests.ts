/** The keys that lend the terminal to another program: a shell in the workspace, an editor at one of its files. */
import type { WorkspaceView } from '../../../engine/types.ts';
import { shortName } from '../../views/workspaces/names.ts';
import { type Availability, type Binding, type Context, type ScreenAction, disabled, enabled } from '../bindings.ts';

/** Opens a shell in the folder of the selected thing's workspace. */
export const SHELL: Binding = shellIn((context) => context.target.workspace);

/** Returns the binding of a shell in the workspace that a view is about. */
export function shellIn(workspaceOf: (context: Context) => WorkspaceView | null): Binding {
  return {
    keys: ['!'],
    kind: 'act',
    id: 'shell',
    label: 'shell',
    help: 'shell in the folder',
    footer: true,
    availability: (context) => placeAvailability(context, workspaceOf(context)),
    run: (context) => guestIn(context, workspaceOf(context), null),
  };
}

/** The file that an editor is to open, as a path that is absolute or relative to the workspace; or why there is none. */
export type Editable =
  { readonly workspace: WorkspaceView | null; readonly file: string } | { readonly reason: string };

/** Returns the binding of an editor at the file that is selected in a view. */
export function editorAt(fileOf: (context: Context) => Editable): Binding {
  return {
    keys: ['E'],
    kind: 'act',
    id: 'editor',
    label: 'edit',
    help: 'the file in $EDITOR',
    footer: true,
    availability: (context) => {
      const file = fileOf(context);
      return 'reason' in file ? disabled(file.reason) : placeAvailability(context, file.workspace);
    },
    run: (context) => {
      const file = fileOf(context);
      return 'reason' in file ? [] : guestIn(context, file.workspace, file.file);
    },
  };
}

// Whose rights it would have is looked up when the key is pressed.
function placeAvailability({ live }: Context, workspace: WorkspaceView | null): Availability {
  if (live.fleet !== undefined || live.attachment?.host !== undefined) return disabled('its folder is on another host');
  if (workspace === null) return disabled('no workspace: select one in the automation');
  return enabled(`in ${shortName(workspace.path, live)}`, '');
}

function guestIn({ live }: Context, workspace: WorkspaceView | null, file: string | null): readonly ScreenAction[] {
  if (workspace === null) return [];
  const { path, folder } = workspace;
  return [{ type: 'guest', guest: { workspace: path, folder, file }, name: shortName(path, live) }];
}
