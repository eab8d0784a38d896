import { SOURCE_BEGINNINGS } from '../../core/sources.ts';
import type { OptionSpec, ProgramSpec } from './spec.ts';

/** The completion for zsh: to be kept as `_sightline` in a folder of `fpath`, or sourced after `compinit`. */
export function zshCompletion({ shared, commands }: ProgramSpec): string {
  const described = commands.map(({ name, description }) => `        ${quoted(`${name}:${description}`)}\n`);
  const cases = commands.map(
    ({ name, options, choices }) =>
      `        ${name}) _arguments -s $shared${options.map((option) => ` \\\n          ${argumentsOf(option)}`).join('')}${
        choices.length > 0 ? ` \\\n          ${quoted(`1:word:(${choices.join(' ')})`)}` : ''
      } ;;\n`,
  );
  return `#compdef sightline
# zsh completion for sightline. Keep it as _sightline in a folder of $fpath.
_sightline() {
  local curcontext="$curcontext" context state line
  typeset -A opt_args
  local -a shared commands
  shared=(
${shared.map((option) => `    ${argumentsOf(option)}\n`).join('')}  )
  _arguments -C -s $shared '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      commands=(
${described.join('')}      )
      _describe -t commands command commands ;;
    argument)
      case $words[1] in
${cases.join('')}      esac ;;
  esac
}
if [ "$funcstack[1]" = _sightline ]; then _sightline "$@"; else compdef _sightline sightline; fi
`;
}

function argumentsOf({ names, description, value, repeatable, placeholder }: OptionSpec): string {
  const text = `[${description.replaceAll(/[[\]\\]/gu, '\\$&').replaceAll(':', '\\:')}]`;
  const behind = value.type === 'none' ? '' : `:${(placeholder ?? '').replaceAll(/[<>[\]]/gu, '')}:${actionOf(value)}`;
  const others = repeatable || names.length < 2 ? '' : `(${names.join(' ')})`;
  const star = repeatable ? '*' : '';
  return names.map((name) => quoted(`${others}${star}${name}${text}${behind}`)).join(' ');
}

function actionOf(value: OptionSpec['value']): string {
  switch (value.type) {
    case 'none':
    case 'text':
      return ' ';
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'source':
      return `(${SOURCE_BEGINNINGS.map((form) => form.replaceAll(':', '\\:')).join(' ')})`;
    case 'choice':
      return `(${value.choices.join(' ')})`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
