import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A file may be as long as its concept; beyond this it is worth a look whether it holds more than one. Lines. */
const WORTH_A_LOOK = 400;

// npm run long-files: lists them, and fails nothing.
const root = resolve(import.meta.dirname, '../..');
for (const name of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
  if (!/\.tsx?$/u.test(name)) continue;
  const lines = readFileSync(join(root, 'src', name), 'utf8').split('\n').length - 1;
  if (lines > WORTH_A_LOOK) console.log(`src/${name}: ${lines} lines`);
}
