import { Box, render, Text, useInput } from 'ink';
import { type ReactNode, useSyncExternalStore } from 'react';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { PlayedTerminal } from './streams.ts';

/** The least that Ink can do: rows of text, one `<Text>` each, and a key that changes one of them. */
export type Bare = { readonly show: (rows: readonly string[]) => void; readonly close: () => void };

export function openBare({ input, output }: PlayedTerminal, rows: readonly string[]): Bare {
  const store = createStore<readonly string[]>()(() => rows);
  const app = render(<Rows store={store} height={output.rows} />, {
    stdin: input,
    stdout: output,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: 120,
    patchConsole: false,
    exitOnCtrlC: false,
    interactive: true,
  });
  return { show: (next) => store.setState(next, true), close: () => app.unmount() };
}

function Rows({ store, height }: { readonly store: StoreApi<readonly string[]>; readonly height: number }): ReactNode {
  const rows = useSyncExternalStore(store.subscribe, store.getState);
  useInput((key) => {
    store.setState((shown) => [...shown.slice(0, -1), (shown.at(-1) ?? '').replace(/^.{4}/, `key${key}`)], true);
  });
  return (
    <Box flexDirection="column" height={height}>
      {rows.map((row, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a row is its place
        <Text key={at} wrap="truncate">
          {row}
        </Text>
      ))}
    </Box>
  );
}
