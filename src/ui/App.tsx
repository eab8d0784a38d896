import { Box, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { type ReactNode, useEffect } from 'react';
import { useStore } from 'zustand';
import { Lines } from './components/Lines.tsx';
import { sheetOf } from './overlays/sheet.ts';
import { Panes } from './Panes.tsx';
import { contextOf, type Session } from './session.ts';
import { themeOf } from './theme.ts';

export type AppProps = { readonly session: Session; readonly ascii: boolean; readonly colour: boolean };

/** The whole screen: what lies over the panes, over the panes. */
export function App({ session, ascii, colour }: AppProps): ReactNode {
  const live = useStore(session.engine);
  const view = useStore(session.store);
  const theme = themeOf({ ascii, colour, variant: view.variant });
  const size = useWindowSize();
  const { suspendTerminal } = useApp();
  useEffect(() => session.onSuspend(suspendTerminal), [session, suspendTerminal]);
  useInput(session.typed);
  usePaste(session.pasted);
  const context = contextOf({ live, view }, session.calls, size, { ask: session.ask });
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
