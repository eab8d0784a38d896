import type { WorkspaceView } from '../../../engine/types.ts';
import { isRepinnable } from '../../../core/folder.ts';
import type { SnapshotView } from '../../../core/snapshots.ts';
import { type Action, type Availability, type Context, disabled, enabled, viewAction } from '../../app/bindings.ts';

/** Opens the view of checkpoints of a workspace, or brings it up to date; `select` is the snapshot to stand at. */
export function openOf(workspace: string, select?: string): readonly Action[] {
  const wanted = select === undefined ? {} : { select };
  return [
    ...viewAction({ type: 'checkpoints', change: { type: 'open', workspace, ...wanted } }),
    { type: 'list_snapshots', workspace, ...wanted },
  ];
}

/** The availability of a binding that needs a selected snapshot. */
export function withSelected(context: Context, availability: (snapshot: SnapshotView) => Availability): Availability {
  const snapshot = context.selected.snapshot;
  return snapshot === null ? disabled('no snapshot is selected') : availability(snapshot);
}

/** The workspace of the view is what its keys act on, whatever is selected below it. */
export function ofView(context: Context): Context {
  const workspace = workspaceOfView(context);
  return { ...context, target: { ...context.target, workspace, agent: null } };
}

function workspaceOfView({ live, view }: Context): WorkspaceView | null {
  return live.workspaces.find(({ workspace }) => workspace === view.checkpoints?.workspace) ?? null;
}

/** Whether the checkpointer of the view's workspace can do something. */
export function canDo(context: Context, what: 'rollback' | 'remove', words: string): Availability {
  const workspace = workspaceOfView(context);
  if (workspace === null) return disabled('this workspace is no longer there');
  if (!workspace.capabilities[what]) return disabled(`${workspace.availability.name} cannot ${words}`);
  return enabled(what === 'remove' ? '(asks y/n)' : '');
}

/** What a diff would compare now. */
export function diffAvailability(context: Context): Availability {
  const { checkpoints } = context.view;
  if (checkpoints?.busy) return disabled(checkpoints.busy);
  return withSelected(context, ({ id }) => {
    const marked = checkpoints?.marked ?? null;
    return enabled(marked === null || marked === id ? 'since then' : 'with the marked one');
  });
}

/** Compares: of two snapshots the older one comes first, whichever was marked. */
export function diff(context: Context): readonly Action[] {
  const { checkpoints } = context.view;
  const selected = context.selected.snapshot;
  if (checkpoints === null || selected === null) return [];
  const { workspace, marked, rows } = checkpoints;
  if (marked === null || marked === selected.id) return [{ type: 'diff', workspace, from: selected.id, to: null }];
  const ids = (rows ?? []).map(({ id }) => id);
  const [to = '', from = ''] = [marked, selected.id].toSorted((a, b) => ids.indexOf(a) - ids.indexOf(b));
  return [{ type: 'diff', workspace, from, to }];
}

/** Asks before the selected snapshot is deleted. */
export function remove(context: Context): readonly Action[] {
  const { checkpoints } = context.view;
  const selected = context.selected.snapshot;
  if (checkpoints === null || selected === null) return [];
  const { workspace } = checkpoints;
  const effects = [
    `It was made by: ${selected.by}${selected.message === null ? '' : `; ${selected.message}`}`,
    ...(selected.pinned ? ['It is pinned: it was meant to be kept.'] : []),
    `What only it holds of ${workspace} is gone for good; the files there now are not touched.`,
  ];
  const confirmed = { type: 'remove', workspace, snapshot: selected.id } as const;
  const question = `Delete snapshot ${selected.id}?`;
  return viewAction({ type: 'overlay', overlay: { type: 'confirm', question, effects, confirmed } });
}

/** Whether `ws-ckpt init` would do something for the target's workspace. */
export function initAvailability({ target: { workspace } }: Context): Availability {
  if (workspace === null) return disabled('no workspace: select one in the reactor');
  const { canInit, availability, why } = workspace;
  if (canInit) return enabled('(explained first)');
  if (availability.name !== 'ws-ckpt')
    return disabled(`no init for ${workspace.workspace}: its checkpoints are by ${why}`);
  return disabled(`${workspace.workspace} needs no init: ${availability.reason || 'it is managed already'}`);
}

/** Whether there is a folder to look at and pin again. */
export function repinHint({ target: { workspace } }: Context): Availability {
  if (workspace === null) return disabled('no workspace: select one in the reactor');
  const { problem } = workspace.availability;
  if (problem === undefined) return disabled(`${workspace.workspace} need not be pinned again`);
  return isRepinnable(problem)
    ? enabled('(old and new folder are shown first)')
    : disabled(workspace.availability.reason);
}

/** Shows the pinned and the found folder of the target's workspace, and asks. */
export function startRepin({ target: { workspace } }: Context): readonly Action[] {
  return workspace === null ? [] : [{ type: 'plan', job: { type: 'repin', workspace: workspace.workspace } }];
}

/** Explains `ws-ckpt init` of the target's workspace. */
export function startInit({ target: { workspace } }: Context): readonly Action[] {
  return workspace === null ? [] : [{ type: 'plan', job: { type: 'init', workspace: workspace.workspace } }];
}
