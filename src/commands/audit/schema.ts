import * as z from 'zod';
import { RECORD_MEDIUM_NAMES } from '../../core/sources.ts';

/*
 * `sightline.audit/1`, field by field: what `audit --json` prints. It changes by addition only; `audit --schema` prints it.
 */

const count = z.int().min(0);
const tokens = {
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_creation_tokens: count,
  prompt_tokens: count.describe('input, and what the cache read or wrote where that is not part of it'),
};
const naive = z.strictObject({ records: count.describe('records that carry token counts'), ...tokens });
const ours = z.strictObject({
  calls: count.describe('finished model calls, failed ones included'),
  failed: count.describe('calls that failed without any tokens'),
  unsure_output: count.describe('calls whose output count is a lower bound (rule C3)'),
  ...tokens,
});
const difference = z.strictObject({
  rule: z.string().describe('rule of the contract'),
  cause: z.string(),
  words: z.string(),
  records: z.int().describe('records that the naive sum has too many; negative: too few'),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cache_read_tokens: z.int(),
  cache_creation_tokens: z.int(),
  prompt_tokens: z.int(),
});

const session = z.strictObject({
  agent: z.string(),
  session_id: z.string(),
  cwd: z.string().nullable(),
  title: z.string().nullable(),
  naive: naive.describe('the sum over all records that carry token counts'),
  ours: ours.describe('our sum: naive minus the differences'),
  differences: z.array(difference),
});

/** The document of `audit --json`. */
export const auditSchema = z.strictObject({
  schema: z.literal('sightline.audit/1'),
  generated_at: z.iso.datetime({ precision: 3 }),
  version: z.string(),
  sources: z.array(
    z.strictObject({
      uri: z.string(),
      medium: z.enum(RECORD_MEDIUM_NAMES),
      agent: z.string(),
      trouble: z.string().nullable().describe('why it could not be read; null where it was read to its end'),
    }),
  ),
  sessions: z.array(session),
  totals: z.array(z.strictObject({ agent: z.string(), naive, ours, differences: z.array(difference) })),
});

export type AuditDocument = z.infer<typeof auditSchema>;
export type AuditSessionJson = z.infer<typeof session>;
export type AuditDifferenceJson = z.infer<typeof difference>;
export type AuditTotalsJson = AuditDocument['totals'][number];
