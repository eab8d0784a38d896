import type { FileChange } from './action.ts';
import type { Project } from './cast.ts';
import { randomStream, type Random } from './random.ts';

type Names = readonly [string, ...string[]];

const VERBS: Names = ['load', 'store', 'parse', 'format', 'merge', 'count', 'check', 'sort'];
const NOUNS: Names = ['Invoice', 'Entry', 'Report', 'Page', 'Price', 'Order', 'Customer', 'Batch'];
const MODULES: Names = ['model', 'queries', 'routes', 'render', 'settings'];
/** The file that an agent deletes: one of its own, so that nothing else of the demo misses it. */
const LEGACY = 'src/legacy.ts';

/** The files of a workspace before any agent touches it. */
export function initialFiles(project: Project, seed: number): readonly { path: string; text: string }[] {
  const random = randomStream(seed, `files/${project}`);
  const modules = MODULES.map((name) => ({ path: `src/${name}.ts`, text: sourceText(random, 3) }));
  return [
    { path: 'README.md', text: `# ${project}\n\nA made-up project that the demo's agents work on.\n` },
    { path: '.env', text: `API_TOKEN=${random.hex(24)}\n` },
    { path: LEGACY, text: sourceText(random, 2) },
    ...modules,
    { path: 'test/model.test.ts', text: sourceText(random, 2) },
  ];
}

/** One change that an agent makes. */
export function planChange(kind: 'create' | 'write' | 'delete', random: Random): FileChange {
  switch (kind) {
    case 'create':
      return { type: 'create', path: `src/${random.pick(VERBS)}-${random.hex(4)}.ts`, text: sourceText(random, 2) };
    case 'write':
      return { type: 'append', path: `src/${random.pick(MODULES)}.ts`, text: sourceText(random, 1) };
    case 'delete':
      return { type: 'delete', path: LEGACY };
  }
}

function sourceText(random: Random, functions: number): string {
  return Array.from({ length: functions }, () => functionText(random)).join('\n');
}

function functionText(random: Random): string {
  const name = random.pick(VERBS) + random.pick(NOUNS) + random.int(10, 99);
  return `export function ${name}(value: number): number {\n  return value * ${random.int(2, 40)} + ${random.int(1, 9)};\n}\n`;
}
