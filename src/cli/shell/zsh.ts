import { SOURCE_BEGINNINGS } from '../../core/sources.ts';
import { COMPLETE } from '../commands.ts';
import type { CommandSpec, GroupSpec, OptionSpec, ProgramSpec } from './spec.ts';

/** The completion for zsh: to be kept as `_sightline` in a folder of `fpath`, or sourced after `compinit`. */
export function zshCompletion({ shared, commands, groups }: ProgramSpec): string {
  const single = commands.filter(({ name }) => !name.includes(' '));
  const described = [...single, ...groups].map(
    ({ name, description }) => `        ${quoted(`${name}:${asDescription(description)}`)}\n`,
  );
  return `#compdef sightline
# zsh completion for sightline. Keep it as _sightline in a folder of $fpath.
_sightline() {
  local curcontext="$curcontext" context state line
  typeset -A opt_args
  local -a shared commands actions
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
${single.map((command) => caseOf(command.name, command, 8)).join('')}${groups.map(groupCase).join('')}      esac ;;
  esac
}
# What is there at this moment.
_sightline_live() {
  local -a live
  live=("\${(@f)$(command sightline ${COMPLETE} $1 \${(Q)words[1,CURRENT-1]} 2>/dev/null)}")
  compadd -a live
}
if [ "$funcstack[1]" = _sightline ]; then _sightline "$@"; else compdef _sightline sightline; fi
`;
}

function groupCase({ name, actions }: GroupSpec): string {
  const words = actions.map((action) => action.name.split(' ')[1] ?? '');
  const described = actions.map(
    ({ description }, index) => `            ${quoted(`${words[index]}:${asDescription(description)}`)}\n`,
  );
  return `        ${name})
          _arguments -C -s $shared '1:action:->action' '*::argument:->argument2'
          case $state in
            action) actions=(
${described.join('')}            ); _describe -t actions action actions ;;
            argument2) case $words[1] in
${actions.map((action, index) => caseOf(words[index] ?? '', action, 14)).join('')}            esac ;;
          esac ;;
`;
}

function caseOf(word: string, { options, choices, arguments: [argument] }: CommandSpec, indent: number): string {
  const parts = [
    ...options.map(argumentsOf),
    ...(choices.length > 0 ? [quoted(`1:word:(${choices.join(' ')})`)] : []),
    ...(argument?.completes === undefined
      ? []
      : [quoted(`1:${argument.completes}:_sightline_live ${argument.completes}`)]),
  ];
  const blanks = ' '.repeat(indent);
  return `${blanks}${word}) _arguments -s $shared${parts.map((part) => ` \\\n${blanks}  ${part}`).join('')} ;;\n`;
}

// A colon would end the word that is described.
function asDescription(description: string): string {
  return description.replaceAll(':', '\\:');
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
    case 'live':
      return `_sightline_live ${value.of}`;
    case 'choice':
      return `(${value.choices.join(' ')})`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
