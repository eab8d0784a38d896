import { isRecord, type UnknownRecord } from '../../../core/record.ts';
import { MAX_PATH_BYTES } from '../limits.ts';
import { type BytePath, isInside, leadsOut } from '../workspace/byte-path.ts';
import { type Entry, KINDS, type LeftOut, OMISSIONS, type Omission } from '../workspace/entry.ts';
import { type Repository, repositoryOf } from '../workspace/repository.ts';

/**
 * The messages that a helper may send. Its user can make it send anything, so every field is checked here; null is what no helper of
 * ours sends. By hand, because a workspace has up to a million entries.
 */
export type Answer =
  | { readonly t: 'ready'; readonly uid: number; readonly gid: number; readonly groups: readonly number[] }
  | { readonly t: 'error'; readonly code: string; readonly text: string }
  | { readonly t: 'alive' | 'done' }
  | { readonly t: 'entries'; readonly entries: readonly Entry[] }
  | { readonly t: 'left-out'; readonly leftOut: readonly LeftOut[] }
  | { readonly t: 'repository'; readonly repository: Repository }
  | { readonly t: 'large'; readonly size: number }
  | { readonly t: 'content'; readonly entry: Entry; readonly stamp: string | null; readonly short: boolean }
  | { readonly t: 'same'; readonly entry: Entry; readonly stamp: string }
  | { readonly t: 'failed'; readonly why: Omission }
  /** Time that a reading spent on writing back, ms. */
  | { readonly t: 'synced'; readonly ms: number }
  | { readonly t: 'oid'; readonly oid: string | null }
  | { readonly t: 'closed'; readonly closed: boolean }
  | { readonly t: 'did'; readonly changed: boolean }
  | { readonly t: 'did-not'; readonly code: string };

const MAX_ID = 0xffff_ffff;
const MAX_GROUPS = 65_536;
const STAMP = /^[0-9:-]{1,120}$/u;
/** Of what was read: it may be marked as unsure. */
const READ_STAMP = /^~?[0-9:-]{1,120}$/u;
const OID = /^[0-9a-f]{40}$/u;
const CODE = /^[A-Z][A-Z0-9_]{0,31}$/u;

/** Reads one JSON message; null where it is none that a helper may send. */
export function parseAnswer(text: string): Answer | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isRecord(value) ? answerOf(value) : null;
}

function answerOf(fields: UnknownRecord): Answer | null {
  const { t } = fields;
  switch (t) {
    case 'alive':
    case 'done':
      return { t };
    case 'ready':
      return readyOf(fields);
    case 'error':
      return isCode(fields['code']) ? { t, code: fields['code'], text: shortText(fields['text']) } : null;
    case 'entries': {
      const entries = listOf(fields['e'], entryOf);
      return entries && { t, entries };
    }
    case 'left-out': {
      const leftOut = listOf(fields['l'], leftOutOf);
      return leftOut && { t, leftOut };
    }
    case 'repository': {
      const repository = repositoryOf(fields['r']);
      return repository && { t, repository };
    }
    case 'large':
      return isSize(fields['size']) ? { t, size: fields['size'] } : null;
    case 'content':
      return contentOf(fields);
    case 'same': {
      const entry = entryOf(fields['e']);
      const { stamp } = fields;
      return entry?.kind === 'file' && isMatch(stamp, READ_STAMP) ? { t, entry, stamp } : null;
    }
    case 'synced':
      return isSize(fields['ms']) ? { t, ms: fields['ms'] } : null;
    case 'failed':
      return isOmission(fields['why']) ? { t, why: fields['why'] } : null;
    case 'oid':
      return fields['oid'] === null || isMatch(fields['oid'], OID) ? { t, oid: fields['oid'] } : null;
    case 'closed':
      return typeof fields['closed'] === 'boolean' ? { t, closed: fields['closed'] } : null;
    case 'did':
      return typeof fields['changed'] === 'boolean' ? { t, changed: fields['changed'] } : null;
    case 'did-not':
      return isCode(fields['code']) ? { t, code: fields['code'] } : null;
    default:
      return null;
  }
}

function readyOf({ uid, gid, groups }: UnknownRecord): Answer | null {
  const ids =
    Array.isArray(groups) && groups.length <= MAX_GROUPS ? listOf(groups, (id) => (isId(id) ? id : null)) : null;
  return isId(uid) && isId(gid) && ids !== null ? { t: 'ready', uid, gid, groups: ids } : null;
}

function contentOf({ e, stamp, short }: UnknownRecord): Answer | null {
  const entry = entryOf(e);
  if (entry === null || entry.kind === 'folder' || typeof short !== 'boolean') return null;
  return stamp === null || isMatch(stamp, READ_STAMP) ? { t: 'content', entry, stamp, short } : null;
}

function entryOf(value: unknown): Entry | null {
  if (!Array.isArray(value) || value.length !== 7) return null;
  const [path, kind, mode, uid, gid, size, stamp] = value as readonly unknown[];
  if (!isPath(path) || !isKind(kind) || !isMode(mode) || !isId(uid) || !isId(gid)) return null;
  return isSize(size) && isMatch(stamp, STAMP) ? { path, kind, mode, uid, gid, size, stamp } : null;
}

/** Accepts a repository's own folder, which may well be left out. */
function leftOutOf(value: unknown): LeftOut | null {
  if (!Array.isArray(value) || value.length !== 3) return null;
  const [path, why, size] = value as readonly unknown[];
  if (!isBytes(path) || path === '' || leadsOut(path) || !isOmission(why) || !isSize(size)) return null;
  return { path, why, size };
}

function isPath(value: unknown): value is BytePath {
  return isBytes(value) && isInside(value);
}

/** A string whose characters are bytes, without NUL. */
function isBytes(value: unknown): value is BytePath {
  if (typeof value !== 'string' || value.length > MAX_PATH_BYTES) return false;
  for (let index = 0; index < value.length; index += 1) {
    const byte = value.charCodeAt(index);
    if (byte === 0 || byte > 0xff) return false;
  }
  return true;
}

function listOf<T>(value: unknown, itemOf: (item: unknown) => T | null): readonly T[] | null {
  if (!Array.isArray(value)) return null;
  const items: T[] = [];
  for (const raw of value as readonly unknown[]) {
    const item = itemOf(raw);
    if (item === null) return null;
    items.push(item);
  }
  return items;
}

function isWhole(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}

function isId(value: unknown): value is number {
  return isWhole(value, MAX_ID);
}

function isMode(value: unknown): value is number {
  return isWhole(value, 0o7777);
}

function isSize(value: unknown): value is number {
  return isWhole(value, Number.MAX_SAFE_INTEGER);
}

function isKind(value: unknown): value is Entry['kind'] {
  return (KINDS as readonly unknown[]).includes(value);
}

function isOmission(value: unknown): value is Omission {
  return (OMISSIONS as readonly unknown[]).includes(value);
}

function isCode(value: unknown): value is string {
  return isMatch(value, CODE);
}

function isMatch(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function shortText(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 200) : '';
}
