import { hostAndName } from '../../../core/fleet-names.ts';
import type { EngineView, FleetHost } from '../../../engine/types.ts';
import type { Context } from '../../app/bindings.ts';
import { hostOfWorkspace } from '../workspaces/names.ts';

/** Returns the host of a fleet that the selection of the focused pane is or belongs to; null without one. */
export function hostAt(context: Context): FleetHost | null {
  const { live, pane, selected, target } = context;
  const conversation = selected.conversation?.conversationId;
  const name =
    pane.name === 'hosts'
      ? pane.copied(context)?.text
      : target.workspace !== null
        ? hostOfWorkspace(target.workspace.path)
        : hostAndName('id', target.conversationId ?? conversation ?? '')?.host;
  return live.fleet?.hosts.find((host) => host.name === name) ?? null;
}

/** Returns what a fleet knows of one of its hosts, as far as its mode concerns it; the view itself without a host. */
export function viewOfHost(live: EngineView, name: string | undefined): EngineView {
  const host = live.fleet?.hosts.find((one) => one.name === name);
  if (host === undefined) return live;
  const { mode, graceMs, readOnly } = host;
  const agents = live.model.agents.filter((agent) => hostAndName('agent', agent.name)?.host === name);
  return {
    ...live,
    mode,
    graceMs,
    readOnly,
    model: { ...live.model, agents },
    workspaces: live.workspaces.filter(({ path }) => hostOfWorkspace(path) === name),
  };
}
