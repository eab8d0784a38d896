import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The manual, one topic a file: beside this folder in the sources, beside the chunks in the built program. */
const MANUAL = fileURLToPath(new URL('../manual/', import.meta.url));

/** Returns the names of the manual's topics. */
export function manualTopics(): readonly string[] {
  return readdirSync(MANUAL)
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -'.md'.length));
}

/** Reads a topic, one of `manualTopics`, without the marks of the tool that writes its generated parts. */
export function readManual(topic: string): string {
  return readFileSync(join(MANUAL, `${topic}.md`), 'utf8').replaceAll(/<!-- [^>]+ -->\n\n?/gu, '');
}
