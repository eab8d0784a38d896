import type { Config } from '../../config/config.ts';
import type { CommandValues } from '../../config/options.ts';
import { explain, type Explanation } from '../../core/history/explain.ts';
import type { Ms } from '../../core/units.ts';
import { complain, deliverOutput, printJson, printLines } from '../../effects/terminal/output.ts';
import { wordExplanation } from '../../wording/history.ts';
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
  const read = readConfigured(config, 'explain');
  if (read === null) return EXIT.noSource;
  const found = explain(read.entries, id);
  if (found.type === 'none') {
    complain(`explain: the history knows no signal or snapshot ${id}; what was there before sightline is not in it`);
    return EXIT.wrong;
  }
  if (found.type === 'several') {
    complain(`explain: several begin with ${id}: ${found.ids.join(', ')}`);
    return EXIT.usage;
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
