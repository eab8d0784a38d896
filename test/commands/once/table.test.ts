import { describe, expect, test } from 'vitest';
import { onceDocument } from '../../../src/commands/once/document.ts';
import { stateSchema } from '../../../src/commands/once/schema.ts';
import { onceTable } from '../../../src/commands/once/table.ts';
import { cellWidth, fit, textTable } from '../../../src/commands/text-table.ts';
import { HOUR, T0, aModel, call, interruption, summed, told, usage } from '../../core/model/given.ts';
import { onceInput, source, workspace } from './given.ts';
import { NO_FACTS } from '../../helpers/session-facts.ts';

describe('the table of once', () => {
  test('shows first what is wrong, critical before high', () => {
    const model = aModel();
    model.apply('a', told(1, interruption(0)), T0);
    model.apply('a', told(2, interruption(1, { type: 'agent_crash', severity: 'critical' })), T0);
    model.apply('a', told(3, interruption(2, { type: 'rate_limit', severity: 'medium' })), T0);
    const sources = [
      source(),
      source({ uri: 'b', status: 'lost', detail: { code: 'quoted', text: 'no such folder' } }),
    ];
    const lines = onceTable(onceDocument(onceInput(model, { sources })), { width: 100 }).split('\n');
    expect(lines.slice(0, 6)).toEqual([
      'sightline 0.1.0 on a-host, 2026-05-28 20:26:40 UTC',
      '',
      'What is wrong',
      '  lost: b: no such folder',
      '  1 unresolved critical agent_crash: Claude ×1',
      '  1 unresolved high llm_error: Claude ×1',
    ]);
  });

  test('orders what is wrong by severity, then the most recent first, also where only the top is shown', () => {
    const model = aModel();
    const rows = [
      ['agent_crash', 'critical', false],
      ['dead_loop', 'critical', false],
      ['auth_error', 'high', false],
      ['retry_storm', 'critical', true],
    ] as const;
    for (const [at, [type, severity, resolved]] of rows.entries()) {
      model.apply('a', told(at + 1, interruption(at, { type, severity, resolved })), T0);
    }
    const text = onceTable(onceDocument(onceInput(model, { sources: [source()] })), { width: 100, top: 2 });
    expect(Array.from(text.matchAll(/unresolved \w+ (\w+):/g), ([, type]) => type)).toEqual([
      'dead_loop',
      'agent_crash',
      'auth_error',
    ]);
    const listed = text.slice(text.indexOf('Interruptions (4)'));
    expect(listed).toMatch(/dead_loop[^]+agent_crash[^]+2 more/);
    expect(listed).not.toContain('retry_storm');
  });

  test('shows that nothing is wrong, and what is missing', () => {
    const text = onceTable(onceDocument(onceInput(aModel())), { width: 100 });
    expect(text).toContain('Nothing is wrong');
    expect(text).toContain('no workspace is configured (--workspace DIR)');
  });

  test('shows agents, conversations, advisories and the reactor', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { provider: 'openai', usage: usage({ inputTokens: 250_000 }) })), T0);
    const text = onceTable(onceDocument(onceInput(model, { workspaces: [workspace()] })), { width: 200 });
    expect(text).toMatch(/Claude +active +1 +0 +250k +10 +– +– +– +– /);
    expect(text).toMatch(/conversation +Claude +1 +0 +250k/);
    expect(text).toContain('Claude: 250k input tokens within the hour, cache not reported');
    expect(text).toMatch(/\/srv\/project +debouncing +ws-ckpt 0\.3\.2 +auto-1/);
  });

  test('marks what only a summary gives, and explains the mark', () => {
    const model = aModel();
    model.apply('a', summed({ calls: 12, inputTokens: 250_000 }), T0);
    const text = onceTable(onceDocument(onceInput(model)), { width: 200 });
    expect(text).toMatch(/conversation +Claude +~12 +– +~250k +~10 +–/u);
    expect(text).toMatch(/Claude +idle +~12 +– +~250k/u);
    expect(text).toContain("~ summary: only the source's sums are known, not all of the calls");
  });

  test('shows how far each source was read and what it skipped, and an interruption without an owner as such', () => {
    const model = aModel();
    model.apply('a', told(1, interruption(0, { conversationId: null })), T0);
    const sources = [source({ lastSkip: { code: 'quoted', text: 'line 3: invalid JSON' }, lagMs: 1_500 })];
    const text = onceTable(onceDocument(onceInput(model, { sources })), { width: 200 });
    expect(text).toMatch(/^ +a +ok +1 +0 +0 +1\.5 s .* – +reading; skipped line 3: invalid JSON/mu);
    expect(text).toMatch(/high +llm_error +Claude +unattributed +unresolved/u);
  });

  test('names the sources of each row where there are several', () => {
    const model = aModel();
    model.apply('a', told(1, call(0)), T0);
    model.apply('b', told(1, interruption(0)), T0);
    const table = (sources: Parameters<typeof onceInput>[1]): string =>
      onceTable(onceDocument(onceInput(model, sources)), { width: 200 });
    const two = table({ sources: [source(), source({ uri: 'b' })] });
    expect(two).toMatch(/^ +conversation +Claude .* a$/mu);
    expect(two).toMatch(/^ +Claude +active .* a$/mu);
    expect(two).toMatch(/llm_error .* unresolved +b$/mu);
    expect(table({})).not.toContain('SOURCES');
  });

  test('tells the limits of each account, and – of those of which nothing is known', () => {
    const model = aModel();
    const limit = "You've hit your session limit · resets 3pm (Europe/Berlin)";
    model.apply('claude:', told(1, call(0, { error: limit, statusCode: 429, usage: null })), T0);
    model.apply('gemini:', told(2, call(1, { agent: 'Gemini', conversationId: 'g' })), T0);
    const quota = [{ name: 'primary', usedPercent: 63, windowMinutes: 300, resetsAt: T0 + HOUR }];
    for (const account of ['codex:/a', 'codex:/b']) {
      const session = {
        ...NO_FACTS,
        sessionId: 'c',
        agent: 'Codex',
        lastAt: T0,
        quota: account === 'codex:/a' ? quota : [],
      };
      model.apply(account, { type: 'session', conversationId: account, session, ownerUid: null }, T0);
    }
    const doc = onceDocument(onceInput(model));
    const text = onceTable(doc, { width: 100 });
    expect(text.slice(text.indexOf('Quotas')).split('\n').slice(0, 4)).toEqual([
      'Quotas (4)',
      '  Claude: limit reached 2026-05-28 20:26:40, resets 3pm (Europe/Berlin)',
      '  Codex /a: 5 h 63 %, resets 2026-05-28 21:26:40',
      '  Codex /b, Gemini: –',
    ]);
    expect(doc.accounts?.find(({ agent }) => agent === 'Gemini')).toEqual({
      agent: 'Gemini',
      account: 'gemini:',
      windows: [],
      limit_reached: null,
    });
  });

  test('a day and an hour in which nothing was billed cost a known zero, where there are prices', () => {
    const cost = (pico: bigint) =>
      aModel({ pricer: { date: '2026-01-01', costOf: () => pico, costOfSums: () => null, windowOf: () => null } });
    const model = cost(1_005_000_000_000n);
    model.apply('a', told(1, call(0)), T0);
    const at = T0 + 48 * HOUR;
    const doc = onceDocument(onceInput(model, { at, pricesDate: '2026-01-01', model: model.view() }));
    expect(doc.agents[0]).toMatchObject({ cost_today: { usd: '0', basis: 'list' }, cost_last_hour: { usd: '0' } });
    expect(doc.conversations[0]).toMatchObject({ cost_today: { usd: '0' }, cost_last_hour: { usd: '0' } });
    expect(doc.spending).toMatchObject({ today: { usd: '0' }, last_hour: { usd: '0' } });
    expect(doc.spending?.models).toMatchObject([{ today: { usd: '0' }, last_hour: { usd: '0' } }]);
    // Half a cent is rounded up as on the screen: 1.005 is not the nearest binary fraction here.
    expect(onceTable(doc, { width: 160 })).toMatch(/Claude .* \$1\.01 +\$0\.00 +\$0\.00 /u);
  });

  test('no line is wider than asked, also with wide characters', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { agent: '进程已退出'.repeat(8), model: 'é😀'.repeat(40) })), T0);
    const text = onceTable(onceDocument(onceInput(model)), { width: 60 });
    for (const line of text.split('\n')) expect(cellWidth(line)).toBeLessThanOrEqual(60);
  });
});

