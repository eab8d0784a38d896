import { Box } from 'ink';
import type { ReactNode } from 'react';
import { footerHints } from './keys/hints/footer.ts';
import type { Context } from './keys/types.ts';
import { PLACE_TITLES } from './keys/own/listing.ts';
import { Lines } from './components/Lines.tsx';
import { Alarm } from './panes/Alarm.tsx';
import { Caption } from './panes/Caption.tsx';
import { Footer } from './panes/Footer.tsx';
import { Header } from './panes/Header.tsx';
import { Status } from './panes/Status.tsx';
import { placeLines } from './panes/place-lines.ts';
import { Tabs } from './panes/Tabs.tsx';
import { TooSmall } from './panes/TooSmall.tsx';
import type { Theme } from './theme.ts';
import { nowOf, waitingBehind } from './view/frozen.ts';
import type { Band, Size } from './view/layout.ts';
import { TITLES } from './view/list/lists.ts';
import { narrowedRows, unseenFilters } from './view/list/narrowed.ts';

type PanesProps = { readonly context: Context; readonly size: Size; readonly theme: Theme };

/** Header, panes, status line and footer; in a small terminal one line. */
export function Panes({ context, size, theme }: PanesProps): ReactNode {
  const { layout, live, view, shown } = context;
  const now = nowOf(view);
  const line = { view: shown.view, now, theme, width: size.columns };
  // What is about to act is told of the present, whatever moment the panes show.
  const present = { ...line, view: live, now: view.now };
  const { leaving, toast, caption, log, focus, overlay } = view;
  if (layout.type === 'line') {
    const open = overlay.type === 'none' ? null : PLACE_TITLES[overlay.type];
    return <TooSmall {...present} leaving={leaving} toast={toast} open={open} />;
  }
  return (
    <>
      <Header
        {...line}
        frozen={view.frozen && waitingBehind(view.frozen, live)}
        filters={unseenFilters(context).map((list) => `/${view.filters[list]} in ${TITLES[list]}`)}
      />
      {layout.tabs && <Tabs {...line} focus={focus} left={narrowedRows(context)} />}
      {layout.tabs && <Alarm {...present} />}
      {layout.bands.map((band) => (
        <BandView key={band.columns[0]?.places[0]?.pane} band={band} context={context} theme={theme} />
      ))}
      {caption !== null && <Caption {...line} caption={caption} />}
      <Status {...present} leaving={leaving} toast={toast} log={log.at(-1) ?? null} alarmed={layout.tabs} />
      <Footer width={size.columns} theme={theme} {...footerHints(context, theme)} />
    </>
  );
}

type BandProps = { readonly band: Band; readonly context: Context; readonly theme: Theme };

function BandView({ band, context, theme }: BandProps): ReactNode {
  return (
    <Box height={band.height} flexShrink={0}>
      {band.columns.map(({ width, places }) => (
        <Box key={places[0]?.pane} width={width} flexDirection="column" flexShrink={0}>
          {places.map(({ pane, height }) => (
            <Lines key={pane} lines={placeLines(context, pane, { width, height, theme })} width={width} theme={theme} />
          ))}
        </Box>
      ))}
    </Box>
  );
}
