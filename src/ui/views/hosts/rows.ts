import { hostAndName } from '../../../core/fleet-names.ts';
import type { EngineView, FleetHost, WorkspaceView } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import { type Condition, byLadder, isTrouble } from '../../ladder/conditions.ts';
import { type Trouble, troubles } from '../../ladder/ladder.ts';
import { perView } from '../../widgets/memo.ts';

/** A row of the list of hosts. */
export type HostRow = {
  readonly host: FleetHost;
  /** Its worst row of the ladder, with whose it is; null where nothing is wrong. */
  readonly worst: { readonly condition: Condition; readonly agent: string | null } | null;
  /** The number of other problems there. */
  readonly more: number;
  readonly workspaces: readonly WorkspaceView[];
};

/** Returns the host that something wrong is on; null where its names tell none. */
export function hostOfTrouble({ agent, conversationId, workspace, host }: Trouble): string | null {
  if (host !== undefined) return host;
  const named =
    (conversationId === null ? null : hostAndName('id', conversationId)) ??
    (workspace === null ? null : hostAndName('workspace', workspace)) ??
    (agent === null ? null : hostAndName('agent', agent));
  return named?.host ?? null;
}

/** Returns the hosts by the ladder of their worst rows; those with nothing wrong keep the order of their names. */
export function hostRows(view: EngineView, now: Ms): readonly HostRow[] {
  const hosts = view.fleet?.hosts ?? [];
  if (hosts.length === 0) return [];
  const byHost = Map.groupBy(troubles(view, now), hostOfTrouble);
  const workspaces = workspacesByHost(view);
  const rows = hosts.map((host): HostRow => {
    const found = (byHost.get(host.name) ?? []).filter(({ condition }) => condition.kind !== 'unknown');
    const [first] = found;
    const worst = isUnknown(host, first)
      ? { condition: { kind: 'unknown', agents: host.agents, at: host.heardAt } as const, agent: null }
      : first === undefined
        ? null
        : {
            condition: first.condition,
            agent: first.agent && (hostAndName('agent', first.agent)?.name ?? first.agent),
          };
    const counted = host.isUnseen ? 0 : Math.max(found.length, host.trouble) - (worst === null ? 0 : 1);
    return { host, worst, more: Math.max(0, counted), workspaces: workspaces.get(host.name) ?? [] };
  });
  return rows.toSorted((a, b) => {
    if (a.worst !== null && b.worst !== null) return byLadder(a.worst.condition, b.worst.condition);
    if (a.worst !== null || b.worst !== null) return a.worst === null ? 1 : -1;
    if (a.more > 0 !== b.more > 0) return b.more - a.more;
    return a.host.name < b.host.name ? -1 : 1;
  });
}

// What a host whose sources are lost has is not known, but for what it knew before.
function isUnknown({ isUnseen, isDark, started, trouble }: FleetHost, first: Trouble | undefined): boolean {
  return isUnseen || (isDark && started && trouble > 0 && first === undefined);
}

/** Returns all that is wrong on some hosts: each row of a ladder counts. */
export function troublesOn(rows: readonly HostRow[]): number {
  return rows.reduce((sum, { worst, more }) => sum + more + (worst === null ? 0 : 1), 0);
}

const workspacesByHost = perView(({ workspaces }: EngineView) =>
  Map.groupBy(workspaces, ({ path }) => hostAndName('workspace', path)?.host ?? ''),
);

/** True for a host that asks for a person. */
export function isHostInTrouble({ worst, more }: HostRow): boolean {
  return worst === null ? more > 0 : isTrouble(worst.condition);
}
