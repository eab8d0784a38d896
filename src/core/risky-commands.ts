/**
 * Commands that delete or reset what they are given: a table, matched on the words of a command line. It names common
 * ones and makes no claim to be complete; what a script, a Makefile or another language does, it does not know.
 */
import { commandsIn, MAX_SHELL_TEXT, type ShellCommand } from './shell-words.ts';

/** One row of the table: all that it gives must be there. */
type RiskyCommand = {
  /** Its name on the screen and in the manual. */
  readonly name: string;
  /** Names of the program, without a folder; `mkfs.*` means any name that begins so. */
  readonly programs: readonly string[];
  /** Its first words that are no options, in this order: a subcommand. */
  readonly verbs?: readonly string[];
  /** One of these words: an option (`-r` also in `-rf`) or an argument; `of=*` means any that begins so. */
  readonly any?: readonly string[];
  /** None of these: a trial run. */
  readonly none?: readonly string[];
  /** A pattern of the shell among the arguments. */
  readonly glob?: true;
  /** One of these word sequences in an argument or the input, in any case: a statement of a database. */
  readonly statements?: readonly string[];
};

const DATABASES = ['psql', 'mysql', 'mariadb', 'sqlite3', 'sqlcmd', 'clickhouse-client', 'duckdb', 'mongosh', 'mongo'];
const CONTAINERS = ['docker', 'podman', 'nerdctl'];
const DRY = ['-n', '--dry-run'];

/** The table. A new command is one row; the manual lists them (`npm run manual`). */
export const RISKY_COMMANDS: readonly RiskyCommand[] = [
  { name: 'rm -r', programs: ['rm'], any: ['-r', '-R', '--recursive'] },
  { name: 'rm of a pattern', programs: ['rm'], glob: true },
  { name: 'rimraf', programs: ['rimraf'] },
  { name: 'shred', programs: ['shred', 'srm', 'wipe'] },
  { name: 'truncate', programs: ['truncate'] },
  { name: 'find -delete', programs: ['find', 'gfind'], any: ['-delete'] },
  { name: 'rsync --delete', programs: ['rsync'], any: ['--delete*', '--remove-source-files'], none: DRY },
  { name: 'git reset --hard', programs: ['git'], verbs: ['reset'], any: ['--hard', '--merge', '--keep'] },
  { name: 'git clean', programs: ['git'], verbs: ['clean'], none: DRY },
  {
    name: 'git checkout of paths',
    programs: ['git'],
    verbs: ['checkout'],
    any: ['--', '.', './*', ':/', '*', '-f', '--force', '--ours', '--theirs', '--pathspec-from-file*'],
  },
  { name: 'git restore', programs: ['git'], verbs: ['restore'], none: ['--staged', '-S'] },
  { name: 'git restore', programs: ['git'], verbs: ['restore'], any: ['--worktree', '-W'] },
  { name: 'git switch --force', programs: ['git'], verbs: ['switch'], any: ['-f', '--force', '--discard-changes'] },
  { name: 'git rm', programs: ['git'], verbs: ['rm'], none: ['--cached', ...DRY] },
  { name: 'git stash drop', programs: ['git'], verbs: ['stash', 'drop'] },
  { name: 'git stash clear', programs: ['git'], verbs: ['stash', 'clear'] },
  { name: 'git worktree remove', programs: ['git'], verbs: ['worktree', 'remove'] },
  // What was resolved by hand is lost.
  { name: 'git merge --abort', programs: ['git'], verbs: ['merge'], any: ['--abort'] },
  { name: 'git rebase --abort', programs: ['git'], verbs: ['rebase'], any: ['--abort'] },
  { name: 'git filter-branch', programs: ['git'], verbs: ['filter-branch'] },
  { name: 'git filter-repo', programs: ['git'], verbs: ['filter-repo'] },
  { name: 'hg update --clean', programs: ['hg'], verbs: ['update'], any: ['-C', '--clean'] },
  { name: 'hg purge', programs: ['hg'], verbs: ['purge'] },
  { name: 'svn revert', programs: ['svn'], verbs: ['revert'] },
  {
    name: 'drop or truncate in a database',
    programs: DATABASES,
    statements: ['drop database', 'drop schema', 'drop table', 'truncate', 'delete from', 'dropdatabase'],
  },
  { name: 'dropdb', programs: ['dropdb'] },
  { name: 'mysqladmin drop', programs: ['mysqladmin'], verbs: ['drop'] },
  { name: 'redis flush', programs: ['redis-cli', 'valkey-cli'], statements: ['flushall', 'flushdb'] },
  { name: 'rails db:drop', programs: ['rails', 'rake'], any: ['db:drop*', 'db:reset', 'db:purge', 'db:schema:load'] },
  { name: 'prisma migrate reset', programs: ['prisma'], verbs: ['migrate', 'reset'] },
  { name: 'prisma --force-reset', programs: ['prisma'], any: ['--force-reset'] },
  { name: 'mkfs', programs: ['mkfs', 'mkfs.*', 'mke2fs', 'wipefs', 'blkdiscard'] },
  { name: 'dd of=', programs: ['dd'], any: ['of=*'] },
  { name: 'btrfs subvolume delete', programs: ['btrfs'], verbs: ['subvolume', 'delete'] },
  { name: 'zfs destroy', programs: ['zfs', 'zpool'], verbs: ['destroy'] },
  { name: 'docker prune', programs: CONTAINERS, verbs: ['system', 'prune'] },
  { name: 'docker volume rm', programs: CONTAINERS, verbs: ['volume', 'rm'] },
  { name: 'docker volume prune', programs: CONTAINERS, verbs: ['volume', 'prune'] },
  { name: 'docker compose down -v', programs: CONTAINERS, verbs: ['compose', 'down'], any: ['-v', '--volumes'] },
  { name: 'docker compose down -v', programs: ['docker-compose'], verbs: ['down'], any: ['-v', '--volumes'] },
  { name: 'kubectl delete', programs: ['kubectl', 'oc'], verbs: ['delete'] },
  { name: 'terraform destroy', programs: ['terraform', 'tofu'], verbs: ['destroy'] },
  { name: 'terraform destroy', programs: ['terraform', 'tofu'], verbs: ['apply'], any: ['-destroy', '--destroy'] },
];

