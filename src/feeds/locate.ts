import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { errnoOf, fileReasonOf } from '../core/errno.ts';
import type { LocateProblem } from '../core/source-reasons.ts';
import type { SourceUri } from '../core/sources.ts';
import { readHead, whyNotTrusted } from './trust.ts';
import { answerTo, nodeHttp } from './http/request/answer.ts';
import { problemOf } from './http/request/problem.ts';

/** A default location at which nothing is read, and why. */
export type Tried = {
  readonly path: string;
  readonly why: LocateProblem;
  /** True if another user could have put it there: reported even if another feed is found. */
  readonly isDistrusted: boolean;
};

export type Located = {
  /** The sources to read, best first; empty when there is nothing. */
  readonly found: readonly SourceUri[];
  readonly tried: readonly Tried[];
  /** The location at which today's agentsight writes: worth waiting for. */
  readonly fallback: SourceUri;
};

/** The locations of agentsight's files on this machine. */
export type LocateEnv = {
  readonly configFile: string;
  /** agentsight's database folder where its configuration names none. */
  readonly databases: string;
  /** Folders in which old versions (0.5) write their JSONL file. */
  readonly jsonlFolders: readonly string[];
  /** The default address of `agentsight serve`; not asked if left out. */
  readonly server?: string;
};

/**
 * Searches for the local feed: the databases, else the JSONL file of old versions, else the server. What another user than root
 * or ours could have put there is not followed unasked. Never throws.
 */
export async function locateSources(env: LocateEnv = thisMachine()): Promise<Located> {
  const folder = await databaseFolder(env);
  const tried: Tried[] = folder.distrusted === null ? [] : [folder.distrusted];
  const fallback = `sqlite:${folder.path}`;
  const database = join(folder.path, 'genai_events.db');
  const trouble = await troubleWith(database);
  if (trouble === null) return { found: [fallback], tried, fallback };
  tried.push({ path: database, ...trouble });
  for (const file of env.jsonlFolders.map((home) => join(home, 'genai_events.jsonl'))) {
    const ofFile = await troubleWith(file);
    if (ofFile === null) return { found: [`jsonl:${file}`], tried, fallback };
    tried.push({ path: file, ...ofFile });
  }
  if (env.server !== undefined) {
    const silence = await whyNoServer(env.server);
    if (silence === null) return { found: [env.server], tried, fallback };
    tried.push({ path: env.server, why: silence, isDistrusted: false });
  }
  // Databases that are there but closed to us are the feed all the same: following them reports the remedy, and notices when it is applied.
  const isClosed = trouble.isThere && !trouble.isDistrusted;
  return { found: isClosed ? [fallback] : [], tried, fallback };
}

/** The file in which agentsight keeps the token of its server on this machine; null where it cannot be trusted. */
export async function agentsightTokenFile(env: LocateEnv = thisMachine()): Promise<string | null> {
  const file = join((await databaseFolder(env)).path, '.dashboard_token');
  return (await distrust(file)) === null ? file : null;
}

type Folder = { readonly path: string; readonly distrusted: Tried | null };

// The fallback is waited for: another user must not be able to create it.
async function databaseFolder(env: LocateEnv): Promise<Folder> {
  const configured = await configuredFolder(env.configFile);
  if (configured === null) return { path: env.databases, distrusted: null };
  const why = await distrust(configured);
  if (why === null) return { path: configured, distrusted: null };
  return { path: env.databases, distrusted: { path: configured, why, isDistrusted: true } };
}

// 0.5 keeps its JSONL file in the home of its user, mostly root; without a home, in /tmp.
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

type Trouble = Omit<Tried, 'path'> & { readonly isThere: boolean };

async function troubleWith(file: string): Promise<Trouble | null> {
  try {
    if ((await stat(file)).isFile()) {
      const why = await distrust(file);
      if (why !== null) return { isThere: true, why, isDistrusted: true };
      await access(file, constants.R_OK);
      return null;
    }
    return { isThere: true, why: { code: 'failed', why: { code: 'errno', errno: 'ENOTREG' } }, isDistrusted: true };
  } catch (error) {
    return { ...troubleOf(error), isDistrusted: false };
  }
}

async function distrust(file: string): Promise<LocateProblem | null> {
  const why = await whyNotTrusted(file).catch((error: unknown) => {
    return { code: 'not_known', why: fileReasonOf(error) } as const;
  });
  return why && { code: 'not_trusted', why };
}

function troubleOf(error: unknown): { readonly isThere: boolean; readonly why: LocateProblem } {
  const code = errnoOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return { isThere: false, why: { code: 'not_there' } };
  if (code === 'EACCES' || code === 'EPERM') return { isThere: true, why: { code: 'denied' } };
  return { isThere: true, why: { code: 'failed', why: fileReasonOf(error) } };
}

const DEADLINE_MS = 500;
const MAX_ANSWER_CHARS = 4_096;

/** Returns null if agentsight answers at the address, else the reason; takes half a second at most. Never rejects. */
export async function whyNoServer(base: string): Promise<LocateProblem | null> {
  const request = nodeHttp().get(`${base}/health`, { agent: false });
  let text = '';
  const late = Promise.withResolvers<'late'>();
  const deadline = setTimeout(() => late.resolve('late'), DEADLINE_MS);
  const read = async (): Promise<'read'> => {
    const answer = await answerTo(request, DEADLINE_MS);
    answer.setEncoding('utf8');
    for await (const part of answer as AsyncIterable<string>) {
      text += part;
      if (text.length > MAX_ANSWER_CHARS) break;
    }
    return 'read';
  };
  try {
    if ((await Promise.race([read(), late.promise])) === 'late') return { code: 'no_reply' };
    return /^\s*\{.*"status"\s*:\s*"ok"/su.test(text) ? null : { code: 'other_program' };
  } catch (error) {
    const { failure } = problemOf(error);
    if (failure.code === 'network' && failure.error === 'ECONNREFUSED') return { code: 'nothing_listens' };
    return { code: failure.code === 'status' ? 'other_program' : 'no_reply' };
  } finally {
    clearTimeout(deadline);
    request.destroy();
  }
}
