/** Finds what a command acts through: an engine of this machine, or nothing but the configuration. */
import { type Config, loadConfig } from '../../config/config.ts';
import { ConfigError } from '../../config/error.ts';
import { readEnvironment } from '../../config/flags.ts';
import type { Flags } from '../../config/options.ts';
import type { Result } from '../../core/result.ts';
import type { Ms } from '../../core/units.ts';
import { peekOwner } from '../../effects/state/journal-peek.ts';
import { inspect, type Inspected } from '../../effects/pin/inspect.ts';
import type { EngineView, WorkspaceView } from '../../engine/types.ts';
import { connectToEngines, type Found, type Refused, rootsEngineLine, wordProblem } from '../engines.ts';

/** A rollback of a large tree takes long; an engine that ends meanwhile is known at once, ms. */
const ANSWER_MS: Ms = 3_700_000;

/** The target as the command line names it. */
export type Asked = {
  readonly flags: Flags;
  /** The workspace that was given as an argument; '' where none was. */
  readonly workspace: string;
  /** A process id; null where none was given. */
  readonly engine: number | null;
};

/** One target: the engine, null where the command has to act itself, and the workspace by the name that it has there. */
export type Target = { readonly through: Found | null; readonly workspace: string; readonly config: Config };

/** The reason why there is no target. */
export type NoTarget =
  | { readonly code: 'several'; readonly candidates: readonly Candidate[] }
  | { readonly code: 'no_workspace' }
  | { readonly code: 'other_workspaces'; readonly wanted: string; readonly candidates: readonly Candidate[] }
  | { readonly code: 'no_engine'; readonly pid: number | null; readonly why: string | null };

/** A target that may be meant, as it is listed. */
export type Candidate = {
  readonly pid: number | null;
  /** The subcommand that runs the engine; null without one. */
  readonly command: string | null;
  readonly mode: string | null;
  readonly workspace: string | null;
};

/** Loads the configuration, with the workspace that was given as an argument. Throws ConfigError. */
export function configOf({ flags, workspace }: Asked): Config {
  if (workspace === '') return loadConfig(flags, false);
  const config = loadConfig({ ...flags, workspace }, false);
  const other = flags.workspace === undefined ? null : loadConfig(flags, false).workspaces.fallback;
  if (other !== null && other !== config.workspaces.fallback)
    throw new ConfigError(`two workspaces are given, '${workspace}' and --workspace '${other}'; leave one of them out`);
  return config;
}

/** Finds the one workspace that is meant, and the engine that has it. Throws ConfigError. */
export async function findWorkspace(asked: Asked): Promise<Result<Target, NoTarget>> {
  const config = configOf(asked);
  const engines = await findEngine(asked.engine);
  if (!engines.ok) return engines;
  const { fallback, agents, processes } = config.workspaces;
  const named = asked.workspace === '' && givenIn(asked).workspace === undefined ? null : fallback;
  const there = engines.value.flatMap((through) =>
    through.engine.store.getState().workspaces.map((one) => ({ through, one })),
  );
  const target = (through: Found | null, workspace: string): Target => ({ through, workspace, config });
  if (named !== null) {
    const folder = await inspect(named);
    const having = there.filter(({ one }) => isSame(one, named, folder));
    if (having.length === 0 && asked.engine !== null)
      return no(engines.value, { code: 'other_workspaces', wanted: named, candidates: there.map(candidateOf) });
    if (having.length > 1) return no(engines.value, { code: 'several', candidates: having.map(candidateOf) });
    const [only] = having;
    return yes(engines.value, only === undefined ? target(null, named) : target(only.through, only.one.path));
  }
  const configured = asked.engine === null ? [...Object.values(agents), ...Object.values(processes), fallback] : [];
  const own: string[] = [];
  for (const path of new Set(configured)) {
    if (path === null) continue;
    const folder = await inspect(path);
    if (!there.some(({ one }) => isSame(one, path, folder))) own.push(path);
  }
  const [only, another] = [
    ...there.map(({ through, one }) => target(through, one.path)),
    ...own.map((path) => target(null, path)),
  ];
  if (only === undefined) return no(engines.value, { code: 'no_workspace' });
  if (another === undefined) return yes(engines.value, only);
  const candidates = [...there.map(candidateOf), ...own.map((workspace) => ({ ...NO_ENGINE, workspace }))];
  return no(engines.value, { code: 'several', candidates });
}

