import type { ConfigSource, Config, ScreenConfig } from '../config/config.ts';
import { POLICY_ACTIONS } from '../config/kinds.ts';
import { MODES } from '../core/signals.ts';
import type { LiveKind } from '../commands/complete.ts';
import type { CommandName, CommandValues, Flags } from '../config/options.ts';

/** The command that completions run to list what exists at that moment; not for people. */
export const COMPLETE = '__complete';

/** Shells with a completion. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The input of a command: its own values, its argument, and the configuration in the form that it asks for. */
export type CommandContext<Name extends CommandName> = {
  readonly values: CommandValues<Name>;
  /** The values of the command's arguments, in order; '' for one that was left out. */
  readonly arguments: readonly string[];
  /** The values behind `--`, and behind the last argument where that may be repeated. */
  readonly rest: readonly string[];
  /** The configuration of a command that never acts. Throws ConfigError. */
  readonly config: () => Promise<Config>;
  /** The configuration of a front end that may act, and that is read again when its file changes. Throws ConfigError. */
  readonly source: () => Promise<ConfigSource>;
  /** The appearance alone, for a command that has no configuration: the demo. Throws where other options are given. */
  readonly screen: () => Promise<ScreenConfig>;
  readonly flags: Flags;
};

/** An argument of a command. */
export type ArgumentRow = {
  readonly name: string;
  readonly help: string;
  readonly optional?: true;
  /** The only values; left out: any. */
  readonly choices?: readonly string[];
  /** The completions: ids of what exists, folders, or none. */
  readonly completes?: LiveKind;
};

/** A subcommand. Its options stand in config/options.ts; the code of each is loaded when it runs. */
export type CommandRow<Name extends CommandName> = {
  readonly description: string;
  readonly arguments?: readonly ArgumentRow[];
  /** The values allowed behind `--`; left out: none. */
  readonly rest?: Pick<ArgumentRow, 'name' | 'help'>;
  readonly examples: readonly Line[];
  readonly exitCodes: readonly Line[];
  /** Resolves to the exit code. Throws ConfigError. */
  readonly run: (context: CommandContext<Name>) => Promise<number>;
};

/** Two columns of the help: a command or code, and its meaning. */
type Line = readonly [string, string];

const USUAL_EXIT_CODES: readonly Line[] = [
  ['0', ''],
  ['2', 'usage or configuration error'],
];

const ACTING_EXIT_CODES: readonly Line[] = [
  ['0', 'done'],
  ['1', 'refused or failed'],
  ['2', 'usage or configuration error, a missing confirmation, or several engines or workspaces that may be meant'],
  ['3', 'no engine with that process id'],
];

const ENGINE_EXIT_CODES: readonly Line[] = [
  ...ACTING_EXIT_CODES.filter(([code]) => code !== '3'),
  ['3', 'no engine runs here'],
];

const BUDGET: ArgumentRow = { name: 'name', help: 'a budget of the configuration' };
const WORKSPACE: ArgumentRow = { name: 'workspace', help: 'the folder', optional: true, completes: 'workspaces' };
const SNAPSHOT: ArgumentRow = { name: 'snapshot', help: 'the whole id of a snapshot', completes: 'snapshots' };
const SILENCE: ArgumentRow = { name: 'id', help: 'the id of a silence', completes: 'silences' };
/** Takes a rule of the session back. */
const CONFIGURED = 'configured';

/** The dashboard, which has no name of its own: `sightline`. */
export const DASHBOARD = {
  description:
    "Watches AI coding agents through agentsight's live feed and checkpoints their workspace when it goes wrong.",
  examples: [
    ['sightline', 'dashboard of the local feed, observing only'],
    ['sightline --workspace . --mode hold', 'announce every automatic checkpoint first'],
    ['sightline headless --workspace . --arm | jq .', 'act without a screen, events as JSON'],
    ['sightline once', 'the current state, as a table'],
    ['sightline demo', 'the whole chain, on any machine'],
    ['sightline doctor', 'what is missing, and how to fix it'],
  ],
  exitCodes: [
    ['0', ''],
    ['2', 'usage or configuration error, or no terminal'],
    ['130', 'interrupted twice'],
  ],
} as const satisfies Pick<CommandRow<'once'>, 'description' | 'examples' | 'exitCodes'>;