/** A program that runs the command behind its own options. */
type Prefix = {
  /** Options of its own that take the next word. */
  readonly values: readonly string[];
  /** Words before the command. */
  readonly skip?: number;
  /** It runs one only behind one of these words. */
  readonly verbs?: readonly string[];
  /** With one of these options it runs none. */
  readonly none?: readonly string[];
};

const PREFIXES: Readonly<Record<string, Prefix>> = {
  sudo: { values: ['-u', '-g', '-h', '-p', '-C', '-T', '-D', '-R', '-r', '-t', '-U', '--user', '--group', '--chdir'] },
  doas: { values: ['-u', '-C'] },
  env: { values: ['-u', '-C', '--unset', '--chdir'] },
  nice: { values: ['-n', '--adjustment'] },
  ionice: { values: ['-c', '-n', '-p', '--class', '--classdata'] },
  timeout: { values: ['-k', '-s', '--kill-after', '--signal'], skip: 1 },
  flock: { values: ['-w', '-E', '--timeout'], skip: 1 },
  stdbuf: { values: ['-i', '-o', '-e'] },
  xargs: { values: ['-n', '-P', '-I', '-L', '-d', '-a', '-s', '-E', '--max-args', '--max-procs', '--arg-file'] },
  nohup: { values: [] },
  setsid: { values: [] },
  time: { values: ['-o', '-f'] },
  command: { values: [], none: ['-v', '-V'] },
  builtin: { values: [] },
  exec: { values: ['-a'] },
  busybox: { values: [] },
  npx: { values: ['-p', '--package'] },
  bunx: { values: [] },
  uvx: { values: [] },
  npm: { values: ['-w', '--workspace', '--prefix', '-p', '--package'], verbs: ['exec', 'x'] },
  pnpm: { values: ['-C', '--dir', '-F', '--filter', '--package'], verbs: ['exec', 'dlx'] },
  yarn: { values: ['-p', '--package', '--cwd'], verbs: ['exec', 'dlx', 'run'] },
  bun: { values: ['--cwd'], verbs: ['x', 'run'] },
  bundle: { values: ['--gemfile'], verbs: ['exec'] },
  uv: { values: ['--with', '--directory', '-p', '--python'], verbs: ['run'] },
  poetry: { values: ['-C', '-P', '--directory', '--project'], verbs: ['run'] },
  chroot: { values: [], skip: 1 },
  unshare: { values: ['-R', '-w', '-S', '-G'] },
  watch: { values: ['-n', '--interval'] },
  parallel: { values: ['-j', '-P', '-a', '--jobs', '--arg-file'] },
};

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'zsh', 'dash', 'ksh', 'ash', 'fish']);
/** Words of the shell before a command. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'if',
  'then',
  'elif',
  'else',
  'do',
  'while',
  'until',
  '!',
  '{',
  'coproc',
]);
/** Options of git before its subcommand that take the next word. */
const GIT_VALUES: ReadonlySet<string> = new Set(['-C', '-c', '--git-dir', '--work-tree', '--namespace']);
/** Options of a shell that take the next word. */
const SHELL_VALUES = ['-o', '-O', '+o', '+O', '--rcfile', '--init-file'];
/** Lines inside lines (`bash -c "bash -c …"`) that are followed. */
const MAX_NESTED = 4;
/** Lines that are read of one command, those inside it included. */
const MAX_LINES = 64;