/** An engine, or null where the state folder of the configuration is to be used itself. */
export type StateTarget = { readonly through: Found | null; readonly config: Config };

/**
 * Finds the engine that is meant by its process id, its workspace or its state folder, or that is the only one; else the
 * state folder. Throws ConfigError.
 */
export async function findState(asked: Asked): Promise<Result<StateTarget, NoTarget>> {
  const config = configOf(asked);
  const found = await findEngine(asked.engine);
  if (!found.ok) return found;
  const engines = found.value;
  const meant = asked.engine === null ? await meantBy(asked, config, engines) : engines;
  const [only, another] = meant;
  if (another !== undefined) {
    const candidates = meant.map(({ engine }) => ({ ...engineOf(engine.store.getState()), workspace: null }));
    closeOthers(engines, null);
    return { ok: false, reason: { code: 'several', candidates } };
  }
  closeOthers(engines, only ?? null);
  return { ok: true, value: { through: only ?? null, config } };
}

/** Finds the engine that is meant; a command that needs one has nothing to do without. Throws ConfigError. */
export async function findEngineAlone(asked: Asked): Promise<Result<Found, NoTarget>> {
  const found = await findState(asked);
  if (!found.ok) return found;
  const { through } = found.value;
  if (through !== null) return { ok: true, value: through };
  return { ok: false, reason: { code: 'no_engine', pid: null, why: rootsEngineLine('any') } };
}

async function meantBy(asked: Asked, config: Config, engines: readonly Found[]): Promise<readonly Found[]> {
  const { fallback } = config.workspaces;
  const given = givenIn(asked);
  if (given.stateDir !== undefined) {
    const owner = peekOwner(config.stateDir);
    return engines.filter(({ at }) => at.pid === owner);
  }
  if ((asked.workspace === '' && given.workspace === undefined) || fallback === null) return engines;
  const folder = await inspect(fallback);
  return engines.filter(({ engine }) =>
    engine.store.getState().workspaces.some((one) => isSame(one, fallback, folder)),
  );
}

/** Returns what names a target: flags, and the variables that stand for them. */
function givenIn({ flags }: Asked): Flags {
  return { ...readEnvironment(process.env), ...flags };
}

const NO_ENGINE = { pid: null, command: null, mode: null } as const;

function candidateOf({ through, one }: { readonly through: Found; readonly one: WorkspaceView }): Candidate {
  return { ...engineOf(through.engine.store.getState()), workspace: one.path };
}

function engineOf({ attachment, mode }: EngineView): Pick<Candidate, 'pid' | 'command' | 'mode'> {
  return { pid: attachment?.engine.pid ?? null, command: attachment?.engine.command ?? null, mode };
}

/** Returns every engine that may be meant: all of this user's, or the one of a process id; a reason where that is none. */
async function findEngine(pid: number | null): Promise<Result<readonly Found[], NoTarget>> {
  const { found, refused } = await connectToEngines(pid, ANSWER_MS);
  if (pid === null || found.length > 0) return { ok: true, value: found };
  return { ok: false, reason: { code: 'no_engine', pid, why: whyNot(refused, pid) } };
}

function whyNot(refused: readonly Refused[], pid: number | null): string | null {
  const first = refused.find(({ why }) => why !== 'closed');
  if (first !== undefined) return `cannot attach to the engine with pid ${first.pid}: ${wordProblem(first)}`;
  return rootsEngineLine(pid === null ? 'any' : String(pid));
}

/** Names the same folder: by the name that the engine has for it, or by the folder that it has pinned. */
function isSame({ path, folder }: WorkspaceView, wanted: string, found: Inspected): boolean {
  return path === wanted || path === found.name || (folder !== null && folder.path === found.folder?.path);
}

function yes(engines: readonly Found[], target: Target): Result<Target, NoTarget> {
  closeOthers(engines, target.through);
  return { ok: true, value: target };
}

function no(engines: readonly Found[], reason: NoTarget): Result<Target, NoTarget> {
  closeOthers(engines, null);
  return { ok: false, reason };
}

function closeOthers(engines: readonly Found[], kept: Found | null): void {
  for (const one of engines) if (one !== kept) one.engine.close();
}
