/**
 * Writes `dist/chunks/whole.js`: the whole program as one classic script, an async function that returns what
 * `src/cli/whole.ts` exports. Of a script Node can keep the functions that a start has compiled, of a module only what
 * stands outside of functions; and one file is read sooner than thirty are linked. `src/cli/compiled.ts` runs it.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..');
/** A script has no `import`: the modules of Node come from the process. Ink's tools for developers are never loaded. */
const withoutImports: Plugin = {
  name: 'without-imports',
  setup: (building) => {
    const path = (given: string) => ({ path: given, namespace: 'given' });
    building.onResolve({ filter: /^node:/ }, (given) => path(given.path));
    building.onResolve({ filter: /^react-devtools-core$/ }, (given) => path(given.path));
    building.onLoad({ filter: /./, namespace: 'given' }, (given) => ({
      contents: given.path.startsWith('node:')
        ? `module.exports = process.getBuiltinModule(${JSON.stringify(given.path)});`
        : '',
    }));
  },
};

const { outputFiles } = await build({
  entryPoints: [join(ROOT, 'src/cli/whole.ts')],
  absWorkingDir: ROOT,
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node22.15',
  // As for the modules (package.json), whose folder is this one's, too.
  alias: {
    'string-width': './src/ui/render/string-width.ts',
    'node:process': './src/cli/builtins/process.ts',
    'node:util': './src/cli/builtins/util.ts',
  },
  define: {
    'process.env.NODE_ENV': "'production'",
    fetch: 'undefined',
    'import.meta.url': 'place.url',
    'import.meta.dirname': 'place.dirname',
    'import.meta.resolve': 'undefined',
  },
  // A trace keeps the names of functions, and lines short enough to be read.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: 'none',
  plugins: [withoutImports],
  logLevel: 'warning',
});
const text = outputFiles[0]?.text ?? '';
const exported = /export\{(?<list>[^}]*)\};\s*$/u.exec(text);
if (exported?.groups === undefined) throw new Error('the bundle does not end with what it exports');
const body = text.slice(0, exported.index);
const left = /(?:^|[;}\n])(?:import|export)\s*[{"'*]|\bimport\s*\(/u.exec(body);
if (left !== null) throw new Error(`a script cannot hold ${body.slice(left.index, left.index + 80)}`);
const list = (exported.groups['list'] ?? '').split(',').map((one) => {
  const [local = '', name = local] = one.split(' as ');
  return `${name}:${local}`;
});
const script = `(async(place,require)=>{"use strict";${body}return{${list.join(',')}}})`;
// What is kept of it is known by this.
const hash = createHash('sha256').update(script).digest('hex').slice(0, 16);
writeFileSync(join(ROOT, 'dist/chunks/whole.js'), `/*${hash}*/${script}\n`);
