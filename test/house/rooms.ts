import { dirname, join, sep } from 'node:path';

/** What a room of src/ may import besides itself. Everything that is not named here is forbidden. */
export type Room = {
  /** Rooms, folders or files of ours, by their path under src/. */
  readonly ours: readonly string[];
  /** The same, but types only. */
  readonly types?: readonly string[];
  /** Packages, with the subpath where only that one is meant; `node:*` is every module of Node. */
  readonly packages: readonly string[];
  /** File of this room → room that it alone may load, by dynamic import. */
  readonly dynamic?: Readonly<Record<string, string>>;
};

/** The plan of the house (CONTRIBUTING.md): a new room starts as an entry here. */
export const ROOMS: Readonly<Record<string, Room>> = {
  core: { ours: [], packages: [] },
  wording: { ours: ['core'], packages: [] },
  feeds: { ours: ['core'], packages: ['zod', 'node:*'] },
  effects: { ours: ['core', 'wording'], packages: ['execa', 'zod', 'node:*'] },
  engine: { ours: ['core', 'wording', 'feeds', 'effects', 'config'], packages: ['zustand/vanilla'] },
  hooks: { ours: ['core', 'wording', 'effects', 'config'], types: ['engine/types.ts'], packages: ['node:*'] },
  metrics: { ours: ['core'], types: ['engine/types.ts'], packages: ['prom-client', 'node:*'] },
  remote: {
    ours: ['core', 'wording', 'effects'],
    types: ['engine/types.ts'],
    packages: ['zod', 'zustand/vanilla', 'node:*', '@nats-io/transport-node', '@nats-io/jetstream', '@nats-io/kv'],
  },
  commands: {
    ours: ['core', 'wording', 'feeds', 'effects', 'config', 'engine', 'metrics', 'hooks', 'remote'],
    packages: ['zustand/vanilla', 'zod', 'string-width'],
    dynamic: {
      'commands/tui/run.ts': 'ui',
      'commands/keys.ts': 'ui',
      'commands/doctor.ts': 'ui',
      'commands/triage.ts': 'ui',
    },
  },
  ui: {
    // The one part of Ink that is drawn otherwise; its package exports no parts.
    ours: ['core', 'wording', '../node_modules/ink/build/output.js'],
    types: ['engine/types.ts'],
    packages: ['ink', 'react', 'zustand', 'string-width', 'chalk'],
  },
  config: { ours: ['core', 'wording'], packages: ['zod', 'leven', 'strip-json-comments', 'node:*'] },
  cli: {
    ours: ['core', 'config', 'engine', 'commands', 'effects/memory.ts', 'effects/terminal/output.ts'],
    packages: ['commander', 'node:*'],
  },
  index: { ours: ['core', 'wording', 'feeds', 'effects', 'engine', 'config'], packages: [] },
};

/** Modules of Node that are loaded when they are first used: they bring undici along, and TLS. */
const SLOW_BUILTINS: ReadonlySet<string> = new Set(['node:http', 'node:https', 'node:http2']);

/** How a module names another one. */
export type Import = { readonly specifier: string; readonly kind: 'value' | 'type' | 'dynamic' };

/** Why `file` (its path under src/) may not import that, or null where it may. */
export function violation(file: string, { specifier, kind }: Import): string | null {
  const name = roomOf(file);
  const room = ROOMS[name];
  if (room === undefined) return `src/${file} stands in no room; rooms are the entries of test/house/rooms.ts`;
  if (kind === 'value' && SLOW_BUILTINS.has(specifier)) {
    return `a static import of '${specifier}' costs every start 40 ms: import its types, and call process.getBuiltinModule`;
  }
  if (!specifier.startsWith('.')) {
    return room.packages.some((allowed) => isPackage(specifier, allowed))
      ? null
      : `${name} may not import '${specifier}'`;
  }
  const target = join(dirname(file), specifier).replaceAll(sep, '/');
  const isDoor = kind === 'dynamic' && room.dynamic?.[file] === roomOf(target);
  const doors = kind === 'type' ? [...room.ours, ...(room.types ?? [])] : room.ours;
  if (roomOf(target) === name || isDoor || doors.some((door) => isWithin(target, door))) return null;
  return `${name} may not import src/${target}`;
}

/** `core/model/model.ts` → `core`, `config.ts` → `config`, what lies outside src/ → `..`. */
function roomOf(file: string): string {
  return file.split('/')[0]?.replace(/\.tsx?$/, '') ?? '';
}

function isPackage(specifier: string, allowed: string): boolean {
  if (allowed.endsWith('*')) return specifier.startsWith(allowed.slice(0, -1));
  return specifier === allowed || specifier.startsWith(`${allowed}/`);
}

function isWithin(target: string, door: string): boolean {
  return target === door || target.startsWith(`${door}/`) || roomOf(target) === door;
}
