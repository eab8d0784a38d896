import type { WorkspaceMap } from '../core/folder.ts';
import type { PinMove } from '../core/done.ts';
import type { EngineConfig } from '../config/config.ts';
import { loadPricer } from '../effects/prices.ts';
import { isForbidden } from '../config/workspaces.ts';
import type { Feed } from '../core/feed.ts';
import type { Refusal } from '../core/reasons.ts';
import type { Result } from '../core/result.ts';
import type { SourceUri } from '../core/sources.ts';
import { DAY_MS, type Ms } from '../core/units.ts';
import { VERSION } from '../core/version.ts';
import { chooseCheckpointer, type Ways } from '../effects/checkpointer.ts';
import { localDay, systemClock } from '../effects/clock.ts';
import { createHistory, type History } from '../effects/state/history.ts';
import { openJournal, type Journal, type JournalOptions } from '../effects/state/journal.ts';
import { createLocks, MACHINE_CLOCK } from '../effects/lock/locks.ts';
import { keepHeapSmall, trimMemory } from '../effects/memory.ts';
import { pinnedCheckpointer } from '../effects/pin/checkpointer.ts';
import { createPins, type FolderPin, type Pins } from '../effects/pin/pins.ts';
import { pinStore } from '../effects/pin/store.ts';
import { createPauser } from '../effects/process/pauser.ts';
import { loadRunner } from '../effects/process/run.ts';
import { sessionWorkspace } from '../effects/session-folder.ts';
import { scanProcesses } from '../effects/process/processes.ts';
import { initWorkspace, planInit } from '../effects/ws-ckpt/init.ts';
import { type FeedOpener, loadSource } from '../feeds/index.ts';
import { locateSources } from '../feeds/locate.ts';
import { locateRecords, recordsOfOthers } from '../feeds/records/locate.ts';
import { wordLocate, wordSourceUri } from '../wording/sources.ts';
import { createEngine } from './engine.ts';
import type { Chosen, EngineDeps, EngineOptions } from './deps.ts';
import type { Engine, TriedPath } from './types.ts';

export type OpenOptions = Pick<EngineOptions, 'evict' | 'takeOver' | 'commitMs' | 'prints'> & {
  /** Replaces parts of the world; the demo brings its own checkpointer. */
  readonly deps?: Partial<EngineDeps>;
  /** Opens the journal of `config.stateDir` unless it is given. */
  readonly journal?: Journal;
  /** Read no agents' records that were last written before, Unix ms; null or left out: all. Of a run that goes on: a day. */
  readonly since?: Ms | null;
  /** Called with the journal before anything is read. */
  readonly withJournal?: (journal: Journal) => void;
  /** Stands between each feed and the engine. */
  readonly wrapFeed?: (feed: Feed) => Feed;
};

/** Opens the engine as configured. `talk` gets the log messages from before the first listener. */
export async function openEngine(
  given: EngineConfig,
  options: OpenOptions,
  talk: (line: string) => void,
): Promise<Engine> {
  const mayAct = hasWorkspaces(given);
  // An upgrade under a running engine takes files of ours away; where nothing can be acted on, they are not loaded at all.
  if (mayAct && USES_GIT.has(given.checkpointer)) (await loadGit()).loadHelper();
  const store = pinStore(given.stateDir);
  const pins = createPins(store, systemClock.now);
  const config = { ...given, workspaces: await canonicalMap(given.workspaces, pins) };
  const { wrapFeed = (feed: Feed) => feed } = options;
  for (const notice of config.notices) talk(notice);
  const { evict, commitMs, prints = false } = options;
  const journal = options.journal ?? (await openJournal(config.stateDir, talk, sharing(prints)));
  options.withJournal?.(journal);
  // An engine on a journal of another one's only looks.
  const history = options.journal ? undefined : historyOf(config, journal, talk);
  const recordsSince = options.evict ? systemClock.now() - config.recordsSinceMs : (options.since ?? null);
  // Feeds that are brought along are all that there is.
  const brings = options.deps?.feeds !== undefined;
  const { uris, tried } = brings ? { uris: [], tried: [] } : await sourcesToFollow(config, talk, commitMs !== null);
  const openers = (await Promise.all(uris.map((uri) => openerOf(uri, talk)))).filter((one) => one !== null);
  const { http } = config;
  const deps: EngineDeps = {
    clock: systemClock,
    journal,
    pricer: loadPricer(config.prices),
    localDay,
    history,
    feeds: (cursor) =>
      openers.map(([uri, open]) =>
        wrapFeed(open({ cursor: cursor(uri), newestFirst: options.evict, recordsSince, ...(http && { http }) })),
      ),
    tried,
    chooseCheckpointer: (workspace) => choosePinned(config, pins.of(workspace)),
    initializer: { plan: planInit, init: initWorkspace },
    processes: scanProcesses,
    sessionFolder: (cwd, ownerUid) =>
      sessionWorkspace(cwd, ownerUid, {
        roots: config.fromSessions.roots,
        isForbidden,
        // Pinned by a person, or by a run that took it.
        isConfirmed: (path) => store.read(path) !== null,
      }),
    confirmFolder: (path) => confirmFolder(path, pins),
    // A run that ends once all is read needs it only where a checkpointer is asked, which loads it then.
    ...(options.evict && mayAct && { load: loadRunner }),
    trimMemory,
    // An engine on a journal of another one's only looks, and so does one that ends once all is read.
    ...(options.evict && options.journal === undefined && { pauser: createPauser(config.stateDir) }),
    locks: createLocks({ clock: MACHINE_CLOCK, mode: config.lock }),
    ...options.deps,
  };
  const takeOver = options.takeOver || config.takeOver === 'auto';
  if (evict) keepHeapSmall();
  return createEngine({ config, version: VERSION, evict, takeOver, commitMs, prints }, deps);
}

