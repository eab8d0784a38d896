import { VIEWS } from '../views.ts';
import { alertsOf } from '../alerts.ts';
import { themeOf } from '../../render/theme.ts';
import { lineOf } from '../../views/workspaces/rows.ts';
import { counted } from '../../render/values.ts';
import { keyContextOf } from '../keymap.ts';
import type { Context } from '../bindings.ts';
import { waitingBehind, waitingText } from '../frozen.ts';

/** Where we are, as text: what has the focus and what is selected, or what an overlay asks. */
export function describe(context: Context): readonly string[] {
  const { frozen } = context.view;
  if (frozen === null) return VIEWS[keyContextOf(context.view)].describe(context);
  return [
    `frozen, ${waitingText(waitingBehind(frozen, context.live))} since; space lets it go on`,
    ...VIEWS[keyContextOf(context.view)].describe(context),
  ];
}

/** Signs are not spoken. */
const SPOKEN = themeOf({ ascii: true, colour: false });

/** How things stand: mode, what is wrong or about to act, each workspace. */
export function standing({ live, view }: Context): readonly string[] {
  const alerts = alertsOf(live, view.now, SPOKEN).map(({ text }) => text);
  const { fleet } = live.model;
  const known = [
    counted(fleet.conversations, 'conversation'),
    counted(fleet.agents, 'agent'),
    counted(fleet.totals.calls, 'call'),
  ].join(', ');
  return [
    `mode ${live.mode}; ${known}`,
    ...(alerts.length === 0 ? ['nothing is wrong'] : alerts),
    ...live.workspaces.map((workspace) => `workspace ${workspace.path}: ${lineOf(live, workspace, view.now).text}`),
  ];
}
