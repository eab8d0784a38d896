import type { Snapshot } from '../../../core/snapshots.ts';
import type { Scenario } from '../../../feeds/demo/script/scenario.ts';
import type { Verdict } from './checks.ts';
import { settledFate, type Recording } from '../recording.ts';

/** A snapshot as the store lists it at the end, and which files changed since the one before. */
export type StoredSnapshot = { readonly project: string; readonly snapshot: Snapshot; readonly files: string };

export type SummaryFacts = {
  readonly scenario: Scenario;
  readonly recording: Recording;
  readonly verdicts: readonly Verdict[];
  readonly snapshots: readonly StoredSnapshot[];
};

/** The end of the demo, as lines without line breaks. */
export function summaryLines(facts: SummaryFacts): readonly string[] {
  return [...storyLines(facts), '', 'What each part showed', ...partLines(facts.scenario, facts.verdicts)];
}

/** Formats what happened, without a judgement: the operator may have changed the outcome. */
export function storyLines({ recording, snapshots }: Pick<SummaryFacts, 'recording' | 'snapshots'>): readonly string[] {
  return [
    '',
    'Signals by fate',
    ...fateLines(recording),
    '',
    `Snapshots in the store (${snapshots.length})`,
    ...table(snapshots.map((row) => [row.project, row.snapshot.id, row.files])),
  ];
}

function fateLines(recording: Recording): readonly string[] {
  const counts = new Map<string, number>();
  for (const story of recording.stories.values()) {
    const fate = settledFate(story)?.kind ?? 'not settled';
    counts.set(fate, (counts.get(fate) ?? 0) + 1);
  }
  const rows = [...counts].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  return rows.length === 0 ? ['  none'] : table(rows.map(([fate, count]) => [fate, String(count)]));
}

function partLines(scenario: Scenario, verdicts: readonly Verdict[]): readonly string[] {
  return verdicts.flatMap(({ part, found, problem }) => {
    const shows = scenario.parts.find(({ name }) => name === part)?.shows ?? '';
    const head = `  ${problem === null ? 'ok    ' : 'FAILED'}  ${part.padEnd('clean-exit'.length)}  ${shows}`;
    const indent = ' '.repeat('  FAILED  clean-exit  '.length);
    return [head, `${indent}${found}`, ...(problem === null ? [] : [`${indent}problem: ${problem}`])];
  });
}

/** Rows with every column but the last padded to its widest cell. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const width = (column: number): number => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0));
  return rows.map(
    (row) =>
      '  ' +
      row
        .map((cell, column) => cell.padEnd(width(column)))
        .join('  ')
        .trimEnd(),
  );
}
