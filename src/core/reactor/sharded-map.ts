/**
 * A bounded persistent map: `set` returns a new map and leaves the old one as it was, copying one small shard instead of
 * everything, so that `step` stays pure and still cheap with thousands of entries. When a shard is full its
 * oldest entry goes, of those that yield first.
 */
export type ShardedMap<V> = {
  readonly shards: readonly (ReadonlyMap<string, V> | undefined)[];
  readonly maxPerShard: number;
};

/** A set copies this many references and one shard: 512 is where both are cheapest for a few thousand entries. */
const SHARDS = 512;
/** Keys do not spread evenly: a shard may hold this many times its share before something has to go. */
const SLACK = 2;

/** An empty map that keeps `max` entries, give or take what uneven keys make of it (never more than 2 × `max`, or 4 096). */
export function shardedMap<V>(max: number): ShardedMap<V> {
  const share = Math.max(4, Math.ceil(max / SHARDS));
  return { shards: Array.from<undefined>({ length: SHARDS }), maxPerShard: share * SLACK };
}

export function shardedGet<V>(map: ShardedMap<V>, key: string): V | undefined {
  return map.shards[shardOf(key)]?.get(key);
}

/** Puts an entry in; in a full shard the oldest of those that yield makes room, or else the oldest of all. */
export function shardedSet<V>(
  map: ShardedMap<V>,
  key: string,
  value: V,
  yields: (value: V) => boolean = () => false,
): ShardedMap<V> {
  const index = shardOf(key);
  const shard = new Map(map.shards[index]);
  shard.delete(key); // re-inserted as the youngest
  shard.set(key, value);
  if (shard.size > map.maxPerShard) {
    const oldest = [...shard].find(([, entry]) => yields(entry))?.[0] ?? shard.keys().next().value;
    if (oldest !== undefined) shard.delete(oldest);
  }
  return { ...map, shards: map.shards.with(index, shard) };
}

export function shardedDelete<V>(map: ShardedMap<V>, key: string): ShardedMap<V> {
  const index = shardOf(key);
  if (!map.shards[index]?.has(key)) return map;
  const shard = new Map(map.shards[index]);
  shard.delete(key);
  return { ...map, shards: map.shards.with(index, shard) };
}

/** All values; their order means nothing. */
export function shardedValues<V>(map: ShardedMap<V>): readonly V[] {
  return map.shards.flatMap((shard) => (shard ? [...shard.values()] : []));
}

/** All entries, one by one; their order means nothing. */
export function* shardedEntries<V>(map: ShardedMap<V>): Generator<readonly [string, V]> {
  for (const shard of map.shards) if (shard) yield* shard;
}

function shardOf(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  return (hash ^ (hash >>> 15)) & (SHARDS - 1);
}
