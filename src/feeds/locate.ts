import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { SourceUri } from '../core/events.ts';
import { whyNoServer } from './http/probe.ts';

/** A place that was tried in vain, and why it is none. */
export type Tried = { readonly place: string; readonly why: string };

export type Located = {
  /** What to read, best first; empty when there is nothing. */
  readonly found: readonly SourceUri[];
  readonly tried: readonly Tried[];
  /** Where today's agentsight would write: worth waiting for. */
  readonly fallback: SourceUri;
};

/** Where agentsight leaves its files on this machine. */
export type LocateEnv = {
  readonly configFile: string;
  /** agentsight's database folder where its configuration names none. */
  readonly databases: string;
  /** Folders in which old versions (0.5) write their JSONL file. */
  readonly jsonlFolders: readonly string[];
  /** Where `agentsight serve` answers by default; not asked where it is left out. */
  readonly server?: string;
};

/** Looks for the local feed: the databases, else the JSONL file of old versions, else the server. Never throws. */
export async function locateSources(env: LocateEnv = thisMachine()): Promise<Located> {
  const folder = (await configuredFolder(env.configFile)) ?? env.databases;
  const fallback = `sqlite:${folder}`;
  const tried: Tried[] = [];
  const database = join(folder, 'genai_events.db');
  const trouble = await troubleWith(database);
  if (trouble === null) return { found: [fallback], tried, fallback };
  tried.push({ place: database, why: trouble.why });
  for (const file of env.jsonlFolders.map((place) => join(place, 'genai_events.jsonl'))) {
    const why = (await troubleWith(file))?.why;
    if (why === undefined) return { found: [`jsonl:${file}`], tried, fallback };
    tried.push({ place: file, why });
  }
  if (env.server !== undefined) {
    const silence = await whyNoServer(env.server);
    if (silence === null) return { found: [env.server], tried, fallback };
    tried.push({ place: env.server, why: silence });
  }
  // Databases that are there but closed to us are the feed all the same: following them tells the remedy, and notices it.
  return { found: trouble.isThere ? [fallback] : [], tried, fallback };
}

/** The file in which agentsight keeps the token of its server on this machine. */
export async function agentsightTokenFile(env: LocateEnv = thisMachine()): Promise<string> {
  return join((await configuredFolder(env.configFile)) ?? env.databases, '.dashboard_token');
}

// 0.5 keeps its JSONL file in the home of whom it runs as: root, mostly, and without a home in /tmp.
function thisMachine(): LocateEnv {
  const homes = [...new Set([homedir(), '/root', '/tmp'])];
  return {
    configFile: '/etc/agentsight/config.json',
    databases: '/var/log/sysak/.agentsight',
    jsonlFolders: homes.map((home) => join(home, '.agentsight')),
    server: 'http://127.0.0.1:7396',
  };
}

const configSchema = z.object({ storage: z.object({ base_path: z.string().startsWith('/') }) });
const MAX_CONFIG_BYTES = 1024 * 1024;

async function configuredFolder(file: string): Promise<string | null> {
  try {
    const parsed = configSchema.safeParse(JSON.parse(await readHead(file, MAX_CONFIG_BYTES)));
    return parsed.success ? parsed.data.storage.base_path.replace(/(?<=.)\/+$/u, '') : null;
  } catch {
    return null;
  }
}

async function readHead(file: string, bytes: number): Promise<string> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

type Trouble = { readonly isThere: boolean; readonly why: string };

async function troubleWith(file: string): Promise<Trouble | null> {
  try {
    await access(file, constants.R_OK);
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { isThere: false, why: 'not there' };
    if (code === 'EACCES' || code === 'EPERM') {
      return { isThere: true, why: 'no permission: run sightline as root, or let this user read the folder' };
    }
    return { isThere: true, why: String(code ?? error) };
  }
}
