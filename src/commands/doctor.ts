import { isRepinnable } from '../core/folder.ts';
import type { Config } from '../config/config.ts';
import { askTools } from '../effects/checkpointer.ts';
import { createPins } from '../effects/pin/pins.ts';
import { pinStore } from '../effects/pin/store.ts';
import { peekJournal } from '../effects/state/journal-peek.ts';
import { isUtf8Locale } from '../effects/terminal/terminal.ts';
import { complain, outputTerminal, printJson, printLines } from '../effects/terminal/output.ts';
import type { Engine, EngineView, SourceView, WorkspaceView } from '../engine/types.ts';
import { isMoment } from '../core/moments.ts';
import { isRecordMedium } from '../core/sources.ts';
import { wordOffer } from '../wording/moments.ts';
import { wordSource } from '../wording/sources.ts';
import { wordFileRemedy, wordFolderCause } from '../wording/files.ts';
import { openLogger } from './logger.ts';
import { openEngine } from '../engine/wire.ts';
import { wordAvailability } from '../wording/checkpointers.ts';
import { wordDone } from '../wording/done.ts';
import { wordElsewhere, wordLockNote } from '../wording/elsewhere.ts';
import { wordStoreFinding } from '../wording/git-notes.ts';
import { wordChoice, wordRefusal } from '../wording/refusals.ts';
import { elsewhereOf } from '../engine/workspaces/owner-watch.ts';
import { createLocks, MACHINE_CLOCK } from '../effects/lock/locks.ts';
import { continueLine, createPauser } from '../effects/process/pauser.ts';
import { wordPaused } from '../wording/pauses.ts';
import { storeChecks } from '../effects/git/store/mend.ts';
import { reasonOf } from '../effects/state/acquire.ts';
import { type NotWritable, whyNotWritable } from '../effects/state/folder.ts';
import { measureHistory } from '../effects/state/history-reader.ts';
import { counted, wordBytes } from '../wording/units.ts';

/** One check; `detail` has the finding and, where it failed, the remedy. */
export type Check = { readonly name: string; readonly state: 'ok' | 'warning' | 'failed'; readonly detail: string };

const SIGNS = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' } as const;

export type DoctorOptions = {
  readonly json: boolean;
  /** The absolute path of the workspace whose folder is pinned again; '' for each that was refused, null for none. */
  readonly repin: string | null;
  /** Checks the broker of the fleet instead of this machine. */
  readonly fleet: boolean;
};

/**
 * Checks everything that sightline needs; changes nothing but the pins that `--repin` names. Resolves to
 * 1 if something failed.
 */
export async function runDoctor(given: Config, { json, repin, fleet }: DoctorOptions): Promise<number> {
  if (fleet) return report(await (await import('./doctor-fleet.ts')).fleetChecks(given), json);
  const { config, chosen } =
    repin !== null && repin !== '' ? await withWorkspace(given, repin) : { config: given, chosen: null };
  const { view, pinned } = await inspect(config, (engine) =>
    repin === null ? Promise.resolve([]) : pinAgain(engine, chosen),
  );
  const checks = [
    ...config.notices.map((detail): Check => ({ name: 'configuration', state: 'warning', detail })),
    ...view.sources.flatMap((source) => [sourceCheck(source), ...gapsCheck(source)]),
    ...view.sources.flatMap(telemetryChecks),
    ...momentChecks(view),
    ...pinned,
    ...workspaceChecks(view.workspaces, view.sources, config),
    ...(await lockChecks(view.workspaces, config)),
    ...(await toolChecks(config)),
    stateCheck(config.stateDir),
    ...pauseChecks(config),
    ...historyChecks(config),
    ...(await snapshotChecks(config.stateDir)),
    await terminalCheck(),
  ];
  return report(checks, json);
}

function report(checks: readonly Check[], json: boolean): number {
  if (json) printJson(checks, { indent: 2 });
  else printLines(checks.map(line));
  return checks.some(({ state }) => state === 'failed') ? 1 : 0;
}

