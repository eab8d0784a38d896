import type { SilenceScope } from './form.ts';
import type { Context } from '../../app/bindings.ts';

/** Returns the scopes that the selection offers, from the narrowest to everything. */
export function silenceScopes({ target, selected }: Context): readonly SilenceScope[] {
  const { conversationId, agent, signal, workspace } = target;
  const type = signal ?? selected.conversation?.flags[0] ?? null;
  const scopes: (SilenceScope | null)[] = [
    conversationId === null
      ? null
      : { label: `conversation ${conversationId}`, matcher: { conversation: conversationId } },
    agent === null ? null : { label: `agent ${agent}`, matcher: { agent } },
    agent === null || type === null ? null : { label: `${type} of ${agent}`, matcher: { agent, signal: type } },
    type === null ? null : { label: `signals ${type}`, matcher: { signal: type } },
    workspace === null ? null : { label: `workspace ${workspace.path}`, matcher: { workspace: workspace.path } },
    { label: 'everything', matcher: {} },
  ];
  return scopes.filter((scope) => scope !== null);
}
