/**
 * The rules of the contract for agents' own records, by number: each has a test whose title begins with it.
 *
 * 2.1 bounded                           test; unpacked size and depth in hostile.test.ts, attacks in test/faults/records.fault.ts
 * 2.2 torn ends                         test
 * 2.3 several records of a line         test
 * 2.4 odd bytes, unknown kinds, types   test; unknown kinds by version in codex.test.ts, gemini.test.ts, qwen.test.ts, threads.test.ts
 * 2.5 shrunk, replaced, moved, pruned   test; forgotten and read once more in forgetting.test.ts
 * 2.6 copies                            test; by agent under C4, X4, X5, G2, O4 and in qwen.test.ts
 * 2.7 live or historical                test; after a history that other threads read in threads.test.ts
 * 2.8 hostile                           test; folders of sessions in test/effects/session-folder.test.ts, test/engine/session-folders.test.ts
 * 2.9 privacy                           test; telemetry in test/feeds/otlp/otlp.test.ts
 * C1 – C8  Claude Code                  test; its process files (S1) in processes.test.ts
 * X1 – X8  Codex                        test; X8 over a real process in holders.test.ts
 * G1 – G4  Gemini CLI                   test
 * O1 – O4  OpenCode                     test
 * 7  signals                            test/core/reactor/detect/records.test.ts
 * 8  OTLP                               test/feeds/otlp/otlp.test.ts, with the OpenTelemetry SDK's exporter
 * 9  two doors, one call                test/core/model/records.test.ts, test/feeds/otlp/otlp.test.ts; one storm, and one of the
 *                                       doors dying, in test/engine/two-doors.test.ts
 * 10 what records cannot tell           `gaps` of each provider; the test below
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RECORD_MEDIA } from '../../../src/feeds/records/locate.ts';
import { PROVIDERS } from '../../../src/feeds/records/registry.ts';

const RULES = [
  ...numbered('2.', 9),
  ...numbered('C', 8),
  ...numbered('X', 8),
  ...numbered('G', 4),
  ...numbered('O', 4),
] as const;

function numbered(chapter: string, last: number): readonly string[] {
  return Array.from({ length: last }, (_, at) => `${chapter}${at + 1}`);
}

test('each rule has a test whose title begins with its number', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
  const all = files.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('\n');
  expect(RULES.filter((rule) => !new RegExp(`['"\`]${rule.replace('.', '\\.')}[: ]`, 'u').test(all))).toEqual([]);
});

test.each(RECORD_MEDIA)('%s says what its records cannot tell', (medium) => {
  expect(PROVIDERS[medium].gaps.length).toBeGreaterThan(0);
});
