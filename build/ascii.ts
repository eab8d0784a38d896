/**
 * Escapes what the bundler leaves of characters beyond ASCII: it does so in strings by itself, but not in regular expressions
 * and comments. V8 keeps a file with a single character beyond Latin 1 at two bytes a character, for as long as the program
 * runs. An escape means the same in an expression; in a raw template it would not, so none of ours may have such characters.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const DIST = resolve(import.meta.dirname, '../dist');
const BEYOND_ASCII = /[^\0-\x7f]/g;

for (const file of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
  if (!/\.c?js$/.test(file)) continue;
  const path = join(DIST, file);
  const text = readFileSync(path, 'utf8');
  const escaped = text.replace(BEYOND_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (escaped !== text) writeFileSync(path, escaped);
}