describe('text in cells', () => {
  test.each([
    ['abc', 3],
    ['进程', 4],
    ['e\u0301', 1],
    ['😀', 2],
    ['ｶﾞ', 2],
    ['a\u200bb', 2],
  ])('%j takes %i cells', (text, width) => {
    expect(cellWidth(text)).toBe(width);
  });

  test('columns stay straight', () => {
    const lines = textTable(
      [{ title: 'A' }, { title: 'N', align: 'right' }],
      [
        ['进程', '5'],
        ['ab', '1234'],
      ],
      80,
    );
    expect(lines).toEqual(['  A        N', '  进程     5', '  ab    1234']);
  });

  test('a cut never splits a character and is marked', () => {
    expect(fit('进程已退出', 6)).toBe('进程…');
    expect(fit('😀😀', 2)).toBe('…');
    expect(fit('short   ', 20)).toBe('short');
  });
});

test('a remedy is wrapped, never cut, and --top bounds each list', () => {
  const model = aModel();
  for (const n of [1, 2, 3]) model.apply('a', told(n, interruption(n, { conversationId: `c${n}` })), T0);
  const text = `cannot be read; ${'run this to get access, '.repeat(6)}end of the remedy /a/${'long'.repeat(30)}`;
  const sources = [source({ uri: 'b', status: 'lost', detail: { code: 'quoted', text } })];
  const lines = onceTable(onceDocument(onceInput(model, { sources })), { width: 40, top: 1 }).split('\n');
  expect(Math.max(...lines.map(cellWidth))).toBeLessThanOrEqual(40);
  expect(lines.join('').replaceAll(/\s/gu, '')).toContain(text.replaceAll(/\s/gu, ''));
  expect(lines).toContain('  … 2 more (--top)');
});

