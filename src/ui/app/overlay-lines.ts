import { FRAME_COLUMNS } from '../render/frame.ts';
import { type Line, say } from '../render/line.ts';
import type { Context } from './bindings.ts';
import type { Theme } from '../render/theme.ts';
import { logOf } from './frozen.ts';
import type { Size } from './layout.ts';
import { checkpointsSheet, noWorkspaceSheet } from '../views/checkpoints/render.ts';
import { said } from '../widgets/list-notes.ts';
import { planSheet } from '../views/plan/render.ts';
import { type Sheet, boxed } from '../widgets/dialog.ts';
import { detailSheet } from '../views/call/render.ts';
import { diffSheet } from '../views/diff/render.ts';
import { helpSheet } from './help.ts';
import { holdsSheet } from '../views/holds/render.ts';
import { logSheet } from '../views/log/render.ts';
import { paletteSheet } from './palette/render.ts';
import { policySheet } from '../views/policy/render.ts';
import { sourcesSheet } from '../views/sources/render.ts';
import { silenceSheet, silencesSheet } from '../views/silences/render.ts';

/** What lies over the panes, drawn; null where nothing does, and where there is only room for one line. */
export function sheetOf(context: Context, size: Size, theme: Theme): Sheet | null {
  if (context.layout.type === 'line') return null;
  const { overlay, checkpoints, now } = context.view;
  switch (overlay.type) {
    case 'none':
      return null;
    case 'help':
      return helpSheet(context, size, theme, overlay.page);
    case 'log':
      return logSheet(logOf(context.view), size, theme, overlay.page);
    case 'palette':
      return paletteSheet(overlay, context, size, theme);
    case 'confirm': {
      const question: Line = [say(overlay.question, 'strong')];
      const inner = size.columns - FRAME_COLUMNS;
      const lines = [question, [], ...overlay.does.flatMap((text) => said(text, inner, theme, 'plain'))];
      return boxed({ title: 'Sure?', foot: 'y does it, n leaves it as it is', lines, size, theme });
    }
    case 'detail':
      return context.view.detail && detailSheet(context.view.detail, size, theme);
    case 'policy':
      return policySheet(context, size, theme);
    case 'sources':
      return sourcesSheet(context, size, theme);
    case 'silence':
      return silenceSheet(overlay.form, size, theme);
    case 'silences':
      return silencesSheet(context, size, theme);
    case 'checkpoints':
      return checkpoints === null
        ? noWorkspaceSheet(size, theme)
        : checkpointsSheet(checkpoints, { ...context, size, theme });
    case 'holds':
      return holdsSheet(overlay.choice, context.live, now, size, theme);
    case 'plan':
      return planSheet(overlay.form, now, size, theme);
    case 'diff':
      return diffSheet(overlay.sheet, size, theme);
  }
}
