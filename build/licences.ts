/**
 * Writes `dist/THIRD-PARTY-LICENSES.txt`: the texts of the licences of every package that esbuild has put into the bundle,
 * by its metafile, which is removed. Fails where a package has another licence than those allowed here, or no text of it.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const METAFILE = join(ROOT, 'dist/meta.json');
/** Permissive licences, whose one condition is that their text goes along; the Unlicense has none. */
const ALLOWED: ReadonlySet<string> = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
]);
/** The texts that go along; the notice is a condition of Apache-2.0. */
const LICENCE_FILE = /^(?:licen[cs]e|notice)(?:[.-]|$)/i;
/** The folder of a package, nested ones included: `node_modules/a/node_modules/@b/c`. */
const PACKAGE = /^(?<folder>(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//;

type Manifest = { readonly name: string; readonly version: string; readonly license?: string };

function bundledPackages(): readonly string[] {
  const { inputs } = JSON.parse(readFileSync(METAFILE, 'utf8')) as {
    readonly inputs: Readonly<Record<string, unknown>>;
  };
  const folders = Object.keys(inputs).flatMap((path) => PACKAGE.exec(path)?.groups?.['folder'] ?? []);
  return [...new Set(folders)].sort();
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
  if (license === undefined || !ALLOWED.has(license)) throw new Error(`${name} has the licence ${license ?? '(none)'}`);
  const files = readdirSync(join(ROOT, folder))
    .filter((entry) => LICENCE_FILE.test(entry))
    .sort()
    .map((entry) => join(ROOT, folder, entry));
  // For a package that names its licence and ships no text of it.
  const ours = join(import.meta.dirname, 'licences', `${name}.txt`);
  if (files.length === 0 && existsSync(ours)) files.push(ours);
  if (files.length === 0) throw new Error(`${name} ships no text of its licence ${license}`);
  const texts = files.map((file) => readFileSync(file, 'utf8').replaceAll('\r\n', '\n').trim());
  return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`;
}

const notices = bundledPackages().map(noticeOf);
const head = 'sightline contains the packages below, each under its own licence.\n';
writeFileSync(join(ROOT, 'dist/THIRD-PARTY-LICENSES.txt'), [head, ...notices].join(`\n${'-'.repeat(80)}\n\n`));
rmSync(METAFILE);
