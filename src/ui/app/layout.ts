import { FOOT_ROWS, HEAD_ROWS, type Size } from '../render/frame.ts';
import { widthOf } from '../render/width.ts';
import type { PaneName } from './state.ts';

/** Cells that the screen needs to show panes; in less room one line reports how things stand. */
export const MIN_COLUMNS = 60;
export const MIN_ROWS = 15;

/**
 * The things that have a rectangle: a pane; `panel`, the detail of the selected row; `sources` and `lost` beside the lists while a
 * source is lost; `spend` in a wide one; `steps` and `nothing` before there is anything to show.
 */
export type RectName = PaneName;
/** One pane's rectangle, in cells, borders included. */
export type PaneRect = { readonly pane: RectName; readonly height: number };
export type Column = { readonly width: number; readonly panes: readonly PaneRect[] };
/** A stripe over the whole width with its columns side by side. */
export type Band = { readonly height: number; readonly columns: readonly Column[] };

/**
 * `line`: too small for panes, one line of summary. `tabs`: one pane at a time without borders, with a line of tabs
 * below `automation` lines of what is about to act.
 */
export type Layout =
  | { readonly type: 'line' }
  | {
      readonly type: 'panes';
      readonly tabs: boolean;
      readonly automation: number;
      /** The first row of the body. */
      readonly top: number;
      readonly bands: readonly Band[];
    };

/** From here on panes have borders and stand beside each other. */
export const TWO_COLUMNS = 100;
/** From here on a detail is always there. */
export const THREE_COLUMNS = 140;
/** With fewer rows, panes above each other would show next to nothing. */
const STACKED_ROWS = 20;
/** Borders of a pane, and the heads of its columns. */
const CHROME_ROWS = 3;
/** Workspaces that the overview shows, at most; the rest is counted. */
export const MAX_AUTOMATION = 4;
const BORDERS = 2;

/** The content of the body besides the lists. */
export type Situation = 'usual' | 'blind' | 'first' | 'nothing';

/** The inputs of the layout besides the size. */
export type Wanted = {
  readonly focus: PaneName;
  /** The focused pane has the whole body. */
  readonly zoomed: boolean;
  /** The detail of the selected row is open, where the pane has one. */
  readonly panel: boolean;
  /** Panes that have a detail: opened by Enter, or only where it is always there. */
  readonly hasPanel: 'opened' | 'wide' | 'none';
  /** Lines that explain what happens, above the event line. */
  readonly captionRows: number;
  /** Lines about automation above the tabs. */
  readonly automationLines: number;
  readonly conversations: number;
  readonly agents: number;
  readonly workspaces: number;
  /** Hosts of a fleet; null where one host is shown. */
  readonly hosts: number | null;
  readonly situation: Situation;
  /** Rows of the panel of what is spent; 0 where nothing is. */
  readonly spendRows: number;
};

/** Decides where everything goes. */
export function layoutOf({ columns, rows }: Size, wanted: Wanted): Layout {
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) return { type: 'line' };
  const body = rows - HEAD_ROWS - FOOT_ROWS - wanted.captionRows;
  const nothing = wanted.situation === 'nothing' && !wanted.zoomed;
  if (columns < TWO_COLUMNS || rows < STACKED_ROWS) {
    const lines = nothing ? 0 : Math.min(wanted.automationLines, Math.max(0, body - 1 - CHROME_ROWS));
    const room = body - lines - (nothing ? 0 : 1);
    const pane = nothing ? 'nothing' : wanted.panel && wanted.hasPanel === 'opened' ? 'panel' : wanted.focus;
    const bands = [alone(columns, room, pane)];
    return { type: 'panes', tabs: !nothing, automation: lines, top: HEAD_ROWS + lines + (nothing ? 0 : 1), bands };
  }
  const panes = (...bands: readonly Band[]): Layout => ({
    type: 'panes',
    tabs: false,
    automation: 0,
    top: HEAD_ROWS,
    bands,
  });
  if (nothing) return panes(alone(columns, body, 'nothing'));
  if (wanted.zoomed) return panes(zoomed(columns, body, wanted));
  const overview = panes(...overviewOf(columns, body, wanted));
  // A pane that has no rectangle among the others is shown alone.
  return rectOf(overview, wanted.focus) === null ? panes(zoomed(columns, body, wanted)) : overview;
}