// The engine opens the feeds and asks the checkpointers as it always does, but acts on nothing and keeps nothing.
async function inspect(
  given: Config,
  act: (engine: Engine) => Promise<readonly Check[]>,
): Promise<{ readonly view: EngineView; readonly pinned: readonly Check[] }> {
  const sources = given.sources.filter((uri) => uri !== '-');
  const config: Config = { ...given, sources, mode: 'observe', notices: [] };
  const journal = peekJournal(config.stateDir, ['workspace:']);
  const options = { evict: true, takeOver: false, commitMs: null, journal };
  const log = openLogger(given.talk, complain);
  const engine = await openEngine(config, options, log.talk);
  await engine.start();
  engine.commit();
  const pinned = await act(engine);
  engine.commit();
  const view = engine.store.getState();
  await engine.close('doctor');
  log.close();
  return { view, pinned };
}

/** The name of the workspace that is meant by a path, configured or not: a run that will name it finds it pinned. */
async function withWorkspace(
  config: Config,
  path: string,
): Promise<{ readonly config: Config; readonly chosen: string }> {
  const pins = createPins(pinStore(config.stateDir), Date.now);
  const { agents, processes, fallback } = config.workspaces;
  for (const one of [...Object.values(agents), ...Object.values(processes), ...(fallback === null ? [] : [fallback])]) {
    const name = await pins.nameOf(one);
    if (one === path || name === path) return { config, chosen: name };
  }
  const workspaces = { agents, processes: { ...processes, [ASKED]: path }, fallback };
  return { config: { ...config, workspaces }, chosen: await pins.nameOf(path) };
}

/** No process has such a name: the kernel keeps 15 characters. */
const ASKED = 'the workspace of --repin';

async function pinAgain(engine: Engine, asked: string | null): Promise<readonly Check[]> {
  const { workspaces } = engine.store.getState();
  const chosen = workspaces.filter(({ path: workspace, availability: { problem } }) =>
    asked === null ? problem !== undefined && isRepinnable(problem) : workspace === asked,
  );
  return Promise.all(
    chosen.map(async ({ path: workspace }): Promise<Check> => {
      const name = `pin ${workspace}`;
      const plan = await engine.queries.repinPlan(workspace);
      if (!plan.ok) return { name, state: 'failed', detail: wordRefusal(plan.reason) };
      const done = await engine.intents.repin(workspace, plan.value.shown);
      return {
        name,
        state: done.ok ? 'ok' : 'failed',
        detail: done.ok ? wordDone(done.value) : wordRefusal(done.reason),
      };
    }),
  );
}

function sourceCheck({ health: { uri, status: health, detail: why, caughtUp, recentRead } }: SourceView): Check {
  const detail = wordSource(why, false);
  if (health === 'ok' && !caughtUp && recentRead !== true) {
    return {
      name: `source ${uri}`,
      state: 'warning',
      detail: `${detail}; too slow: its present state is not read yet`,
    };
  }
  const state = health === 'ok' ? 'ok' : health === 'degraded' ? 'warning' : 'failed';
  return { name: `source ${uri}`, state, detail };
}

/** The settings that make each agent send its telemetry to a source that listens for it. */
function telemetryChecks({ health: { detail } }: SourceView): readonly Check[] {
  if (detail.code !== 'listening') return [];
  return telemetrySettings(detail.address, detail.hasToken).map(({ agent, where, lines }) => ({
    name: `telemetry of ${agent}`,
    state: 'ok',
    detail: `sent once ${where} has: ${lines.join(' ')}`,
  }));
}

/** Unknown kinds of records that are named. */
const MAX_KINDS = 8;

// Gaps of records are no fault, but must be known before anything acts on them.
function gapsCheck({ health: { uri, gaps = [], unknownKinds = [] } }: SourceView): readonly Check[] {
  const unknown = unknownKinds.reduce((sum, { count }) => sum + count, 0);
  const most = unknownKinds.toSorted((a, b) => b.count - a.count);
  const named = most.slice(0, MAX_KINDS).map(({ kind, version }) => (version === null ? kind : `${kind} (${version})`));
  const kinds = [...named, ...(most.length > MAX_KINDS ? [`${most.length - MAX_KINDS} more`] : [])].join(', ');
  return [
    ...(gaps.length === 0
      ? []
      : [{ name: `source ${uri}`, state: 'ok' as const, detail: `cannot tell: ${gaps.join('; ')}` }]),
    ...(unknown === 0
      ? []
      : [
          { name: `source ${uri}`, state: 'warning' as const, detail: `${unknown} records of unknown kinds: ${kinds}` },
        ]),
  ];
}

