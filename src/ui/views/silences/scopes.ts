import type { ConversationView } from '../../../core/model/types.ts';
import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import type { SeenHold, SilenceScope } from './form.ts';
import type { Context } from '../../app/bindings.ts';
import { shortName } from '../workspaces/names.ts';

/** Returns the holds that stand at a moment, for a form that is open while they run out. */
export function seenHoldsOf({ workspaces }: Pick<EngineView, 'workspaces'>): readonly SeenHold[] {
  return workspaces.flatMap(({ path: workspace, hold }) => (hold === null ? [] : [{ ...hold, workspace }]));
}

/** Characters of what was asked that name a conversation. */
const MAX_ASKED = 40;

// The signal that its row shows, else what its source reports of it.
function worstType(conversation: ConversationView, view: EngineView, now: Ms): string | null {
  const condition = ladderOf(view, now).conditionOf(conversation);
  return condition.kind === 'signal' ? condition.type : (conversation.flags[0] ?? null);
}

/**
 * Returns the scopes that the selection offers, from narrow to wide, so that a wide one takes a deliberate step; of a
 * workspace that workspace first. They are named as the lists name things.
 */
export function silenceScopes({ target, live, shown, view, pane }: Context): readonly SilenceScope[] {
  const { conversationId, agent, signal, workspace } = target;
  const conversation = shown.view.model.conversations.find((one) => one.conversationId === conversationId);
  // Only a type of what is selected: a workspace has none, and no type is offered for every agent there.
  const type = signal ?? (conversation === undefined ? null : worstType(conversation, shown.view, view.now));
  const asked = conversation?.userQuery?.slice(0, MAX_ASKED) ?? conversationId;
  // An empty list has a workspace, too; nothing in it was chosen.
  const isSelected = pane.name === 'workspaces' || conversationId !== null || agent !== null;
  const scopes: (SilenceScope | null)[] = [
    conversationId === null
      ? null
      : { label: `conversation of ${agent ?? 'no agent'}: ${asked}`, matcher: { conversation: conversationId } },
    agent === null || type === null ? null : { label: `${type} of ${agent}`, matcher: { agent, signal: type } },
    agent === null ? null : { label: `every signal of ${agent}`, matcher: { agent } },
    workspace === null
      ? null
      : {
          label: `workspace ${shortName(workspace.path, live)}`,
          matcher: { workspace: workspace.path },
          ...(isSelected ? {} : { isWide: true }),
        },
    type === null ? null : { label: `${type} of every agent`, matcher: { signal: type }, isWide: true },
    { label: 'everything', matcher: {}, isWide: true },
  ];
  return scopes.filter((scope) => scope !== null);
}
