import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditDocument } from '../../src/commands/audit/document.ts';
import { auditSchema, type AuditDocument } from '../../src/commands/audit/schema.ts';
import { auditTable } from '../../src/commands/audit/table.ts';
import { auditSource } from '../../src/feeds/index.ts';
import { FIXTURES, truthOf } from '../helpers/records.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const TOKENS = [
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
  'prompt_tokens',
] as const;

describe.each(['claude', 'codex', 'gemini', 'opencode'] as const)('the audit of %s', (medium) => {
  test('has our sums, and the differences make the naive ones of them', async () => {
    const { sessions } = await audit(medium);
    const truth = truthOf(medium, medium === 'claude');
    for (const { session_id: id, naive, ours, differences } of sessions) {
      const sum = (field: (typeof TOKENS)[number]): number => differences.reduce((all, one) => all + one[field], 0);
      expect([ours.calls, ...TOKENS.map((field) => ours[field])]).toEqual([
        truth[id]?.calls,
        ...(truth[id]?.tokens ?? []),
      ]);
      expect(TOKENS.map((field) => ours[field] + sum(field))).toEqual(TOKENS.map((field) => naive[field]));
      const records = differences.reduce((all, one) => all + one.records, 0);
      expect(ours.calls - ours.failed + records).toBe(naive.records);
    }
  });
});

test('tells each difference by its rule', async () => {
  const causes = async (medium: string): Promise<readonly unknown[]> =>
    (await audit(medium)).totals
      .flatMap(({ differences }) => differences.map(({ rule, records }) => `${rule} ${records}`))
      .sort();
  expect(await causes('codex')).toEqual(['X1 0', 'X1 5', 'X2 1', 'X4 11', 'X5 3']);
  expect(await causes('gemini')).toEqual(['G1 4', 'G2 2']);
  expect(await causes('opencode')).toEqual(['O1 -1']);
});

test('the table has a row for each session, the sums, and what the rules mean', async () => {
  const table = auditTable(await audit('gemini'), 120);
  expect(table).toMatch(/Gemini +e8d79f49\S+ +3 +\S+ +\S+ +G1 \+\S+ \(3 records\)\n/u);
  expect(table).toMatch(/Gemini +all sessions +28 /u);
  expect(table).toContain('  G2  the older document beside the operations that took it over\n');
  expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});

test('refuses a source without an agent’s own records, and reports one that does not exist', async () => {
  expect(await auditSource('sqlite:/tmp', null)).toEqual({
    ok: false,
    reason: { code: 'no_records', uri: 'sqlite:/tmp' },
  });
  const absent = await auditSource(`codex:${join(tempDir(), 'nowhere')}`, null);
  expect(absent.ok && absent.value.trouble).toMatchObject({ code: 'records_not_there' });
});

async function audit(medium: string): Promise<AuditDocument> {
  const root = join(tempDir(), medium);
  cpSync(join(FIXTURES, medium), root, { recursive: true });
  const made = await auditSource(`${medium}:${root}`, null);
  if (!made.ok) throw new Error(made.reason.code);
  return auditSchema.parse(auditDocument([made.value], 0));
}
