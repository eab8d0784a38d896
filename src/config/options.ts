import { FATES } from '../core/signals.ts';
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import { SOURCE_FORMS } from '../core/sources.ts';
import { MAX_OUTCOMES } from '../core/model/meters/outcomes.ts';
import { DEFAULT_TROUBLE } from '../core/model/meters/trouble.ts';
import { MIN_TIMEOUT_SECONDS } from './duration.ts';
import { type Kind, placeholderOf, POLICY_ACTIONS, type ValueOf } from './kinds.ts';

/** One option: what the command line, the environment, the configuration file and the help know of it. */
type Option = {
  readonly kind: Kind;
  /** The position of its value in `Config`, steps separated by dots; null where another part derives from it. */
  readonly at: string | null;
  /** The value if none is given; null: none. */
  readonly default: unknown;
  /** The key in the configuration file, steps separated by dots; null: not in the file. */
  readonly key: string | null;
  /** On the command line and in the environment, under the option's name; `short` is one letter more. */
  readonly flag: boolean;
  readonly short?: string;
  /** A second name on the command line alone, which commands may have for an option of their own. */
  readonly also?: string;
  /** A change of the file is applied at once, or only after a restart. */
  readonly reload: 'live' | 'restart';
  /** Concerns the screen alone. */
  readonly screen?: true;
  /** A switch that stands for a value of another option. */
  readonly means?: { readonly option: string; readonly value: string };
  readonly help: string;
};

const mode = ['observe', 'hold', 'auto'] as const;
const checkpointer = ['auto', 'ws-ckpt', 'git', 'command', 'none'] as const;
const theme = ['auto', 'dark', 'light', 'high-contrast', 'mono'] as const;
const lock = ['folder', 'record'] as const;
const takeOver = ['key', 'auto'] as const;
const logFormat = ['auto', 'text', 'journal', 'json'] as const;
const severities = ['critical', 'high', 'medium', 'low'] as const;

/**
 * THE table of options. A new option is one row: flags, variables, the file's schema, `config`, reload, completions, the
 * manual page, the manual and the type `Config` derive from it.
 */
