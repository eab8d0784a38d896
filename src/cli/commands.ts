import type { ConfigSource, Config, ScreenConfig } from '../config/config.ts';
import type { CommandName, CommandValues, Flags } from '../config/options.ts';

/** Shells with a completion. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The input of a command: its own values, its argument, and the configuration in the form that it asks for. */
export type CommandContext<Name extends CommandName> = {
  readonly values: CommandValues<Name>;
  /** The argument of the command; empty where the command takes none. */
  readonly argument: string;
  /** The configuration of a command that never acts. Throws ConfigError. */
  readonly config: () => Promise<Config>;
  /** The configuration of a front end that may act, and that is read again when its file changes. Throws ConfigError. */
  readonly source: () => Promise<ConfigSource>;
  /** The appearance alone, for a command that has no configuration: the demo. Throws where other options are given. */
  readonly screen: () => Promise<ScreenConfig>;
  readonly flags: Flags;
};

/** A subcommand. Its options stand in config/options.ts; the code of each is loaded when it runs. */
export type CommandRow<Name extends CommandName> = {
  readonly description: string;
  readonly argument?: { readonly name: string; readonly choices: readonly string[] };
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

/** THE table of subcommands. A new one is one row, its options in config/options.ts, and its folder in commands/. */
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
        'unresolved critical or high interruptions (`--fail-on critical`, `medium`, `low` or `none` moves the bar)',
      ],
      ['2', 'usage or configuration error'],
      ['3', 'no source could be read'],
    ],
    run: async ({ values: { since, schema, ...options }, config }) => {
      if (schema) return (await import('../commands/schema.ts')).printStateSchema();
      const loaded = await config();
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
    run: async ({ values, config }) => {
      const loaded = await config();
      const { runDoctor } = await import('../commands/doctor.ts');
      return runDoctor(loaded, values);
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
  service: {
    description: 'write a hardened systemd unit that runs headless; --dry-run prints it',
    argument: { name: 'action', choices: ['install'] },
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
    argument: { name: 'shell', choices: SHELLS },
    examples: [['source <(sightline completion bash)', 'for this shell']],
    exitCodes: USUAL_EXIT_CODES,
    run: async ({ argument }) => {
      const { printCompletion } = await import('./shell/print.ts');
      return printCompletion(argument as (typeof SHELLS)[number]);
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
