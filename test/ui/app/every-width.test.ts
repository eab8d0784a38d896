import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bar, meter, spark } from '../../../src/ui/render/charts.ts';
import { frame, type Size } from '../../../src/ui/render/frame.ts';
import { type Line, fitLine, lineWidth, ruleLine, span, spread, wrapped } from '../../../src/ui/render/line.ts';
import { clip, clipStart, fit, pieces, widthOf } from '../../../src/ui/render/width.ts';
import { wrapText } from '../../../src/ui/render/wrap.ts';
import { bindingsOf, isGuarded } from '../../../src/ui/app/keymap.ts';
import { keyContextOf } from '../../../src/ui/app/keymap.ts';
import { tooSmallLine } from '../../../src/ui/app/status.ts';
import { PANES, sheetOf } from '../../../src/ui/app/views.ts';
import { paneRectLines } from '../../../src/ui/app/panes.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { THEME, pictureOf } from '../../helpers/picture.tsx';
import { STORIES, held, heldTwice, priced } from '../../helpers/screen-stories.ts';
import { SNAPSHOTS } from '../../helpers/snapshots.ts';
import hostile from '../../fixtures/hostile-texts.json' with { type: 'json' };

const WIDTHS = Array.from({ length: 31 }, (_, width) => width);
const HEIGHTS = Array.from({ length: 11 }, (_, height) => height);
const SMALL: readonly Size[] = WIDTHS.flatMap((columns) => HEIGHTS.map((rows) => ({ columns, rows })));
const LARGE: Size = { columns: 120, rows: 34 };
const { glyphs } = THEME;
const CALM = { log: null, leaving: null, toast: null, open: null };

/** How one comes to everything that lies over the panes. */
const WAYS: readonly (readonly string[])[] = [
  ['?'],
  ['L'],
  [':'],
  [':', 'm', 'o'],
  ['m'],
  ['P'],
  ['7'],
  ['$'],
  ['s'],
  ['s', 'j', 'enter', 'S'],
  ['5', 'tab'],
  ['5'],
  ['5', 'R'],
  ['5', 'd'],
  ['enter', 'enter'],
  ['enter', 'enter', '/', 'a'],
  ['/', 'a'],
  ['x'],
];

type Sized = Person & { readonly resize: (size: Size) => void };

async function come(way: readonly string[]): Promise<Sized> {
  const world = await (way[0] === '$' ? priced() : heldTwice());
  world.snapshots = SNAPSHOTS;
  const size = { ...LARGE };
  const person = personAt(world, size, false);
  person.session.dispatch({ type: 'log', text: 'a message of many words, longer than a narrow line is wide' });
  for (const key of way) await person.press(key);
  return { ...person, resize: (next) => void Object.assign(size, next) };
}

function expectWithin(lines: readonly Line[], { columns, rows }: Size): void {
  expect(lines.length).toBeLessThanOrEqual(rows);
  for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
}

