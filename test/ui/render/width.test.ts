import xterm from '@xterm/headless';
import stringWidth from 'string-width';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import widthInCells from '../../../src/ui/render/string-width.ts';
import { clip, clipStart, fit, pieces, signsOf, steady, unambiguous, widthOf } from '../../../src/ui/render/width.ts';
import hostile from '../../fixtures/hostile-texts.json' with { type: 'json' };

const SCRIPTS = [
  'plain ASCII',
  'e\u0301a\u0300 combining',
  '你好，世界',
  '한국어 \u1112\u1161\u11ab',
  'ｶﾞ half',
  'مرحبا שלום',
  'नमस्ते क्षत्रिय',
  'สวัสดี น้ำ ເນື້ອຳ',
  'বাংলা ক্ষ தமிழ்',
  'Z\u0351\u036b\u0343\u036a\u0302\u036balgo',
  '🇩🇪 flag',
  '❤️ 1️⃣ ☎️',
  '\ud7ff\uffff\ud800 unknown',
  'a\u200bb\u00adc\u2060d \u202eevil\u202c \u2066x\u2069',
  '⚑⚠✓✗▸●○…—·→▕█░▏╭─╮│╰╯‖',
];

/** Cells by which a terminal moves on. */
async function cellsOf(text: string): Promise<number> {
  const terminal = new xterm.Terminal({ cols: 400, rows: 3, allowProposedApi: true });
  await new Promise<void>((resolve) => {
    terminal.write(text, resolve);
  });
  return terminal.buffer.active.cursorX;
}

it.each(SCRIPTS)('counts the cells of %j as a terminal does', async (text) => {
  expect(widthOf(steady(text))).toBe(await cellsOf(steady(text)));
});

it('counts every sign as Ink measures it', () => {
  const differing = Array.from({ length: 0x30_00 - 0x20 }, (_, at) => String.fromCharCode(0x20 + at)).filter(
    (sign) => widthOf(sign) !== stringWidth(sign) || widthOf(`${sign}${sign}`) !== stringWidth(`${sign}${sign}`),
  );
  expect(differing).toEqual([]);
});

it('stands in for the library on any text, styled or not', () => {
  for (const text of [
    ...SCRIPTS,
    ...hostile,
    '\u001b[1;38:2::1:2:3mred\u001b[0m ●',
    '\u001b]8;;x\u0007a',
    'a\u001b[2Kb',
    '',
  ]) {
    for (const countAnsiEscapeCodes of [false, true]) {
      expect(widthInCells(text, { countAnsiEscapeCodes })).toBe(stringWidth(text, { countAnsiEscapeCodes }));
    }
    expect(widthInCells(text)).toBe(stringWidth(text));
  }
});

it('counts emoji one by one, two cells each', () => {
  expect(widthOf(steady('👩‍👩‍👧'))).toBe(6);
  expect(widthOf(steady('👍🏽'))).toBe(2);
});

it.each(hostile)('leaves nothing in %j that a terminal obeys or that reorders text', (text) => {
  const shown = fit(text, 40, '…');
  expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u);
  expect(widthOf(shown)).toBe(40);
});

it('changes nothing that is steady already', () => {
  for (const text of [...SCRIPTS, ...hostile]) expect(steady(steady(text))).toBe(steady(text));
});

describe('clipping', () => {
  it.each([
    ['fits', 4, 'fits'],
    ['too long', 5, 'too …'],
    ['你好世界', 5, '你好…'],
    ['你好世界', 4, '你…'],
    ['anything', 1, '…'],
    ['anything', 0, ''],
    ['e\u0301e\u0301e\u0301', 2, 'é…'],
  ])('cuts %j to %i cells as %j', (text, width, cut) => {
    expect(clip(text, width, '…')).toBe(cut);
  });

  it('keeps the end of a path', () => {
    expect(clipStart('/home/someone/project', 10, '…')).toBe('…e/project');
    expect(clipStart('/srv/ws', 10, '…')).toBe('/srv/ws');
  });

  it('never makes a home folder of a path that is cut in ASCII', () => {
    expect(clipStart('/home/someone/project', 9, '…')).toBe('…/project');
    expect(clipStart('/home/someone/project', 9, '~')).toBe('~project');
    expect(clipStart('~/project', 9, '~')).toBe('~/project');
  });

  it('is not slowed down by a text of a megabyte', () => {
    const started = performance.now();
    expect(widthOf(fit('你'.repeat(1_000_000), 20, '…'))).toBe(20);
    expect(performance.now() - started).toBeLessThan(200);
  });

  it.each(['a', '你好', 'é', '👍', 'नमस्ते', ''])('fills %j up to exactly the width, left or right', (text) => {
    expect(widthOf(fit(text, 9, '…'))).toBe(9);
    expect(widthOf(fit(text, 9, '…', 'start'))).toBe(9);
  });

  it('breaks a word that is longer than a line', () => {
    expect(pieces('/very/long/path', 6)).toEqual(['/very/', 'long/p', 'ath']);
    expect(pieces('', 6)).toEqual([]);
  });
});

describe('signs that are one code unit each', () => {
  const plain = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code)).filter(
    (sign) => !/\p{Cs}/u.test(sign) && steady(sign) === sign,
  );

  it('take as many cells as they would by their properties', () => {
    const wrong = plain.filter((sign) => widthOf(sign) !== stringWidth(sign));
    expect(wrong).toEqual([]);
  });

  it('are the same signs when nobody looks for where each ends', () => {
    const parts = fc.constantFrom(
      '世',
      '界',
      'カ',
      '가',
      'a',
      ' ',
      'ש',
      'م',
      'é',
      '\u0301',
      '👩',
      '👍',
      '・',
      '\u3099',
      'नि',
      '…',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), (chosen) => {
        const text = steady(chosen.join(''));
        const signs = [...signsOf(text)];
        expect(signs.map(({ sign }) => sign)).toEqual(
          Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment),
        );
        expect(signs.map(({ index }) => index)).toEqual(
          Array.from(new Intl.Segmenter().segment(text), ({ index }) => index),
        );
        for (const { sign, width } of signs) expect(width).toBe(widthOf(sign));
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe('characters that take one cell here and two there', () => {
  it.each([
    ['● a ─ b ▲ … –', '* a ? b ^ ~ -'],
    ['修复测试 → ok', '修复测试 > ok'],
    ['café 👍', 'cafe 👍'],
    ['plain', 'plain'],
  ])('are replaced in %j, others stay: %j', (text, steadied) => {
    expect(unambiguous(text)).toBe(steadied);
    expect(widthOf(unambiguous(text))).toBe(widthOf(text));
    expect(stringWidth(unambiguous(text), { ambiguousIsNarrow: false })).toBe(widthOf(text));
  });
});
