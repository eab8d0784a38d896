import { SOURCE_BEGINNINGS } from '../../core/sources.ts';
import type { OptionSpec, ProgramSpec } from './spec.ts';

/** The completion for fish: to be kept as `sightline.fish` in a folder of `fish_complete_path`, or sourced. */
export function fishCompletion({ shared, commands }: ProgramSpec): string {
  const names = commands.map(({ name }) => name).join(' ');
  const before = `not __fish_seen_subcommand_from ${names}`;
  const lines = [
    '# fish completion for sightline. Keep it as sightline.fish in ~/.config/fish/completions.',
    'complete -c sightline -f',
    ...commands.map(({ name, description }) => line(`-n '${before}' -a ${name}`, description)),
    ...shared.map((option) => line(optionOf(option), option.description)),
    ...commands.flatMap(({ name, options, choices }) => {
      const inside = `-n '__fish_seen_subcommand_from ${name}'`;
      return [
        ...options.map((option) => line(`${inside} ${optionOf(option)}`, option.description)),
        ...(choices.length > 0 ? [`complete -c sightline ${inside} -a '${choices.join(' ')}'`] : []),
      ];
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function line(what: string, description: string): string {
  return `complete -c sightline ${what} -d '${description.replaceAll(/['\\]/gu, '\\$&')}'`;
}

function optionOf({ names, value }: OptionSpec): string {
  const spelt = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ');
  return `${spelt}${valueOf(value)}`;
}

function valueOf(value: OptionSpec['value']): string {
  switch (value.type) {
    case 'none':
      return '';
    case 'text':
      return ' -x';
    case 'file':
      return ' -r -F';
    case 'folder':
      return " -x -a '(__fish_complete_directories)'";
    case 'source':
      return ` -r -F -a '${SOURCE_BEGINNINGS.join(' ')}'`;
    case 'choice':
      return ` -x -a '${value.choices.join(' ')}'`;
  }
}
