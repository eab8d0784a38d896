/** An action that was decided in the view of a fleet, as the host takes it that it concerns. */
import type { AckScope } from '../../core/acks.ts';
import type { Action, ActionOf } from '../../core/actions.ts';
import { hostAndName, type NameKind } from '../../core/fleet-names.ts';
import type { Matcher } from '../../core/signals.ts';

/** The host that an action concerns, and the action with the names that this host gives. */
export type Routed = { readonly host: string; readonly action: Action };

/** Returns where an action goes; null where it names no host: a mode, a rule, a silence for everything. */
export function routed(action: Action): Routed | null {
  switch (action.type) {
    case 'checkpoint': {
      const { agent, conversationId } = action;
      return of('workspace', action.workspace, (workspace) => ({
        ...action,
        workspace,
        agent: plain('agent', agent),
        conversationId: plain('id', conversationId),
      }));
    }
    case 'veto':
    case 'fire':
    case 'take_over':
    case 'rollback':
    case 'restore':
    case 'remove':
    case 'init':
    case 'repin':
      return of('workspace', action.workspace, (workspace) => ({ ...action, workspace }));
    case 'unsilence':
    case 'extend_silence':
      return of('id', action.id, (id) => ({ ...action, id }));
    case 'resolve':
      return of('id', action.interruptionId, (interruptionId) => ({ ...action, interruptionId }));
    case 'silence': {
      const matcher = routedMatcher(action.matcher);
      const id = action.id === undefined ? null : hostAndName('id', action.id);
      if (matcher === null) return null;
      return {
        host: matcher.host,
        action: { ...action, matcher: matcher.matcher, ...(id !== null && { id: id.name }) },
      };
    }
    case 'ack':
    case 'unack': {
      const routing = routedScope(action.scope);
      return routing && { host: routing.host, action: { ...action, scope: routing.scope } };
    }
    case 'pause':
    case 'resume':
      return routedPause(action);
    case 'mode':
    case 'budget':
    case 'policy':
    case 'confirm_folder':
    case 'older':
      return null;
  }
}

function of(kind: NameKind, name: string, make: (name: string) => Action): Routed | null {
  const found = hostAndName(kind, name);
  return found === null ? null : { host: found.host, action: make(found.name) };
}

// A pid alone names no host.
function routedPause(action: ActionOf<'pause' | 'resume'>): Routed | null {
  const { agent, conversationId } = action;
  if (typeof conversationId === 'string') return of('id', conversationId, (id) => ({ ...action, conversationId: id }));
  return typeof agent === 'string' ? of('agent', agent, (name) => ({ ...action, agent: name })) : null;
}

function plain(kind: NameKind, name: string | null | undefined): string | null {
  return name === null || name === undefined ? null : (hostAndName(kind, name)?.name ?? name);
}

function routedScope(scope: AckScope): { readonly host: string; readonly scope: AckScope } | null {
  const { ids, before } = scope;
  const found = ids?.map((name) => hostAndName('id', name));
  const matched = routedMatcher(scope);
  const host = found?.[0]?.host ?? matched?.host;
  if (host === undefined || found?.some((one) => one?.host !== host) === true) return null;
  const named = found?.flatMap((one) => one?.name ?? []);
  return {
    host,
    scope: { ...matched?.matcher, ...(named && { ids: named }), ...(before !== undefined && { before }) },
  };
}

function routedMatcher({ conversation, agent, workspace, signal }: Matcher) {
  const named = [
    ['conversation', conversation, 'id'],
    ['agent', agent, 'agent'],
    ['workspace', workspace, 'workspace'],
  ] as const;
  const parts = named.flatMap(([key, name, kind]) => {
    const found = name === undefined ? null : hostAndName(kind, name);
    return found === null ? [] : [{ key, ...found }];
  });
  const [first] = parts;
  if (first === undefined || parts.some(({ host }) => host !== first.host)) return null;
  const matcher: Matcher = {
    ...Object.fromEntries(parts.map(({ key, name }) => [key, name])),
    ...(signal !== undefined && { signal }),
  };
  return { host: first.host, matcher };
}