function zoomed(columns: number, height: number, { focus, panel, hasPanel }: Wanted): Band {
  const isWide = columns >= THREE_COLUMNS;
  if (hasPanel === 'none' || !(isWide || (panel && hasPanel === 'opened'))) return alone(columns, height, focus);
  const beside = isWide ? clamp(Math.floor(columns * 0.4), 53, 80) : Math.floor(columns * 0.45);
  return {
    height,
    columns: [
      { width: columns - beside, panes: [{ pane: focus, height }] },
      { width: beside, panes: [{ pane: focus === 'conversations' ? 'calls' : 'panel', height }] },
    ],
  };
}

/** Rows of the pane of automation in the overview. */
function automationRows(body: number, workspaces: number): number {
  const most = body < STACKED_ROWS + CHROME_ROWS ? 2 : MAX_AUTOMATION;
  return BORDERS + clamp(workspaces, 1, most);
}

/** The rows that conversations keep, and agents, columns heads and borders included. */
const LEAST_LIST = 6 + CHROME_ROWS;
const LEAST_AGENTS = 4 + CHROME_ROWS;
const USUAL_AGENTS = 9 + CHROME_ROWS;
/** The rows of conversations with which agents have all of theirs. */
const USUAL_LIST = 10 + CHROME_ROWS;
/** A calls pane with less would show next to nothing. */
const LEAST_CALLS = 4;

function overviewOf(columns: number, body: number, wanted: Wanted): readonly Band[] {
  if (wanted.hosts !== null) return fleetOf(columns, body, wanted.hosts);
  const rows = automationRows(body, wanted.workspaces);
  const top: Band = { height: rows, columns: [{ width: columns, panes: [{ pane: 'workspaces', height: rows }] }] };
  const height = body - rows;
  if (wanted.situation === 'first') return [top, ...firstSteps(columns, height)];
  const low = lowRows(height, wanted);
  const left = [
    { pane: 'conversations', height: height - low },
    { pane: 'agents', height: low },
  ].filter((rect) => rect.height > 0);
  const upper = low === 0 ? height : height - low;
  const right: readonly PaneRect[] =
    wanted.situation === 'blind'
      ? stacked('sources', 'lost', upper, height)
      : columns < THREE_COLUMNS
        ? stacked('signals', 'calls', upper, height)
        : withSpend(stacked('signals', 'sources', upper, height), wanted.spendRows);
  if (columns < THREE_COLUMNS) {
    const beside = clamp(Math.floor(columns * 0.35), 38, 56);
    return [
      top,
      {
        height,
        columns: [
          { width: columns - beside, panes: left },
          { width: beside, panes: right },
        ],
      },
    ];
  }
  const last = clamp(Math.floor(columns * 0.22), 36, 48);
  const middle = clamp(Math.floor(columns * 0.26), 38, 60);
  return [
    top,
    {
      height,
      columns: [
        { width: columns - middle - last, panes: left },
        { width: middle, panes: stacked('calls', 'panel', upper, height) },
        { width: last, panes: right },
      ],
    },
  ];
}

/** The line of the sums over hosts. */
const SUM_ROWS = 1;

// The hosts over the conversations of all of them; many hosts have half of the height.
function fleetOf(columns: number, body: number, hosts: number): readonly Band[] {
  const rows = clamp(hosts + CHROME_ROWS + SUM_ROWS, CHROME_ROWS + SUM_ROWS + 1, Math.floor(body / 2));
  return [alone(columns, rows, 'hosts'), alone(columns, body - rows, 'conversations')];
}

// Fewer rows: the calls beside the agents lose theirs first, then the agents, then the signals; more go to the conversations.
function lowRows(height: number, { agents, conversations }: Wanted): number {
  const usual = USUAL_AGENTS + Math.max(0, Math.floor((height - USUAL_AGENTS - USUAL_LIST) / 4));
  const needed = clamp(agents + CHROME_ROWS, LEAST_AGENTS, usual);
  // Conversations that do not fill their rows leave them to the agents and the calls.
  const spare = height - Math.max(USUAL_LIST, conversations + CHROME_ROWS);
  const wished = clamp(spare, needed, usual);
  const low = Math.max(LEAST_AGENTS, Math.min(wished, height - USUAL_LIST));
  return height - low < LEAST_LIST ? 0 : low;
}

