/**
 * The common parts of all agents' tools: their main argument, how their result shows that they ended, and the files
 * that they write. Names and arguments are as the agents' sources have them; a tool that is not known is shown by its
 * first text.
 */
import { isRecord, type UnknownRecord } from './record.ts';
import type { ToolOutcome, WrittenFile } from './story.ts';
import { cleanLine } from './text.ts';

/** Characters of a main argument: a line of the widest screen. */
const MAX_ARGUMENT = 200;
/** Longest path that is kept; Linux has no longer one. */
const MAX_PATH = 4_096;
/** Characters in which a result reports how its command ended. */
const RESULT_HEAD = 512;
/** Files of one tool's patch. */
const MAX_PATCHED = 256;

/** Arguments by what they tell, the most telling first. */
const COMMANDS = ['command', 'cmd'] as const;
const PATHS = ['file_path', 'filePath', 'absolute_path', 'notebook_path', 'path'] as const;
const OTHERS = ['query', 'url', 'description', 'name', 'skill', 'prompt'] as const;
const NO_OUTCOME: ToolOutcome = { failed: false, exitCode: null, matches: null, added: null, removed: null };

/** Returns the main argument of a tool in one clean line; null where it has none. */
export function argumentOf(input: unknown): string | null {
  if (typeof input === 'string') {
    const [patched, ...more] = patchedFiles(input);
    if (patched === undefined) return lineOf(input);
    return lineOf(shortPath(patched.path) + (more.length === 0 ? '' : ` +${more.length}`));
  }
  const fields = fieldsOf(input);
  for (const name of COMMANDS) {
    const command = commandOf(fields[name]);
    if (command === null) continue;
    const [patched] = patchedFiles(command);
    return lineOf(patched === undefined ? command : shortPath(patched.path));
  }
  if (typeof fields['pattern'] === 'string') return lineOf(`"${fields['pattern'].slice(0, MAX_ARGUMENT)}"`);
  for (const name of PATHS) if (typeof fields[name] === 'string') return lineOf(shortPath(fields[name]));
  const patch = fields['patchText'] ?? fields['patch'] ?? fields['input'];
  const [patched] = typeof patch === 'string' ? patchedFiles(patch) : [];
  if (patched !== undefined) return lineOf(shortPath(patched.path));
  for (const name of OTHERS) if (typeof fields[name] === 'string') return lineOf(fields[name]);
  const first = Object.values(fields).find((value) => typeof value === 'string' && value !== '');
  return typeof first === 'string' ? lineOf(first) : null;
}

// What a shell is given to run: `["bash", "-lc", "npm test"]` is its last part.
function commandOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const args = (Array.isArray(value) ? (value as readonly unknown[]) : []).filter((arg) => typeof arg === 'string');
  if (args.length === 0) return null;
  const isShell = args.length === 3 && /(?:^|\/)(?:ba|z|da)?sh$/u.test(args[0] ?? '') && /^-l?c$/u.test(args[1] ?? '');
  return isShell ? (args[2] ?? '') : args.join(' ');
}

/** Returns what a tool gives a shell, a line or its words; null for a tool that runs no command. */
export function shellCommandOf(input: unknown): string | readonly string[] | null {
  const fields = fieldsOf(input);
  for (const name of COMMANDS) {
    const command = fields[name];
    if (typeof command === 'string') return command;
    if (Array.isArray(command)) return (command as readonly unknown[]).filter((word) => typeof word === 'string');
  }
  return null;
}

// The file's own name, and its folder's.
function shortPath(path: string): string {
  return path.slice(-MAX_PATH).split('/').slice(-2).join('/');
}

function lineOf(text: string): string | null {
  const line = cleanLine(text.slice(0, 4 * MAX_ARGUMENT), MAX_ARGUMENT);
  return line === '' ? null : line;
}

/** Returns how a tool's run ended, by its record and by the beginning of its result. */
export function outcomeOf(reported: Partial<ToolOutcome>, input: unknown, text: string): ToolOutcome {
  const code = /\bexit(?:ed)?(?: with)?(?: code| status)?:? (?<code>\d{1,3})\b/iu.exec(text.slice(0, RESULT_HEAD));
  const exitCode = reported.exitCode ?? (code === null ? null : Number(code.groups?.['code']));
  const failed = reported.failed ?? (exitCode !== null && exitCode !== 0);
  const change = reported.added === undefined ? changeOf(input) : null;
  return { ...NO_OUTCOME, ...change, ...reported, exitCode, failed };
}

/** Lines that an edit adds and removes, by its arguments; null if unknown. */
function changeOf(input: unknown): Pick<ToolOutcome, 'added' | 'removed'> | null {
  const patch = patchIn(input);
  if (patch !== null) return sumOf(patchedFiles(patch));
  const fields = fieldsOf(input);
  const edits = Array.isArray(fields['edits']) ? fields['edits'].slice(0, MAX_PATCHED) : [fields];
  const changes = edits.map((edit) => {
    const { old_string: before, oldString = before, new_string: after, newString = after } = fieldsOf(edit);
    return typeof oldString === 'string' && typeof newString === 'string' ? lineChange(oldString, newString) : null;
  });
  const known = changes.filter((change) => change !== null);
  return known.length === 0 || known.length < changes.length ? null : sumOf(known);
}

