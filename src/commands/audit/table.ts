import { tokens as compact } from '../../wording/units.ts';
import { textTable, wrapped } from '../text-table.ts';
import type { AuditDifferenceJson, AuditDocument, AuditSessionJson, AuditTotalsJson } from './schema.ts';

const COLUMNS = [
  { title: 'AGENT' },
  { title: 'SESSION' },
  { title: 'CALLS', align: 'right' },
  { title: 'NAIVE', align: 'right' },
  { title: 'OURS', align: 'right' },
  { title: 'DIFFERENCES BY RULE' },
] as const;

/** Renders an audit for people: a row for each session, the sums of each agent, and what the rules mean. */
export function auditTable(doc: AuditDocument, width: number): string {
  const rows = [...doc.sessions.map(sessionRow), ...doc.totals.map(totalsRow)];
  const troubles = doc.sources.filter(({ trouble }) => trouble !== null);
  const sections = [
    troubles.map(({ uri, trouble }) => `${uri}: ${trouble ?? ''}`),
    ['Tokens of prompts (with the cache) and answers', ...textTable(COLUMNS, rows, width)],
    legend(doc.totals.flatMap(({ differences }) => differences)),
  ];
  const blocks = sections.filter((lines) => lines.length > 0);
  return blocks.map((lines) => `${lines.flatMap((line) => wrapped(line, width)).join('\n')}\n`).join('\n');
}

function sessionRow({ agent, session_id: id, ...session }: AuditSessionJson): readonly string[] {
  return [agent, id, ...sums(session)];
}

function totalsRow({ agent, ...totals }: AuditTotalsJson): readonly string[] {
  return [agent, 'all sessions', ...sums(totals)];
}

function sums({
  naive,
  ours,
  differences,
}: Pick<AuditTotalsJson, 'naive' | 'ours' | 'differences'>): readonly string[] {
  const atLeast = ours.unsure_output > 0 ? '~' : '';
  return [
    String(ours.calls),
    compact(tokensOf(naive)),
    atLeast + compact(tokensOf(ours)),
    differences.length === 0 ? 'none' : differences.map(differenceText).join(', '),
  ];
}

function differenceText(difference: AuditDifferenceJson): string {
  const { rule, records } = difference;
  const tokens = tokensOf(difference);
  const sign = tokens < 0 ? '-' : '+';
  return `${rule} ${sign}${compact(Math.abs(tokens))} (${records} ${Math.abs(records) === 1 ? 'record' : 'records'})`;
}

function legend(differences: readonly AuditDifferenceJson[]): readonly string[] {
  const meanings = new Map(differences.map(({ cause, rule, words: meaning }) => [cause, `  ${rule}  ${meaning}`]));
  return meanings.size === 0 ? [] : ['What makes the naive sum differ', ...[...meanings.values()].sort()];
}

function tokensOf(sum: { readonly prompt_tokens: number; readonly output_tokens: number }): number {
  return sum.prompt_tokens + sum.output_tokens;
}
