import type { Command, Option } from 'commander';
import { CHECKPOINTERS, MODES, THEMES } from '../../config/settings.ts';
import { FAIL_ON, SHELLS } from '../choices.ts';

/** What may stand behind an option: nothing, some text, a place, or one of a few words. */
export type Value =
  | { readonly type: 'none' | 'text' | 'file' | 'folder' | 'source' }
  | { readonly type: 'word'; readonly words: readonly string[] };

export type OptionSpec = {
  /** As they are typed: `-i`, `--interval`. */
  readonly names: readonly string[];
  /** What help calls the value, `<seconds>`; null where there is none. */
  readonly placeholder: string | null;
  readonly description: string;
  readonly value: Value;
  readonly repeatable: boolean;
};

export type CommandSpec = {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionSpec[];
  /** Words that it takes as its argument. */
  readonly words: readonly string[];
};

/** The command line as completions and the manual show it: read off the program itself. */
export type ProgramSpec = { readonly shared: readonly OptionSpec[]; readonly commands: readonly CommandSpec[] };

const WORDS: Readonly<Record<string, readonly string[]>> = {
  checkpointer: CHECKPOINTERS,
  mode: MODES,
  theme: THEMES,
  failOn: FAIL_ON,
};
const PLACES: Readonly<Record<string, Value>> = {
  '<file>': { type: 'file' },
  '<dir>': { type: 'folder' },
  '<uri>': { type: 'source' },
};
/** What commander adds by itself. */
const HELP: OptionSpec = {
  names: ['-h', '--help'],
  placeholder: null,
  description: 'display help for command',
  value: { type: 'none' },
  repeatable: false,
};

export function specOf(program: Command): ProgramSpec {
  return {
    shared: [...program.options.map(optionSpec), HELP],
    commands: program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      options: command.options.map(optionSpec),
      words: command.name() === 'completion' ? SHELLS : [],
    })),
  };
}

function optionSpec(option: Option): OptionSpec {
  const placeholder = /<[^>]+>/u.exec(option.flags)?.[0] ?? null;
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    placeholder,
    description: option.description,
    value: valueOf(option.attributeName(), placeholder),
    repeatable: option.attributeName() === 'source',
  };
}

function valueOf(name: string, placeholder: string | null): Value {
  if (placeholder === null) return { type: 'none' };
  const words = WORDS[name];
  return words ? { type: 'word', words } : (PLACES[placeholder] ?? { type: 'text' });
}
