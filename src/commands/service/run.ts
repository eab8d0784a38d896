import { type Config, loadConfig } from '../../config/config.ts';
import { ConfigError } from '../../config/error.ts';
import { type CommandValues, FLAG_IDS, type Flags, optionName, optionOf } from '../../config/options.ts';
import { parseSource, type SourceUri } from '../../core/sources.ts';
import { EXIT } from '../exit-codes.ts';
import { openStateFolder } from '../../effects/state/folder.ts';
import {
  absolutePath,
  ownProgram,
  systemdVersion,
  type UnitRefusal,
  unitPath,
  writeUnit,
} from '../../effects/systemd/unit-file.ts';
import { complain, print, printLines } from '../../effects/terminal/output.ts';
import { wordFileRemedy, wordWriteCause } from '../../wording/files.ts';
import { type Grant, MARK, openings, type Scope, type UnitFacts, unitText } from './unit.ts';

export type ServiceOptions = {
  readonly values: CommandValues<'service install'>;
  readonly flags: Flags;
};

/**
 * Writes the systemd unit that runs `headless` with these flags and this configuration, and prints how to enable it and
 * what it opens; `--dry-run` prints the unit and changes nothing. Resolves to the exit code. Throws ConfigError.
 */
export async function installService({ values, flags: given }: ServiceOptions): Promise<number> {
  const scope = scopeOf(values);
  // `--dry-run` is this command's own here, and no mode of the service.
  const { dryRun, ...flags } = given;
  const config = loadConfig(flags, false);
  for (const notice of config.notices) complain(notice);
  warnOfVariables(process.env);
  const facts = await factsOf(scope, flags, config);
  const text = unitText(facts);
  if (dryRun === true) {
    print(text);
    printLines(advice(facts, unitPath(scope)).map((line) => `# ${line}`));
    return EXIT.done;
  }
  if (!makeStateFolder(config.stateDir)) return EXIT.wrong;
  const path = unitPath(scope);
  const written = writeUnit(path, text, MARK);
  if (!written.ok) {
    complain(`cannot write ${path}: ${wordRefusal(written.reason, scope)}`, 'error');
    return EXIT.wrong;
  }
  printLines([`${path}: ${written.value}`, ...advice(facts, path)]);
  return EXIT.done;
}

function scopeOf({ user, system }: ServiceOptions['values']): Scope {
  if (user === system) throw new ConfigError('choose --user (your own manager) or --system (root)');
  return user ? 'user' : 'system';
}

async function factsOf(scope: Scope, flags: Flags, config: Config): Promise<UnitFacts> {
  const { VERSION } = await import('../../core/version.ts');
  return {
    scope,
    version: VERSION,
    systemd: await systemdVersion(),
    command: [...ownProgram(), 'headless', ...argumentsOf(flags, config)],
    writable: writableOf(config),
    network: networkOf(config),
    timeoutMs: config.timeoutMs,
  };
}

/** Spells the given flags again, with absolute paths: a service starts in the root folder. */
function argumentsOf(flags: Flags, config: Config): readonly string[] {
  const args = FLAG_IDS.flatMap((id) => {
    const { kind, screen } = optionOf(id);
    const value = flags[id];
    // The screen is none of a service's.
    if (value === undefined || screen === true) return [];
    if (typeof value === 'boolean') return [value ? optionName(id) : optionName(id).replace('--', '--no-')];
    if (typeof value !== 'string') return config.sources.flatMap((uri) => [optionName(id), sourceOf(uri)]);
    return [optionName(id), kind.type === 'path' ? absolutePath(value) : value];
  });
  return flags.logFormat === undefined ? [...args, optionName('logFormat'), 'journal'] : args;
}

function sourceOf(uri: SourceUri): string {
  const source = parseSource(uri, () => null);
  const { medium, location } = source.ok ? source.value : { medium: null, location: '' };
  if (medium === 'stdin') throw new ConfigError('--source -: a service has no standard input; name a file or a FIFO');
  // What is left out is found where the service runs; an address is no path.
  if (medium === null || location === '' || medium === 'http' || medium === 'otlp') return uri;
  return `${medium}:${absolutePath(location)}`;
}

function writableOf({ workspaces, fromSessions, stateDir, talk }: Config): readonly Grant[] {
  const folders = [
    ...Object.values(workspaces.agents),
    ...Object.values(workspaces.processes),
    ...(workspaces.fallback === null ? [] : [workspaces.fallback]),
  ];
  const grants: readonly Grant[] = [
    { path: stateDir, why: 'state that survives a restart, and git snapshots' },
    ...folders.map((path) => ({ path, why: 'workspace: a restore writes there' })),
    ...fromSessions.roots.map((path) => ({ path, why: 'folders of sessions that become workspaces' })),
    ...(talk.logFile === null ? [] : [{ path: absolutePath(`${talk.logFile}/..`), why: 'log file' }]),
  ];
  return [...new Map(grants.map((grant) => [grant.path, grant])).values()];
}

function networkOf({ sources, metrics, hooks, nats }: Config): string | null {
  const uses = [
    ...(sources.some((uri) => /^https?:/.test(uri)) ? ['HTTP sources'] : []),
    ...(sources.some((uri) => uri.startsWith('otlp:')) ? ['the OTLP listener'] : []),
    ...(hooks.some(({ target }) => target.type === 'webhook') ? ['webhooks'] : []),
    ...(metrics === null ? [] : [`metrics on ${metrics}`]),
    ...(nats.url === null ? [] : [`the broker ${nats.url}`]),
  ];
  return uses.length === 0 ? null : uses.join(', ');
}

// The unit opens it for writing; systemd does not make it.
function makeStateFolder(path: string): boolean {
  try {
    openStateFolder(path, complain).close();
    return true;
  } catch (error) {
    complain(
      `cannot make the state folder ${path}: ${error instanceof Error ? error.message : String(error)}`,
      'error',
    );
    return false;
  }
}

function advice(facts: UnitFacts, path: string): readonly string[] {
  const systemctl = facts.scope === 'user' ? 'systemctl --user' : 'systemctl';
  return [
    'to start it now and at every boot:',
    `  ${systemctl} daemon-reload`,
    `  ${systemctl} enable --now sightline`,
    ...(facts.scope === 'user' ? ['  loginctl enable-linger    (to keep it running while you are logged out)'] : []),
    `to see what it does: ${systemctl} status sightline; journalctl ${facts.scope === 'user' ? '--user ' : ''}-u sightline`,
    `after a change of the configuration: ${systemctl} reload sightline`,
    `to remove it: ${systemctl} disable --now sightline, then remove ${path}`,
    'what it opens, and why:',
    ...openings(facts).map(({ text, why }) => `  ${text}: ${why}`),
  ];
}

// A service does not inherit the shell's environment.
function warnOfVariables(env: NodeJS.ProcessEnv): void {
  const names = Object.keys(env).filter((name) => name.startsWith('SIGHTLINE_'));
  if (names.length === 0) return;
  complain(`not in the unit: ${names.join(', ')}; give flags, or put the values into the configuration file`);
}

function wordRefusal(reason: UnitRefusal, scope: Scope): string {
  switch (reason.code) {
    case 'foreign_unit':
      return 'a unit of that name is there that sightline did not write; move it away, or change it yourself';
    case 'distrusted':
      return reason.text;
    case 'errno':
    case 'quoted': {
      const otherwise = scope === 'system' ? 'run it as root, or install with --user' : 'see --dry-run';
      return `${wordWriteCause(reason)}; ${wordFileRemedy(reason, otherwise)}`;
    }
  }
}