export const OPTIONS = {
  source: row({ type: 'sources' }, 'sources', [], {
    key: 'sources',
    help: `${SOURCE_FORMS.join(', ')} or a path; may be repeated`,
  }),
  workspace: row({ type: 'path', names: 'folder' }, null, null, {
    key: 'workspace',
    help: 'workspace of the agents that the configuration file does not name',
  }),
  workspaceOfAgents: fileRow({ type: 'paths' }, null, null, {
    key: 'workspaces.agents',
    help: 'agent → workspace',
  }),
  workspaceOfProcesses: fileRow({ type: 'paths' }, null, null, {
    key: 'workspaces.processes',
    help: 'process name → workspace',
  }),
  sessionFolders: fileRow({ type: 'switch' }, 'fromSessions.enabled', false, {
    key: 'workspaces.from_sessions.enabled',
    help: "the folder of a session, as its agent's records name it, is the workspace of its signals",
  }),
  sessionRoots: fileRow({ type: 'folders' }, 'fromSessions.roots', [], {
    key: 'workspaces.from_sessions.roots',
    help: 'folders below which sessions’ folders are taken without asking; others wait for a person to confirm them',
  }),
  checkpointer: row({ type: 'choice', choices: checkpointer }, 'checkpointer', 'auto', {
    key: 'checkpointer',
    help: 'auto, ws-ckpt, git, command or none (default: auto)',
  }),
  command: fileRow({ type: 'argv' }, 'command', [], {
    key: 'command',
    help: 'program of the checkpointer "command" with its arguments',
  }),
  mode: row({ type: 'choice', choices: mode }, 'mode', 'observe', {
    key: 'mode',
    help: 'observe, hold or auto (default: observe)',
  }),
  arm: row({ type: 'switch' }, null, null, {
    key: null,
    means: { option: 'mode', value: 'auto' },
    help: 'same as --mode auto',
  }),
  dryRun: row({ type: 'switch' }, null, null, {
    key: null,
    means: { option: 'mode', value: 'observe' },
    help: 'same as --mode observe: report what would have been done',
  }),
  recordsSince: row({ type: 'duration', min: 0, max: Number.POSITIVE_INFINITY }, 'recordsSinceMs', 86_400_000, {
    key: 'records_since',
    also: 'since',
    help: "read agents' records that were written within this time at the start, older ones when they change or a search finds them (default: 1d)",
  }),
  debounce: row({ type: 'duration', min: 0 }, 'debounceMs', 30_000, {
    key: 'debounce',
    reload: 'live',
    help: 'at most one automatic checkpoint in this time (default: 30)',
  }),
  timeout: row({ type: 'duration', min: MIN_TIMEOUT_SECONDS }, 'timeoutMs', 10_000, {
    key: 'timeout',
    reload: 'live',
    help: 'deadline of one checkpoint (default: 10)',
  }),
  grace: row({ type: 'duration', min: 0 }, 'graceMs', null, {
    key: 'grace',
    reload: 'live',
    help: 'countdown before an automatic checkpoint (default: 10 in hold, 0 in auto)',
  }),
  trailing: row({ type: 'switch', negatable: true }, 'trailing', true, {
    key: 'trailing',
    reload: 'live',
    help: 'one more checkpoint when the window closes, if signals came inside it (default)',
  }),
  policyTypes: fileRow(
    { type: 'actions', keys: null },
    'policy.types',
    {},
    {
      key: 'policy.types',
      reload: 'live',
      help: `interruption type → ${POLICY_ACTIONS.join(', ')}`,
    },
  ),
  policySeverities: fileRow(
    { type: 'actions', keys: severities },
    'policy.severities',
    {},
    {
      key: 'policy.severities',
      reload: 'live',
      help: 'severity → the same, for types without a rule of their own',
    },
  ),
  policyRecords: fileRow(
    { type: 'actions', keys: null },
    'recordsPolicy',
    {},
    {
      key: 'policy.records',
      reload: 'live',
      help: "interruption type → the same, for what agents' own records alone show (default: agent_crash and dead_loop are flagged)",
    },
  ),
  turnStartKeep: fileRow({ type: 'count', max: 100_000 }, 'turnStartKeep', 10, {
    key: 'policy.turn_start_keep',
    help: 'the newest checkpoints for turn_start that are kept of a workspace; at least one is',
  }),
  guardAgent: fileRow({ type: 'count', max: 100_000 }, 'guard.perAgentPerHour', 20, {
    key: 'guard.per_agent_per_hour',
    reload: 'live',
    help: 'automatic checkpoints for one agent in an hour',
  }),
  guardWorkspace: fileRow({ type: 'count', max: 100_000 }, 'guard.perWorkspacePerHour', 60, {
    key: 'guard.per_workspace_per_hour',
    reload: 'live',
    help: 'automatic checkpoints of one workspace in an hour',
  }),
  guardStore: fileRow({ type: 'ratio' }, 'guard.storeUsedRatio', 0.9, {
    key: 'guard.store_used_ratio',
    reload: 'live',
    help: 'no automatic checkpoint while the store is fuller than this',
  }),
  advisoryWindow: fileRow({ type: 'duration', min: 1 }, 'advisory.windowMs', 3_600_000, {
    key: 'advisory.window',
    help: 'window of the advisory "no prompt caching"',
  }),
  advisoryTokens: fileRow({ type: 'count', max: Number.MAX_SAFE_INTEGER }, 'advisory.inputTokens', 200_000, {
    key: 'advisory.input_tokens',
    help: 'input tokens in the window that raise the advisory',
  }),
  episodeQuiet: fileRow({ type: 'duration', min: 1 }, 'episodeQuietMs', 600_000, {
    key: 'episode_quiet',
    help: 'a dead_loop without a report for this time is over: a later one is a new signal',
  }),
  failingCalls: fileRow(
    { type: 'number', min: 1, max: MAX_OUTCOMES, whole: true },
    'trouble.failingCalls',
    DEFAULT_TROUBLE.failingCalls,
    {
      key: 'trouble.failing_calls',
      help: 'the latest calls by which an agent or a conversation is failing',
    },
  ),
  failingAtLeast: fileRow(
    { type: 'number', min: 1, max: MAX_OUTCOMES, whole: true },
    'trouble.failingAtLeast',
    DEFAULT_TROUBLE.failingAtLeast,
    {
      key: 'trouble.failing_at_least',
      help: 'failed calls among them that it takes at least',
    },
  ),
  failingShare: fileRow({ type: 'ratio' }, 'trouble.failingShare', DEFAULT_TROUBLE.failingShare, {
    key: 'trouble.failing_share',
    help: 'share of them that it takes at least',
  }),
  stuckAfter: fileRow({ type: 'duration', min: 1 }, 'trouble.stuckMs', DEFAULT_TROUBLE.stuckMs, {
    key: 'trouble.stuck_after',
    help: 'open work without a call for this time is stuck',
  }),
  contextShare: fileRow({ type: 'ratio' }, 'trouble.contextShare', DEFAULT_TROUBLE.contextShare, {
    key: 'trouble.context_share',
    help: 'a context that is filled to this share is nearly full',
  }),
  troubleQuiet: fileRow({ type: 'duration', min: 1 }, 'trouble.quietMs', DEFAULT_TROUBLE.quietMs, {
    key: 'trouble.quiet_after',
    help: 'trouble without a report for this time is no longer shown as such',
  }),
  pause: fileRow({ type: 'switch' }, 'pause.enabled', false, {
    key: 'pause.enabled',
    help: 'let p, "sightline pause" and budgets stop the process group of an agent for a while (Linux)',
  }),
  pauseMinutes: fileRow({ type: 'number', min: 0.01, max: 1_440 }, 'pause.maxMinutes', 30, {
    key: 'pause.max_minutes',
    help: 'minutes after which a paused agent goes on by itself',
  }),
  gitKeep: fileRow({ type: 'count', max: 100_000 }, 'git.keep', 50, {
    key: 'git.keep',
    help: 'automatic snapshots kept by the checkpointer git',
  }),
  gitExclude: fileRow({ type: 'patterns' }, 'git.exclude', null, {
    key: 'git.exclude',
    help: 'patterns that snapshots leave out, instead of the default list',
  }),
  gitMaxFileMb: fileRow({ type: 'count', max: 1_000_000 }, 'git.maxFileMb', 512, {
    key: 'git.max_file_mb',
    help: 'larger files are left out of snapshots by git, and named; MB',
  }),
  lock: fileRow({ type: 'choice', choices: lock }, 'lock', 'folder', {
    key: 'lock',
    help: 'record: act although a process out of view (in another container) holds the folder',
  }),
  takeOver: fileRow({ type: 'choice', choices: takeOver }, 'takeOver', 'key', {
    key: 'take_over',
    help: 'auto: a console takes over by itself, 30 s after the engine of a workspace is gone',
  }),
  interval: row({ type: 'duration', min: 0.5, max: 30 }, 'http.intervalMs', null, {
    key: 'interval',
    short: 'i',
    help: 'longest wait between two polls of an HTTP source (default: 2.5)',
  }),
  tokenFile: row({ type: 'path', names: 'file' }, 'http.tokenFile', null, {
    key: 'token_file',
    help: "bearer token of HTTP sources (default: SIGHTLINE_TOKEN, else agentsight's own)",
  }),
  otlpTokenFile: row({ type: 'path', names: 'file' }, 'http.otlpTokenFile', null, {
    key: 'otlp_token_file',
    help: 'bearer token that the senders to an otlp source have to give',
  }),
  caFile: row({ type: 'path', names: 'file' }, 'http.caFile', null, {
    key: 'ca_file',
    help: 'certificate authority (PEM) of HTTPS sources',
  }),
  stateDir: row({ type: 'path', names: 'folder' }, 'stateDir', null, {
    key: 'state_dir',
    help: 'state that survives a restart, and git snapshots',
  }),
  historyDays: fileRow({ type: 'number', min: 0, max: 3_650, whole: true }, 'history.days', 30, {
    key: 'history_days',
    help: 'days for which "explain" and "replay" know what was done and why; 0 keeps no history',
  }),
  historyMb: fileRow({ type: 'number', min: 0, max: 100_000, whole: true }, 'history.mb', 64, {
    key: 'history_mb',
    help: 'largest size of that history; MiB; 0 keeps none',
  }),
  config: row({ type: 'path', names: 'file' }, null, null, {
    key: null,
    help: 'configuration file',
  }),
  consoleGroup: fileRow({ type: 'text' }, 'consoleGroup', null, {
    key: 'console.group',
    help: 'group whose members may look on by a socket of their own, and do nothing',
  }),
  readOnly: row({ type: 'switch' }, 'readOnly', false, {
    key: 'read_only',
    help: 'observe, and disable every key that acts',
  }),
  host: fileRow({ type: 'text' }, 'host', null, {
    key: 'host',
    help: 'name of this machine in the output',
  }),
  nats: row({ type: 'text' }, 'nats.url', null, {
    key: 'nats.url',
    help: 'broker of a fleet: headless publishes there, the dashboard and once show every host (nats://HOST:4222)',
  }),
  natsName: row({ type: 'text' }, 'nats.name', null, {
    key: 'nats.name',
    help: 'name of this host, or of the operator at this console, in the subjects (default: the host, the NATS user)',
  }),
  natsCreds: row({ type: 'path', names: 'file' }, 'nats.credsFile', null, {
    key: 'nats.creds_file',
    help: 'JWT and nkey for the broker (.creds)',
  }),
  natsNkey: row({ type: 'path', names: 'file' }, 'nats.nkeyFile', null, {
    key: 'nats.nkey_file',
    help: 'seed of an nkey for the broker',
  }),
  natsUser: row({ type: 'text' }, 'nats.user', null, {
    key: 'nats.user',
    help: 'user at the broker',
  }),
  natsPasswordFile: row({ type: 'path', names: 'file' }, 'nats.passwordFile', null, {
    key: 'nats.password_file',
    help: 'file with the password of that user',
  }),
  natsCaFile: row({ type: 'path', names: 'file' }, 'nats.caFile', null, {
    key: 'nats.ca_file',
    help: 'certificate authority (PEM) of the broker; asks for TLS',
  }),
  natsCertFile: row({ type: 'path', names: 'file' }, 'nats.certFile', null, {
    key: 'nats.cert_file',
    help: 'certificate (PEM) of this client for the broker',
  }),
  natsKeyFile: row({ type: 'path', names: 'file' }, 'nats.keyFile', null, {
    key: 'nats.key_file',
    help: 'private key (PEM) of that certificate',
  }),
  natsContent: row({ type: 'switch' }, 'nats.content', false, {
    key: 'nats.content',
    help: 'send prompts and answers over the broker too; needed on the host and on the console',
  }),
  metrics: row({ type: 'address' }, 'metrics', null, {
    key: 'metrics',
    help: 'serve metrics for Prometheus on this address, 127.0.0.1:9464 by convention (headless)',
  }),
  hooks: fileRow({ type: 'hooks' }, 'hooks', [], {
    key: 'hooks',
    help: 'programs and servers that are notified of events ("sightline help operations")',
  }),
  budgets: fileRow({ type: 'budgets' }, 'budgets', [], {
    key: 'budgets',
    reload: 'live',
    help: 'what may be spent in money or tokens, by whom in which time, and what happens then ("sightline help budgets")',
  }),
  prices: fileRow({ type: 'prices' }, 'prices', [], {
    key: 'prices',
    help: 'dollars a million tokens of models, before the shipped list prices: input, output, cache_read, cache_write, cache_write_1h, tiers; and context_window, in tokens',
  }),
  plans: fileRow({ type: 'names' }, 'plans', [], {
    key: 'plans',
    help: 'agents, or sources, whose calls a subscription pays: their money is shown as plan, at list price',
  }),
  logFile: row({ type: 'path', names: 'file' }, 'talk.logFile', null, {
    key: 'log_file',
    help: 'write log messages to FILE as well (the dashboard logs only there)',
  }),
  logFormat: row({ type: 'choice', choices: logFormat }, 'talk.logFormat', 'auto', {
    key: 'log_format',
    help: 'log messages on standard error: text, journal (priority prefixes for journald), json (default: auto)',
  }),
  debug: row({ type: 'switch' }, 'talk.debug', false, {
    key: null,
    short: 'v',
    help: 'log every step: sources, timers, child processes',
  }),
  quiet: row({ type: 'switch' }, 'talk.quiet', false, {
    key: null,
    short: 'q',
    help: 'log nothing but errors to standard error',
  }),
  theme: row({ type: 'choice', choices: theme }, 'screen.theme', 'auto', {
    key: 'ui.theme',
    reload: 'live',
    screen: true,
    help: 'auto, dark, light, high-contrast or mono (default: auto)',
  }),
  color: row({ type: 'switch', negatable: true }, 'screen.color', null, {
    key: null,
    screen: true,
    help: 'colours, regardless of the environment; --no-color is --theme mono',
  }),
  ascii: row({ type: 'switch' }, 'screen.ascii', false, {
    key: 'ui.ascii',
    screen: true,
    help: 'draw with ASCII characters only',
  }),
  screenReader: row({ type: 'switch' }, 'screen.screenReader', false, {
    key: 'ui.screen_reader',
    screen: true,
    help: 'print events as lines instead of drawing a screen; keys by name',
  }),
  mouse: row({ type: 'switch' }, 'screen.mouse', false, {
    key: 'ui.mouse',
    screen: true,
    help: 'select by click, scroll by wheel',
  }),
  title: fileRow({ type: 'switch' }, 'screen.title', false, {
    key: 'ui.title',
    screen: true,
    help: "show the state in the terminal's title",
  }),
  bell: fileRow({ type: 'switch' }, 'screen.bell', false, {
    key: 'ui.bell',
    reload: 'live',
    screen: true,
    help: 'ring the bell on critical signals, and when a budget asks',
  }),
  notify: fileRow({ type: 'switch' }, 'screen.notify', false, {
    key: 'ui.notify',
    reload: 'live',
    screen: true,
    help: 'send a desktop notification on critical signals, and when a budget asks',
  }),
  attach: row({ type: 'engine' }, 'screen.attach', null, {
    key: null,
    screen: true,
    help: 'show and steer the engine that runs here, instead of one of our own',
  }),
  keys: fileRow(
    { type: 'keys' },
    'screen.keys',
    {},
    {
      key: 'ui.keys',
      reload: 'live',
      screen: true,
      help: 'action → key; "sightline keys" lists them',
    },
  ),
} as const satisfies Readonly<Record<string, Option>>;

