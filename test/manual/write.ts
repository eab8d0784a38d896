import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { filled } from './generate.ts';

// npm run manual: fills the generated parts of src/manual from the program's tables.
const folder = resolve(import.meta.dirname, '../../src/manual');
for (const name of readdirSync(folder)) {
  const path = join(folder, name);
  const options = await resolveConfig(path);
  writeFileSync(path, await format(filled(readFileSync(path, 'utf8')), { ...options, filepath: path }));
}
