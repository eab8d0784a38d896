import { Argument, Command, Help, Option } from 'commander';
import { ConfigError } from '../config/error.ts';
import { type Kind, oneOf, parseText } from '../config/kinds.ts';
import {
  COMMAND_OPTIONS,
  type CommandName,
  type CommandOption,
  type CommandValues,
  FLAG_IDS,
  flagsOf,
  isNegatable,
  isOptional,
  type Flags,
  optionName,
  optionOf,
  SECOND_NAMES,
  secondNameHelp,
} from '../config/options.ts';
import { readSwitch, variableOf } from '../config/flags.ts';
import { print, printError } from '../effects/terminal/output.ts';
import { didYouMean } from '../config/suggest.ts';
import { VERSION } from '../core/version.ts';
import {
  type ArgumentRow,
  COMMAND_NAMES,
  COMMANDS,
  type CommandContext,
  type CommandRow,
  DASHBOARD,
  type GroupName,
  GROUPS,
} from './commands.ts';

/** Called with the exit code of the front end that ran. */
export type OnExit = (code: number) => void;

const HELP_AFTER_ERROR = 'Run "sightline --help" for the commands and options.';

/** Help that begins with examples, which most readers need. */
class HelpByExample extends Help {
  override showGlobalOptions = true;

  // A second name that the command has for an option of its own means that one.
  override visibleGlobalOptions(command: Command): Option[] {
    const own = new Set(command.options.map(({ long }) => long));
    return super.visibleGlobalOptions(command).filter(({ long }) => !own.has(long));
  }

