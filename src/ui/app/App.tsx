import { Box, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { type ReactNode, useEffect } from 'react';
import { useStore } from 'zustand';
import { Lines } from '../render/Lines.tsx';
import { openView, sheetOf } from './views.ts';
import type { Session } from './session.ts';
import { contextOf } from './context.ts';
import { type Theme, themeOf } from '../render/theme.ts';
import { footerHints, footerLine } from './footer.ts';
import type { Context } from './bindings.ts';
import type { Line } from '../render/line.ts';
import { alertLine } from './alerts.ts';
import { captionLines, eventLine, tooSmallLine } from './status.ts';
import { headerLine } from './header.ts';
import { narrowedRows, paneRectLines, shownView, tabsLine, unseenFilters } from './panes.ts';
import { isOverview } from './situation.ts';
import { automationLines } from '../views/workspaces/render.ts';
import { nowOf, waitingBehind } from './frozen.ts';
import type { Band } from './layout.ts';
import type { Size } from '../render/frame.ts';
import { filterText } from './list.ts';
import type { ListName, ViewState } from './state.ts';
import { foundFor } from '../views/conversations/found.ts';
import { percent } from '../render/values.ts';

export type AppProps = { readonly session: Session; readonly ascii: boolean; readonly colour: boolean };

/** The whole screen: what lies over the panes, over the panes. */
export function App({ session, ascii, colour }: AppProps): ReactNode {
  const live = useStore(session.engine);
  const view = useStore(session.store);
  const theme = themeOf({ ascii, colour, variant: view.variant, isSteady: view.isSteady });
  const size = useWindowSize();
  const { suspendTerminal } = useApp();
  useEffect(() => session.onSuspend(suspendTerminal), [session, suspendTerminal]);
  useInput(session.typed);
  usePaste(session.pasted);
  const context = contextOf({ live, view }, session.calls, size, { queries: session.queries });
  useEffect(() => session.drawn(live), [session, live]);
  const sheet = sheetOf(context, size, theme);
  return (
    <Box width={size.columns} height={size.rows} flexDirection="column" overflow="hidden">
      <Panes context={context} size={size} theme={theme} />
      {sheet && (
        <Box position="absolute" left={sheet.left} top={sheet.top}>
          <Lines lines={sheet.lines} width={sheet.width} theme={theme} />
        </Box>
      )}
    </Box>
  );
}

type PanesProps = { readonly context: Context; readonly size: Size; readonly theme: Theme };

/** Header, panes, status line and footer; in a small terminal one line. */
export function Panes({ context, size, theme }: PanesProps): ReactNode {
  const { layout, live, view, shown, panes } = context;
  const now = nowOf(view);
  const line = { view: shown.view, now, theme, width: size.columns };
  // What is about to act is reported the present, whatever moment the panes show.
  const present = { ...line, view: live, now: view.now };
  const { leaving, toast, caption, log, overlay } = view;
  const bar = (...lines: readonly Line[]): ReactNode => <Lines lines={lines} width={size.columns} theme={theme} />;
  if (layout.type === 'line') {
    const open = openView(view)?.title ?? null;
    return bar(tooSmallLine({ ...present, leaving, toast, open, log: log.at(-1) ?? null }));
  }
  const frozen = view.frozen && waitingBehind(view.frozen, live);
  const filters = unseenFilters(context).map(
    (name) => `/${filterText(view, name)}${searched(view, name)} in ${context.listNamed(name)?.title ?? name}`,
  );
  const withOthers = isOverview(view);
  const automation =
    layout.automation === 0 ? [] : automationLines(live, view.now, { width: size.columns, theme, withOthers });
  const tabs = { ...line, panes, shown: shownView(view), left: narrowedRows(context) };
  return (
    <>
      {bar(headerLine({ ...present, frozen, filters }), alertLine({ ...present, calmSince: view.calmSince }))}
      {automation.length > 0 && bar(...automation.slice(0, layout.automation))}
      {layout.tabs && bar(tabsLine(tabs))}
      {layout.bands.map((band) => (
        <BandView key={band.columns[0]?.panes[0]?.pane} band={band} context={context} theme={theme} />
      ))}
      {caption !== null && bar(...captionLines({ ...line, caption }))}
      {bar(
        eventLine({
          ...present,
          leaving,
          toast,
          asked: overlay.type === 'confirm' ? overlay.effects : [],
          log: log.at(-1) ?? null,
        }),
      )}
      {bar(footerLine({ width: size.columns, theme, ...footerHints(context, theme) }))}
    </>
  );
}

type BandProps = { readonly band: Band; readonly context: Context; readonly theme: Theme };

function BandView({ band, context, theme }: BandProps): ReactNode {
  return (
    <Box height={band.height} flexShrink={0}>
      {band.columns.map(({ width, panes }) => (
        <Box key={panes[0]?.pane} width={width} flexDirection="column" flexShrink={0}>
          {panes.map(({ pane, height }) => (
            <Lines
              key={pane}
              lines={paneRectLines(context, pane, { width, height, theme })}
              width={width}
              theme={theme}
            />
          ))}
        </Box>
      ))}
    </Box>
  );
}

// How far the search in all texts is, where that is the filter.
function searched(view: ViewState, name: ListName): string {
  const found = name === 'conversations' ? foundFor(view, name) : null;
  return found === null || found.end !== null ? '' : ` ${percent(found.share, '')}`;
}
