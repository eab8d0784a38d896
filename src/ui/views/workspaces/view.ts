import { WORKSPACE_STATES } from '../../../core/reactor/view.ts';
import type { WorkspaceView } from '../../../engine/types.ts';
import { byText, listOf } from '../../app/list.ts';
import { paneOf, workspaceNamed } from '../../app/view.ts';
import { workspaceLines } from './render.ts';
import { lineOf, workspacesInOrder } from './rows.ts';

/** The workspaces, what acts next first. */
export const WORKSPACES = listOf<WorkspaceView>({
  name: 'workspaces',
  title: 'automation',
  rows: ({ view }) => workspacesInOrder(view),
  idOf: ({ path }) => path,
  orders: [
    { name: 'what acts next', compare: null },
    { name: 'waiting', compare: (a, b) => b.waiting.length - a.waiting.length },
    { name: 'last checkpoint', compare: (a, b) => (b.lastSnapshot?.at ?? 0) - (a.lastSnapshot?.at ?? 0) },
    { name: 'path', compare: (a, b) => byText(a.path, b.path) },
  ],
  searchFields: ({ path: workspace, agents, status }) => ({
    text: [workspace, ...agents, status.state].join(' '),
    fields: { id: workspace, agent: agents.join(', '), state: status.state },
  }),
  values: { state: WORKSPACE_STATES },
});

export const workspacesPane = paneOf(WORKSPACES, {
  hotkey: '6',
  keyId: 'automation',
  tab: 'Automation',
  panel: 'opened',
  isLive: true,
  badge: ({ workspaces }) => ({
    count: null,
    isMarked: workspaces.some(({ run, hold }) => run !== null || hold !== null),
  }),
  render: workspaceLines,
  describe: (row, { shown, view: { now } }) => `${row.path}: ${lineOf(shown.view, row, now).text}`,
  copied: ({ path: workspace, lastSnapshot }) =>
    lastSnapshot ? { what: 'snapshot id', text: lastSnapshot.id } : { what: 'workspace', text: workspace },
  target: (row, { live }) => ({
    workspace: workspaceNamed(live, row?.path ?? null),
    agent: null,
    conversationId: null,
    signal: null,
  }),
});
