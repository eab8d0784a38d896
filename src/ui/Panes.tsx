import { Box } from 'ink';
import type { ReactNode } from 'react';
import { footerHints } from './keys/footer.ts';
import type { Context } from './keys/types.ts';
import { PaneView } from './PaneView.tsx';
import { Row } from './components/Row.tsx';
import type { Theme } from './theme.ts';
import type { Size } from './view/layout.ts';

type PanesProps = { readonly context: Context; readonly size: Size; readonly theme: Theme };

/** Header, panes, status line and footer; in a small terminal one line. */
export function Panes({ context, size, theme }: PanesProps): ReactNode {
  const { layout, view, shown } = context;
  const look = { view: shown.view, now: view.now, theme, width: size.columns };
  if (layout.type === 'line')
    return <Row line={[{ text: `sightline ${look.view.mode}`, tone: 'plain' }]} theme={theme} />;
  const { hints, keep } = footerHints(context, false);
  return (
    <>
      <Row
        line={[{ text: `sightline ${look.view.mode} calls ${look.view.model.fleet.totals.calls}`, tone: 'plain' }]}
        theme={theme}
      />
      {layout.bands.map(({ height, columns }, band) => (
        // oxlint-disable-next-line react/no-array-index-key -- a band has no identity but its place
        <Box key={band} height={height} flexShrink={0}>
          {columns.map(({ width, places }) => (
            <Box key={places[0]?.pane} width={width} flexDirection="column" flexShrink={0}>
              {places.map(({ pane, height: rows }) => (
                <PaneView key={pane} context={context} pane={pane} width={width} height={rows} theme={theme} />
              ))}
            </Box>
          ))}
        </Box>
      ))}
      <Row
        line={[{ text: view.leaving ?? view.toast?.text ?? view.log.at(-1)?.text ?? '', tone: 'dim' }]}
        theme={theme}
      />
      <Row
        line={[{ text: [...hints, ...keep].map(({ key, label }) => `${key} ${label}`).join('  '), tone: 'dim' }]}
        theme={theme}
      />
    </>
  );
}
