import { idOf, textOf } from './fields.ts';
import { signalName, signalOf } from './signal.ts';

/*
 * An interruption's `detail` as a line for people. Its keys differ from type to type and release to release, and a
 * key means the same in each of them: so each phrase below takes the keys that it knows, in whatever detail they
 * stand, and what no phrase has taken follows as it is.
 */

/** The facts of one detail, by key. */
export type Facts = Readonly<Record<string, unknown>>;

/** The detail in words, most telling first; empty where it holds nothing that can be said. */
export function detailWords(facts: Facts): string {
  const said: string[] = [];
  const taken = new Set<string>();
  for (const { keys, say } of PHRASES) {
    if (!keys.every((key) => isKnown(facts[key])) || keys.some((key) => taken.has(key))) continue;
    const words = say(...keys.map((key) => valueInWords(facts[key]) ?? ''));
    for (const key of keys) taken.add(key);
    if (words !== '') said.push(words);
  }
  const rest = Object.entries(facts).filter(([key]) => !taken.has(key));
  return textOf([...said, ...rest.slice(0, MAX_WORDED).flatMap(pairInWords)].join(', ')) ?? '';
}

/** Pairs of a detail, or values of a list, that are put into words; real ones have at most eight. */
const MAX_WORDED = 16;
const NAMED_CALLS = 3;

type Phrase = { readonly keys: readonly string[]; readonly say: (...values: readonly string[]) => string };

// In order of telling. A phrase of several keys stands before those of fewer among them.
const PHRASES: readonly Phrase[] = [
  phrase(['error'], (error) => error),
  phrase(['repeated_type', 'count'], (type, count) => `${count} × ${type}`),
  phrase(['rule', 'repeated_tools', 'repeat_count'], (_rule, tools, count) => `${atLeast(count)} the tools ${tools}`),
  phrase(
    ['rule', 'similarity', 'output_snippet', 'repeat_count'],
    (_rule, similarity, snippet, count) => `${atLeast(count)} an answer like "${snippet}" (similarity ${similarity})`,
  ),
  phrase(
    ['rule', 'input_tokens_start', 'input_tokens_end', 'repeat_count'],
    (_rule, start, end, count) =>
      `no progress in at least ${count} calls while the input grew from ${start} to ${end} tokens`,
  ),
  phrase(['input_tokens_start', 'input_tokens_end'], (start, end) => `input grew from ${start} to ${end} tokens`),
  phrase(['input_growth'], () => ''),
  phrase(['rule', 'repeat_count'], (rule, count) => `${atLeast(count)} ${spaced(rule)}`),
  phrase(['rule'], spaced),
  phrase(['oom'], (oom) => (YES.has(oom) ? 'out of memory' : '')),
  phrase(['signal'], signalInWords),
  phrase(['exit_code'], (code) => `exit code ${code}`),
  phrase(['core_dump'], (dumped) => (YES.has(dumped) ? 'core dumped' : 'no core')),
  phrase(['call_ids'], callsInWords),
  phrase(['status_code'], (status) => `HTTP ${status}`),
  phrase(['duration_ms', 'threshold_ms'], (took, limit) => `took ${seconds(took)} of at most ${seconds(limit)}`),
  phrase(['duration_ms'], (took) => `took ${seconds(took)}`),
  phrase(['sse_event_count'], (events) => `cut off after ${events} stream events`),
  phrase(['output_tokens', 'max_tokens', 'ratio'], (output, max) => `answered ${output} of at most ${max} tokens`),
  phrase(['output_tokens', 'max_tokens'], (output, max) => `answered ${output} of at most ${max} tokens`),
  phrase(['input_tokens', 'max_tokens'], (input, max) => `${input} tokens of input, at most ${max} of output`),
  phrase(['input_tokens'], (input) => `${input} tokens of input`),
  phrase(['finish_reason'], (reason) => `ended with "${reason}"`),
  phrase(['note'], (note) => note),
  phrase(['tool_name', 'tool_use_id'], (tool, id) => `tool ${tool} (${id})`),
  phrase(['tool_name'], (tool) => `tool ${tool}`),
  phrase(['tool_use_id'], (id) => `tool use ${id}`),
  phrase(['model'], (model) => `model ${model}`),
  phrase(['agent_name', 'pid'], (agent, pid) => `process ${pid} of ${agent}`),
  phrase(['pid'], (pid) => `process ${pid}`),
  phrase(['exe_path'], (path) => path),
  phrase(['source'], (source) => SEEN_BY.get(source) ?? `seen by ${spaced(source)}`),
];

const YES: ReadonlySet<string> = new Set(['yes', 'true', '1']);

const SEEN_BY: ReadonlyMap<string, string> = new Map([
  ['tool_call_response', 'seen in a tool result'],
  ['trace_procmon_exit', 'seen at its exit'],
  ['drain+dmesg', "seen in the kernel's log"],
]);

function phrase(keys: readonly string[], say: Phrase['say']): Phrase {
  return { keys, say };
}

// A threshold, not a running count: agentsight reports the pattern when it has been reached.
function atLeast(count: string): string {
  return `at least ${count} times`;
}

function spaced(name: string): string {
  return name.replaceAll('_', ' ');
}

function seconds(ms: string): string {
  const value = Number(ms);
  return Number.isFinite(value) ? `${(value / 1_000).toFixed(1)} s` : ms;
}

function signalInWords(signal: string): string {
  const number = signalOf(signal);
  if (number === 0) return 'no signal';
  return `ended by ${(number === null ? null : signalName(number)) ?? `signal ${signal}`}`;
}

function callsInWords(ids: string): string {
  const all = ids.split(' ').filter((id) => id !== '');
  if (all.length === 0) return '';
  const more = all.length > NAMED_CALLS ? ` and ${all.length - NAMED_CALLS} more` : '';
  return `during ${all.length === 1 ? 'call' : 'calls'} ${all.slice(0, NAMED_CALLS).join(', ')}${more}`;
}

function isKnown(value: unknown): boolean {
  return valueInWords(value) !== null;
}

function pairInWords([key, value]: readonly [string, unknown]): readonly string[] {
  const name = idOf(spaced(key));
  const words = valueInWords(value);
  return name === null || words === null ? [] : [`${name} ${words}`];
}

// Lists within lists are left out: however deep they go, nobody reads them.
function valueInWords(value: unknown): string | null {
  if (!Array.isArray(value)) return scalarInWords(value);
  const words = value.slice(0, MAX_LISTED).map(scalarInWords);
  return words.filter((word) => word !== null).join(' ') || null;
}

function scalarInWords(value: unknown): string | null {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' ? String(value) : textOf(value);
}

const MAX_LISTED = 64;
