import { wordMaker } from '../../../wording/snapshots.ts';
import { wordAvailability } from '../../../wording/checkpointers.ts';
import { wordChoice } from '../../../wording/refusals.ts';
import type { WorkspaceView } from '../../../engine/types.ts';
import { isRepinnable } from '../../../core/folder.ts';
import type { SnapshotView } from '../../../core/snapshots.ts';
import {
  type ScreenAction,
  type Availability,
  type Context,
  disabled,
  enabled,
  viewAction,
} from '../../app/bindings.ts';

/** Opens or refreshes the checkpoints of a workspace; `select` is the snapshot to select. */
export function openOf(workspace: string, select?: string): readonly ScreenAction[] {
  const wanted = select === undefined ? {} : { select };
  return [
    ...viewAction({ type: 'checkpoints', change: { type: 'open', workspace, ...wanted } }),
    { type: 'list_snapshots', workspace, ...wanted },
  ];
}

/** Returns the availability of a binding that needs a selected snapshot. */
export function withSelected(context: Context, availability: (snapshot: SnapshotView) => Availability): Availability {
  const snapshot = context.selected.snapshot;
  return snapshot === null ? disabled('no snapshot is selected') : availability(snapshot);
}

/** Returns the context with the view's workspace as the target, whatever the panes select. */
export function withViewTarget(context: Context): Context {
  const workspace = viewWorkspace(context);
  return { ...context, target: { ...context.target, workspace, agent: null } };
}

function viewWorkspace({ live, view }: Context): WorkspaceView | null {
  return live.workspaces.find(({ path: workspace }) => workspace === view.checkpoints?.workspace) ?? null;
}

/** Returns whether the checkpointer of the view's workspace has a capability; `verb` words the refusal. */
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
  return withSelected(context, ({ id }) => {
    const marked = checkpoints?.marked ?? null;
    return enabled(marked === null || marked === id ? 'since then' : 'with the marked one');
  });
}

/** Compares the selected snapshot with the marked one or the present; the older one comes first. */
export function diff(context: Context): readonly ScreenAction[] {
  const { checkpoints } = context.view;
  const selected = context.selected.snapshot;
  if (checkpoints === null || selected === null) return [];
  const { workspace, marked, rows } = checkpoints;
  if (marked === null || marked === selected.id) return [{ type: 'diff', workspace, from: selected.id, to: null }];
  const ids = (rows ?? []).map(({ id }) => id);
  const [to = '', from = ''] = [marked, selected.id].toSorted((a, b) => ids.indexOf(a) - ids.indexOf(b));
  return [{ type: 'diff', workspace, from, to }];
}

/** Asks for confirmation before the selected snapshot is deleted. */
export function remove(context: Context): readonly ScreenAction[] {
  const { checkpoints } = context.view;
  const selected = context.selected.snapshot;
  if (checkpoints === null || selected === null) return [];
  const { workspace } = checkpoints;
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
