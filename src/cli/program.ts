import { Command, type Help, InvalidArgumentError } from 'commander';
import type { ConfigSource } from '../config.ts';
import type { Config } from '../core/config-type.ts';
import { VERSION } from '../core/version.ts';
import type { Flags } from '../config/settings.ts';
import { didYouMean } from '../config/suggest.ts';
import { FAIL_ON } from './choices.ts';
import { addDocuments } from './documents.ts';
import { HelpByExample } from './help.ts';
import { addInsight } from './insight.ts';
import { nameOf, readCommandVariables } from './command-variables.ts';
import { addSharedOptions, sharedOptionNames } from './shared-options.ts';

/** Called with the exit code of the front end that ran. */
export type OnExit = (code: number) => void;

type OnceFlags = {
  readonly json?: boolean;
  readonly since?: string;
  readonly content?: boolean;
  readonly failOn: string;
};
type HeadlessFlags = { readonly history?: boolean; readonly content?: boolean };
type DemoFlags = { readonly speed: number; readonly scenario: string; readonly seed: number; readonly list?: boolean };

const HELP_AFTER_ERROR = 'Run "sightline --help" for the commands and options.';

class Program extends Command {
  override createHelp(): Help {
    return Object.assign(new HelpByExample(), this.configureHelp());
  }

  override createCommand(name?: string): Program {
    return new Program(name);
  }
}

/** The command line. Front ends and the configuration are imported by the command that needs them. */
export function buildProgram(onExit: OnExit): Command {
  const program = addSharedOptions(new Program('sightline'))
    .description(
      "Watches AI coding agents through agentsight's live feed and checkpoints their workspace when it goes wrong.",
    )
    .usage('[options] [command]')
    .version(VERSION)
    .argument('[command...]')
    .helpCommand('help [command]', 'the same as --help, of a command where one is named')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'sightline: ')) })
    .showHelpAfterError(HELP_AFTER_ERROR);
  program.action(async (words: readonly string[]) => {
    rejectUnknownCommand(program, words[0]);
    const source = await sourceOf(program);
    const { runTui } = await import('../commands/tui/run.ts');
    onExit(await runTui(source));
  });
  program.hook('preAction', (_, command) => readCommandVariables(command));
  addOnce(program, onExit);
  addHeadless(program, onExit);
  addDemo(program, onExit);
  addKeys(program, onExit);
  addInsight(program, onExit);
  addDocuments(program);
  return program;
}

function addOnce(program: Command, onExit: OnExit): void {
  program
    .command('once')
    .description('print what is known right now, and exit 1 if something is wrong')
    .option('--json', 'one JSON object (sightline.state/1) instead of a table')
    .option('--since <duration>', 'keep to what began or occurred within this time (90s, 15m, 1h, 2d)')
    .option('--content', 'with the prompts and answers')
    .option('--fail-on <severity>', `exit 1 from this severity on: ${FAIL_ON.join(', ')}`, 'high')
    .action(async ({ json = false, since, content = false, failOn }: OnceFlags, command: Command) => {
      const { parseDuration } = await import('../config/duration.ts');
      const { oneOf } = await import('../config/settings.ts');
      const sinceMs = since === undefined ? null : parseDuration(since, nameOf(command, 'since'));
      const severity = oneOf(failOn, FAIL_ON, nameOf(command, 'failOn'));
      const config = await configure(program);
      const { runOnce } = await import('../commands/once/run.ts');
      onExit(await runOnce(config, { json, sinceMs, content, failOn: severity }));
    });
}

function addHeadless(program: Command, onExit: OnExit): void {
  program
    .command('headless')
    .description('follow the feed and act by the rule book; one JSON event a line (sightline.event/1)')
    .option('--history', 'print the historical signals too')
    .option('--content', 'with the prompts and answers')
    .action(async ({ history = false, content = false }: HeadlessFlags) => {
      const source = await sourceOf(program);
      const { runHeadless } = await import('../commands/headless/run.ts');
      onExit(await runHeadless(source, { history, content }));
    });
}

function addDemo(program: Command, onExit: OnExit): void {
  program
    .command('demo')
    .description('play the whole chain on this machine: no agentsight, no root, no btrfs')
    .option('--speed <factor>', 'how fast the scenario plays; deadlines stay as they are', positiveNumber, 1)
    .option('--scenario <name>', 'play one part only', 'all')
    .option('--seed <number>', 'seed of everything random in it', wholeNumber, 1)
    .option('--list', 'list the scenarios')
    .action(async ({ speed, scenario, seed, list = false }: DemoFlags) => {
      rejectSharedOptions(program);
      const { loadScreen } = await import('../config.ts');
      const screen = loadScreen(program.opts<Flags>());
      const { runDemo } = await import('../commands/demo/run.ts');
      onExit(await runDemo({ speed, scenario, seed, list, screen }));
    });
}

function addKeys(program: Command, onExit: OnExit): void {
  program
    .command('keys')
    .description('list the keys of the screen with their actions, as configured')
    .option('--json', 'as JSON')
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const config = await configure(program);
      const { runKeys } = await import('../commands/keys.ts');
      onExit(await runKeys(config, { json }));
    });
}

async function configure(program: Command): Promise<Config> {
  const { loadConfig } = await import('../config.ts');
  return loadConfig(program.opts<Flags>(), false);
}

/** The configuration of a front end that may act, and that goes on by a new one when its file changes. */
async function sourceOf(program: Command): Promise<ConfigSource> {
  const { configSource } = await import('../config.ts');
  return configSource(program.opts<Flags>(), true);
}

function rejectUnknownCommand(program: Command, word: string | undefined): void {
  if (word === undefined) return;
  const known = program.commands.map((command) => command.name());
  program.error(`error: unknown command '${word}'${didYouMean(word, known)}`);
}

function rejectSharedOptions(program: Command): void {
  const [given] = sharedOptionNames(program);
  if (given === undefined) return;
  program.error(
    `error: ${given} means nothing to demo, which brings a feed, a workspace and a state folder of its own`,
  );
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0.1 && value <= 100) return value;
  throw new InvalidArgumentError('It wants a number from 0.1 to 100.');
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It wants a whole number of at most nine digits.');
}