/** Descriptions of the first words of commands of two words. */
export const GROUPS: Readonly<Record<GroupName, string>> = {
  snapshots: 'list, compare, restore and delete the snapshots of a workspace',
  silence: 'hold signals back for a while',
  policy: 'what is done about types and severities of interruptions',
  budget: 'what was spent of the budgets, and what is done about one',
  service: 'run it as a systemd service',
};

/** The first word of a name that has two: `snapshots` of `snapshots list`. */
export type GroupName = CommandName extends infer Name
  ? Name extends `${infer Group} ${string}`
    ? Group
    : never
  : never;

/**
 * THE table of subcommands. A new one is one row, its options in config/options.ts, and its folder in commands/. A name of
 * two words belongs to a group.
 */
export const COMMANDS: { readonly [Name in CommandName]: CommandRow<Name> } = {
  once: {
    description: 'print the current state; exit 1 if something is wrong',
    examples: [
      ['sightline once --since 1h', 'the last hour, as a table'],
      ['sightline once --json | jq .interruptions', 'for programs'],
      ['sightline once --fail-on critical', 'exit 1 for critical interruptions only'],
    ],
    exitCodes: [
      ['0', 'all well'],
      [
        '1',
        'unresolved critical or high interruptions, but for acknowledged ones (`--fail-on critical`, `medium`, `low` or `none` moves the bar)',
      ],
      ['2', 'usage or configuration error'],
      ['3', 'no source could be read'],
    ],
    run: async ({ values: { since, schema, ...options }, config, source }) => {
      if (schema) return (await import('../commands/schema.ts')).printStateSchema();
      const loaded = await config();
      if ((await source()).namesBroker)
        return (await import('../commands/once/fleet.ts')).runOnceFleet(loaded, options);
      const { runOnce } = await import('../commands/once/run.ts');
      return runOnce(loaded, { ...options, sinceMs: since });
    },
  },
  headless: {
    description: 'follow the feed and act on it; one JSON event a line (sightline.event/1)',
    examples: [
      ['sightline headless', 'report what would have been done'],
      ['sightline headless --workspace . --arm --log-file /var/log/sightline.log', 'act'],
    ],
    exitCodes: [
      ['0', 'after SIGTERM, SIGINT or the end of standard input'],
      ['2', 'usage or configuration error'],
      ['70', 'internal error'],
      ['130/143', 'after a second signal'],
    ],
    run: async ({ values, source }) => {
      if (values.schema) return (await import('../commands/schema.ts')).printEventSchema();
      // Before the modules are loaded. The dashboard, which somebody waits for, loses 10 ms by it and does it later.
      (await import('../effects/memory.ts')).keepHeapSmall(0);
      const given = await source();
      const { runHeadless } = await import('../commands/headless/run.ts');
      return runHeadless(given, values);
    },
  },
  demo: {
    description: 'play the whole chain on this machine: no agentsight, no root, no btrfs',
    examples: [
      ['sightline demo', 'on a terminal the dashboard, elsewhere a timeline that checks itself'],
      ['sightline demo --scenario storm', 'one part of it'],
      ['sightline demo --fleet 5', 'one console over five hosts; needs nats-server, and a terminal'],
    ],
    exitCodes: [
      ['0', 'the chain did what it should, or the dashboard was left'],
      ['1', 'it did not'],
      ['2', 'usage error, or it cannot be played here'],
    ],
    run: async ({ values, screen }) => {
      const appearance = await screen();
      const { runDemo } = await import('../commands/demo/run.ts');
      return runDemo({ ...values, screen: appearance });
    },
  },
  keys: {
    description: 'list the keys of the dashboard with their actions, as configured',
    examples: [],
    exitCodes: USUAL_EXIT_CODES,
    run: async ({ values, config }) => {
      const loaded = await config();
      const { runKeys } = await import('../commands/keys.ts');
      return runKeys(loaded, values);
    },
  },
  config: {
    description: 'print the configuration in effect as a file, with the origin of each value',
    examples: [
      ['sightline config > sightline.json', 'a configuration file with the values in effect and their origins'],
      ['sightline config --file', 'the same without comments'],
      ['sightline config --schema > schema.json', 'for editors'],
    ],
    exitCodes: USUAL_EXIT_CODES,
    run: async ({ values, flags }) => {
      const { runConfig } = await import('../commands/config.ts');
      return runConfig(flags, values);
    },
  },
  doctor: {
    description: 'check feed, workspaces, checkpointers, state folder and terminal; exit 1 if something fails',
    examples: [],
    exitCodes: [
      ['0', ''],
      ['1', 'something failed'],
      ['2', 'usage or configuration error'],
    ],
    run: async ({ values, config, source }) => {
      const loaded = await config();
      const fleet = (await source()).namesBroker;
      const { runDoctor } = await import('../commands/doctor.ts');
      return runDoctor(loaded, { ...values, fleet });
    },
  },
  audit: {
    description: "compare token sums of agents' own records with naive sums, by rule",
    examples: [
      ['sightline audit', 'every session of the agents that were found'],
      ['sightline audit --source codex:~/.codex --json | jq .totals', 'one agent, for programs'],
    ],
    exitCodes: [
      ['0', ''],
      ['2', 'usage or configuration error'],
      ['3', 'no records could be read'],
    ],
    run: async ({ values: { since, schema, json }, config }) => {
      if (schema) return (await import('../commands/schema.ts')).printAuditSchema();
      const loaded = await config();
      const { runAudit } = await import('../commands/audit/run.ts');
      return runAudit(loaded, { json, sinceMs: since });
    },
  },
  explain: {
    description: 'explain what was done about a signal or a snapshot, and why',
    arguments: [{ name: 'id', help: 'of a signal (its beginning will do) or of a snapshot', completes: 'explained' }],
    examples: [
      ['sightline explain 3f2a91c0', 'in words'],
      ['sightline explain auto-20261123T140312-agent_crash --json', 'for programs'],
      ['sightline explain 3f2a91c0 --bundle incident.md', 'a report with the calls, the snapshot and its diff'],
    ],
    exitCodes: [
      ['0', ''],
      ['1', 'the history does not know it, or the report cannot be written'],
      ['2', 'usage or configuration error, or several that may be meant'],
      ['3', 'there is no history'],
    ],
    run: async ({ values, arguments: [id = ''], config }) => {
      const loaded = await config();
      const { runExplain } = await import('../commands/history/explain.ts');
      return runExplain(loaded, { ...values, id });
    },
  },
  replay: {
    description: 'run the history through the rules again, with the same settings or with others',
    examples: [
      ['sightline replay --since 1d', 'check that the same inputs give the same decisions'],
      ['sightline replay --since 1d --debounce 10', 'what a shorter window would have done'],
      ['sightline replay --mode auto --policy llm_error=checkpoint', 'what would have been done, had it acted'],
    ],
    exitCodes: [
      ['0', 'the same decisions; or, with other settings, the difference is printed'],
      ['1', 'unchanged settings gave other decisions'],
      ['2', 'usage or configuration error'],
      ['3', 'there is no history'],
    ],
    run: async ({ values, flags, config }) => {
      const loaded = await config();
      const { runReplay } = await import('../commands/history/replay.ts');
      return runReplay(loaded, values, flags);
    },
  },
  checkpoint: {
    description: 'take a checkpoint now, through the engine of the workspace or directly',
    arguments: [WORKSPACE],
    examples: [
      ['sightline checkpoint', 'of the only workspace that is configured, or that an engine has here'],
      ["sightline checkpoint ~/project --message 'before the upgrade' --json", 'for programs'],
    ],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, arguments: [workspace = ''], flags }) => {
      const { runCheckpoint } = await import('../commands/checkpoint.ts');
      return runCheckpoint({ values, flags, workspace });
    },
  },
  'snapshots list': {
    description: 'list the snapshots of a workspace, whoever made them',
    examples: [['sightline snapshots list --workspace ~/project', 'newest first']],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags }) => {
      const { listSnapshots } = await import('../commands/snapshots/read.ts');
      return listSnapshots({ values, flags });
    },
  },
  'snapshots show': {
    description: 'show a snapshot: who made it, why, and the files that it changed',
    arguments: [SNAPSHOT],
    examples: [['sightline snapshots show auto-20261123T140312-agent_crash', 'by its whole id']],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags, arguments: [id = ''] }) => {
      const { showSnapshot } = await import('../commands/snapshots/read.ts');
      return showSnapshot({ values, flags }, id);
    },
  },
  'snapshots diff': {
    description: 'compare two snapshots, or one with the workspace as it is now',
    arguments: [
      { ...SNAPSHOT, name: 'from' },
      { ...SNAPSHOT, name: 'to', help: 'a later one; left out: now', optional: true },
    ],
    rest: { name: 'path', help: 'this file alone, where the checkpointer can' },
    examples: [
      ['sightline snapshots diff auto-20261123T140312-agent_crash', 'what changed since'],
      ['sightline snapshots diff auto-1 auto-2 -- src/main.ts', 'one file'],
    ],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags, arguments: [from = '', to = ''], rest }) => {
      const { diffSnapshots } = await import('../commands/snapshots/read.ts');
      return diffSnapshots({ values, flags }, { from, to: to === '' ? null : to, paths: rest });
    },
  },
  'snapshots restore': {
    description:
      'make the workspace, or some paths of it, what it was at a snapshot; shows the plan, and acts once it is confirmed',
    arguments: [SNAPSHOT],
    rest: { name: 'path', help: 'these files and folders alone' },
    examples: [
      ['sightline snapshots restore auto-20261123T140312-agent_crash --yes -- src/main.ts', 'one file'],
      ['sightline snapshots restore auto-20261123T140312-agent_crash', 'what it would do, and what to type'],
      ['sightline snapshots restore auto-20261123T140312-agent_crash --confirm 140312', 'do it'],
    ],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags, arguments: [id = ''], rest }) => {
      const { restoreSnapshot } = await import('../commands/snapshots/restore.ts');
      return restoreSnapshot({ values, flags }, id, rest);
    },
  },
  'snapshots delete': {
    description: 'delete a snapshot; never one that is pinned',
    arguments: [SNAPSHOT],
    examples: [['sightline snapshots delete manual-20261123T140312 --yes', 'one that sightline made']],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags, arguments: [id = ''] }) => {
      const { deleteSnapshot } = await import('../commands/snapshots/delete.ts');
      return deleteSnapshot({ values, flags }, id);
    },
  },
  'silence add': {
    description: 'hold signals back for a while: nothing is done about them',
    examples: [
      ["sightline silence add --agent Hermes --for 2h --reason 'load test'", 'every signal of an agent'],
      ['sightline silence add --signal dead_loop --workspace . --json', 'of a type, in a workspace'],
    ],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags }) => {
      const { addSilence } = await import('../commands/silence.ts');
      return addSilence({ values, flags });
    },
  },
  'silence list': {
    description: 'list the silences with what they held back',
    examples: [['sightline silence list --json | jq .silences', 'for programs']],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags }) => {
      const { listSilences } = await import('../commands/silence.ts');
      return listSilences({ values, flags });
    },
  },
  'silence extend': {
    description: 'make a silence end later',
    arguments: [SILENCE],
    examples: [['sightline silence extend ID --by 30m', 'half an hour more']],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags, arguments: [id = ''] }) => {
      const { extendSilence } = await import('../commands/silence.ts');
      return extendSilence({ values, flags, id });
    },
  },
  'silence end': {
    description: 'end a silence now',
    arguments: [SILENCE],
    examples: [['sightline silence end ID', 'as named by "silence list"']],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags, arguments: [id = ''] }) => {
      const { endSilence } = await import('../commands/silence.ts');
      return endSilence({ values, flags, id });
    },
  },
  ack: {
    description: 'acknowledge signals: off the alert line and the exit code of once, while checkpoints go on',
    arguments: [{ name: 'signal', help: 'the id of a signal, or its beginning', optional: true, completes: 'signals' }],
    examples: [
      ["sightline ack --agent Hermes --note 'key rotated'", 'all that exists of an agent'],
      ['sightline ack --older-than 1h --for 4h', 'what was reported last before'],
      ['sightline ack --all --undo', 'take everything back'],
      ['sightline ack --list --json | jq .acks', 'what is acknowledged, by whom'],
    ],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags, arguments: [signalId = ''] }) => {
      const { runAck } = await import('../commands/ack.ts');
      return runAck({ values, flags, signalId });
    },
  },
  signals: {
    description: 'list the signals that are remembered, with what became of each',
    examples: [
      ['sightline signals --since 1h --fate failed', 'what could not be acted upon'],
      ['sightline signals --json | jq .signals', 'for programs'],
    ],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags }) => {
      const { runSignals } = await import('../commands/signals.ts');
      return runSignals({ values, flags });
    },
  },
  mode: {
    description: 'print the mode of the engine that runs here, or set it',
    arguments: [{ name: 'mode', help: 'observe, hold or auto', optional: true, choices: MODES }],
    examples: [
      ['sightline mode', 'the mode now'],
      ['sightline mode observe', 'stop acting, at once'],
      ['sightline mode auto --yes', 'act from now on'],
    ],
    exitCodes: ENGINE_EXIT_CODES,
    run: async ({ values, flags, arguments: [given = ''] }) => {
      const { runMode } = await import('../commands/mode.ts');
      return runMode({ values, flags, mode: MODES.find((mode) => mode === given) ?? null });
    },
  },
  veto: {
    description: 'let nothing come of the checkpoint that is held in a workspace',
    arguments: [WORKSPACE],
    examples: [["sightline veto --reason 'known'", 'of the only workspace']],
    exitCodes: ENGINE_EXIT_CODES,
    run: async ({ values, flags, arguments: [workspace = ''] }) => {
      const { runHold } = await import('../commands/holds.ts');
      return runHold({ act: 'veto', values, flags, workspace });
    },
  },
  fire: {
    description: 'take the checkpoint that is held in a workspace at once',
    arguments: [WORKSPACE],
    examples: [['sightline fire ~/project', 'instead of waiting for its countdown']],
    exitCodes: ENGINE_EXIT_CODES,
    run: async ({ values, flags, arguments: [workspace = ''] }) => {
      const { runHold } = await import('../commands/holds.ts');
      return runHold({ act: 'fire', values, flags, workspace });
    },
  },
  pause: {
    description: 'stop the process group of an agent for a while, through the engine that runs here (pause.enabled)',
    arguments: [{ name: 'agent', help: 'the name of an agent, or the pid of its process' }],
    examples: [
      ["sightline pause worker-21 --for 15m --reason 'over its budget'", 'all of its processes'],
      ['sightline pause 51877 --json', 'one process with its group, for programs'],
    ],
    exitCodes: ENGINE_EXIT_CODES,
    run: async ({ values, flags, arguments: [who = ''] }) => {
      const { runPause } = await import('../commands/pause.ts');
      return runPause({ values, flags, who });
    },
  },
  resume: {
    description: 'continue what is paused; without an engine, what one that was killed has left stopped',
    arguments: [{ name: 'agent', help: 'the same; left out: all that is paused', optional: true }],
    examples: [['sightline resume worker-21', 'before its time is over']],
    exitCodes: ACTING_EXIT_CODES,
    run: async ({ values, flags, arguments: [who = ''] }) => {
      const { runResume } = await import('../commands/pause.ts');
      return runResume({ values, flags, who });
    },
  },
  'policy list': {
    description: 'list what the engine does about each type and severity',
    examples: [['sightline policy list', 'with where each rule comes from']],
    exitCodes: ENGINE_EXIT_CODES,
    run: async ({ values, flags }) => {
      const { listPolicy } = await import('../commands/policy.ts');
      return listPolicy({ values, flags });
    },
  },
  'policy set': {
    description: 'set what the engine does about a type or a severity, while it runs',
    arguments: [
      { name: 'name', help: 'an interruption type, or a severity' },
      { name: 'action', help: 'what is done', choices: [...POLICY_ACTIONS, CONFIGURED] },
    ],
    examples: [
      ['sightline policy set dead_loop flag', 'show it, and do nothing'],
      ['sightline policy set dead_loop configured', 'take that back'],
    ],
    exitCodes: ENGINE_EXIT_CODES,
    run: async ({ values, flags, arguments: [name = '', given] }) => {
      const { setPolicy } = await import('../commands/policy.ts');
      return setPolicy({ values, flags, name, action: POLICY_ACTIONS.find((action) => action === given) ?? null });
    },
  },
  'budget list': {
    description: 'list what was spent of each budget, the fullest first',
    examples: [['sightline budget list', 'with who is asked']],
    exitCodes: ENGINE_EXIT_CODES,
    run: async ({ values, flags }) => {
      const { listBudgets } = await import('../commands/budget.ts');
      return listBudgets({ values, flags });
    },
  },
  'budget raise': {
    description: 'raise a budget for the time that it counts now',
    arguments: [BUDGET],
    examples: [
      ['sightline budget raise day --to 300', 'until midnight'],
      ['sightline budget raise each --of Codex --to 20', 'of one agent'],
    ],
    exitCodes: ENGINE_EXIT_CODES,
    run: async ({ values, flags, arguments: [name = ''] }) => {
      const { raiseBudget } = await import('../commands/budget.ts');
      return raiseBudget({ values, flags, name });
    },
  },
  'budget reset': {
    description: 'let a budget count from now on',
    arguments: [BUDGET],
    examples: [['sightline budget reset day', 'as if nothing had been spent today']],
    exitCodes: ENGINE_EXIT_CODES,
    run: async ({ values, flags, arguments: [name = ''] }) => {
      const { resetBudget } = await import('../commands/budget.ts');
      return resetBudget({ values, flags, name });
    },
  },
  'budget accept': {
    description: 'let a budget be that is nearly or wholly used up: no advisory, and nothing is asked',
    arguments: [BUDGET],
    examples: [['sightline budget accept day', 'until midnight']],
    exitCodes: ENGINE_EXIT_CODES,
    run: async ({ values, flags, arguments: [name = ''] }) => {
      const { acceptBudget } = await import('../commands/budget.ts');
      return acceptBudget({ values, flags, name });
    },
  },
  'service install': {
    description: 'write a hardened systemd unit that runs headless; --dry-run prints it',
    examples: [
      ['sightline service install --user --dry-run', 'the unit, how to enable it, and what it opens and why'],
      ['sudo sightline service install --system --config /etc/sightline.json', 'for the machine'],
    ],
    exitCodes: [
      ['0', ''],
      ['1', 'the unit cannot be written'],
      ['2', 'usage or configuration error'],
    ],
    run: async ({ values, flags }) => {
      const { installService } = await import('../commands/service/run.ts');
      return installService({ values, flags });
    },
  },
  completion: {
    description: 'print the completion for a shell',
    arguments: [{ name: 'shell', help: 'the shell', choices: SHELLS }],
    examples: [['source <(sightline completion bash)', 'for this shell']],
    exitCodes: USUAL_EXIT_CODES,
    run: async ({ arguments: [shell] }) => {
      const { printCompletion } = await import('./shell/print.ts');
      return printCompletion(shell as (typeof SHELLS)[number]);
    },
  },
  man: {
    description: 'print the manual page (roff)',
    examples: [['sightline man | man -l -', 'read it']],
    exitCodes: USUAL_EXIT_CODES,
    run: async () => {
      const { printManualPage } = await import('./shell/print.ts');
      return printManualPage();
    },
  },
};

export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];