// A rule for a moment that no source tells looks like a promise.
function momentChecks({ policy, sources }: EngineView): readonly Check[] {
  const media = sources.map(({ health }) => health.medium);
  const asked = policy.filter(({ scope, name, action }) => scope === 'type' && isMoment(name) && action !== 'ignore');
  return asked.map(({ name, action }) => ({
    name: `policy ${name}`,
    state: media.some(isRecordMedium) ? 'ok' : 'warning',
    detail: `${action ?? ''}: ${wordOffer(media)}`,
  }));
}

function workspaceChecks(
  workspaces: readonly WorkspaceView[],
  sources: readonly SourceView[],
  { fromSessions }: Config,
): readonly Check[] {
  if (workspaces.length === 0 && fromSessions.enabled) {
    const detail = 'none yet: the folders of sessions are taken (workspaces.from_sessions)';
    return [{ name: 'workspace', state: 'ok', detail }];
  }
  if (workspaces.length === 0) {
    // Agents' own records name the folder of each session.
    const other = sources.some(({ health: { gaps } }) => gaps !== undefined)
      ? ', or let sessions name theirs: workspaces.from_sessions in the configuration file'
      : '';
    const detail = `none is configured, so nothing can be checkpointed: give --workspace DIR${other}`;
    return [{ name: 'workspace', state: 'warning', detail }];
  }
  return workspaces.map(({ path: workspace, availability, why }) => ({
    name: `workspace ${workspace}`,
    state: availability.state === 'available' ? 'ok' : 'failed',
    detail:
      availability.state === 'available'
        ? `${availability.name} ${availability.version ?? ''} (${wordChoice(why)})`
        : `${availability.name}: ${wordAvailability(availability)}`,
  }));
}

// Takes a free lock for a moment to see whether it can be had.
async function lockChecks(workspaces: readonly WorkspaceView[], { lock }: Config): Promise<readonly Check[]> {
  const locks = createLocks({ clock: MACHINE_CLOCK, mode: lock });
  return Promise.all(
    workspaces.map(async ({ path: workspace, availability }): Promise<Check> => {
      const { refusal, notes } = await locks.inspect({ workspace, isManaged: availability.name === 'ws-ckpt' });
      const name = `lock ${workspace}`;
      if (refusal !== null) {
        return {
          name,
          state: refusal.type === 'engine' ? 'ok' : 'warning',
          detail: wordElsewhere(elsewhereOf(refusal)),
        };
      }
      const detail = notes.map(wordLockNote).join('; ') || 'free: owner record and folder';
      return { name, state: notes.length === 0 ? 'ok' : 'warning', detail };
    }),
  );
}

async function toolChecks({ checkpointer, stateDir }: Config): Promise<readonly Check[]> {
  const answers = await askTools(checkpointer, stateDir);
  const isLost = answers.every(({ state }) => state === 'unavailable');
  return answers.map(({ name, state, version, reason }): Check => {
    const unavailable = { state: isLost ? 'failed' : 'warning', detail: wordAvailability({ state, reason }) } as const;
    const detail = `${version ?? 'version unknown'}${name === 'ws-ckpt' ? ', its daemon answers' : ''}`;
    return { name: `checkpointer ${name}`, ...(state === 'unavailable' ? unavailable : { state: 'ok', detail }) };
  });
}

function stateCheck(folder: string): Check {
  const why = whyNotWritable(folder);
  const detail = why === null ? 'can be written' : stateRemedy(why);
  return { name: `state ${folder}`, state: why === null ? 'ok' : 'failed', detail };
}

// By hand, should no sightline run any more that would continue it.
function pauseChecks({ stateDir }: Config): readonly Check[] {
  return createPauser(stateDir)
    .list({ tidies: false })
    .map(({ record, whose }) => {
      const who = whose === 'left' ? 'the engine that paused it is gone' : `engine ${record.engine.pid} continues it`;
      const remedy = whose === 'left' ? '; sightline resume, or: ' : '; by hand: ';
      const detail = `${wordPaused(record)}; ${who}${remedy}${continueLine(record)}`;
      return { name: `paused ${record.agent ?? `pid ${record.pid}`}`, state: 'warning', detail };
    });
}

