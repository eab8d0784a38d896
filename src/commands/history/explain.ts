import type { Config } from '../../config/config.ts';
import type { CommandValues } from '../../config/options.ts';
import { explain, type Explanation, type Found } from '../../core/history/explain.ts';
import type { Ms } from '../../core/units.ts';
import { deliverOutput, printJson, printLines } from '../../effects/terminal/output.ts';
import { wordExplanation } from '../../wording/history.ts';
import { type Answer, printAnswer } from '../acting/answer.ts';
import { EXIT } from '../exit-codes.ts';
import { isoTime } from '../iso-time.ts';
import { tableWidth } from '../table-width.ts';
import { wrapped } from '../text-table.ts';
import { explainDocument } from './document.ts';
import { readConfigured } from './read.ts';

export type ExplainOptions = CommandValues<'explain'> & {
  /** As it was given: of a signal, its beginning, or of a snapshot. */
  readonly id: string;
};

/** Explains a signal or a snapshot by the history of the state folder; resolves to the exit code. */
export async function runExplain(config: Config, options: ExplainOptions): Promise<number> {
  const { id, json, bundle } = options;
  const read = readConfigured(config, { command: 'explain', json });
  if (read === null) return EXIT.noSource;
  const found = explain(read.entries, id, config.workspaces.fallback);
  if (found.type !== 'one') {
    const answer = { ok: false, outcome: 'refused', lines: [], ...whyNotOne(found, id) } as const;
    return printAnswer(answer, { json, command: 'explain' }, found.type === 'none' ? EXIT.wrong : EXIT.usage);
  }
  const { explanation } = found;
  if (bundle !== null) {
    const { writeBundle } = await import('./bundle.ts');
    return writeBundle(config, explanation, { ...options, file: bundle });
  }
  if (json) printJson(explainDocument(explanation), { indent: 2 });
  else printLines(explainLines(explanation, tableWidth()));
  await deliverOutput();
  return EXIT.done;
}

function whyNotOne(found: Exclude<Found, { readonly type: 'one' }>, id: string): Pick<Answer, 'reason' | 'code'> {
  switch (found.type) {
    case 'none':
      return {
        code: 'not_in_history',
        reason: `the history knows no signal or snapshot ${id}; what was there before sightline is not in it`,
      };
    case 'several':
      return { code: 'several', reason: `several begin with ${id}: ${found.ids.join(', ')}` };
    case 'workspaces': {
      const reason = `several workspaces have a snapshot ${id}; name one with --workspace DIR: `;
      return { code: 'several', reason: reason + found.workspaces.join(', ') };
    }
  }
}

/** Returns a time for people, as it stands in every output of ours: UTC. */
export function utc(at: Ms): string {
  return isoTime(at).replace('T', ' ').replace('Z', ' UTC');
}

/** Returns an explanation as lines for people. */
export function explainLines(explanation: Explanation, width: number): readonly string[] {
  return wordExplanation(explanation, utc).flatMap(({ title, rows }, index) => {
    const label = Math.max(...rows.map(([name]) => name.length));
    const lines = rows.map(([name, text]) => `  ${name.padEnd(label)}  ${text}`);
    return [...(index === 0 ? [] : ['']), title, ...lines.flatMap((line) => wrapped(line, width))];
  });
}
