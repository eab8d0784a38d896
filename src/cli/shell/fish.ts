import { SOURCE_BEGINNINGS } from '../../core/sources.ts';
import { COMPLETE } from '../commands.ts';
import { firstWords, type OptionSpec, type ProgramSpec } from './spec.ts';

/** The completion for fish: to be kept as `sightline.fish` in a folder of `fish_complete_path`, or sourced. */
export function fishCompletion({ shared, commands, groups }: ProgramSpec): string {
  const before = `not __fish_seen_subcommand_from ${firstWords({ commands, groups }).join(' ')}`;
  const first = [...commands.filter(({ name }) => !name.includes(' ')), ...groups];
  const lines = [
    '# fish completion for sightline. Keep it as sightline.fish in ~/.config/fish/completions.',
    'complete -c sightline -f',
    // What is there at this moment; the words before the cursor say of which engine.
    `function __sightline_live; command sightline ${COMPLETE} $argv[1] (commandline -opc)[2..-1] 2>/dev/null; end`,
    ...first.map(({ name, description }) => line(`-n '${before}' -a ${name}`, description)),
    ...groups.flatMap(({ name, actions }) => {
      const words = actions.map((action) => action.name.split(' ')[1]);
      const inside = `__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${words.join(' ')}`;
      return actions.map((action, index) => line(`-n '${inside}' -a ${words[index]}`, action.description));
    }),
    ...shared.map((option) => line(optionOf(option), option.description)),
    ...commands.flatMap(({ name, options, choices, arguments: [argument] }) => {
      const seen = name.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
      const inside = `-n '${seen.join('; and ')}'`;
      return [
        ...options.map((option) => line(`${inside} ${optionOf(option)}`, option.description)),
        ...(choices.length > 0 ? [`complete -c sightline ${inside} -a '${choices.join(' ')}'`] : []),
        ...(argument?.completes === undefined
          ? []
          : [`complete -c sightline ${inside} -a '(__sightline_live ${argument.completes})'`]),
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
    case 'live':
      return ` -x -a '(__sightline_live ${value.of})'`;
    case 'choice':
      return ` -x -a '${value.choices.join(' ')}'`;
  }
}
