import type { Config } from '../../config/config.ts';
import { EXIT } from '../exit-codes.ts';
import { systemClock } from '../../effects/clock.ts';
import { complain, deliverOutput, print, printJson } from '../../effects/terminal/output.ts';
import { auditSource, type SourceAudit } from '../../feeds/index.ts';
import { locateRecords } from '../../feeds/records/locate.ts';
import { tableWidth } from '../table-width.ts';
import { auditDocument } from './document.ts';
import { auditTable } from './table.ts';
import type { AuditProblem } from '../../core/source-reasons.ts';
import { wordSourceUri } from '../../wording/sources.ts';

export type AuditOptions = { readonly json: boolean; readonly sinceMs: number | null };

/** Compares our sums over agents' own records with the naive ones; resolves to the exit code. */
export async function runAudit(config: Config, { json, sinceMs }: AuditOptions): Promise<number> {
  const since = sinceMs === null ? null : systemClock.now() - sinceMs;
  const uris = config.sources.length > 0 ? config.sources : await locateRecords();
  const audits: SourceAudit[] = [];
  for (const uri of uris) {
    const audit = await auditSource(uri, since);
    if (audit.ok) audits.push(audit.value);
    else complain(wordAudit(audit.reason, uri));
  }
  if (audits.length === 0)
    complain('no records of an agent to audit; give --source claude:, codex:, gemini:, opencode: or qwen:');
  const doc = auditDocument(audits, systemClock.now());
  if (json) printJson(doc);
  else if (audits.length > 0) print(auditTable(doc, tableWidth()));
  await deliverOutput();
  return audits.some(({ trouble }) => trouble === null) ? EXIT.done : EXIT.noSource;
}

function wordAudit(problem: AuditProblem, uri: string): string {
  const why = problem.code === 'no_records' ? "not an agent's own records, nothing to audit" : wordSourceUri(problem);
  return `${uri}: ${why}`;
}