// It is never needed: what is wrong with it is a warning.
function historyChecks({ stateDir, history }: Config): readonly Check[] {
  const name = 'history';
  try {
    const found = measureHistory(stateDir);
    if (found === null) return [];
    const size = `${counted(found.segments, 'segment')}, ${wordBytes(found.bytes)}`;
    const isKept = history.days > 0 && history.mb > 0;
    return [{ name, state: 'ok', detail: isKept ? size : `${size}; not written any more (history_days, history_mb)` }];
  } catch (error) {
    const cause = wordFolderCause(reasonOf(error));
    const detail = `cannot use ${stateDir}/history: ${cause}; explain and replay lack what happens; move it away`;
    return [{ name, state: 'warning', detail }];
  }
}

function stateRemedy({ folder, reason }: NotWritable): string {
  const remedy = wordFileRemedy(reason, 'name another folder with --state-dir DIR');
  return `cannot write in ${folder}: ${wordFolderCause(reason)}; ${remedy}`;
}

async function snapshotChecks(folder: string): Promise<readonly Check[]> {
  const found = await storeChecks(folder);
  return found.map(({ workspace, finding }): Check => ({
    name: `snapshots of ${workspace}`,
    state: 'warning',
    detail: wordStoreFinding(finding),
  }));
}

async function terminalCheck(): Promise<Check> {
  const terminal = outputTerminal();
  if (terminal === null)
    return { name: 'terminal', state: 'ok', detail: 'none here: headless and once work, the screen needs one' };
  const { columns, rows } = terminal;
  const { MIN_COLUMNS, MIN_ROWS } = await import('../ui/app/layout.ts');
  const unicode = isUtf8Locale(process.env) ? 'Unicode' : 'ASCII signs, as the locale is not UTF-8';
  const isSmall = columns < MIN_COLUMNS || rows < MIN_ROWS;
  const size = `${columns}x${rows}${isSmall ? `: the screen needs ${MIN_COLUMNS}x${MIN_ROWS}` : ''}`;
  return {
    name: 'terminal',
    state: isSmall ? 'warning' : 'ok',
    detail: `${process.env['TERM'] ?? ''} ${size}, ${unicode}`,
  };
}

function line({ name, state, detail }: Check): string {
  // The URI of an agent's own records ends with one.
  return `${SIGNS[state]} ${name}${name.endsWith(':') ? '' : ':'} ${detail}`;
}

/** The settings that make each agent send its telemetry to us (contract, section 8). */
type TelemetrySettings = { readonly agent: string; readonly where: string; readonly lines: readonly string[] };

/** The settings for a source at `address` (HOST:PORT); `hasToken`: senders have to give its token. */
function telemetrySettings(address: string, hasToken: boolean): readonly TelemetrySettings[] {
  const base = `http://${address}`;
  const endpoint = `${base}/v1/logs`;
  const header = 'Authorization=Bearer TOKEN';
  return [
    {
      agent: 'Claude Code',
      where: 'environment',
      lines: [
        'CLAUDE_CODE_ENABLE_TELEMETRY=1 OTEL_LOGS_EXPORTER=otlp OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/json',
        `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=${endpoint}`,
        ...(hasToken ? [`OTEL_EXPORTER_OTLP_HEADERS='${header}'`] : []),
      ],
    },
    {
      agent: 'Codex',
      where: '~/.codex/config.toml',
      lines: [
        '[otel]',
        `exporter = { otlp-http = { endpoint = "${endpoint}", protocol = "json"${
          hasToken ? ', headers = { Authorization = "Bearer TOKEN" }' : ''
        } } }`,
      ],
    },
    {
      agent: 'Gemini CLI',
      where: '~/.gemini/settings.json',
      lines: [
        `{ "telemetry": { "enabled": true, "otlpProtocol": "http", "otlpEndpoint": "${base}" } }`,
        ...(hasToken ? [`and in the environment OTEL_EXPORTER_OTLP_HEADERS='${header}'`] : []),
      ],
    },
  ];
}
