import { COMMANDS, COMMAND_NAMES, DASHBOARD } from '../../src/cli/commands.ts';
import { type OptionSpec, programSpec } from '../../src/cli/shell/spec.ts';
import { OPTION_IDS, optionOf } from '../../src/config/options.ts';
import { INTERRUPTION_TYPES } from '../../src/core/interruptions.ts';
import { RISKY_COMMANDS } from '../../src/core/risky-commands.ts';
import { CRASH_PATTERNS, OVERFLOW_PATTERNS, type TextPattern } from '../../src/core/reactor/detect/error-text.ts';
import { DEFAULT_EXCLUDES } from '../../src/effects/git/workspace/default-excludes.ts';
import { listKeys } from '../../src/ui/app/configured-keys.ts';

/** The parts of the manual that derive from the program's tables, by their names in the files. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  options: () => list(programSpec().shared.map(optionLine)),
  commands: () =>
    programSpec()
      .commands.map(({ name, description, options, choices }) => {
        const title = `- \`sightline ${name}${choices.length > 0 ? ` ${choices.join('|')}` : ''}\`: ${description}.`;
        return [title, ...options.map((option) => `  - ${optionLine(option)}`)].join('\n');
      })
      .join('\n'),
  'keys of the file': () =>
    list(
      OPTION_IDS.map(optionOf)
        .filter(({ key }) => key !== null)
        .map(({ key, help, reload }) => `\`${key}\`${reload === 'live' ? ' (live)' : ''}: ${help}`),
    ),
  'interruption types': () =>
    list(
      Object.entries(INTERRUPTION_TYPES).map(([type, { severity, action }]) => `\`${type}\`: ${severity}, ${action}`),
    ),
  'risky commands': () =>
    list(
      [...Map.groupBy(RISKY_COMMANDS, ({ name }) => name)].map(
        ([name, rows]) => `${name}: ${rows.map(riskyWords).join('; or ')}`,
      ),
    ),
  'wordings of a crash': () => list(CRASH_PATTERNS.map(wording)),
  'wordings of an overflow': () => list(OVERFLOW_PATTERNS.map(wording)),
  exclusions: () => list(DEFAULT_EXCLUDES.map((pattern) => `\`${pattern}\``)),
  'exit codes': () =>
    [
      ['sightline', DASHBOARD.exitCodes] as const,
      ...COMMAND_NAMES.map((name) => [name, COMMANDS[name].exitCodes] as const),
    ]
      .map(
        ([name, codes]) => `- ${name === 'sightline' ? name : `sightline ${name}`}: ${codes.map(codeText).join('; ')}`,
      )
      .join('\n'),
  keys: () =>
    [...Map.groupBy(listKeys({}), ({ place }) => place)]
      .map(([place, keys]) => {
        const lines = keys.map(
          ({ keys: names, help, action }) => `${names.map((key) => `\`${key}\``).join(' ')} (${action}): ${help}`,
        );
        return `## ${place.charAt(0).toUpperCase()}${place.slice(1)}\n\n${list(lines)}`;
      })
      .join('\n\n'),
};

/** Fills the generated parts of one file of the manual. */
export function filled(text: string): string {
  return text.replace(/<!-- generated: ([^>]+) -->\n[^]*?<!-- end -->/gu, (_, name: string) => {
    const make = GENERATED[name];
    if (make === undefined) throw new Error(`the manual has no generated part '${name}'`);
    return `<!-- generated: ${name} -->\n\n${make()}\n\n<!-- end -->`;
  });
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function optionLine({ names, placeholder, description }: OptionSpec): string {
  const value = placeholder === null ? '' : ` ${placeholder.slice(1, -1).toUpperCase()}`;
  return `\`${names.join(', ')}${value}\`: ${description}`;
}

function riskyWords({ programs, verbs = [], any, none, glob, statements }: (typeof RISKY_COMMANDS)[number]): string {
  const command = programs.map((program) => `\`${[program, ...verbs].join(' ')}\``).join(', ');
  const named = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');
  return [
    command,
    any === undefined ? '' : `with ${named(any)}`,
    none === undefined ? '' : `without ${named(none)}`,
    glob === true ? 'of a pattern (`*`, `?`)' : '',
    statements === undefined ? '' : `with the words ${named(statements)}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function wording({ name, from, sample }: TextPattern): string {
  return `${name} (${from}): \`${sample.replaceAll('`', "'")}\``;
}

function codeText([code, meaning]: readonly [string, string]): string {
  return `${code} ${meaning === '' ? 'done' : meaning}`;
}
