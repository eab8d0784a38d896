import { variableOf } from '../../config/flags.ts';
import { VERSION } from '../../core/version.ts';
import { COMMANDS, DASHBOARD } from '../commands.ts';
import type { CommandSpec, OptionSpec, ProgramSpec } from './spec.ts';

type Line = readonly [string, string];

/** The manual page, as roff. */
export function manualPage({ shared, commands }: ProgramSpec): string {
  return [
    `.TH SIGHTLINE 1 "" ${quoted(`sightline ${VERSION}`)} "User Commands"`,
    '.SH NAME',
    'sightline \\- watch AI coding agents, and checkpoint their workspace when it goes wrong',
    '.SH SYNOPSIS',
    '.B sightline\n[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR]',
    '.SH DESCRIPTION',
    text(DASHBOARD.description),
    'Without a command it opens the screen on a terminal. It acts only in the modes hold and auto.',
    '.SH EXAMPLES',
    ...examples(DASHBOARD.examples),
    '.SH COMMANDS',
    ...commands.flatMap(commandPart),
    '.SH OPTIONS',
    'Every command takes these.',
    ...shared.map(optionPart),
    '.SH ENVIRONMENT',
    'Every option has a variable, which the option outranks: '.concat(
      text('--token-file is SIGHTLINE_TOKEN_FILE, --no-color is SIGHTLINE_NO_COLOR. Switches want true or false.'),
    ),
    ...VARIABLES.map(([name, meaning]) => tagged(`.B ${text(name)}`, meaning)),
    '.SH FILES',
    ...FILES.map(([name, meaning]) => tagged(`.I ${text(name)}`, meaning)),
    '.SH EXIT STATUS',
    '.SS sightline',
    ...exitCodes(DASHBOARD.exitCodes),
    ...commands.flatMap(({ name }) => [`.SS sightline ${name}`, ...exitCodes(COMMANDS[name].exitCodes)]),
    '',
  ].join('\n');
}

const VARIABLES = [
  [variableOf('token'), 'the bearer token of HTTP sources itself'],
  ['NO_COLOR, FORCE_COLOR', 'no colours, or colours in any case; the latter outranks the former'],
  ['LC_ALL, LC_CTYPE, LANG', 'a locale that is not UTF-8 is drawn with ASCII signs'],
  ['TERM', 'dumb: events as lines instead of the screen'],
  ['COLORTERM, COLORFGBG', 'how many colours there are, and how dark the background is'],
  ['TZ', 'the time zone of the clock times on the screen; output for programs is in UTC'],
  ['PAGER', 'shows differences; empty: a view of our own'],
  ['XDG_CONFIG_HOME, XDG_STATE_HOME', 'other folders for the files below'],
] as const;
const FILES = [
  ['~/.config/sightline/config.json', 'the configuration; "sightline config \\-\\-schema" prints its schema'],
  ['~/.local/state/sightline', 'what must survive a restart, and the git snapshots'],
] as const;

function commandPart({ name, description, options, choices, arguments: wanted, rest }: CommandSpec): readonly string[] {
  const spelt = [
    ...(choices.length > 0 ? [choices.join('|')] : wanted.map(({ placeholder }) => text(placeholder))),
    ...(rest === null ? [] : [text(`[-- ${rest}...]`)]),
  ];
  const argument = spelt.map((word) => ` \\fI${word}\\fR`).join('');
  return [
    `.SS sightline ${name}${argument}`,
    text(sentence(description)),
    ...options.map(optionPart),
    ...(COMMANDS[name].examples.length === 0 ? [] : ['.PP', 'Examples:', ...examples(COMMANDS[name].examples)]),
  ];
}

function optionPart({ names, placeholder, description }: OptionSpec): string {
  const value = placeholder === null ? '' : ` \\fI${text(placeholder.slice(1, -1).toUpperCase())}\\fR`;
  return tagged(names.map((name) => `\\fB${text(name)}\\fR${value}`).join(', '), text(description));
}

function examples(lines: readonly Line[]): readonly string[] {
  return lines.map(([command, what]) => tagged(`.B ${text(command)}`, text(what)));
}

function exitCodes(codes: readonly Line[]): readonly string[] {
  return codes.map(([code, meaning]) => tagged(`.B ${code}`, text(meaning.replaceAll('`', '') || 'all well')));
}

function tagged(tag: string, body: string): string {
  return `.TP\n${tag}\n${body}`;
}

/** Text that roff takes for nothing else: no request, no escape, hyphens that can be copied. */
function text(plain: string): string {
  const escaped = plain.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/u.test(escaped) ? `\\&${escaped}` : escaped;
}

function quoted(plain: string): string {
  return `"${text(plain).replaceAll('"', '\\(dq')}"`;
}

function sentence(plain: string): string {
  return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}.`;
}
