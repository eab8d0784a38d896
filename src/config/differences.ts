import type { Config } from '../core/config-type.ts';

/** What of a configuration is new, by the names of its file: what holds at once, and what only after a restart. */
export type Differences = { readonly live: readonly string[]; readonly restart: readonly string[] };

type Row = readonly [name: string, value: (config: Config) => unknown];

const seconds = (ms: number | null): string => (ms === null ? 'by mode' : `${ms / 1_000} s`);
const RULES: readonly Row[] = [
  ['debounce', ({ debounceMs }) => seconds(debounceMs)],
  ['timeout', ({ timeoutMs }) => seconds(timeoutMs)],
  ['grace', ({ graceMs }) => seconds(graceMs)],
  ['trailing', ({ trailing }) => trailing],
  ['policy', ({ policy }) => policy],
  ['guard', ({ guard }) => guard],
];
const SCREEN: readonly Row[] = [
  ['ui.theme', ({ screen }) => screen.theme],
  ['ui.bell', ({ screen }) => screen.bell],
  ['ui.notify', ({ screen }) => screen.notify],
  ['ui.keys', ({ screen }) => screen.keys],
];
const FIXED: readonly Row[] = [
  ['sources', ({ sources }) => sources],
  ['workspaces', ({ workspaces }) => workspaces],
  ['checkpointer', ({ checkpointer }) => checkpointer],
  ['command', ({ command }) => command],
  ['mode', ({ mode }) => mode],
  ['read_only', ({ readOnly }) => readOnly],
  ['advisory', ({ advisory }) => advisory],
  ['git', ({ git }) => git],
  ['token_file, ca_file or interval', ({ http }) => http],
  ['state_dir', ({ stateDir }) => stateDir],
  ['host', ({ host }) => host],
  ['log_file', ({ talk }) => talk],
];
const FIXED_SCREEN: readonly Row[] = [
  ['ui.mouse', ({ screen }) => screen.mouse],
  ['ui.title', ({ screen }) => screen.title],
  ['ui.ascii', ({ screen }) => screen.ascii],
  ['ui.screen_reader', ({ screen }) => screen.screenReader],
];

/** `hasScreen` is false where nobody looks at one, and nothing of it matters. */
export function differences(before: Config, after: Config, hasScreen: boolean): Differences {
  const changed = (rows: readonly Row[]): readonly string[] =>
    rows.flatMap(([name, value]) => difference(name, value(before), value(after)));
  return {
    live: changed(hasScreen ? [...RULES, ...SCREEN] : RULES),
    restart: changed(hasScreen ? [...FIXED, ...FIXED_SCREEN] : FIXED),
  };
}

function difference(name: string, before: unknown, after: unknown): readonly string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const isWord = (value: unknown): boolean => typeof value !== 'object' || value === null;
  return [isWord(before) && isWord(after) ? `${name} ${String(after)} (was ${String(before)})` : name];
}