/**
 * Returns the name of the first command of a tool's shell line, or of its words, that deletes or resets; null for none.
 * Never throws, and takes time that is linear in the text.
 */
export function riskyCommand(command: string | readonly string[]): string | null {
  const search = { lines: 0 };
  return typeof command === 'string'
    ? inLine(command, 0, search)
    : inWords({ words: bounded(command), input: null }, 0, search);
}

type Search = { lines: number };

function bounded(words: readonly string[]): readonly string[] {
  let left = MAX_SHELL_TEXT;
  const kept: string[] = [];
  for (const word of words) {
    if (left <= 0) break;
    kept.push(word.slice(0, left));
    left -= word.length + 1;
  }
  return kept;
}

function inLine(text: string, depth: number, search: Search): string | null {
  search.lines += 1;
  if (depth > MAX_NESTED || search.lines > MAX_LINES) return null;
  for (const command of commandsIn(text)) {
    const found = inWords(command, depth, search);
    if (found !== null) return found;
  }
  return null;
}

function inWords({ words, input }: ShellCommand, depth: number, search: Search): string | null {
  if (depth > MAX_NESTED) return null;
  const command = withoutPrefixes(words);
  const [program = '', ...args] = command;
  const name = nameOf(program);
  if (name === 'eval') return inLine(args.join(' '), depth + 1, search);
  if (name === 'trap') return inLine(args[0] ?? '', depth + 1, search);
  if (SHELLS.has(name) || name === 'su') {
    const line = scriptOf(args, input);
    return line === null ? null : inLine(line, depth + 1, search);
  }
  const inner = name === 'find' ? args.findIndex((arg) => /^-(?:exec|execdir|ok|okdir)$/u.test(arg)) : -1;
  const nested = inner === -1 ? null : inWords({ words: args.slice(inner + 1), input: null }, depth + 1, search);
  return nested ?? ruleOf(command, input)?.name ?? null;
}

// What a shell runs: its argument, or its input where it is given no file.
function scriptOf(args: readonly string[], input: string | null): string | null {
  const at = args.findIndex((arg) => /^-[a-z]{0,8}c$/u.test(arg) || arg === '--command');
  if (at !== -1) return args[at + 1] ?? null;
  const operands = args.slice(behindOptions(args, 0, SHELL_VALUES));
  const isInput =
    operands.length === 0 || operands[0] === '/dev/stdin' || args.some((arg) => /^-[a-z]{0,8}s$/u.test(arg));
  return isInput ? input : null;
}

