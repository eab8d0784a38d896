import type { Ms } from '../../core/units.ts';

export type Scope = 'user' | 'system';

/** A path that the service may use, and what for. */
export type Grant = { readonly path: string; readonly why: string };

/** Everything that the unit is made of. Paths are absolute. */
export type UnitFacts = {
  readonly scope: Scope;
  readonly version: string;
  /** Of the systemd that will read the unit; null where it is not known. */
  readonly systemd: number | null;
  /** Node, the program, and its arguments. */
  readonly command: readonly string[];
  readonly writable: readonly Grant[];
  /** Needs the network: an HTTP source, an OTLP listener, metrics, a webhook or a broker. Null: it does not. */
  readonly network: string | null;
  /** Deadline of one checkpoint. */
  readonly timeoutMs: Ms;
};

/** The beginning of the first line of a unit that we wrote, and may replace. */
export const MARK = '# Written by sightline';

/** A loop that stands still this long is ended and started again, s: a probe or a large query may take some of it. */
const WATCHDOG_S = 60;
/** Past the deadline of the checkpoint that runs, SIGTERM has this long until SIGKILL, s: shutdown takes 2 of it. */
const STOP_SLACK_S = 10;
/** Waits between two starts, s: the first, and the longest after a row of failures. */
const RESTART_S = [1, 60] as const;
/** Steps from the first wait to the longest. */
const RESTART_STEPS = 6;
/** The wait where systemd knows no steps, s. */
const RESTART_FLAT_S = 5;
/** The first systemd with `RestartSteps=`. */
const HAS_STEPS = 254;
/** Exit code of a configuration that cannot work: starting again does not change it. */
const USAGE = 2;

const NO_FOLDERS =
  '# No ProtectSystem=: in a user namespace, which it would take here, root is no known owner, and nothing of root is trusted.';

/** A line of the unit, and why it opens more than nothing; null where it only closes. */
type Line = { readonly text: string; readonly why: string | null };

/** Rights that root keeps. Each is used at the owner's files; nothing else of root's is. */
const CAPABILITIES: readonly (readonly [name: string, why: string])[] = [
  ['CAP_DAC_READ_SEARCH', "read agentsight's database, which root alone may read, and files of agents' owners"],
  ['CAP_DAC_OVERRIDE', 'open its own state below folders of other owners'],
  ['CAP_SETUID', "work in a workspace as the folder's owner instead of as root"],
  ['CAP_SETGID', 'the same, for the group'],
  ['CAP_CHOWN', "give back a restored file's owner in a workspace of root's"],
  ['CAP_FOWNER', 'the same, for its mode and times'],
  ['CAP_KILL', 'end a checkpoint of another user that overruns its deadline, and continue a paused agent'],
  ['CAP_SYS_PTRACE', 'see which processes work in a workspace before a restore'],
];

/** Returns the lines that open something, with the reason of each: what an operator should read before enabling it. */
export function openings(facts: UnitFacts): readonly Line[] {
  return [...paths(facts), ...rights(facts)].filter(({ why }) => why !== null);
}