describe('at every small size', () => {
  test.for(WAYS)('%j draws what lies over the panes within it', async (way) => {
    const { session } = await come(way);
    const context = session.context();
    for (const size of SMALL) {
      // As it was drawn before one line took the place of everything, and as anything that is drawn must be.
      const sheet = sheetOf(context, size, THEME);
      if (sheet === null) continue;
      expectWithin(sheet.lines, { columns: size.columns, rows: Math.max(0, size.rows - sheet.top) });
      expect(sheet.left + sheet.width).toBeLessThanOrEqual(size.columns);
    }
  });

  test.for(WAYS)('after %j one line is drawn, and every key that does not act does no harm', async (way) => {
    const { session, resize, view } = await come(way);
    const opened = view();
    for (const size of SMALL) {
      resize(size);
      const context = session.context();
      expect(sheetOf(context, size, THEME)).toBeNull();
      const line = tooSmallLine({
        view: context.live,
        now: context.view.now,
        theme: THEME,
        width: size.columns,
        ...CALM,
      });
      expectWithin([line], { ...size, rows: 1 });
      const harmless = bindingsOf(keyContextOf(context.view), {}).filter(
        (binding) => !isGuarded(binding) && binding.kind !== 'leave',
      );
      // Each key at a third of the sizes, each size with a third of the keys.
      for (const [place, binding] of harmless.entries()) {
        if ((place + size.columns + size.rows) % 3 !== 0) continue;
        const [key = ''] = binding.keys;
        session.press([key]);
        // What was done in the small window is drawn in the large one.
        resize(LARGE);
        const sheet = sheetOf(session.context(), LARGE, THEME);
        if (sheet !== null) expectWithin(sheet.lines, LARGE);
        session.store.setState(opened, true);
        resize(size);
      }
    }
  });

  test.for(Object.entries(STORIES))('%s draws every pane within it', async ([, tell]) => {
    const person = personAt(await tell(), LARGE);
    const context = person.session.context();
    for (const pane of [...PANES.map(({ name }) => name), 'details']) {
      for (const { columns, rows } of SMALL) {
        expectWithin(paneRectLines(context, pane, { width: columns, height: rows, theme: THEME }), { columns, rows });
      }
    }
  });
});

test('below 60x15 there is one line, from there on there are panes', async () => {
  const world = await held();
  for (const [columns, rows] of [
    [59, 15],
    [60, 14],
    [1, 1],
    [200, 3],
  ] as const) {
    expect(pictureOf(world, { columns, rows }).split('\n')).toHaveLength(1);
  }
  expect(pictureOf(world, { columns: 60, rows: 15 }).split('\n').length).toBeGreaterThan(10);
});

const width = fc.integer({ min: -5, max: 40 });
const text = fc.oneof(fc.constantFrom(...hostile), fc.string({ maxLength: 60 }), fc.string({ unit: 'grapheme' }));

test('every text is cut, filled and broken to any width, also to none', () => {
  fc.assert(
    fc.property(text, width, (one, cells) => {
      const most = Math.max(0, cells);
      expect(widthOf(clip(one, cells, glyphs.ellipsis))).toBeLessThanOrEqual(most);
      expect(widthOf(clipStart(one, cells, glyphs.ellipsis))).toBeLessThanOrEqual(most);
      expect(widthOf(fit(one, cells, glyphs.ellipsis))).toBe(most);
      expect(lineWidth(fitLine([span(one), span('!')], cells, glyphs))).toBe(most);
      expect(lineWidth(spread([span(one)], [span('end')], cells, glyphs))).toBe(most);
      expect(lineWidth(ruleLine(cells, glyphs))).toBe(most);
      // A sign of several cells takes them wherever it stands; whoever draws the line cuts it.
      const wide = Math.max(3, cells);
      for (const row of wrapped(one, cells, 5, glyphs)) expect(widthOf(row)).toBeLessThanOrEqual(wide);
      for (const row of wrapText(one, cells)) expect(widthOf(row)).toBeLessThanOrEqual(wide + 1);
      for (const piece of pieces(one, cells)) expect(piece).not.toBe('');
    }),
    { numRuns: 2_000 },
  );
});

test('every chart and frame is as wide as it was asked to be, also where that is nothing', () => {
  fc.assert(
    fc.property(width, width, fc.double({ min: -1, max: 2 }), text, (cells, height, ratio, one) => {
      const most = Math.max(0, cells);
      expect(widthOf(bar(ratio, cells, glyphs))).toBe(most);
      expect(widthOf(meter(ratio, cells, glyphs))).toBe(most);
      expect(widthOf(meter(null, cells, glyphs))).toBe(most);
      expect(widthOf(spark([ratio, null, 1], cells, glyphs))).toBe(most);
      const framed = { width: cells, height, focused: true, theme: THEME, title: one, right: one, foot: one };
      const lines = frame({ ...framed, lines: [[span(one)], [span(one)]], selected: 0 });
      expect(lines).toHaveLength(Math.max(0, height));
      for (const line of lines) expect(lineWidth(line)).toBe(most);
    }),
    { numRuns: 2_000 },
  );
});
