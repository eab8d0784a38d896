import type { Snapshot } from './acting.ts';
import { MAX_ID_LENGTH } from './limits.ts';
import { cleanLine } from './text.ts';

export type SnapshotMaker = 'sightline' | 'agentsight' | 'plugin' | 'cron' | 'ws-ckpt' | 'unknown';
export type SnapshotKind =
  'auto' | 'manual' | 'before_rollback' | 'base' | 'session_start' | 'turn_end' | 'scheduled' | 'recovered' | 'unknown';

/** What gave rise to a snapshot, as far as its metadata say. */
export type SnapshotCause = {
  readonly signal: string | null;
  readonly signalId: string | null;
  readonly agent: string | null;
  readonly callId: string | null;
};

/** A snapshot with who made it and why. */
export type SnapshotView = Snapshot & {
  readonly maker: SnapshotMaker;
  readonly kind: SnapshotKind;
  /** Both in words: `sightline, automatic`, `a plugin, at the end of a turn`. */
  readonly by: string;
  /** Null where nothing is known of it. */
  readonly cause: SnapshotCause | null;
};

/** Tells by a snapshot's id and metadata who made it and why: the conventions of ws-ckpt.md, section 7. */
export function snapshotView(snapshot: Snapshot): SnapshotView {
  const { maker, kind, by } = makerOf(snapshot);
  return { ...snapshot, maker, kind, by, cause: noted(snapshot, maker) };
}

/** What gave rise to a snapshot, in a word or two; empty where nothing was noted. */
export function causeOf({ cause }: SnapshotView): string {
  return [cause?.signal ?? '', cause?.agent ?? ''].filter(Boolean).join(' of ');
}

type Made = { readonly maker: SnapshotMaker; readonly kind: SnapshotKind; readonly by: string };

function makerOf(snapshot: Snapshot): Made {
  if (text(snapshot, 'tool') === 'sightline') return ours(snapshot);
  if (snapshot.id.startsWith('cron-') || text(snapshot, 'type') === 'cron') {
    return { maker: 'cron', kind: 'scheduled', by: 'a schedule (cron)' };
  }
  if (isReference(snapshot)) return { maker: 'agentsight', kind: 'auto', by: 'agentsight, automatic' };
  return byPlugin(snapshot) ?? byTool(snapshot);
}

function ours(snapshot: Snapshot): Made {
  const { id, metadata } = snapshot;
  const rollbackTo = text(snapshot, 'rollback_to');
  if (id.startsWith('base-')) return { maker: 'sightline', kind: 'base', by: 'sightline, the first whole snapshot' };
  if (rollbackTo !== null) {
    return { maker: 'sightline', kind: 'before_rollback', by: `sightline, before the rollback to ${rollbackTo}` };
  }
  return metadata?.['type'] === 'manual'
    ? { maker: 'sightline', kind: 'manual', by: 'sightline, by an operator' }
    : { maker: 'sightline', kind: 'auto', by: 'sightline, automatic' };
}

// The reference writes no metadata, only its kind of id and of message.
function isReference({ id, message }: Snapshot): boolean {
  return /^auto-\d{8}T\d{6}-/u.test(id) || (message ?? '').startsWith('reactive: ');
}

function byPlugin(snapshot: Snapshot): Made | null {
  const what = text(snapshot, 'type') ?? text(snapshot, 'event');
  if (what === 'turn_end') return { maker: 'plugin', kind: 'turn_end', by: 'a plugin, at the end of a turn' };
  if (what === 'initial' || what === 'session_start') {
    return { maker: 'plugin', kind: 'session_start', by: 'a plugin, at the start of a session' };
  }
  return null;
}

function byTool({ id, message, metadata, pinned }: Snapshot): Made {
  if (/^ckpt-\d{8}T\d{6}/u.test(id)) return { maker: 'ws-ckpt', kind: 'manual', by: 'ws-ckpt, by hand' };
  if (pinned && message === null && metadata === null) {
    return { maker: 'ws-ckpt', kind: 'recovered', by: 'ws-ckpt, found again after its records were lost' };
  }
  return { maker: 'unknown', kind: 'unknown', by: 'not known' };
}

function noted(snapshot: Snapshot, maker: SnapshotMaker): SnapshotCause | null {
  const named = maker === 'agentsight' ? (/^auto-\d{8}T\d{6}-(.+)$/u.exec(snapshot.id)?.[1] ?? null) : null;
  const cause = {
    signal: text(snapshot, 'signal') ?? named,
    signalId: text(snapshot, 'signal_id'),
    agent: text(snapshot, 'agent'),
    callId: text(snapshot, 'call_id'),
  };
  return Object.values(cause).every((value) => value === null) ? null : cause;
}

function text({ metadata }: Snapshot, key: string): string | null {
  const value = metadata !== null && Object.hasOwn(metadata, key) ? metadata[key] : null;
  return typeof value === 'string' && value !== '' ? cleanLine(value, MAX_ID_LENGTH) : null;
}
