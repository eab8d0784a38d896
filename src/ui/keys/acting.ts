import type { Mode } from '../../core/signals.ts';
import type { Context, Binding, Deed } from './types.ts';
import { can, cannot, look } from './types.ts';
import {
  checkpointHint,
  fireHint,
  heldOne,
  lowerHint,
  lowerMode,
  modeHint,
  nextMode,
  takeOverHint,
  takeOverTarget,
  vetoHint,
} from './hints/hints.ts';
import { holdsOf } from '../derive/workspace/holds.ts';
import { chooseHold } from './overlays/holds.ts';
import { touchedFolder } from '../derive/workspace/workspace.ts';
import { newSilenceForm } from '../view/silence-form.ts';
import { silenceScopes } from './silence-scopes.ts';

/** Keys that ask the engine for something. */
export const ACTING: readonly Binding[] = [
  {
    keys: ['c'],
    kind: 'act',
    label: 'checkpoint',
    help: 'take a checkpoint now, of the workspace of what is selected; it outranks debounce, silences and mode',
    footer: true,
    hint: checkpointHint,
    does: ({ target: { workspace, agent, conversationId } }) =>
      workspace === null ? [] : [{ type: 'checkpoint', workspace: workspace.workspace, agent, conversationId }],
  },
  {
    keys: ['s'],
    kind: 'act',
    label: 'silence',
    help: 'silence what is selected for a while: scope, duration and reason are asked for',
    footer: true,
    hint: () => can(),
    does: (context) =>
      look({ type: 'overlay', overlay: { type: 'silence', form: newSilenceForm(silenceScopes(context)) } }),
  },
  {
    keys: ['S', 'u'],
    kind: 'act',
    label: 'silences',
    help: 'list the silences: end one early, or extend it',
    hint: ({ live }) =>
      live.silences.length === 0 ? cannot('there is no silence to end') : can(`${live.silences.length} on`),
    does: () => look({ type: 'overlay', overlay: { type: 'silences' } }),
  },
  {
    keys: ['x'],
    kind: 'act',
    label: 'veto',
    help: 'stop the checkpoint that is held; of several one is chosen',
    footer: true,
    hint: vetoHint,
    does: (context) => toHeld(context, 'veto'),
  },
  {
    keys: ['f'],
    kind: 'act',
    label: 'fire',
    help: 'take the checkpoint that is held now; of several one is chosen',
    footer: true,
    hint: fireHint,
    does: (context) => toHeld(context, 'fire'),
  },
  {
    keys: ['a'],
    kind: 'act',
    label: 'mode',
    help: 'raise the mode by a step: observe, hold, auto (asks y/n); from auto down to observe at once',
    footer: true,
    hint: modeHint,
    does: (context) => askMode(context, nextMode(context.live.mode)),
  },
  {
    keys: ['A'],
    kind: 'act',
    label: 'lower mode',
    help: 'lower the mode by one step at once',
    hint: lowerHint,
    does: ({ live }) => {
      const mode = lowerMode(live.mode);
      return mode === null ? [] : [{ type: 'mode', mode }];
    },
  },
  {
    keys: ['t'],
    kind: 'act',
    label: 'take over',
    help: 'act on the workspace in place of another engine that is gone',
    footer: true,
    hint: takeOverHint,
    does: (context) => {
      const workspace = takeOverTarget(context);
      return workspace === null ? [] : [{ type: 'take_over', workspace: workspace.workspace }];
    },
  },
];

function toHeld(context: Context, type: 'veto' | 'fire'): readonly Deed[] {
  const held = heldOne(context);
  if (held === null) return chooseHold(context, type, holdsOf(context.live));
  return held.hold === null ? [] : [{ type, workspace: held.workspace, heldSince: held.hold.startedMono }];
}

// The map of agents to workspaces is shown before arming.
/** Goes to a mode: down at once, up behind a question. */
export function askMode({ live }: Context, mode: Mode): readonly Deed[] {
  if (mode === 'observe' || (mode === 'hold' && live.mode === 'auto')) return [{ type: 'mode', mode }];
  const does = [
    mode === 'hold'
      ? 'Every automatic checkpoint is announced and held first; x stops it.'
      : 'Automatic checkpoints are taken at once.',
    ...live.workspaces.map((workspace) => {
      const { agents, availability } = workspace;
      const who = agents.length === 0 ? 'no agent yet' : agents.join(', ');
      return `${who}: ${touchedFolder(workspace)} (${availability.name})`;
    }),
  ];
  const question = `Raise the mode from ${live.mode} to ${mode}?`;
  return look({ type: 'overlay', overlay: { type: 'confirm', question, does, confirmed: { type: 'mode', mode } } });
}
