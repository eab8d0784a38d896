import type { SilenceScope } from './form.ts';
import type { Context } from '../../app/bindings.ts';
import { shortName } from '../workspaces/names.ts';

/** Characters of what was asked that name a conversation. */
const MAX_ASKED = 40;

/**
 * Returns the scopes that the selection offers, from narrow to wide, so that a wide one takes a deliberate step; of a
 * workspace that workspace first. They are named as the lists name things.
 */
export function silenceScopes({ target, selected, live, shown }: Context): readonly SilenceScope[] {
  const { conversationId, agent, signal, workspace } = target;
  const conversation = shown.view.model.conversations.find((one) => one.conversationId === conversationId);
  // Only a type of what is selected: a workspace has none, and no type is offered for every agent there.
  const type = signal ?? (conversationId === null ? null : (selected.conversation?.flags[0] ?? null));
  const asked = conversation?.userQuery?.slice(0, MAX_ASKED) ?? conversationId;
  const scopes: (SilenceScope | null)[] = [
    conversationId === null
      ? null
      : { label: `conversation of ${agent ?? 'no agent'}: ${asked}`, matcher: { conversation: conversationId } },
    agent === null || type === null ? null : { label: `${type} of ${agent}`, matcher: { agent, signal: type } },
    agent === null ? null : { label: `every signal of ${agent}`, matcher: { agent } },
    workspace === null
      ? null
      : { label: `workspace ${shortName(workspace.path, live)}`, matcher: { workspace: workspace.path } },
    type === null ? null : { label: `${type} of every agent`, matcher: { signal: type } },
    { label: 'everything', matcher: {} },
  ];
  return scopes.filter((scope) => scope !== null);
}
