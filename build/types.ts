/**
 * Keeps of the emitted declarations what the library's entry reaches, and removes the rest: the compiler emits one for each
 * source file, and a reader of the package needs a seventh of them. Fails where one names a package: the package has none.
 */
import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../dist/types');
/** `from './x.ts'` and `import('./x.ts')`, as the compiler writes them: one a line or several, never in a template. */
const SPECIFIER = /\b(?:from |import\()'(?<specifier>[^'\n]+)'/g;

/** Returns the declaration that a relative specifier of `file` means. */
function declarationOf(file: string, specifier: string): string {
  return resolve(dirname(file), specifier.replace(/\.tsx?$/, '.d.ts'));
}

function reachable(entry: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    for (const { groups } of withoutComments(readFileSync(file, 'utf8')).matchAll(SPECIFIER)) {
      const specifier = groups?.['specifier'] ?? '';
      if (!specifier.startsWith('.')) throw new Error(`${file} needs the types of '${specifier}'`);
      open.push(declarationOf(file, specifier));
    }
  }
  return reached;
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '');
}

const kept = reachable(join(ROOT, 'index.d.ts'));
for (const entry of readdirSync(ROOT, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !kept.has(path)) rmSync(path);
}
const folders = readdirSync(ROOT, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
// The deepest first: a folder is empty once those in it are gone.
for (const folder of folders
  .map(({ parentPath, name }) => join(parentPath, name))
  .sort((a, b) => b.length - a.length)) {
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