type Change = { readonly added: number; readonly removed: number };

// Lines at the beginning and the end that are the same in both were quoted to find the lines.
function lineChange(before: string, after: string): Change {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  let same = 0;
  const shorter = Math.min(old.length, fresh.length);
  while (same < shorter && old[same] === fresh[same]) same += 1;
  let end = 0;
  while (end < shorter - same && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  return { added: fresh.length - same - end, removed: old.length - same - end };
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/u, '').split('\n');
}

function sumOf(changes: readonly Change[]): Change {
  return {
    added: changes.reduce((sum, { added }) => sum + added, 0),
    removed: changes.reduce((sum, { removed }) => sum + removed, 0),
  };
}

/** Tools that only read, by their names in lower case; any other one may write. */
const READERS: ReadonlySet<string> = new Set([
  'askuserquestion',
  'bashoutput',
  'exitplanmode',
  'glob',
  'google_web_search',
  'grep',
  'grep_search',
  'list',
  'list_directory',
  'ls',
  'read',
  'read_file',
  'read_many_files',
  'search_file_content',
  'todoread',
  'todowrite',
  'todo_write',
  'update_plan',
  'view_image',
  'web_fetch',
  'web_search',
  'web_search_call',
  'webfetch',
  'websearch',
]);

/** Returns true for a tool that may write files, as any may that is not known to only read. */
export function mayWrite(name: string): boolean {
  return !READERS.has(name.toLowerCase());
}

/** One file that a tool writes. */
export type Write = Pick<WrittenFile, 'path' | 'operation' | 'added' | 'removed'>;

/** Tools that write one whole file, and those that change a part of one, by their names in lower case. */
const WRITERS: ReadonlySet<string> = new Set(['write', 'write_file', 'create_file', 'writefile']);
const EDITORS: ReadonlySet<string> = new Set([
  'edit',
  'edit_file',
  'editfile',
  'multiedit',
  'notebookedit',
  'replace',
  'str_replace',
]);
/** Tools whose argument is a patch; a shell may be given one too. */
const PATCHERS: ReadonlySet<string> = new Set(['apply_patch', 'patch', 'shell', 'exec_command']);

/** Returns the files that a tool writes, by its name and its arguments; empty for one that writes none, or does not name them. */
export function writesOf(name: string, input: unknown): readonly Write[] {
  const tool = name.toLowerCase();
  if (PATCHERS.has(tool)) {
    const patch = patchIn(input);
    return patch === null ? [] : patchedFiles(patch);
  }
  const isWriter = WRITERS.has(tool);
  if (!isWriter && !EDITORS.has(tool)) return [];
  const fields = fieldsOf(input);
  const path = PATHS.map((key) => fields[key]).find((value) => typeof value === 'string' && value !== '');
  if (typeof path !== 'string') return [];
  const change = isWriter ? null : changeOf(input);
  const clean = cleanLine(path.slice(0, MAX_PATH), MAX_PATH);
  return [
    {
      path: clean,
      operation: isWriter ? 'written' : 'edited',
      added: change?.added ?? null,
      removed: change?.removed ?? null,
    },
  ];
}

function patchIn(input: unknown): string | null {
  const fields = fieldsOf(input);
  const texts = [
    input,
    fields['patchText'],
    fields['patch'],
    fields['input'],
    commandOf(fields['command'] ?? fields['cmd']),
  ];
  const found = texts.find((text) => typeof text === 'string' && text.includes('*** Begin Patch'));
  return typeof found === 'string' ? found : null;
}

const OPERATIONS = { Add: 'written', Update: 'edited', Delete: 'deleted' } as const;

type Patched = Write & Change;

// Codex' own form: `*** Update File: PATH`, then lines with +, - or a blank before them.
function patchedFiles(patch: string): readonly Patched[] {
  if (!patch.includes('*** ')) return [];
  const files: { path: string; operation: WrittenFile['operation']; added: number; removed: number }[] = [];
  for (const line of patch.split('\n')) {
    const head = /^\*\*\* (?<kind>Add|Update|Delete) File: (?<path>.{1,4096})$/u.exec(line.trimEnd())?.groups;
    const moved = /^\*\*\* Move to: (?<path>.{1,4096})$/u.exec(line.trimEnd())?.groups?.['path'];
    const last = files.at(-1);
    if (head !== undefined) {
      if (files.length === MAX_PATCHED) break;
      const operation = OPERATIONS[head['kind'] as keyof typeof OPERATIONS];
      files.push({ path: cleanLine(head['path'] ?? '', MAX_PATH), operation, added: 0, removed: 0 });
    } else if (last === undefined || line.startsWith('*** End')) continue;
    else if (moved !== undefined) last.path = cleanLine(moved, MAX_PATH);
    else if (line.startsWith('+')) last.added += 1;
    else if (line.startsWith('-')) last.removed += 1;
  }
  return files;
}

function fieldsOf(value: unknown): UnknownRecord {
  return isRecord(value) ? value : {};
}