export type OptionId = keyof typeof OPTIONS;
type Row<Id extends OptionId> = (typeof OPTIONS)[Id];

/** The options that flags and variables can set. */
export type FlagId = { [Id in OptionId]: Row<Id>['flag'] extends true ? Id : never }[OptionId];

/** The options as the command line, the environment and embedding programs give them: text, lists of it, switches. */
export type Flags = {
  readonly [Id in FlagId]?: Row<Id>['kind'] extends { type: 'switch' }
    ? boolean
    : Row<Id>['kind'] extends { type: 'sources' }
      ? readonly string[]
      : Row<Id>['kind'] extends { type: 'engine' }
        ? boolean | string
        : string;
};

/** The values that one layer (flags, environment, file, agentsight) gives; what it does not give is left out. */
export type Settings = { readonly [Id in OptionId]?: ValueOf<Row<Id>['kind']> };

/** The value of one option in the configuration; null if it has no default and is not set. */
export type OptionValue<Id extends OptionId> =
  ValueOf<Row<Id>['kind']> | (Row<Id>['default'] extends null ? null : never);

/** The values by their keys in the configuration: `screen.theme` is `{ screen: { theme } }`. */
export type NestedValues = Merged<
  { [Id in OptionId]: Row<Id>['at'] extends string ? Nested<Row<Id>['at'], OptionValue<Id>> : never }[OptionId]
