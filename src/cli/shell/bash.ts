import { SOURCE_BEGINNINGS } from '../../core/sources.ts';
import { COMPLETE } from '../commands.ts';
import { type ArgumentSpec, firstWords, type OptionSpec, type ProgramSpec } from './spec.ts';

/** The completion for bash 3.2 and newer: one function, no helpers of the bash-completion package. */
export function bashCompletion({ shared, commands, groups }: ProgramSpec): string {
  const all = [...shared, ...commands.flatMap(({ options }) => options)];
  const first = firstWords({ commands, groups }).join(' ');
  const second = groups.flatMap(({ actions }) => actions.map(({ name }) => name.replace(' ', ','))).join(' ');
  const ofGroups = groups.map(
    ({ name, actions }) => `    ${name}) words="${actions.map((action) => action.name.split(' ')[1]).join(' ')}" ;;\n`,
  );
  const ofCommands = commands.map(
    ({ name, options, choices, arguments: [argument] }) =>
      `    '${name}') words="${[...choices, ...namesOf(options)].join(' ')}"${liveOf(argument)} ;;\n`,
  );
  return `# bash completion for sightline. Load it with: source <(sightline completion bash)
_sightline() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= words= live= id i IFS=$' \\t\\n'
  # bash takes --mode=hold apart, and sqlite:DIR.
  if [[ $cur == '=' ]]; then cur=
  elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $cur == ':' ]]; then prev=--file cur=
  elif [[ $prev == ':' ]]; then prev=--file
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ -z $command ]]; then
      case " ${first} " in *" \${COMP_WORDS[i]} "*) command=\${COMP_WORDS[i]} ;; esac
    else
      case " ${second} " in *" $command,\${COMP_WORDS[i]} "*) command="$command \${COMP_WORDS[i]}" ;; esac
    fi
  done
  COMPREPLY=()
  case $prev in
${values(all)}    --file) _sightline_paths -f; return ;;
  esac
  case $command in
    '') words="${first}" ;;
${ofGroups.join('')}${ofCommands.join('')}  esac
  COMPREPLY=($(compgen -W "$words ${namesOf(shared).join(' ')}" -- "$cur"))
  [[ -z $live || $cur == -* ]] || _sightline_live "$live"
}
_sightline_paths() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$cur"))
  compopt -o filenames 2>/dev/null
}
# What is there at this moment. Never by compgen -W, which would expand what a name holds.
_sightline_live() {
  while IFS= read -r id; do
    [[ $id == "$cur"* ]] && COMPREPLY+=("$(printf %q "$id")")
  done < <("\${COMP_WORDS[0]}" ${COMPLETE} "$1" "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
}
complete -F _sightline sightline
`;
}

function liveOf(argument: ArgumentSpec | undefined): string {
  const kind = argument?.completes;
  return kind === undefined ? '' : ` live=${kind}`;
}

function values(options: readonly OptionSpec[]): string {
  return options.map((option) => valueCase(option)).join('');
}

function valueCase({ names, value }: OptionSpec): string {
  const found = `    ${names.join('|')})`;
  switch (value.type) {
    case 'none':
      return '';
    case 'text':
      return `${found} return ;;\n`;
    case 'file':
      return `${found} _sightline_paths -f; return ;;\n`;
    case 'folder':
      return `${found} _sightline_paths -d; return ;;\n`;
    case 'source':
      return `${found} COMPREPLY=($(compgen -W "${SOURCE_BEGINNINGS.join(' ')}" -- "$cur")); compopt -o nospace 2>/dev/null; return ;;\n`;
    case 'live':
      return `${found} _sightline_live ${value.of}; return ;;\n`;
    case 'choice':
      return `${found} COMPREPLY=($(compgen -W "${value.choices.join(' ')}" -- "$cur")); return ;;\n`;
  }
}

function namesOf(options: readonly OptionSpec[]): readonly string[] {
  return options.flatMap(({ names }) => names);
}
