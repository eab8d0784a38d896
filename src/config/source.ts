import type { SourceUri } from '../core/events.ts';
import { ConfigError, quote } from './error.ts';

const FORMS = 'sqlite:DIR, jsonl:FILE, logtail:FILE, http(s)://HOST:PORT or - (standard input)';

/** Accepts what has the shape of a source; whether it can be read is the feed's business. Throws ConfigError. */
export function parseSource(text: string, name: string): SourceUri {
  if (text === '-' || /^(?:sqlite|jsonl|logtail):[^\0]+$/.test(text)) return text;
  if (/^https?:/.test(text) && isUrl(text)) return withoutSecrets(text, name);
  throw new ConfigError(`${name} wants ${FORMS}, got ${quote(text)}${hint(text)}`);
}

/** Several sources in one variable: separated by commas or white space that a new source follows. */
export function splitSources(text: string): readonly string[] {
  return text
    .trim()
    .split(/[,\s]+(?=sqlite:|jsonl:|logtail:|https?:\/\/|-(?:[,\s]|$))/)
    .map((part) => part.replace(/[,\s]+$/, ''))
    .filter((part) => part !== '');
}

// The address is shown on the screen and kept in the state folder. The error does not repeat it either.
function withoutSecrets(text: string, name: string): SourceUri {
  const { username, password, search, hash } = new URL(text);
  if (username + password + search + hash === '') return text;
  throw new ConfigError(
    `${name} wants http(s)://HOST:PORT without a user, a password or a query; give the token with --token-file FILE`,
  );
}

function isUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.hostname !== '';
}

function hint(text: string): string {
  if (/\.(?:jsonl|json|log|ndjson)$/.test(text)) return `; for a JSONL file say jsonl:${text}`;
  return text.includes('/') && !/^[a-z]+:/.test(text) ? `; for agentsight's folder say sqlite:${text}` : '';
}
