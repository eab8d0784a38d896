import type { Kind } from '../../config/kinds.ts';
import {
  COMMAND_OPTIONS,
  type CommandName,
  type CommandOption,
  FLAG_IDS,
  flagsOf,
  isNegatable,
  optionName,
  optionOf,
  SECOND_NAMES,
  secondNameHelp,
} from '../../config/options.ts';
import type { LiveKind } from '../../commands/complete.ts';
import { type ArgumentRow, COMMAND_NAMES, COMMANDS, GROUPS } from '../commands.ts';

/** The value that follows an option: nothing, some text, a path, or one of a few choices. */
export type Value =
  | { readonly type: 'none' | 'text' | 'file' | 'folder' | 'source' }
  | { readonly type: 'choice'; readonly choices: readonly string[] }
  /** The ids that exist at the moment of completion. */
  | { readonly type: 'live'; readonly of: LiveKind };

export type OptionSpec = {
  /** As they are typed: `-i`, `--interval`. */
  readonly names: readonly string[];
  /** As help calls the value, `<seconds>`; null where there is none. */
  readonly placeholder: string | null;
  readonly description: string;
  readonly value: Value;
  readonly repeatable: boolean;
};

export type CommandSpec = {
  readonly name: CommandName;
  readonly description: string;
  readonly options: readonly OptionSpec[];
  /** The values of its first argument, as far as they are few and known. */
  readonly choices: readonly string[];
  /** The kind of each argument. */
  readonly arguments: readonly ArgumentSpec[];
  /** The values allowed behind `--`; null: none. */
  readonly rest: string | null;
};

/** An argument as help spells it, and what a completion offers for it. */
export type ArgumentSpec = { readonly placeholder: string; readonly completes: ArgumentRow['completes'] };

/** The first word of commands of two words. */
export type GroupSpec = {
  readonly name: string;
  readonly description: string;
  readonly actions: readonly CommandSpec[];
};

/** The command line as completions and the manual page show it. */
export type ProgramSpec = {
  readonly shared: readonly OptionSpec[];
  readonly commands: readonly CommandSpec[];
  readonly groups: readonly GroupSpec[];
};

/** Derives the command line from the tables of options and commands. */
export function programSpec(): ProgramSpec {
  const commands = COMMAND_NAMES.map(commandSpec);
  return {
    commands,
    groups: Object.entries(GROUPS).map(([name, description]) => ({
      name,
      description,
      actions: commands.filter((command) => command.name.startsWith(`${name} `)),
    })),
    shared: [
      plain(['-V', '--version'], 'print the version'),
      ...FLAG_IDS.flatMap(sharedSpecs),
      ...SECOND_NAMES.map(([name, id]) => optionSpec(name, optionOf(id).kind, secondNameHelp(id))),
      plain(['-h', '--help'], 'display help for command'),
    ],
  };
}

function commandSpec(name: CommandName): CommandSpec {
  const { description, arguments: wanted = [], rest } = COMMANDS[name];
  const options = Object.entries<CommandOption>(COMMAND_OPTIONS[name]);
  return {
    name,
    description,
    options: options.map(([id, { kind, help }]) => liveSpec(id, optionSpec(id, kind, help))),
    choices: wanted[0]?.choices ?? [],
    arguments: wanted.map(({ name: called, optional, completes }) => ({
      placeholder: optional === true ? `[${called}]` : `<${called}>`,
      completes,
    })),
    rest: rest?.name ?? null,
  };
}

// An engine is named by its process id wherever it is an option.
function liveSpec(id: string, spec: OptionSpec): OptionSpec {
  return id === 'engine' ? { ...spec, value: { type: 'live', of: 'engines' } } : spec;
}

/** Returns the words that may stand first: commands of one word, and groups. */
export function firstWords({ commands, groups }: Pick<ProgramSpec, 'commands' | 'groups'>): readonly string[] {
  return [...commands.map(({ name }) => name).filter((name) => !name.includes(' ')), ...groups.map(({ name }) => name)];
}

function sharedSpecs(id: (typeof FLAG_IDS)[number]): readonly OptionSpec[] {
  const { kind, help, short } = optionOf(id);
  const spec = optionSpec(id, kind, help, short);
  if (!isNegatable(kind)) return [spec];
  return [spec, plain([optionName(id).replace('--', '--no-')], `turn ${optionName(id)} off`)];
}

function optionSpec(id: string, kind: Kind, description: string, short?: string): OptionSpec {
  const [names = '', placeholder = null] = flagsOf(id, kind, short).split(/ (?=[<[])/u);
  return {
    names: names.split(', '),
    placeholder,
    description,
    value: valueOf(kind),
    repeatable: kind.type === 'sources',
  };
}

function plain(names: readonly string[], description: string): OptionSpec {
  return { names, placeholder: null, description, value: { type: 'none' }, repeatable: false };
}

function valueOf(kind: Kind): Value {
  switch (kind.type) {
    case 'switch':
      return { type: 'none' };
    case 'choice':
      return { type: 'choice', choices: kind.choices };
    case 'path':
      return { type: kind.names };
    case 'sources':
      return { type: 'source' };
    case 'duration':
    case 'text':
    case 'address':
    case 'names':
    case 'hooks':
    case 'budgets':
    case 'prices':
    case 'engine':
    case 'count':
    case 'ratio':
    case 'number':
    case 'folders':
    case 'patterns':
    case 'argv':
    case 'paths':
    case 'actions':
    case 'keys':
      return { type: 'text' };
  }
}