function withoutPrefixes(words: readonly string[]): readonly string[] {
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? '';
    if (KEYWORDS.has(word) || isAssignment(word)) {
      at += 1;
      continue;
    }
    if (word === 'function') {
      at += 2;
      continue;
    }
    const name = nameOf(word);
    const prefix = Object.hasOwn(PREFIXES, name) ? PREFIXES[name] : undefined;
    if (prefix === undefined) break;
    const { values, skip = 0, verbs, none } = prefix;
    const behind = behindOptions(words, at + 1, values);
    if (none !== undefined && words.slice(at + 1, behind).some((option) => none.includes(option))) return [];
    if (verbs === undefined) at = behind + skip;
    else if (verbs.includes(words[behind] ?? '')) at = behindOptions(words, behind + 1, values);
    else break;
  }
  return words.slice(at);
}

function behindOptions(words: readonly string[], from: number, values: readonly string[]): number {
  let at = from;
  while (at < words.length) {
    const word = words[at] ?? '';
    if (word === '--') return at + 1;
    if (!word.startsWith('-')) break;
    at += values.includes(word) ? 2 : 1;
  }
  return at;
}

function isAssignment(word: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,127}\+?=/u.test(word);
}

function nameOf(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1).toLowerCase();
}

function ruleOf([program = '', ...args]: readonly string[], input: string | null): RiskyCommand | null {
  const name = nameOf(program);
  if (name === '') return null;
  const own = name === 'git' ? args.slice(behindOptions(args, 0, [...GIT_VALUES])) : args;
  return RISKY_COMMANDS.find((rule) => isNamed(rule.programs, name) && isMeant(rule, own, input)) ?? null;
}

function isNamed(programs: readonly string[], name: string): boolean {
  return programs.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one));
}

function isMeant(
  { verbs = [], any, none, glob, statements }: RiskyCommand,
  args: readonly string[],
  input: string | null,
): boolean {
  // Behind `--` stand names of files, whatever they look like.
  const dashes = args.indexOf('--');
  const options = dashes === -1 ? args : args.slice(0, dashes + 1);
  if (verbs.length > 0 && !hasVerbs(args, verbs)) return false;
  if (any !== undefined && !any.some((wanted) => options.some((arg) => isWord(arg, wanted)))) return false;
  if (none?.some((unwanted) => options.some((arg) => isWord(arg, unwanted))) === true) return false;
  if (glob === true && !args.some((arg) => !arg.startsWith('-') && /[*?]/u.test(arg))) return false;
  return statements === undefined || [...args, input ?? ''].some((text) => hasStatement(text, statements));
}

// Options may stand before and between; a word behind one may be its value.
function hasVerbs(args: readonly string[], verbs: readonly string[]): boolean {
  let met = 0;
  for (const [at, arg] of args.entries()) {
    if (met === verbs.length) break;
    if (arg.startsWith('-')) continue;
    if (arg.toLowerCase() === verbs[met]) met += 1;
    else if (args[at - 1]?.startsWith('-') !== true) return false;
  }
  return met === verbs.length;
}

function isWord(arg: string, wanted: string): boolean {
  if (wanted.endsWith('*') && wanted.length > 1) return arg.startsWith(wanted.slice(0, -1));
  if (arg === wanted) return true;
  // One letter among several: `-rf`.
  const letter = /^-[A-Za-z]$/u.test(wanted) ? wanted.slice(1) : null;
  return letter !== null && /^-[A-Za-z]{2,16}$/u.test(arg) && arg.includes(letter);
}

function hasStatement(arg: string, statements: readonly string[]): boolean {
  const words = ` ${arg.toLowerCase().replace(/[^a-z_]+/gu, ' ')} `;
  return statements.some((statement) => words.includes(` ${statement} `));
}
