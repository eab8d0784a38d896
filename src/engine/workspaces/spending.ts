import type { WorkspaceMap } from '../../core/folder.ts';
import { type Plans, isOnPlan } from '../../core/model/meters/money.ts';
import { sumRows } from '../../core/model/meters/rows-spent.ts';
import type { ConversationView, ModelView, RowSpent } from '../../core/model/types.ts';
import { workspaceFor } from '../../core/reactor/signals.ts';
import type { WorkspaceSpent } from '../types.ts';

/** The key of what was spent in no workspace. */
export const ELSEWHERE = '';

type Sums = ReadonlyMap<string, WorkspaceSpent>;
type Known = { readonly map: WorkspaceMap; readonly plans: Plans; readonly sums: Sums };

const made = new WeakMap<readonly ConversationView[], Known>();

/**
 * Returns what was spent in each workspace. An agent that works in one alone, by the configuration, counts with all its
 * calls; of others each conversation counts where its folder is, or `ELSEWHERE`. The same sums while neither calls nor folders change.
 */
export function spentByWorkspace(model: ModelView, map: WorkspaceMap, plans: Plans): Sums {
  const before = made.get(model.conversations);
  if (before !== undefined && before.map === map && before.plans === plans) return before.sums;
  const sums = new Map([...placed(model, map, plans)].map(([workspace, rows]) => [workspace, spentOf(rows)]));
  made.set(model.conversations, { map, plans, sums });
  return sums;
}

type Placed = { readonly row: RowSpent; readonly isPlan: boolean; readonly isPart: boolean };

function placed({ agents, conversations, fleet }: ModelView, map: WorkspaceMap, plans: Plans): Map<string, Placed[]> {
  const rows = new Map<string, Placed[]>();
  const add = (workspace: string | null, one: Placed): void => {
    if (one.row.totals.cost === undefined) return;
    const known = rows.get(workspace ?? ELSEWHERE);
    if (known === undefined) rows.set(workspace ?? ELSEWHERE, [one]);
    else known.push(one);
  };
  const whole = new Map<string, { readonly workspace: string | null; billed: number; onPlan: number }>();
  for (const { name } of agents) {
    const workspace = wholly(map, name);
    if (workspace !== undefined) whole.set(name, { workspace, billed: 0, onPlan: 0 });
  }
  // Conversations that were let go are in no sum any more.
  const isPart = fleet.evicted.conversations > 0;
  // Once over all of them: there may be thousands, and a view is made many times a second.
  for (const row of conversations) {
    if (row.totals.cost === undefined) continue;
    const { agent, conversationId, sessionId } = row;
    const isPlan = isOnPlan(row, plans);
    const known = whole.get(agent);
    if (known === undefined) {
      add(workspaceFor(map, { agent, processName: null, conversationId, sessionId }), { row, isPlan, isPart });
      continue;
    }
    known.billed += 1;
    if (isPlan) known.onPlan += 1;
  }
  for (const agent of agents) {
    const known = whole.get(agent.name);
    if (known === undefined) continue;
    const { workspace, billed, onPlan } = known;
    add(workspace, { row: agent, isPlan: billed > 0 && onPlan === billed, isPart: false });
  }
  return rows;
}

// The workspace of all calls of an agent, or that they have none; undefined where it depends on the conversation.
function wholly(map: WorkspaceMap, agent: string): string | null | undefined {
  const depends = map.isFallbackGiven !== true && !Object.hasOwn(map.agents, agent) && (map.sessions?.size ?? 0) > 0;
  return depends ? undefined : workspaceFor(map, { agent, processName: null });
}

function spentOf(rows: readonly Placed[]): WorkspaceSpent {
  // What has no price has no basis.
  const priced = rows.filter(({ row }) => (row.totals.cost?.priced ?? 0) > 0);
  return {
    ...sumRows(rows.map(({ row }) => row)),
    isPlan: priced.length > 0 && priced.every(({ isPlan }) => isPlan),
    isPart: rows.some(({ isPart }) => isPart),
  };
}