/** Returns the text of the unit. */
export function unitText(facts: UnitFacts): string {
  const { scope, version, command, timeoutMs } = facts;
  const sections: readonly (readonly string[])[] = [
    [
      `${MARK} ${version}: sightline service install --${scope}. Change it with "systemctl ${scope === 'user' ? '--user ' : ''}edit sightline".`,
    ],
    [
      '[Unit]',
      'Description=Watches AI agents and takes checkpoints of their workspaces',
      ...(scope === 'system' ? ['After=local-fs.target network.target agentsight.service ws-ckpt.service'] : []),
      '# It is to be there all night: no limit on starts, longer waits between them instead.',
      'StartLimitIntervalSec=0',
    ],
    [
      '[Service]',
      'Type=notify',
      '# systemd-notify, a child, sends the messages: Node has no datagram sockets of that kind.',
      'NotifyAccess=all',
      `ExecStart=${commandLine(command)}`,
      'ExecReload=/bin/kill -HUP $MAINPID',
      'SyslogIdentifier=sightline',
      `WatchdogSec=${WATCHDOG_S}`,
      'Restart=on-failure',
      ...restartLines(facts.systemd),
      `RestartPreventExitStatus=${USAGE}`,
      '# SIGTERM to the engine alone, which lets a running checkpoint finish within its deadline.',
      'KillMode=mixed',
      `TimeoutStopSec=${Math.ceil(timeoutMs / 1_000) + STOP_SLACK_S}`,
      "# V8's threads compile in memory of their own each, which the C library keeps for them afterwards: 6 MB.",
      'Environment=MALLOC_ARENA_MAX=1',
      ...folders(scope),
    ],
    [
      '# What it may do.',
      ...(scope === 'user' ? [NO_FOLDERS] : []),
      ...[...paths(facts), ...rights(facts)].map(({ text }) => text),
    ],
    ['[Install]', `WantedBy=${scope === 'user' ? 'default.target' : 'multi-user.target'}`],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function restartLines(systemd: number | null): readonly string[] {
  if (systemd === null || systemd < HAS_STEPS) return [`RestartSec=${RESTART_FLAT_S}`];
  const [first, longest] = RESTART_S;
  return [`RestartSec=${first}`, `RestartSteps=${RESTART_STEPS}`, `RestartMaxDelaySec=${longest}`];
}

function folders(scope: Scope): readonly string[] {
  return [
    'RuntimeDirectory=sightline',
    '# Other users read there who keeps a workspace; a dashboard keeps its records there as well.',
    `RuntimeDirectoryMode=${scope === 'system' ? '0755' : '0700'}`,
    'RuntimeDirectoryPreserve=yes',
    '# For copies of databases that must not be touched; /tmp is not its own.',
    'CacheDirectory=sightline',
    'CacheDirectoryMode=0700',
    'Environment=TMPDIR=%C/sightline',
    'UMask=0077',
  ];
}

// A user's manager closes folders in a user namespace only, where root's files and links cannot be told from any other
// user's: nothing on the way to a feed or a workspace would be trusted there.
function paths({ scope, writable }: UnitFacts): readonly Line[] {
  if (scope === 'user') return [];
  return [
    { text: 'ProtectSystem=strict', why: null },
    { text: 'ProtectHome=read-only', why: "agents' records and workspaces lie in home folders" },
    // A workspace that is not mounted yet must not stop the others' guard.
    ...writable.map(({ path, why }) => ({ text: `ReadWritePaths=${word(`-${path}`)}`, why })),
  ];
}

function rights({ scope, network }: UnitFacts): readonly Line[] {
  const closed = [
    'NoNewPrivileges=yes',
    'LockPersonality=yes',
    'RestrictRealtime=yes',
    'RestrictNamespaces=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@obsolete @keyring',
    'SystemCallErrorNumber=EPERM',
  ];
  const families = ['AF_UNIX', ...(network === null ? [] : ['AF_INET', 'AF_INET6'])].join(' ');
  const sockets = network === null ? 'systemd, the daemon of ws-ckpt' : `the same, and ${network}`;
  return [
    ...closed.map(closing),
    { text: `RestrictAddressFamilies=${families}`, why: sockets },
    ...(network === null ? [closing('IPAddressDeny=any')] : []),
    ...(scope === 'system' ? systemRights() : []),
  ];
}

// A user's manager may do none of this, and a user has none of these rights.
function systemRights(): readonly Line[] {
  return [
    ...[
      'PrivateDevices=yes',
      'DevicePolicy=closed',
      'ProtectClock=yes',
      'ProtectHostname=yes',
      'ProtectKernelTunables=yes',
      'ProtectKernelModules=yes',
      'ProtectKernelLogs=yes',
      'ProtectControlGroups=yes',
      'AmbientCapabilities=',
    ].map(closing),
    {
      text: `CapabilityBoundingSet=${CAPABILITIES.map(([name]) => name).join(' ')}`,
      why: CAPABILITIES.map(([name, why]) => `${name}: ${why}`).join('; '),
    },
  ];
}

function closing(text: string): Line {
  return { text, why: null };
}

// Variables are replaced in arguments alone.
function commandLine([program = '', ...args]: readonly string[]): string {
  return [word(program), ...args.map((arg) => word(arg).replaceAll('$', '$$$$'))].join(' ');
}

/** Writes one word as systemd reads it: quoted where it must be, `%` doubled, no line break. */
export function word(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t');
  return /^[\w@%+=:,./-]+$/.test(text) ? escaped : `"${escaped}"`;
}