function stacked(upper: RectName, lower: RectName, height: number, all: number): readonly PaneRect[] {
  const rest = all - height;
  if (rest < LEAST_CALLS) return [{ pane: upper, height: all }];
  return [
    { pane: upper, height },
    { pane: lower, height: rest },
  ];
}

// What is spent stands over the sources, which keep a few rows; without room for two, it has theirs.
function withSpend(panes: readonly PaneRect[], spendRows: number): readonly PaneRect[] {
  const last = panes.at(-1);
  if (spendRows === 0 || last === undefined || panes.length < 2) return panes;
  const rest = last.height - spendRows;
  const spend = { pane: 'spend', height: rest < LEAST_CALLS ? last.height : spendRows };
  return [...panes.slice(0, -1), spend, ...(rest < LEAST_CALLS ? [] : [{ ...last, height: rest }])];
}

/** Rows of the first steps: their lines and borders. */
const STEP_ROWS = 14;

function firstSteps(columns: number, height: number): readonly Band[] {
  const low = Math.min(STEP_ROWS, height - LEAST_LIST);
  const upper = height - low;
  const beside = clamp(Math.floor(columns * 0.35), 38, 56);
  const lists: Band = {
    height: upper,
    columns: [
      { width: columns - beside, panes: [{ pane: 'conversations', height: upper }] },
      { width: beside, panes: [{ pane: 'sources', height: upper }] },
    ],
  };
  return low < LEAST_CALLS ? [lists] : [lists, alone(columns, low, 'steps')];
}

/** Cells that a line of the caption leaves free. */
export const CAPTION_MARGIN = 2;

/** Lines that explain what happens: two where one has no room for it. */
export function captionRows(caption: string | null, columns: number): number {
  if (caption === null) return 0;
  return widthOf(caption) <= columns - CAPTION_MARGIN ? 1 : 2;
}

/** The rectangle of a pane; null if it is not on the screen. */
export function rectOf(layout: Layout, pane: PaneName): { readonly width: number; readonly height: number } | null {
  if (layout.type === 'line') return null;
  for (const { columns } of layout.bands) {
    for (const { width, panes } of columns) {
      const rect = panes.find((candidate) => candidate.pane === pane);
      if (rect) return { width, height: rect.height };
    }
  }
  return null;
}

/** Rows of a list that a page of the pane shows, at least one. */
export function pageOf(layout: Layout, pane: PaneName): number {
  const bare = layout.type === 'panes' && layout.tabs ? BORDERS : 0;
  return Math.max(1, (rectOf(layout, pane)?.height ?? CHROME_ROWS + 1) + bare - CHROME_ROWS);
}

function alone(width: number, height: number, pane: RectName): Band {
  return { height, columns: [{ width, panes: [{ pane, height }] }] };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** A cell of the screen, from the upper left corner (0, 0). */
export type Cell = { readonly x: number; readonly y: number };

/** The row of the tabs; null where there are none. */
export function tabsRow(layout: Layout): number | null {
  return layout.type === 'panes' && layout.tabs ? layout.top - 1 : null;
}

/** Returns what stands at a cell, how large it is, and which of its rows that is; null outside of all panes. */
export function rectAt(
  layout: Layout,
  { x, y }: Cell,
): (PaneRect & { readonly width: number; readonly row: number }) | null {
  if (layout.type === 'line') return null;
  let { top } = layout;
  for (const { height, columns } of layout.bands) {
    let left = 0;
    for (const { width, panes } of columns) {
      let above = top;
      for (const rect of panes) {
        const isInside = x >= left && x < left + width && y >= above && y < above + rect.height;
        if (isInside) return { ...rect, width, row: y - above };
        above += rect.height;
      }
      left += width;
    }
    top += height;
  }
  return null;
}
