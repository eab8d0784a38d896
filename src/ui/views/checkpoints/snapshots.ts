import { wordMaker } from '../../../wording/snapshots.ts';
import { wordAvailability } from '../../../wording/checkpointers.ts';
import { wordChoice } from '../../../wording/refusals.ts';
import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import { isRepinnable } from '../../../core/folder.ts';
import {
  type Availability,
  type Context,
  type ScreenAction,
  disabled,
  enabled,
  viewAction,
} from '../../app/bindings.ts';
import { rowIdOf, type SnapshotRow } from './state.ts';

/** Opens the checkpoints of all workspaces, and lists them again. */
export function openAll({ workspaces }: Pick<EngineView, 'workspaces'>, only?: string | null): readonly ScreenAction[] {
  return [
    ...viewAction({ type: 'checkpoints', change: { type: 'open', ...(only === undefined ? {} : { only }) } }),
    ...workspaces.map(({ path: workspace }): ScreenAction => ({ type: 'list_snapshots', workspace })),
  ];
}

/** Opens the checkpoints with one of them selected. */
export function openOf(workspace: string, select: string): readonly ScreenAction[] {
  return [
    ...viewAction({ type: 'checkpoints', change: { type: 'open', select: rowIdOf({ id: select, workspace }) } }),
    { type: 'list_snapshots', workspace, select },
  ];
}

/** Returns the availability of a binding that needs a selected snapshot. */
export function withSelected(context: Context, availability: (snapshot: SnapshotRow) => Availability): Availability {
  const snapshot = context.selected.snapshot;
  return snapshot === null ? disabled('no snapshot is selected') : availability(snapshot);
}

/** Returns the context with the view's workspace as the target, whatever the panes select. */
export function withViewTarget(context: Context): Context {
  const workspace = viewWorkspace(context);
  return { ...context, target: { ...context.target, workspace, agent: null } };
}

// Of the selected snapshot, else the one that the list is narrowed to, else the only one.
function viewWorkspace({ live, view, selected }: Context): WorkspaceView | null {
  const [first] = live.workspaces;
  const sole = live.workspaces.length === 1 ? first?.path : undefined;
  const path = selected.snapshot?.workspace ?? view.checkpoints?.only ?? sole;
  return live.workspaces.find((workspace) => workspace.path === path) ?? null;
}

/** Returns whether the checkpointer of the view's workspace has a capability; `verb` is used in the refusal. */
export function capabilityAvailability(context: Context, what: 'rollback' | 'remove', verb: string): Availability {
  const workspace = viewWorkspace(context);
  if (workspace === null) return disabled('this workspace is no longer configured');
  if (!workspace.capabilities[what]) return disabled(`${workspace.availability.name} cannot ${verb}`);
  return enabled(what === 'remove' ? '(asks y/n)' : '');
}

/** Returns what a diff would compare now. */
export function diffAvailability(context: Context): Availability {
  const { checkpoints } = context.view;
  if (checkpoints?.busy) return disabled(checkpoints.busy);
  return withSelected(context, (row) => {
    const marked = checkpoints?.marked ?? null;
    if (marked === null || marked === rowIdOf(row)) return enabled('to now');
    return markedRow(context)?.workspace === row.workspace
      ? enabled('with the marked one')
      : disabled('the marked one is of another workspace; v marks another');
  });
}

/** Compares the selected snapshot with the marked one or the present; the older one comes first. */
export function diff(context: Context): readonly ScreenAction[] {
  const { checkpoints } = context.view;
  const selected = context.selected.snapshot;
  if (checkpoints === null || selected === null) return [];
  const { workspace } = selected;
  const marked = markedRow(context);
  if (marked === null || rowIdOf(marked) === rowIdOf(selected))
    return [{ type: 'diff', workspace, from: selected.id, to: null }];
  const ids = (checkpoints.rows ?? []).map(rowIdOf);
  const [to = marked, from = selected] = [marked, selected].toSorted(
    (a, b) => ids.indexOf(rowIdOf(a)) - ids.indexOf(rowIdOf(b)),
  );
  return [{ type: 'diff', workspace, from: from.id, to: to.id }];
}

function markedRow({ view: { checkpoints } }: Context): SnapshotRow | null {
  const marked = checkpoints?.marked ?? null;
  return marked === null ? null : (checkpoints?.rows?.find((row) => rowIdOf(row) === marked) ?? null);
}

/** Asks for confirmation before the selected snapshot is deleted. */
export function remove(context: Context): readonly ScreenAction[] {
  const selected = context.selected.snapshot;
  if (selected === null) return [];
  const { workspace } = selected;
  const effects = [
    `Made by: ${wordMaker(selected)}${selected.message === null ? '' : `; ${selected.message}`}`,
    ...(selected.pinned ? ['Pinned: meant to be kept'] : []),
    `Data that only this snapshot holds is lost for good; the files now in ${workspace} are not touched`,
  ];
  const confirmed = [{ type: 'remove', workspace, snapshot: selected.id }] as const;
  const question = `Delete snapshot ${selected.id}?`;
  return viewAction({
    type: 'overlay',
    overlay: { type: 'confirm', question, effects, yes: 'delete', no: 'keep', confirmed, of: { type: 'checkpoints' } },
  });
}

/** Returns whether `ws-ckpt init` is useful for the target's workspace. */
export function initAvailability({ target: { workspace } }: Context): Availability {
  if (workspace === null) return disabled('no workspace: select one in the automation');
  const { canInit, availability, why } = workspace;
  if (canInit) return enabled('(shows the plan first)');
  if (availability.name !== 'ws-ckpt') return disabled(`${workspace.path} does not use ws-ckpt: ${wordChoice(why)}`);
  return disabled(`${workspace.path} needs no init: ${wordAvailability(availability) || 'already managed'}`);
}

/** Returns whether there is a replaced folder to pin again. */
export function repinAvailability({ target: { workspace } }: Context): Availability {
  if (workspace === null) return disabled('no workspace: select one in the automation');
  const { problem } = workspace.availability;
  if (problem === undefined) return disabled(`the pin of ${workspace.path} is valid`);
  return isRepinnable(problem)
    ? enabled('(shows old and new folder first)')
    : disabled(wordAvailability(workspace.availability));
}

/** Shows the pinned and the found folder of the target's workspace and asks for confirmation. */
export function startRepin({ target: { workspace } }: Context): readonly ScreenAction[] {
  return workspace === null ? [] : [{ type: 'plan', job: { type: 'repin', workspace: workspace.path } }];
}

/** Shows the plan of `ws-ckpt init` for the target's workspace. */
export function startInit({ target: { workspace } }: Context): readonly ScreenAction[] {
  return workspace === null ? [] : [{ type: 'plan', job: { type: 'init', workspace: workspace.path } }];
}
