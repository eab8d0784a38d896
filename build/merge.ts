/**
 * Joins the chunks of the built program that are always loaded together. The bundler makes one for each set of places that
 * share some code: more than a hundred small files for a start, of which each costs Node about half a millisecond to
 * resolve, read and link, whatever is in it. Runs between the bundler and the licences, over the bundler's metafile.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..');
const CHUNKS = join(ROOT, 'dist/chunks');

/** A part of the program: what all of its entries need beyond the parts before it. */
type Part = {
  readonly name: string;
  readonly entries: readonly [string, ...string[]];
  /** The entries that may load it; what any other entry needs, too, is left out. Absent: any. */
  readonly users?: RegExp;
};

/**
 * The parts, each needing only those before it, and chunks that are in none. A command that needs a little of a part loads
 * all of it: the first ones are what nearly every command needs.
 */
const PARTS: readonly Part[] = [
  { name: 'main', entries: ['src/cli/main.ts'] },
  { name: 'arguments', entries: ['src/cli/program.ts'] },
  { name: 'config', entries: ['src/config/config.ts'] },
  { name: 'engine', entries: ['src/commands/once/run.ts', 'src/commands/headless/run.ts', 'src/commands/tui/run.ts'] },
  { name: 'services', entries: ['src/commands/headless/run.ts', 'src/commands/tui/run.ts'] },
  { name: 'files', entries: ['src/feeds/jsonl/index.ts', 'src/feeds/sqlite/sqlite-feed.ts'] },
  { name: 'once', entries: ['src/commands/once/run.ts'], users: /^src\/commands\/once\// },
  { name: 'headless', entries: ['src/commands/headless/run.ts'], users: /^src\/commands\/headless\// },
  // A host of a fleet counts what is wrong without a screen.
  { name: 'ladder', entries: ['src/ui/ladder/ladder.ts'] },
  { name: 'screen', entries: ['src/ui/app/open-screen.tsx'], users: /^src\/(?:ui|commands\/(?:tui|keys|doctor|demo))/ },
  { name: 'dashboard', entries: ['src/commands/tui/run.ts'], users: /^src\/(?:ui|commands\/(?:tui|keys|doctor|demo))/ },
];

/** An import of the bundler's output: what is taken, if anything, the folder and the file. */
const IMPORT = /^import (?:\{(?<names>[^}]*)\} from )?"(?<folder>\.\/(?:chunks\/)?)(?<file>[^"/]+)";$/gmu;

type Names = ReadonlyMap<string, string>;

const { outputs } = JSON.parse(readFileSync(join(ROOT, 'dist/meta.json'), 'utf8')) as Metafile;
const files = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), { ...output, path }]));
/** The chunks that are in a part, and what is still to be written in their place. */
const merged = new Set<string>();

for (const part of PARTS) await merge(part);

async function merge({ name, entries, users = /^/ }: Part): Promise<void> {
  const [first = [], ...others] = entries.map((entry) => closureOf(outputOf(entry)));
  const strangers = [...files].filter(([, { entryPoint }]) => entryPoint !== undefined && !users.test(entryPoint));
  const alien = new Set(strangers.flatMap(([file]) => closureOf(file)));
  const needed = first.filter(
    (file) => !merged.has(file) && !alien.has(file) && others.every((closure) => closure.includes(file)),
  );
  // An entry stays a file of its own unless another of these needs it: then it only passes on what the part has.
  const members = needed.filter((file) => !isEntry(file) || needed.some((one) => importsOf(one).includes(file)));
  if (members.length < 2) return;
  const names = new Map(
    members.map((file, at): [string, Names] => [
      file,
      new Map((files.get(file)?.exports ?? []).map((one) => [one, `${one}_${at}`])),
    ]),
  );
  const text = await joined(names);
  const part = `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase()}.js`;
  for (const [file, { path }] of files) {
    const there = join(ROOT, path);
    if (merged.has(file)) continue;
    if (!members.includes(file)) writeFileSync(there, redirected(readFileSync(there, 'utf8'), names, part));
    else if (isEntry(file)) writeFileSync(there, passingOn(names.get(file) ?? new Map(), `./${part}`));
    else rmSync(there);
  }
  writeFileSync(join(CHUNKS, part), text);
  for (const file of members) merged.add(file);
}

function outputOf(entry: string): string {
  const [file] = [...files].find(([, { entryPoint }]) => entryPoint === entry) ?? [];
  if (file === undefined) throw new Error(`the bundle has no entry ${entry}`);
  return file;
}

function isEntry(file: string): boolean {
  return files.get(file)?.entryPoint !== undefined;
}

function importsOf(file: string): readonly string[] {
  const all = files.get(file)?.imports ?? [];
  return all
    .filter(({ kind, external }) => kind === 'import-statement' && external !== true)
    .map(({ path }) => basename(path));
}

/** A chunk and all that it needs, each after what it needs itself: as they are evaluated. */
function closureOf(file: string, closure: string[] = []): readonly string[] {
  if (closure.includes(file)) return closure;
  for (const needed of importsOf(file)) closureOf(needed, closure);
  closure.push(file);
  return closure;
}

/** The text of a part: the bundler gives names of their own to what is called the same in two chunks. */
async function joined(names: ReadonlyMap<string, Names>): Promise<string> {
  const isMember: Plugin = {
    name: 'members',
    setup: (building) => {
      building.onResolve({ filter: /./ }, ({ path, kind }) =>
        kind !== 'dynamic-import' && names.has(basename(path))
          ? { path: join(CHUNKS, basename(path)) }
          : { path, external: true },
      );
    },
  };
  const contents = [...names].map(([file, exported]) =>
    exported.size === 0 ? `import "./${file}";\n` : passingOn(invert(exported), `./${file}`),
  );
  const { outputFiles } = await build({
    stdin: { contents: contents.join(''), resolveDir: CHUNKS },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node22.15',
    plugins: [isMember],
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
}

/** Passes on what another file exports: by the names here, which are keys. */
function passingOn(names: Names, from: string): string {
  const list = [...names].map(([here, there]) => `${there} as ${here}`);
  return list.length === 0 ? `import "${from}";\n` : `export { ${list.join(', ')} } from "${from}";\n`;
}

function invert(names: Names): Names {
  return new Map([...names].map(([key, value]) => [value, key]));
}

/** The text of a file that takes from a part what it took from its members. */
function redirected(text: string, names: ReadonlyMap<string, Names>, part: string): string {
  return text.replaceAll(IMPORT, (statement, list: string | undefined, folder: string, file: string) => {
    const called = names.get(file);
    if (called === undefined) return statement;
    const taken = (list ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '')
      .map((one) => {
        const [exported = '', local = exported] = one.split(' as ');
        return `${called.get(exported) ?? exported} as ${local}`;
      });
    const from = `"${folder}${part}";`;
    return taken.length === 0 ? `import ${from}` : `import { ${taken.join(', ')} } from ${from}`;
  });
}
