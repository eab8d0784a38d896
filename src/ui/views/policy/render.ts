import type { PolicyRow } from '../../../core/reactor/policy/table.ts';
import type { Medium } from '../../../core/sources.ts';
import { wordOrigin } from '../../../wording/moments.ts';
import { windowStart, outside } from '../../widgets/list.ts';
import { type Cell, type Column, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, type Size } from '../../render/frame.ts';
import { type Line, ofRow, span } from '../../render/line.ts';
import type { Context } from '../../app/bindings.ts';
import { countOf, nothingMatches, orderNote } from '../../app/list-notes.ts';
import type { Theme, Tone } from '../../render/theme.ts';
import { chosenOrder, listState } from '../../app/list.ts';
import { RULES, ruleId } from './list.ts';
import { type Sheet, bodyRows, bodySheet } from '../../widgets/dialog.ts';

const HEAD_ROWS = 1;

/** Returns the policy table: the action for each type and severity, and who set it. */
export function policySheet(context: Context, size: Size, theme: Theme): Sheet {
  const { shown, view, selected } = context;
  const policy = RULES.rows(shown);
  const filter = RULES.filter(shown);
  const index = selected.rule === null ? -1 : policy.indexOf(selected.rule);
  const columns = fitColumns(columnsOf(mediaOf(context)), size.columns - FRAME_COLUMNS);
  const room = Math.max(1, bodyRows(size) - HEAD_ROWS);
  const start = windowStart(index, { count: policy.length, offset: listState(view, RULES.name).offset, height: room });
  const rows = policy.slice(start, start + room);
  const changed = policy.filter(({ from }) => from === 'session').length;
  const note = changed === 0 ? 'as configured' : `${changed} changed for this session`;
  const order = chosenOrder(RULES, view);
  const nothing = nothingMatches(filter) ?? [];
  return bodySheet(size, {
    theme,
    title: `Policy ${countOf(policy.length, shown.view.policy.length)}`,
    right: [note, orderNote({ filter, order })].filter(Boolean).join(' '),
    foot: outside(start, policy.length - start - rows.length, theme),
    lines: [
      headLine(columns, theme.glyphs),
      ...rows.flatMap((row) => ofRow(ruleId(row), [rowLine(columns, row, theme.glyphs)])),
      ...(rows.length === 0 ? nothing.map((text): Line => [span(text, 'dim')]) : []),
    ],
    selected: index === -1 ? -1 : HEAD_ROWS + index - start,
  });
}

function mediaOf({ live }: Context): readonly Medium[] {
  return live.sources.map(({ health }) => health.medium);
}

function columnsOf(media: readonly Medium[]): readonly Column<PolicyRow>[] {
  return [
    { title: ' SCOPE', rank: 3, min: 9, max: 9, cell: ({ scope }) => ({ text: ` ${scope}`, tone: 'dim' }) },
    { title: 'NAME', rank: 1, min: 20, max: 32, cell: ({ name }) => ({ text: name }) },
    { title: 'ACTION', rank: 1, min: 20, max: 24, cell: actionCell },
    { title: 'SET BY', rank: 2, min: 26, max: 40, cell: (row) => withOrigin(originCell(row), row, media) },
  ];
}

function actionCell({ action }: PolicyRow): Cell {
  if (action === null) return { text: "each type's default", tone: 'dim' };
  const tones: Readonly<Record<typeof action, Tone>> = { checkpoint: 'good', flag: 'plain', ignore: 'dim' };
  return { text: action, tone: tones[action] };
}

function originCell(row: PolicyRow): Cell {
  if (row.from === 'default') return { text: 'default', tone: 'dim' };
  const who = row.from === 'session' ? 'you, for this session' : 'the configuration';
  const by = row.scope === 'type' && row.rule === 'severity' ? `${who} (severity ${row.severity})` : who;
  return { text: by, tone: row.from === 'session' ? 'warning' : 'plain' };
}

// A rule for what no source tells has no effect.
function withOrigin(cell: Cell, { scope, name }: PolicyRow, media: readonly Medium[]): Cell {
  const origin = scope === 'type' ? wordOrigin(name, media) : '';
  return origin === '' ? cell : { ...cell, text: `${cell.text} (${origin})` };
}

/** Describes the selected rule of the policy table. */
export function describeRule(context: Context): string {
  const row = context.selected.rule;
  if (row === null) return 'no rule; escape goes back';
  const policy = RULES.rows(context.shown);
  const position = policy.indexOf(row) + 1;
  const action = row.action ?? "each type's default";
  const origin = row.scope === 'type' ? wordOrigin(row.name, mediaOf(context)) : '';
  const from = origin === '' ? '' : `, ${origin}`;
  return `rule ${position} of ${policy.length}: ${ruleId(row)}: ${action}, by ${row.from}${from}; enter changes it for this session, u undoes that, escape goes back`;
}
