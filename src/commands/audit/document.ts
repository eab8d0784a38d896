import { VERSION } from '../../core/version.ts';
import type { Ms } from '../../core/units.ts';
import type { AuditDifference, AuditSession, AuditTokens } from '../../feeds/records/audit.ts';
import { DIFFERENCES } from '../../feeds/records/differences.ts';
import type { SourceAudit } from '../../feeds/index.ts';
import { wordSource } from '../../wording/sources.ts';
import { isoTime } from '../iso-time.ts';
import type { AuditDifferenceJson, AuditDocument, AuditSessionJson, AuditTotalsJson } from './schema.ts';

/** The audits of some sources as `sightline.audit/1`. */
export function auditDocument(audits: readonly SourceAudit[], at: Ms): AuditDocument {
  const sessions = audits.flatMap(({ agent, sessions: all }) => all.map((one) => sessionJson(agent, one)));
  const agents = [...new Set(audits.map(({ agent }) => agent))];
  return {
    schema: 'sightline.audit/1',
    generated_at: isoTime(at),
    version: VERSION,
    sources: audits.map(({ uri, medium, agent, trouble }) => {
      return { uri, medium, agent, trouble: trouble && wordSource(trouble, false) };
    }),
    sessions,
    totals: agents.map((agent) => totalsOf(agent, sessions)),
  };
}

function sessionJson(
  agent: string,
  { sessionId, cwd, title, naive, ours, differences }: AuditSession,
): AuditSessionJson {
  return {
    agent,
    session_id: sessionId,
    cwd,
    title,
    naive: { records: naive.records, ...tokensJson(naive.tokens) },
    ours: {
      calls: ours.calls + ours.failed,
      failed: ours.failed,
      unsure_output: ours.unsureOutput,
      ...tokensJson(ours.tokens),
    },
    differences: differences.map(differenceJson),
  };
}

function differenceJson({ cause, records, tokens }: AuditDifference): AuditDifferenceJson {
  const { rule, meaning: words } = DIFFERENCES[cause];
  return { rule, cause, words, records, ...tokensJson(tokens) };
}

function tokensJson({ input, output, cacheRead, cacheCreation, prompt }: AuditTokens) {
  return {
    input_tokens: input,
    output_tokens: output,
    cache_read_tokens: cacheRead,
    cache_creation_tokens: cacheCreation,
    prompt_tokens: prompt,
  };
}

function totalsOf(agent: string, sessions: readonly AuditSessionJson[]): AuditTotalsJson {
  const own = sessions.filter((session) => session.agent === agent);
  const byCause = new Map<string, AuditDifferenceJson>();
  for (const difference of own.flatMap(({ differences }) => differences)) {
    const known = byCause.get(difference.cause);
    byCause.set(difference.cause, known === undefined ? difference : { ...difference, ...sumOf([known, difference]) });
  }
  return {
    agent,
    naive: { ...NO_NAIVE, ...sumOf(own.map(({ naive }) => naive)) },
    ours: { ...NO_OURS, ...sumOf(own.map(({ ours }) => ours)) },
    differences: [...byCause.values()],
  };
}

const NO_TOKENS = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_creation_tokens: 0,
  prompt_tokens: 0,
};
const NO_NAIVE = { records: 0, ...NO_TOKENS };
const NO_OURS = { calls: 0, failed: 0, unsure_output: 0, ...NO_TOKENS };

type Numbers<T> = { readonly [Field in keyof T as T[Field] extends number ? Field : never]: number };

/** Adds up the numbers of some rows, field by field. */
function sumOf<T extends object>(rows: readonly T[]): Numbers<T> {
  const sums: Record<string, number> = {};
  for (const row of rows) {
    for (const [field, value] of Object.entries(row)) {
      if (typeof value === 'number') sums[field] = (sums[field] ?? 0) + value;
    }
  }
  return sums as Numbers<T>;
}