const BYTES_PER_MIB = 1_048_576;

function historyOf(
  { stateDir, history: { days, mb } }: EngineConfig,
  journal: Journal,
  talk: (line: string) => void,
): History | undefined {
  if (days === 0 || mb === 0) return undefined;
  return createHistory({
    stateDir,
    maxBytes: mb * BYTES_PER_MIB,
    maxAgeMs: days * DAY_MS,
    // One process writes in a state folder.
    mayWrite: () => journal.other() === null,
    notice: talk,
  });
}

const USES_GIT: ReadonlySet<EngineConfig['checkpointer']> = new Set(['auto', 'git']);

function loadGit(): Promise<typeof import('../effects/git/index.ts')> {
  return import('../effects/git/index.ts');
}

/** Returns true where a workspace is configured, or a session may bring one. */
function hasWorkspaces({ workspaces: { agents, processes, fallback }, fromSessions }: EngineConfig): boolean {
  return fromSessions.enabled || fallback !== null || [agents, processes].some((map) => Object.keys(map).length > 0);
}

async function confirmFolder(path: string, pins: Pins): Promise<Result<PinMove, Refusal>> {
  const pin = pins.of(await pins.nameOf(path));
  const found = await pin.found();
  const isThere = found !== null && found.path === path;
  return isThere ? pin.repin(found, null) : { ok: false, reason: { code: 'folder_missing', workspace: path } };
}

/** The time that an engine that prints waits for a state folder that another process has, ms. */
const FOLDER_WAIT_MS = 3_000;

// What is printed must be kept: a service gets the folder from a dashboard that is left open.
function sharing(prints: boolean): JournalOptions {
  return prints ? { waitMs: FOLDER_WAIT_MS } : { yields: true };
}

/** Returns the configured sources, or those found on this machine; logs what was found or which locations were tried. */
async function sourcesToFollow(
  config: EngineConfig,
  talk: (line: string) => void,
  isFollowed: boolean,
): Promise<{ readonly uris: readonly SourceUri[]; readonly tried: readonly TriedPath[] }> {
  if (config.sources.length > 0) return { uris: config.sources, tried: [] };
  const [{ found, tried, fallback }, records] = await Promise.all([locateSources(), locateRecords()]);
  const uris = [...found, ...records];
  for (const uri of await recordsOfOthers()) talk(`skipped the records of another user; to read them: --source ${uri}`);
  if (uris.length > 0) {
    talk(`found ${uris.join(', ')}`);
    for (const { path, why, isDistrusted } of tried) if (isDistrusted) talk(`${path}: ${wordLocate(why)}`);
    if (found.length === 0) talk('no agentsight feed was found: only what agents record themselves is known');
    return { uris, tried: [] };
  }
  talk('no agentsight feed was found on this machine; tried:');
  for (const { path, why } of tried) talk(`  ${path}: ${wordLocate(why)}`);
  const next = isFollowed ? `; ${fallback} is read as soon as it exists` : '';
  talk(`start agentsight, give --source URI, or try "sightline demo"${next}`);
  return { uris: [fallback], tried };
}

async function openerOf(
  uri: SourceUri,
  talk: (line: string) => void,
): Promise<readonly [SourceUri, FeedOpener] | null> {
  const loaded = await loadSource(uri);
  if (loaded.ok) return [uri, loaded.value];
  talk(`cannot follow the source ${uri}: ${wordSourceUri(loaded.reason)}`);
  return null;
}

// One tree is one workspace, whatever links lead to it: debounce, guard and lock go by the canonical path.
async function canonicalMap(map: WorkspaceMap, pins: Pins): Promise<WorkspaceMap> {
  const { agents, processes, fallback } = map;
  return {
    ...map,
    agents: await canonicalValues(agents, pins),
    processes: await canonicalValues(processes, pins),
    fallback: fallback === null ? null : await pins.nameOf(fallback),
  };
}

async function canonicalValues(
  paths: Readonly<Record<string, string>>,
  pins: Pins,
): Promise<Readonly<Record<string, string>>> {
  // Without a prototype: an agent may call itself `constructor`.
  const canonical = Object.create(null) as Record<string, string>;
  for (const [who, path] of Object.entries(paths)) canonical[who] = await pins.nameOf(path);
  return canonical;
}

// Whatever touches a workspace's files touches the pinned folder only.
async function choosePinned(
  { checkpointer, command, git, guard, stateDir }: EngineConfig,
  pin: FolderPin,
): Promise<Chosen> {
  const maxUsedRatio = guard.storeUsedRatio;
  const ways: Ways = {
    command,
    git: async (workspace) => {
      const { gitCheckpointer } = await loadGit();
      return gitCheckpointer({ workspace, storeDir: stateDir, identity: pin.identity, maxUsedRatio, ...git });
    },
  };
  const chosen = await chooseCheckpointer(checkpointer, pin.name(), ways);
  if (checkpointer === 'none') return chosen;
  return { ...chosen, checkpointer: pinnedCheckpointer(chosen.checkpointer, pin) };
}