>;

type Nested<At extends string, Value> = At extends `${infer Head}.${infer Rest}`
  ? { readonly [K in Head]: Nested<Rest, Value> }
  : { readonly [K in At]: Value };
type Both<Union> = (Union extends unknown ? (part: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
type Merged<Union> = { readonly [K in keyof Both<Union>]: Both<Union>[K] };

/** The ids in the order of the table. */
export const OPTION_IDS = Object.keys(OPTIONS) as readonly OptionId[];

/** The ids of what flags and variables can set, in the order of the table. */
export const FLAG_IDS = OPTION_IDS.filter((id): id is FlagId => OPTIONS[id].flag);

/** Spells an option as the command line does: `stateDir` → `--state-dir`. */
export function optionName(id: string): string {
  return `--${id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Second names of options, with the option that each stands for. */
export const SECOND_NAMES: readonly (readonly [name: string, id: FlagId])[] = FLAG_IDS.flatMap((id) => {
  const { also } = optionOf(id);
  return also === undefined ? [] : [[also, id] as const];
});

/** Describes a second name of an option in help. */
export function secondNameHelp(id: FlagId): string {
  return `same as ${optionName(id)}`;
}

/** Spells an option with what follows it, as commander and the help want it: `-i, --interval <seconds>`. */
export function flagsOf(id: string, kind: Kind, short?: string): string {
  const required = placeholderOf(kind);
  const placeholder = isOptional(kind) ? (required?.replace('<', '[').replace('>', ']') ?? null) : required;
  return `${short === undefined ? '' : `-${short}, `}${optionName(id)}${placeholder === null ? '' : ` ${placeholder}`}`;
}

/** Tells whether an option may be given without its value. */
export function isOptional(kind: Kind): boolean {
  return kind.type === 'engine' || (kind.type === 'path' && kind.optional === true);
}

/** Tells whether the command line also has `--no-…`. */
export function isNegatable(kind: Kind): boolean {
  return kind.type === 'engine' || (kind.type === 'switch' && kind.negatable === true);
}

/** Tells whether an option decides what an engine reads or does: with one of them, a dashboard runs an engine of its own. */
export function concernsEngine(id: FlagId): boolean {
  const { at, screen } = optionOf(id);
  return screen !== true && id !== 'config' && at?.startsWith('talk.') !== true;
}

/** Returns one row of the table by the type that all rows share. */
export function optionOf(id: OptionId): Option {
  return OPTIONS[id];
}

type Extra = Pick<Option, 'key' | 'help'> & Partial<Pick<Option, 'reload' | 'short' | 'also' | 'screen' | 'means'>>;

/** A row as its types are needed: the literal kind, key and default, and all that is not the same in every row. */
type RowOf<Flag extends boolean, K extends Kind, At extends string | null, D, X extends Extra> = Omit<X, 'reload'> & {
  readonly kind: K;
  readonly at: At;
  readonly default: D;
  readonly flag: Flag;
  readonly reload: Option['reload'];
};

function row<const K extends Kind, const At extends string | null, const D, const X extends Extra>(
  kind: K,
  at: At,
  fallback: D,
  extra: X,
): RowOf<true, K, At, D, X> {
  return { ...extra, kind, at, default: fallback, flag: true, reload: extra.reload ?? 'restart' };
}

/** A row of the configuration file alone. */
function fileRow<const K extends Kind, const At extends string | null, const D, const X extends Extra>(
  kind: K,
  at: At,
  fallback: D,
  extra: X,
): RowOf<false, K, At, D, X> {
  return { ...extra, kind, at, default: fallback, flag: false, reload: extra.reload ?? 'restart' };
}

/** An option of one command: on its command line and in the environment. */
export type CommandOption = {
  readonly kind: Kind;
  readonly help: string;
  /** Null: none; switches are off by default. */
  readonly default: string | number | null;
  /** Has no variable: what is acted on, and that it is confirmed, is typed for this very run. */
  readonly typed?: true;
};

export const FAIL_ON = ['critical', 'high', 'medium', 'low', 'none'] as const;

const json = { kind: { type: 'switch' }, default: null, help: 'print JSON' } as const;
const schema = {
  kind: { type: 'switch' },
  default: null,
  help: 'print the JSON Schema of the configuration file',
} as const;
const content = { kind: { type: 'switch' }, default: null, help: 'include prompts and answers' } as const;
/** An engine of this machine; process ids of Linux have 22 bits. */
const engine = {
  kind: { type: 'number', min: 1, max: 4_194_304, whole: true },
  default: null,
  help: 'process id of the engine that is meant, where several run',
  typed: true,
} as const;
/** A longer silence belongs in the configuration file; 30 days, as on the screen. */
const MAX_SILENCE_SECONDS = 30 * 86_400;
const yes = {
  kind: { type: 'switch' },
  default: null,
  help: 'yes to the question of the screen',
  typed: true,
} as const;
const result = { ...json, help: 'print one JSON object (sightline.result/1)' } as const;
const reason = {
  kind: { type: 'text', max: MAX_TEXT_LENGTH },
  default: null,
  help: 'why, for what is recorded',
  typed: true,
} as const;

const budgetSubject = {
  ...reason,
  help: 'whose, where it is kept for several: an agent, a conversation or a workspace',
} as const;

/** The options of single commands, by command. Commander, variables, completions and the manual page derive from it. */
export const COMMAND_OPTIONS = {
  once: {
    json: { ...json, help: 'print one JSON object (sightline.state/1) instead of a table' },
    since: {
      kind: { type: 'duration', min: 0, max: Number.POSITIVE_INFINITY },
      default: null,
      help: 'only what began or occurred within this time (90s, 15m, 1h, 2d)',
    },
    content,
    top: {
      kind: { type: 'number', min: 1, max: 200_000, whole: true },
      default: null,
      help: 'print at most this many rows of each list (table only)',
    },
    includeAcked: {
      kind: { type: 'switch' },
      default: null,
      help: 'count what is acknowledged as wrong, too',
    },
    schema: { ...schema, help: 'print the JSON Schema of sightline.state/1' },
    failOn: {
      kind: { type: 'choice', choices: FAIL_ON },
      default: 'high',
      help: `exit 1 from this severity on: ${FAIL_ON.join(', ')}`,
    },
  },
  headless: {
    history: { kind: { type: 'switch' }, default: null, help: 'print the historical signals too' },
    content,
    schema: { ...schema, help: 'print the JSON Schema of sightline.event/1' },
  },
  demo: {
    speed: {
      kind: { type: 'number', min: 0.1, max: 100 },
      default: 1,
      help: 'speed of the scenario; deadlines stay as they are',
    },
    scenario: { kind: { type: 'text' }, default: 'all', help: 'play one part only' },
    seed: {
      kind: { type: 'number', min: 0, max: 999_999_999, whole: true },
      default: 1,
      help: 'seed of the random numbers',
    },
    fleet: {
      kind: { type: 'number', min: 1, max: 8, whole: true },
      default: null,
      help: 'show one console over so many hosts, by a nats-server that it starts',
    },
    list: { kind: { type: 'switch' }, default: null, help: 'list the scenarios' },
  },
  keys: { json },
  config: {
    json: { ...json, help: 'print keys, values and origins as a JSON list' },
    schema,
    file: { kind: { type: 'switch' }, default: null, help: 'print a configuration file without comments' },
  },
  doctor: {
    json,
    repin: {
      kind: { type: 'path', names: 'folder', optional: true },
      default: null,
      help: 'pin again the workspaces whose folder was refused (or this one), as they are now',
    },
  },
  audit: {
    json: { ...json, help: 'print one JSON object (sightline.audit/1) instead of a table' },
    since: {
      kind: { type: 'duration', min: 0, max: Number.POSITIVE_INFINITY },
      default: null,
      help: 'only files that were written within this time (90s, 15m, 1h, 2d)',
    },
    schema: { ...schema, help: 'print the JSON Schema of sightline.audit/1' },
  },
  explain: {
    json: { ...json, help: 'print one JSON object (sightline.explain/1)' },
    bundle: {
      kind: { type: 'path', names: 'file' },
      default: null,
      help: 'write a report of the incident to this file (Markdown): with the calls, the snapshot and its diff',
    },
    content: { ...content, help: 'with --bundle: include the prompt and the answer of the call' },
    force: { kind: { type: 'switch' }, default: null, help: 'with --bundle: replace a file that is there' },
  },
  replay: {
    json: { ...json, help: 'print one JSON object (sightline.replay/1)' },
    since: {
      kind: { type: 'duration', min: 0, max: Number.POSITIVE_INFINITY },
      default: null,
      help: 'only what happened within this time (90s, 15m, 1h, 2d)',
    },
    policy: {
      kind: { type: 'actions', keys: null },
      default: null,
      help: 'replay with another action by type: agent_crash=flag,llm_error=checkpoint',
    },
  },
  checkpoint: {
    message: { ...reason, help: 'what it is for, in its message' },
    engine,
    json: result,
  },
  'snapshots list': { engine, json: { ...json, help: 'print one JSON object (sightline.snapshots/1)' } },
  'snapshots show': { engine, json: { ...json, help: 'print one JSON object (sightline.snapshot/1)' } },
  'snapshots diff': { engine, json: { ...json, help: 'print one JSON object (sightline.diff/1)' } },
  'snapshots restore': {
    yes: { ...yes, help: 'restore the paths behind --' },
    confirm: { ...reason, help: 'what the plan of the whole asks for: the six digits of the time of the snapshot' },
    skipCheckpoint: {
      kind: { type: 'switch' },
      default: null,
      help: 'take no checkpoint before, although it is advised',
      typed: true,
    },
    reason,
    engine,
    json: result,
  },
  'snapshots delete': {
    yes: { ...yes, help: 'delete one that sightline made' },
    confirm: { ...reason, help: 'the id again, to delete one that another tool made' },
    engine,
    json: result,
  },
  'silence add': {
    agent: { ...reason, help: 'signals of this agent' },
    signal: { ...reason, help: 'signals of this type' },
    conversation: { ...reason, help: 'signals of this conversation' },
    all: { kind: { type: 'switch' }, default: null, help: 'every signal', typed: true },
    for: {
      kind: { type: 'duration', min: 1, max: MAX_SILENCE_SECONDS },
      default: 3_600_000,
      help: 'how long it lasts (90s, 15m, 2h; default: 1h, at most 30d)',
      typed: true,
    },
    reason,
    engine,
    json: result,
  },
  'silence list': { engine, json: { ...json, help: 'print one JSON object (sightline.silences/1)' } },
  'silence extend': {
    by: {
      kind: { type: 'duration', min: 1, max: MAX_SILENCE_SECONDS },
      default: 3_600_000,
      help: 'how much later it ends (default: 1h)',
      typed: true,
    },
    engine,
    json: result,
  },
  'silence end': { engine, json: result },
  ack: {
    agent: { ...reason, help: 'signals of this agent' },
    signal: { ...reason, help: 'signals of this type' },
    conversation: { ...reason, help: 'signals of this conversation' },
    olderThan: {
      kind: { type: 'duration', min: 0, max: Number.POSITIVE_INFINITY },
      default: null,
      help: 'what was reported last before this time (15m, 1h, 2d)',
      typed: true,
    },
    all: { kind: { type: 'switch' }, default: null, help: 'everything that exists', typed: true },
    for: {
      kind: { type: 'duration', min: 1, max: MAX_SILENCE_SECONDS },
      default: null,
      help: 'how long it holds (90s, 15m, 2h; default: for as long as the signals are known)',
      typed: true,
    },
    note: { ...reason, help: 'kept with it, and shown' },
    undo: { kind: { type: 'switch' }, default: null, help: 'take it back instead', typed: true },
    list: { kind: { type: 'switch' }, default: null, help: 'list what is acknowledged' },
    engine,
    json: { ...json, help: 'print one JSON object (sightline.result/1, with --list sightline.acks/1)' },
  },
  signals: {
    since: {
      kind: { type: 'duration', min: 0, max: Number.POSITIVE_INFINITY },
      default: null,
      help: 'only those within this time (90s, 15m, 1h, 2d)',
    },
    fate: {
      kind: { type: 'choice', choices: ['open', ...FATES] },
      default: null,
      help: `only those with this fate: open, ${FATES.join(', ')}`,
      typed: true,
    },
    agent: { ...reason, help: 'only those of this agent' },
    engine,
    json: { ...json, help: 'print one JSON object (sightline.signals/1)' },
  },
  mode: { yes: { ...yes, help: 'raise it' }, reason, engine, json: result },
  pause: {
    for: {
      kind: { type: 'duration', min: 0.1, max: MAX_SILENCE_SECONDS },
      default: null,
      help: 'how long it lasts (90s, 15m, 1h; default, and at most: pause.max_minutes)',
      typed: true,
    },
    reason,
    engine,
    json: result,
  },
  resume: { engine, json: result },
  veto: { reason, engine, json: result },
  fire: { reason, engine, json: result },
  'policy list': { engine, json: { ...json, help: 'print one JSON object (sightline.policy/1)' } },
  'policy set': { engine, json: result },
  'budget list': { engine, json: { ...json, help: 'print one JSON object (sightline.budgets/1)' } },
  'budget raise': {
    to: {
      kind: { type: 'number', min: 0.01, max: 1_000_000_000_000_000 },
      default: null,
      help: 'the limit for this time: dollars, or tokens',
      typed: true,
    },
    of: budgetSubject,
    engine,
    json: result,
  },
  'budget reset': { of: budgetSubject, engine, json: result },
  'budget accept': { of: budgetSubject, engine, json: result },
  'service install': {
    user: { kind: { type: 'switch' }, default: null, help: 'for your own manager (~/.config/systemd/user)' },
    system: { kind: { type: 'switch' }, default: null, help: 'for the machine, as root (/etc/systemd/system)' },
  },
  completion: {},
  man: {},
} as const satisfies Readonly<Record<string, Readonly<Record<string, CommandOption>>>>;

export type CommandName = keyof typeof COMMAND_OPTIONS;

/** The parsed options of one command. */
export type CommandValues<Name extends CommandName> = {
  readonly [Id in keyof (typeof COMMAND_OPTIONS)[Name]]: (typeof COMMAND_OPTIONS)[Name][Id] extends {
    kind: infer K extends Kind;
    default: infer D;
  }
    ? ValueOf<K> | (K extends { type: 'switch' } ? never : D extends null ? null : never)
    : never;
};
