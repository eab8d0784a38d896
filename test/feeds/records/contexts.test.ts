import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { contextFillOf } from '../../../src/core/model/meters/trouble.ts';
import { loadPricer } from '../../../src/effects/prices.ts';
import { FIXTURES, readRecords } from '../../helpers/records.ts';

const context = z.object({ tokens: z.number().nullable(), window: z.number().nullable() });
const truth = z.object({ sessions: z.record(z.string(), z.object({ context, models: z.array(z.string()) })) });

/** The sessions of a fixture: the context that its truth has, and the one that is known with the catalogue. */
async function sessions(medium: 'claude' | 'codex' | 'gemini' | 'opencode') {
  const { sessions: all } = truth.parse(JSON.parse(readFileSync(join(FIXTURES, `${medium}.truth.json`), 'utf8')));
  const root = medium === 'opencode' ? join(FIXTURES, medium, 'opencode.db') : join(FIXTURES, medium);
  const { conversations } = await readRecords(medium, root, { pricer: loadPricer() });
  return conversations.flatMap((row) => {
    const known = all[row.conversationId];
    const use = row.session?.context ?? null;
    return known === undefined || use === null ? [] : [{ known, use, fill: contextFillOf(row) }];
  });
}

test('Claude Code: every window is of the catalogue, and none is smaller than what is in use', async () => {
  const all = await sessions('claude');
  expect(all.length).toBeGreaterThan(5);
  for (const { use, fill } of all) {
    expect(use.windowKnown).toBe(false);
    expect(use.windowTokens).toBeGreaterThanOrEqual(Math.max(200_000, use.usedTokens ?? 0));
    if (use.usedTokens !== null) expect(fill).toBe(use.usedTokens / (use.windowTokens ?? 1));
  }
});

test('Codex: the window is the one that the record has', async () => {
  const all = await sessions('codex');
  expect(all.length).toBeGreaterThan(3);
  for (const { known, use } of all) {
    expect([use.usedTokens, use.windowTokens]).toEqual([known.context.tokens, known.context.window]);
    expect(use.windowKnown).toBe(known.context.window !== null);
  }
});

test.each(['gemini', 'opencode'] as const)(
  '%s: the window is of the catalogue where that has the model',
  async (medium) => {
    const pricer = loadPricer();
    const all = await sessions(medium);
    expect(all.length).toBeGreaterThan(0);
    for (const { known, use } of all) {
      expect(use.usedTokens).toBe(known.context.tokens);
      expect(use.windowTokens).toBe(pricer.windowOf(use.provider ?? null, use.model ?? null)?.tokens ?? null);
      expect(known.models).toContain(use.model);
    }
  },
);
