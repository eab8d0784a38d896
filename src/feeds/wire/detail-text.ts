import { type DetailPhrase, INTERRUPTION_TYPES, interruptionType } from '../../core/interruptions.ts';
import { idOf, textOf } from './fields.ts';
import { signalName, signalOf } from './signal.ts';

/*
 * An interruption's `detail` as a line for people. Its keys differ from type to type and release to release, and a
 * key means the same in each of them: a type's own phrases (its row in `INTERRUPTION_TYPES`) come first, then those of all
 * types, and what no phrase has taken follows as it is.
 */

/** The facts of one detail, by key. */
export type Facts = Readonly<Record<string, unknown>>;

/** Formats the detail of a type, the most informative part first; empty if it holds nothing that can be worded. */
export function detailText(type: string, facts: Facts): string {
  const parts: string[] = [];
  const taken = new Set<string>();
  for (const { keys, render } of [ERROR, ...(interruptionType(type)?.detail ?? []), ...PHRASES]) {
    if (!keys.every((key) => isKnown(facts[key])) || keys.some((key) => taken.has(key))) continue;
    const text = render(
      ...keys.map((key) => (key === 'signal' ? signalText(facts[key]) : valueText(facts[key])) ?? ''),
    );
    for (const key of keys) taken.add(key);
    if (text !== '') parts.push(text);
  }
  const rest = Object.entries(facts).filter(([key]) => !taken.has(key));
  return textOf([...parts, ...rest.slice(0, MAX_WORDED).flatMap(pairText)].join(', ')) ?? '';
}

/** Pairs of a detail, or values of a list, that are formatted; real ones have at most eight. */
const MAX_WORDED = 16;
const NAMED_CALLS = 3;

const ERROR: DetailPhrase = { keys: ['error'], render: (error) => error };

// Of all types, in order of telling.
const PHRASES: readonly DetailPhrase[] = [
  ...Object.values(INTERRUPTION_TYPES).flatMap(({ detail }) => detail),
  phrase(['call_ids'], callsText),
  phrase(['status_code'], (status) => `HTTP ${status}`),
  phrase(['finish_reason'], (reason) => `ended with "${reason}"`),
  phrase(['note'], (note) => note),
  phrase(['model'], (model) => `model ${model}`),
  phrase(['agent_name', 'pid'], (agent, pid) => `process ${pid} of ${agent}`),
  phrase(['pid'], (pid) => `process ${pid}`),
  phrase(['exe_path'], (path) => path),
  phrase(['source'], (source) => SEEN_BY.get(source) ?? `seen by ${spaced(source)}`),
];

const SEEN_BY: ReadonlyMap<string, string> = new Map([
  ['tool_call_response', 'seen in a tool result'],
  ['trace_procmon_exit', 'seen at its exit'],
  ['drain+dmesg', "seen in the kernel's log"],
]);

function phrase(keys: readonly string[], render: DetailPhrase['render']): DetailPhrase {
  return { keys, render };
}

function spaced(name: string): string {
  return name.replaceAll('_', ' ');
}

// By its name, or `none`; the phrases of core know no numbers of this system.
function signalText(value: unknown): string | null {
  const name = scalarText(value);
  const number = signalOf(name);
  if (number === 0) return 'none';
  return (number === null ? null : signalName(number)) ?? `signal ${name}`;
}

function callsText(ids: string): string {
  const all = ids.split(' ').filter((id) => id !== '');
  if (all.length === 0) return '';
  const more = all.length > NAMED_CALLS ? ` and ${all.length - NAMED_CALLS} more` : '';
  return `during ${all.length === 1 ? 'call' : 'calls'} ${all.slice(0, NAMED_CALLS).join(', ')}${more}`;
}

function isKnown(value: unknown): boolean {
  return valueText(value) !== null;
}

function pairText([key, value]: readonly [string, unknown]): readonly string[] {
  const name = idOf(spaced(key));
  const text = valueText(value);
  return name === null || text === null ? [] : [`${name} ${text}`];
}

// Lists within lists are left out: they are not readable in one line.
function valueText(value: unknown): string | null {
  if (!Array.isArray(value)) return scalarText(value);
  const texts = value.slice(0, MAX_LISTED).map(scalarText);
  return texts.filter((text) => text !== null).join(' ') || null;
}

function scalarText(value: unknown): string | null {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' ? String(value) : textOf(value);
}

const MAX_LISTED = 64;
