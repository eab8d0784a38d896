import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Result } from '../core/checkpointer.ts';
import type { Medium, SourceUri } from '../core/events.ts';
import { cleanLine } from '../core/text.ts';

/** A source taken apart. `path` is an absolute path, the origin of an HTTP server, or empty for standard input. */
export type Source = { readonly uri: SourceUri; readonly medium: Medium; readonly path: string };

/**
 * Understands what names a source: `sqlite:DIR`, `jsonl:FILE`, `logtail:FILE`, `http(s)://HOST:PORT`, `-`, or a bare path
 * whose kind can be told from what it is. Whether it can be read is the feed's business.
 */
export function parseSourceUri(text: string): Result<Source> {
  if (text === '-') return { ok: true, value: { uri: '-', medium: 'stdin', path: '' } };
  if (text === '' || text.includes('\0')) return refuse(text);
  if (/^https?:/iu.test(text)) return parseHttp(text);
  const [, scheme, place] = /^([a-z]+):(.*)$/su.exec(text) ?? [];
  if (scheme === undefined || place === undefined) return guess(text);
  if (!isFileMedium(scheme)) return refuse(text);
  if (place === '') return { ok: false, reason: `${scheme}: wants a path after the colon` };
  return { ok: true, value: { uri: text, medium: scheme, path: absolute(place) } };
}

const FORMS = 'sqlite:DIR, jsonl:FILE, logtail:FILE, http(s)://HOST:PORT or - (standard input)';

function refuse(text: string): Result<Source> {
  return { ok: false, reason: `a source is ${FORMS}; got "${cleanLine(text, 200)}"` };
}

function parseHttp(text: string): Result<Source> {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return refuse(text);
  if (url.username + url.password + url.search + url.hash !== '') {
    const reason = 'an HTTP source is http(s)://HOST:PORT, without a user, a password or a query';
    return { ok: false, reason: `${reason}; give the token with --token-file FILE` };
  }
  return { ok: true, value: { uri: text, medium: 'http', path: url.origin + url.pathname.replace(/\/+$/u, '') } };
}

function isFileMedium(scheme: string): scheme is 'sqlite' | 'jsonl' | 'logtail' {
  return scheme === 'sqlite' || scheme === 'jsonl' || scheme === 'logtail';
}

function guess(text: string): Result<Source> {
  const path = absolute(text);
  const medium = mediumOf(path);
  if (medium === null) return refuse(text);
  return { ok: true, value: { uri: `${medium}:${path}`, medium, path } };
}

function mediumOf(path: string): Medium | null {
  if (path.endsWith('.jsonl')) return 'jsonl';
  if (path.endsWith('.db') || isFolder(path)) return 'sqlite';
  return null;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

// A shell leaves the tilde of `sqlite:~/…` alone, so it is ours to understand.
function absolute(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(path);
}