test('the remedy of a workspace without a checkpointer stands under what is wrong, whole', () => {
  const reason = `not managed by ws-ckpt; run: ws-ckpt init --workspace=/srv/${'project'.repeat(20)}`;
  const one = workspace();
  const availability = { ...one.availability, state: 'unavailable', reason: { code: 'quoted', text: reason } } as const;
  const doc = onceDocument(onceInput(aModel(), { workspaces: [{ ...one, availability }], sources: [source()] }));
  const lines = onceTable(doc, { width: 60 }).split('\n');
  expect(Math.max(...lines.map(cellWidth))).toBeLessThanOrEqual(60);
  expect(lines[2]).toBe('What is wrong');
  expect(lines.slice(3).join('').replaceAll(/\s/gu, '')).toContain(reason.replaceAll(/\s/gu, ''));
});

test('every document matches the published schema', () => {
  const model = aModel();
  model.apply('a', told(1, call(0, { usage: usage({ inputTokens: 250_000 }) })), T0);
  model.apply('a', told(2, interruption(1)), T0);
  const doc = onceDocument(onceInput(model, { workspaces: [workspace()], sources: [source()] }));
  expect(stateSchema.parse(JSON.parse(JSON.stringify(doc)))).toEqual(JSON.parse(JSON.stringify(doc)));
});