  override formatHelp(command: Command, helper: Help): string {
    const usual = super.formatHelp(command, helper);
    const examples = examplesOf(command);
    if (examples.length === 0) return usual;
    const width = Math.max(...examples.map(([line]) => line.length));
    const lines = examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}\n`).join('');
    const options = usual.search(/^(?:Arguments|Options|Commands):$/mu);
    return `${usual.slice(0, options)}Examples:\n${lines}\n${usual.slice(options)}`;
  }
}

/** Returns the examples of a command; of a group those of its commands, one each. */
function examplesOf(command: Command): (typeof DASHBOARD)['examples'][number][] | CommandRow<CommandName>['examples'] {
  const name = nameOf(command);
  if (name === '') return DASHBOARD.examples;
  if (isCommand(name)) return COMMANDS[name].examples;
  return COMMAND_NAMES.filter((one) => one.startsWith(`${name} `)).flatMap((one) => COMMANDS[one].examples.slice(0, 1));
}

/** Returns the name of a command in the table: of one in a group two words; '' for the program itself. */
function nameOf(command: Command): string {
  const names: string[] = [];
  for (let at = command; at.parent !== null; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

class Program extends Command {
  override createHelp(): Help {
    return Object.assign(new HelpByExample(), this.configureHelp());
  }

  override createCommand(name?: string): Program {
    return new Program(name);
  }
}

/** A command line in two: up to `--`, and what stands behind it, which is never an option. */
export function splitArguments(argv: readonly string[]): {
  readonly argv: readonly string[];
  readonly rest: readonly string[];
} {
  const end = argv.indexOf('--');
  return end === -1 ? { argv, rest: [] } : { argv: argv.slice(0, end), rest: argv.slice(end + 1) };
}

/**
 * Builds the command line from the tables of options and commands. Each command loads its own code. `rest` stood behind
 * `--`.
 */
export function buildProgram(onExit: OnExit, rest: readonly string[] = []): Command {
  const program = new Program('sightline')
    .description(DASHBOARD.description)
    .usage('[options] [command]')
    .version(VERSION)
    .argument('[command...]')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: printError,
      outputError: (text, write) => write(text.replace(/^error: /, 'sightline: ')),
    })
    .showHelpAfterError(HELP_AFTER_ERROR);
  addSharedOptions(program);
  program.action(async (args: readonly string[]) => {
    rejectUnknownCommand(program, args[0] ?? rest[0]);
    const source = await sourceOf(program);
    const { runTui } = await import('../commands/tui/run.ts');
    onExit(await runTui(source));
  });
  const groups = new Map<string, Command>();
  for (const name of COMMAND_NAMES) {
    const [first = name, second] = name.split(' ');
    const parent = second === undefined ? program : (groups.get(first) ?? addGroup(program, first as GroupName));
    if (parent !== program) groups.set(first, parent);
    addCommand({ program, parent, name, onExit, rest });
  }
  addHelp(program, onExit);
  return program;
}

/** Adds the options that every front end shares. Their values stay text: the configuration parses them. */
function addSharedOptions(program: Command): void {
  for (const id of FLAG_IDS) {
    const { kind, help, short } = optionOf(id);
    const option = new Option(flagsOf(id, kind, short), help);
    if (kind.type === 'sources') option.argParser(gather);
    else if (id === 'mode') option.argParser(once);
    program.addOption(option);
    if (isNegatable(kind)) program.option(optionName(id).replace('--', '--no-'), `turn ${optionName(id)} off`);
  }

  for (const [name, id] of SECOND_NAMES)
    program.addOption(new Option(flagsOf(name, optionOf(id).kind), secondNameHelp(id)));
}

/** Returns the values of the shared options; `own`: the ids of options that the command has itself. */
function sharedFlags(program: Command, own: readonly string[] = []): Flags {
  const given = program.opts<Record<string, unknown>>();
  const flags = { ...given };
  for (const [name, id] of SECOND_NAMES) {
    delete flags[name];
    if (given[name] === undefined || own.includes(name)) continue;
    if (given[id] !== undefined)
      throw new ConfigError(
        `${optionName(name)} means ${optionName(id)}, which is given as well; leave one of them out`,
      );
    flags[id] = given[name];
  }
  return flags;
}

function addGroup(program: Command, name: GroupName): Command {
  return program.command(name).description(GROUPS[name]).helpCommand(false);
}

type Added = {
  readonly program: Command;
  readonly parent: Command;
  readonly name: CommandName;
  readonly onExit: OnExit;
  readonly rest: readonly string[];
};

function addCommand({ program, parent, name, onExit, rest }: Added): void {
  const row = COMMANDS[name] as CommandRow<CommandName>;
  const { description, arguments: wanted = [] } = row;
  const command = parent.command(name.split(' ').at(-1) ?? name).description(description);
  for (const one of wanted) command.addArgument(argumentOf(one));
  if (row.rest !== undefined) command.usage(`${usageOf(wanted)} [-- ${row.rest.name}...]`);
  for (const [id, { kind, help }] of optionsOf(name)) {
    command.addOption(new Option(flagsOf(id, kind), help));
  }
  command.action(async (...given: readonly unknown[]) => {
    if (row.rest === undefined && rest.length > 0) rejectRest(command, rest.length);
    const own = optionsOf(name).map(([id]) => id);
    const context: CommandContext<CommandName> = {
      values: valuesOf({ program, command, name }),
      arguments: wanted.map((one, index) => argumentValue(one, given[index])),
      rest,
      flags: sharedFlags(program, own),
      config: async () => (await import('../config/config.ts')).loadConfig(sharedFlags(program, own), false),
      source: () => sourceOf(program, own),
      screen: async () => {
        rejectSharedOptions(program);
        return (await import('../config/config.ts')).loadScreen(sharedFlags(program, own));
      },
    };
    onExit(await row.run(context));
  });
}

function argumentOf({ name, help, choices, optional }: ArgumentRow): Argument {
  return new Argument(optional === true ? `[${name}]` : `<${name}>`, choices?.join(', ') ?? help);
}

function usageOf(wanted: readonly ArgumentRow[]): string {
  return ['[options]', ...wanted.map(({ name, optional }) => (optional === true ? `[${name}]` : `<${name}>`))].join(
    ' ',
  );
}

/** Characters of an argument: a path of Linux has at most 4 096 bytes. */
const MAX_ARGUMENT = 4_096;

// Of commander: a text, or nothing.
function argumentValue({ name, choices, optional }: ArgumentRow, given: unknown): string {
  if (typeof given !== 'string') return '';
  // A variable that is not set must not mean what nothing means: the only workspace, or now.
  if (given === '')
    throw new ConfigError(`<${name}> is empty: give a value${optional === true ? ', or leave it out' : ''}`);
  if (given.length > MAX_ARGUMENT)
    throw new ConfigError(`<${name}>: expected at most ${MAX_ARGUMENT} characters, got ${given.length}`);
  return choices === undefined ? given : oneOf(given, choices, `<${name}>`);
}

function rejectRest(command: Command, count: number): never {
  return command.error(`error: nothing may stand behind -- here; got ${count} argument${count === 1 ? '' : 's'}`);
}

/** Adds `help`, which knows commands and the topics of the manual. */
function addHelp(program: Command, onExit: OnExit): void {
  program
    .command('help')
    .description('show the help of a command, or a topic of the manual')
    .argument('[topic...]')
    .action(async (words: readonly string[]) => {
      const [topic, second] = words;
      const first = program.commands.find((one) => one.name() === topic);
      const command = first?.commands.find((one) => one.name() === second) ?? first;
      if (topic === undefined || command !== undefined) (command ?? program).outputHelp();
      if (topic === undefined || command !== first) return;
      const { isTopic, runHelp } = await import('../commands/help.ts');
      // A command and a topic may have one name: `signals`.
      if (command !== undefined && !isTopic(topic)) return;
      onExit(await runHelp(topic));
    });
}

/** Parses a command's own options: the command line first, then the environment, then their defaults. */
function valuesOf<Name extends CommandName>({
  program,
  command,
  name,
}: {
  readonly program: Command;
  readonly command: Command;
  readonly name: Name;
}): CommandValues<Name> {
  const second = SECOND_NAMES.map(([id]) => [id, program.getOptionValue(id) as unknown]);
  const given = { ...(Object.fromEntries(second) as object), ...command.opts() } as Readonly<Record<string, unknown>>;
  const values = optionsOf(name).map(([id, option]) => [id, commandValue(id, option, given[id])]);
  return Object.fromEntries(values) as CommandValues<Name>;
}

function commandValue(id: string, { kind, default: fallback, typed }: CommandOption, given: unknown): unknown {
  if (kind.type === 'switch') return given ?? (typed === true ? false : (readSwitch(process.env, id) ?? false));
  const variable = typed === true ? undefined : process.env[variableOf(id)] || undefined;
  // An option that is given without its value.
  if (given === true && isOptional(kind)) return '';
  const [text, by] = given === undefined ? [variable, variableOf(id)] : [given as string, optionName(id)];
  return text === undefined ? fallback : parseText(kind, text, by, { folder: process.cwd() });
}

function optionsOf(name: CommandName): readonly (readonly [id: string, option: CommandOption])[] {
  return Object.entries<CommandOption & { readonly kind: Kind }>(COMMAND_OPTIONS[name]);
}

async function sourceOf(program: Command, own: readonly string[] = []) {
  const { configSource } = await import('../config/config.ts');
  return configSource(sharedFlags(program, own), true);
}

function gather(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

// Of other options the last one wins, so that a script can append its own; that is no way to choose a mode.
function once(value: string, previous: string | undefined): string {
  if (previous === undefined) return value;
  throw new ConfigError(`--mode is given twice: '${previous}' and '${value}'; leave one of them out`);
}

const FIRST_WORDS: readonly string[] = [...new Set(COMMAND_NAMES.map((name) => name.split(' ')[0] ?? name))];

function rejectUnknownCommand(program: Command, name: string | undefined): void {
  if (name === undefined) return;
  program.error(`error: unknown command '${name}'${didYouMean(name, FIRST_WORDS)}`);
}

function rejectSharedOptions(program: Command): void {
  const concerned = [...FLAG_IDS.filter((id) => optionOf(id).screen !== true), ...SECOND_NAMES.map(([name]) => name)];
  const given = concerned.find((id) => program.getOptionValueSource(id) === 'cli');
  if (given === undefined) return;
  throw new ConfigError(
    `${optionName(given)} has no effect on demo, which brings a feed, a workspace and a state folder of its own`,
  );
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
