import { expect, test } from 'vitest';
import { type Wanted, layoutOf, pageOf, rectOf } from '../../../src/ui/app/layout.ts';
import { PANES as PANE_VIEWS } from '../../../src/ui/app/views.ts';

const PANES = PANE_VIEWS.map(({ name }) => name);
/** The panes of one host: hosts are those of a fleet. */
const OF_ONE = PANES.filter((pane) => pane !== 'hosts').toSorted();

const WANTED: Wanted = {
  focus: 'calls',
  zoomed: false,
  panel: false,
  hasPanel: 'wide',
  captionRows: 0,
  automationLines: 1,
  conversations: 7,
  agents: 3,
  hosts: null,
  workspaces: 1,
  situation: 'usual',
  spendRows: 0,
};

const SIZES = Array.from({ length: 35 }, (_, n) => 60 + n * 7).flatMap((columns) =>
  Array.from({ length: 18 }, (_, n) => ({ columns, rows: 15 + n * 5 })),
);

test.for<Wanted>([
  WANTED,
  { ...WANTED, zoomed: true },
  { ...WANTED, captionRows: 2 },
  { ...WANTED, agents: 1_000, conversations: 100_000, workspaces: 9, automationLines: 4 },
  { ...WANTED, spendRows: 7 },
  { ...WANTED, situation: 'blind' },
  { ...WANTED, situation: 'first', focus: 'conversations' },
  { ...WANTED, situation: 'nothing' },
  { ...WANTED, zoomed: true, focus: 'agents', panel: true, hasPanel: 'opened' },
])('at every size the panes fill the screen exactly: %j', (wanted) => {
  for (const size of SIZES) {
    const layout = layoutOf(size, wanted);
    if (layout.type === 'line') throw new Error(`${size.columns}x${size.rows} is one line`);
    const columns = layout.bands.flatMap((band) => band.columns.map((column) => ({ ...column, band })));
    const places = columns.flatMap((column) => column.panes);
    expect(sum(layout.bands.map(({ height }) => height))).toBe(size.rows - layout.top - 2 - wanted.captionRows);
    for (const band of layout.bands) expect(sum(band.columns.map(({ width }) => width))).toBe(size.columns);
    for (const column of columns) expect(sum(column.panes.map(({ height }) => height))).toBe(column.band.height);
    expect(Math.min(...places.map(({ height }) => height))).toBeGreaterThanOrEqual(3);
  }
});

test.for([
  [59, 40, 'line'],
  [80, 14, 'line'],
  [99, 40, ['calls']],
  [300, 19, ['calls']],
  [100, 20, ['calls']],
  [100, 34, OF_ONE],
  [139, 40, OF_ONE],
  [140, 40, OF_ONE],
] as const)('%i×%i shows %j', ([columns, rows, shown]) => {
  const layout = layoutOf({ columns, rows }, WANTED);
  expect(layout.type === 'line' ? 'line' : PANES.filter((pane) => rectOf(layout, pane)).toSorted()).toEqual(shown);
});

test('two panes stand side by side from 100 columns on, three from 140 on', () => {
  const across = (columns: number): number => {
    const layout = layoutOf({ columns, rows: 40 }, WANTED);
    return layout.type === 'line' ? 0 : Math.max(...layout.bands.map((band) => band.columns.length));
  };
  expect([99, 100, 139, 140].map(across)).toEqual([1, 2, 2, 3]);
});

test('a page has at least one row, also of a pane that is not on the screen', () => {
  const layout = layoutOf({ columns: 80, rows: 24 }, WANTED);
  expect(pageOf(layout, 'calls')).toBe(17);
  expect(pageOf(layout, 'agents')).toBe(3);
  expect(pageOf({ type: 'line' }, 'calls')).toBe(1);
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

test.for([1, 5, 50])('a fleet of %i stands over the conversations of all, in at most half of the height', (hosts) => {
  const layout = layoutOf({ columns: 120, rows: 34 }, { ...WANTED, focus: 'hosts', hosts });
  const [above, below] =
    layout.type === 'panes' ? layout.bands.map(({ columns, height }) => ({ columns, height })) : [];
  expect([above, below].map((band) => band?.columns.map(({ panes }) => panes.map(({ pane }) => pane)))).toEqual([
    [['hosts']],
    [['conversations']],
  ]);
  expect(above?.height).toBe(Math.min(hosts + 4, 15));
});
