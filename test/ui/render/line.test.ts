import { describe, expect, it } from 'vitest';
import { asciiOf } from '../../../src/ui/render/width.ts';
import { type Column, fitColumns, headLine, rowLine } from '../../../src/ui/render/columns.ts';
import { frame } from '../../../src/ui/render/frame.ts';
import {
  type Line,
  fitLine,
  fitParts,
  joined,
  lineWidth,
  sameLine,
  span,
  spread,
  wrapped,
} from '../../../src/ui/render/line.ts';
import { ASCII_THEME, THEME } from '../../helpers/picture.tsx';

const { glyphs } = THEME;
const textOf = (line: Line): string => line.map(({ text }) => text).join('');

describe('a line', () => {
  it.each([3, 10, 11, 12, 30])('takes exactly %i cells', (width) => {
    const line = [span('你好', 'good'), span(' and '), span('more', 'dim')];
    expect(lineWidth(fitLine(line, width, glyphs))).toBe(width);
  });

  it('is cut with an ellipsis, also between two stretches', () => {
    expect(textOf(fitLine([span('ab'), span('cd', 'dim')], 2, glyphs))).toBe('a…');
    expect(textOf(fitLine([span('ab'), span('cd', 'dim')], 3, glyphs))).toBe('ab…');
    expect(textOf(fitLine([span('ab'), span('cd', 'dim')], 4, glyphs))).toBe('abcd');
  });

  it('says in ASCII what its signs mean: a difference is no question', () => {
    expect(asciiOf('saved = spent − with caching, ← back → on')).toBe('saved = spent - with caching, < back > on');
  });

  it('has its ends apart; the left one gives way', () => {
    expect(textOf(spread([span('left')], [span('right')], 12, glyphs))).toBe('left   right');
    expect(textOf(spread([span('left')], [span('right')], 8, glyphs))).toBe('le…right');
  });

  it('leaves out parts that do not fit, the least important first', () => {
    const parts = [span('one'), span('two'), span('three')].map((segment) => [segment]);
    expect(textOf(joined(parts, span('  '), 9))).toBe('one  two');
    const ranked = parts.map((line, at) => ({ rank: [2, 3, 1][at] ?? 9, line }));
    expect(fitParts(ranked, 10, 2).map(textOf)).toEqual(['one', 'three']);
  });

  it('is the same as another one that looks the same', () => {
    expect(sameLine([span('a', 'dim')], [span('a', 'dim')])).toBe(true);
    expect(sameLine([span('a', 'dim')], [span('a', 'good')])).toBe(false);
    expect(sameLine([span('a')], [span('a'), span('b')])).toBe(false);
  });
});

describe('a text in several lines', () => {
  it('breaks between words', () => {
    expect(wrapped('start agentsight, or give --source', 18, 4, glyphs)).toEqual([
      'start agentsight,',
      'or give --source',
    ]);
  });

  it('keeps a command whole that is longer than a line', () => {
    expect(wrapped('ws-ckpt init --workspace=/srv/workspace', 20, 4, glyphs).join('|')).toBe(
      'ws-ckpt init|--workspace=/srv/wor|kspace',
    );
  });

  it('says that there was more', () => {
    expect(wrapped('one two three four five', 9, 2, glyphs)).toEqual(['one two', 'three fo…']);
  });
});

describe('columns', () => {
  type Row = { readonly name: string; readonly count: number };
  const columns: readonly Column<Row>[] = [
    { title: 'NAME', rank: 1, min: 4, max: 8, cell: ({ name }) => ({ text: name }) },
    { title: 'N', rank: 2, min: 3, max: 3, align: 'start', cell: ({ count }) => ({ text: `${count}` }) },
    { title: 'NOTE', rank: 3, min: 6, max: 20, cell: () => ({ text: 'note' }) },
  ];

  it('grow with the room and go when there is too little', () => {
    expect(fitColumns(columns, 40).map(({ width }) => width)).toEqual([8, 3, 20]);
    expect(fitColumns(columns, 15).map(({ title }) => title)).toEqual(['NAME', 'N', 'NOTE']);
    expect(fitColumns(columns, 14).map(({ title }) => title)).toEqual(['NAME', 'N']);
    expect(fitColumns(columns, 7).map(({ title }) => title)).toEqual(['NAME']);
  });

  it('stand straight whatever is in them', () => {
    const placed = fitColumns(columns, 30);
    const rows = [
      headLine(placed, glyphs),
      ...['a', '你好你好你好', 'e\u0301'].map((name) => rowLine(placed, { name, count: 7 }, glyphs)),
    ];
    expect(new Set(rows.map(lineWidth)).size).toBe(1);
    expect(textOf(rows[1] ?? [])).toBe('a          7 note             ');
  });
});

describe('a frame', () => {
  const framed = {
    width: 24,
    height: 5,
    focused: false,
    theme: THEME,
    title: 'Title',
    lines: [[span('first')], [span('second')]],
  };

  it('is exactly as large as asked, whatever is in it', () => {
    for (const [width, height] of [
      [24, 5],
      [60, 3],
      [9, 2],
    ] as const) {
      const lines = frame({ ...framed, width, height, title: '长长长长长长长长长长长长', right: 'right', foot: '9 ↓' });
      expect(lines).toHaveLength(height);
      for (const line of lines) expect(lineWidth(line)).toBe(width);
    }
  });

  it('has its title and notes in the border', () => {
    const lines = frame({ ...framed, width: 40, note: span('⚑ 2', 'critical'), right: '/filter', foot: '3 ↓' }).map(
      textOf,
    );
    expect(lines[0]).toMatch(/^╭─ Title {2}⚑ 2 ─+ \/filter ─╮$/);
    expect(lines[4]).toMatch(/^╰─+ 3 ↓ ─╯$/);
  });

  it('shows the selection over the whole row, only while it has the focus', () => {
    expect(frame({ ...framed, selected: 1 })[2]?.some(({ tone }) => tone === 'selected')).toBe(false);
    expect(frame({ ...framed, focused: true, selected: 1 })[2]?.[1]).toEqual({
      text: '▸second               ',
      tone: 'selected',
    });
  });

  it('is drawn in ASCII too', () => {
    const text = frame({ ...framed, theme: ASCII_THEME })
      .map(textOf)
      .join('\n');
    expect(text).toMatch(/^[ -~\n]+$/);
  });
});
