import * as z from 'zod';
import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import type { Result } from '../../core/result.ts';
import type { CheckpointRequest, LookUp, Snapshot } from '../../core/snapshots.ts';
import { MAX_ID_LENGTH, MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { troubleOf, type Subject, workspaceFlag } from './answers.ts';
import type { Client } from './client.ts';
import { hasStem, snapshotId } from './snapshot-id.ts';

/** Pages followed of a list that comes in pages. */
const MAX_PAGES = 100;
/** Snapshots kept of a list, the newest; the tool itself warns above 1000. */
const MAX_SNAPSHOTS = 10_000;
/** Members kept of a foreign snapshot's metadata. */
const MAX_METADATA_KEYS = 32;

// The id is called `snapshot` in some versions, and the facts lie in `meta` or beside the id.
const entrySchema = z.lazy(() => {
  const facts = z.looseObject({
    message: z.string().nullish(),
    metadata: z.unknown().optional(),
    pinned: z.boolean().nullish(),
    missing: z.boolean().nullish(),
    created_at: z.string().nullish(),
  });
  return facts
    .extend({ id: z.string().optional(), snapshot: z.string().optional(), meta: facts.optional() })
    .transform((entry, context) => {
      const id = entry.id ?? entry.snapshot;
      if (id !== undefined && id !== '') return { id, ...(entry.meta ?? entry) };
      context.addIssue('an entry without an id');
      return z.NEVER;
    });
});
const listSchema = z.lazy(() =>
  z.union([
    z.array(entrySchema).transform((snapshots) => ({ snapshots, next_cursor: null })),
    z.looseObject({ snapshots: z.array(entrySchema), next_cursor: z.string().nullish() }),
  ]),
);

type Entry = z.output<typeof entrySchema>;
type Limits = { readonly timeoutMs: number | null; readonly abort?: AbortSignal };

/** The workspace's snapshots that can still be used, oldest first. */
export async function listSnapshots(
  client: Client,
  subject: Subject,
  limits: Limits,
): Promise<Result<readonly Snapshot[], CheckpointerReason>> {
  const found = await listEntries(client, subject, limits);
  if (!found.ok) return found;
  // An id that cleaning would change could not be named again, and might be taken for a prefix of another.
  const usable = found.value
    .filter(({ id, missing }) => missing !== true && cleanLine(id, MAX_ID_LENGTH) === id)
    .map(toSnapshot);
  return { ok: true, value: usable.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).slice(-MAX_SNAPSHOTS) };
}

/** Has the run made its snapshot? The id may bear a suffix; the run id tells it from another tool's. */
export async function lookUpSnapshot(
  client: Client,
  subject: Subject,
  { snapshot, runId }: Pick<CheckpointRequest, 'snapshot' | 'runId'>,
  limits: Limits,
): Promise<LookUp> {
  const found = await listSnapshots(client, subject, limits);
  if (!found.ok) return { type: 'unknown', reason: found.reason };
  const stem = snapshotId(snapshot);
  const ours = found.value.find(({ id, metadata }) => metadata?.['run_id'] === runId && hasStem(id, stem));
  return ours === undefined ? { type: 'absent' } : { type: 'found', snapshot: ours.id };
}

async function listEntries(
  client: Client,
  subject: Subject,
  limits: Limits,
): Promise<Result<readonly Entry[], CheckpointerReason>> {
  const entries: Entry[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const args: string[] = ['list', workspaceFlag(subject), '--format', 'json'];
    const result = await client.call(cursor === null ? args : [...args, `--cursor=${cursor}`], {
      ...limits,
      json: true,
    });
    if (result.type !== 'exited' || result.code !== 0) return { ok: false, reason: troubleOf(result, subject).reason };
    const list = parseList(result.stdout);
    if (list === null) return { ok: false, reason: { code: 'bad_list' } };
    entries.push(...list.snapshots);
    cursor = list.next_cursor ?? null;
    if (cursor === null) break;
  }
  return { ok: true, value: entries };
}

function parseList(text: string): z.output<typeof listSchema> | null {
  try {
    return listSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function toSnapshot(entry: Entry): Snapshot {
  const at = Date.parse(entry.created_at ?? '');
  return {
    id: entry.id,
    at: Number.isNaN(at) ? 0 : at,
    message: entry.message === null || entry.message === undefined ? null : cleanLine(entry.message, MAX_TEXT_LENGTH),
    metadata: toMetadata(entry.metadata),
    pinned: entry.pinned === true,
  };
}

/** Another tool's metadata is any JSON: plain members are kept, bounded; what is nested is not. */
function toMetadata(value: unknown): Snapshot['metadata'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const members = Object.entries(value)
    .filter(([, member]) => member === null || typeof member !== 'object')
    .slice(0, MAX_METADATA_KEYS)
    .map(([key, member]) => [
      cleanLine(key, MAX_ID_LENGTH),
      typeof member === 'string' ? cleanLine(member, MAX_ID_LENGTH) : (member as unknown),
    ]);
  return Object.fromEntries(members) as Record<string, unknown>;
}
