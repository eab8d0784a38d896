import { SOURCE_BEGINNINGS } from '../../core/sources.ts';
import type { OptionSpec, ProgramSpec } from './spec.ts';

/** The completion for bash 3.2 and newer: one function, no helpers of the bash-completion package. */
export function bashCompletion({ shared, commands }: ProgramSpec): string {
  const all = [...shared, ...commands.flatMap(({ options }) => options)];
  const names = commands.map(({ name }) => name).join(' ');
  const ofCommands = commands.map(
    ({ name, options, choices }) => `    ${name}) words="${[...choices, ...namesOf(options)].join(' ')}" ;;\n`,
  );
  return `# bash completion for sightline. Load it with: source <(sightline completion bash)
_sightline() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= words= i IFS=$' \\t\\n'
  # bash takes --mode=hold apart, and sqlite:DIR.
  if [[ $cur == '=' ]]; then cur=
  elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $cur == ':' ]]; then prev=--file cur=
  elif [[ $prev == ':' ]]; then prev=--file
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case " ${names} " in *" \${COMP_WORDS[i]} "*) command=\${COMP_WORDS[i]}; break ;; esac
  done
  COMPREPLY=()
  case $prev in
${values(all)}    --file) _sightline_paths -f; return ;;
  esac
  case $command in
    '') words="${names}" ;;
${ofCommands.join('')}  esac
  COMPREPLY=($(compgen -W "$words ${namesOf(shared).join(' ')}" -- "$cur"))
}
_sightline_paths() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$cur"))
  compopt -o filenames 2>/dev/null
}
complete -F _sightline sightline
`;
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
    case 'choice':
      return `${found} COMPREPLY=($(compgen -W "${value.choices.join(' ')}" -- "$cur")); return ;;\n`;
  }
}

function namesOf(options: readonly OptionSpec[]): readonly string[] {
  return options.flatMap(({ names }) => names);
}
