/**
 * A bounded persistent map: `set` returns a new map and leaves the old one as it was, copying one small shard and the way
 * to it instead of everything, so that `step` stays pure and still cheap with thousands of entries. When a shard is full
 * its oldest entry goes, of those that yield first.
 */
export type ShardedMap<V> = {
  readonly groups: readonly (Group<V> | undefined)[];
  readonly maxPerShard: number;
};

type Group<V> = readonly (Map<string, V> | undefined)[];

/**
 * The containers that the current step has created itself: a batch changes them in place instead of copying them for
 * each of its facts. Null: everything is copied.
 */
export type Edits = WeakSet<object> | null;

/** A set copies the groups, one group and one shard of a few entries: least where the first two are alike. */
const GROUPS = 32;
const SHARDS = GROUPS * GROUPS;
const EMPTY: readonly undefined[] = Array.from<undefined>({ length: GROUPS });
/** Keys do not spread evenly: a shard may hold this many times its share before something has to go. */
const SLACK = 2;

/** An empty map that keeps `max` entries, give or take what uneven keys make of it (never more than 2 × `max`, or 8 192). */
export function shardedMap<V>(max: number): ShardedMap<V> {
  const share = Math.max(4, Math.ceil(max / SHARDS));
  return { groups: EMPTY, maxPerShard: share * SLACK };
}

export function shardedGet<V>(map: ShardedMap<V>, key: string): V | undefined {
  return shardAt(map, shardOf(key))?.get(key);
}

/** Puts an entry in; in a full shard the oldest of those that yield makes room, or else the oldest of all. */
export function shardedSet<V>(
  map: ShardedMap<V>,
  key: string,
  value: V,
  yields: (value: V) => boolean = () => false,
  edits: Edits = null,
): ShardedMap<V> {
  const index = shardOf(key);
  const shard = ownShard(map, index, edits);
  shard.delete(key); // re-inserted as the youngest
  shard.set(key, value);
  if (shard.size > map.maxPerShard) {
    const oldest = [...shard].find(([, entry]) => yields(entry))?.[0] ?? shard.keys().next().value;
    if (oldest !== undefined) shard.delete(oldest);
  }
  return withShard(map, index, shard);
}

export function shardedDelete<V>(map: ShardedMap<V>, key: string): ShardedMap<V> {
  const index = shardOf(key);
  const former = shardAt(map, index);
  if (former?.has(key) !== true) return map;
  const shard = new Map(former);
  shard.delete(key);
  return withShard(map, index, shard);
}

/** All values; their order means nothing. */
export function shardedValues<V>(map: ShardedMap<V>): readonly V[] {
  return Array.from(shardedEntries(map), ([, value]) => value);
}

/** All entries, one by one; their order means nothing. */
export function* shardedEntries<V>(map: ShardedMap<V>): Generator<readonly [string, V]> {
  for (const group of map.groups) for (const shard of group ?? EMPTY) if (shard) yield* shard;
}

function shardAt<V>({ groups }: ShardedMap<V>, index: number): Map<string, V> | undefined {
  return groups[Math.floor(index / GROUPS)]?.[index % GROUPS];
}

/** The shard to write to: a copy, but for one that this step has made. */
function ownShard<V>(map: ShardedMap<V>, index: number, edits: Edits): Map<string, V> {
  const shard = shardAt(map, index);
  if (shard !== undefined && edits?.has(shard) === true) return shard;
  const copy = new Map(shard);
  edits?.add(copy);
  return copy;
}

function withShard<V>(map: ShardedMap<V>, index: number, shard: Map<string, V>): ShardedMap<V> {
  if (shardAt(map, index) === shard) return map;
  const groupIndex = Math.floor(index / GROUPS);
  const group: Group<V> = map.groups[groupIndex] ?? EMPTY;
  const next = group.with(index % GROUPS, shard);
  return { groups: map.groups.with(groupIndex, next), maxPerShard: map.maxPerShard };
}

function shardOf(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  return (hash ^ (hash >>> 15)) & (SHARDS - 1);
}
