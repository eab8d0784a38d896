import { MAX_ID_LENGTH, MAX_NAME_LENGTH } from '../../core/limits.ts';
import type { PastRow } from '../../core/past/past.ts';
import { MAX_INTERNED } from '../limits.ts';
import { bodiesOf, LINE_BEGINNING } from './decode-line.ts';
import { httpStatusOf, objectOf, pidOf } from './fields.ts';

/*
 * Most calls of a long file are only counted. Where a line is in agentsight's order and plain, its numbers are read from its
 * text; no object is made of it, and no string but those that are known already. Everything else is left to `decodeLine`,
 * which must read the same from any line that is read here.
 */

/** Reads a line whose call may be told as sums (see `pastRowOf`); null for any other, and for all that is not plain. */
export type PastLine = (line: string) => PastRow | null;

/** Printable ASCII without quotes and backslashes. */
const PLAIN = String.raw`[ !#-[\]-~]`;
const INTEGER = String.raw`(?:0|[1-9]\d{0,14})`;
const NAME = String.raw`"(${PLAIN}{0,${MAX_NAME_LENGTH}})"`;
const NS = String.raw`([1-9]\d{15,18})`;
const BEGINNING = new RegExp(
  String.raw`^\{"LLMCall":\{"call_id":"${PLAIN}{1,${MAX_ID_LENGTH}}","start_timestamp_ns":${NS},"end_timestamp_ns":${NS},"duration_ns":${INTEGER},"provider":${NAME},"model":${NAME},"request":(?=\{)`,
  'u',
);
const REST = new RegExp(
  String.raw`\},"token_usage":(?:null|\{"input_tokens":(${INTEGER}),"output_tokens":(${INTEGER}),"total_tokens":${INTEGER},"cache_creation_input_tokens":(${INTEGER}|null),"cache_read_input_tokens":(${INTEGER}|null)\}),"error":null,"pid":(${INTEGER}),"process_name":(?:null|${NAME}),"agent_name":(?:null|${NAME}),"metadata":(?=\{)`,
  'uy',
);
/** The text that ends the object of the call and that of the line. */
const END = '}}';
const NOT_PLAIN = /[^ -[\]-~]/u;
const MS_DIGITS = 6;

/** Creates a reader with the texts that its lines have in common. */
export function pastLine(): PastLine {
  const named = interning();
  return (line) => {
    const beginning = BEGINNING.exec(line);
    if (beginning === null || line.indexOf(LINE_BEGINNING, 1) !== -1 || !line.endsWith(END)) return null;
    const bodies = bodiesOf(line, beginning[0].length);
    if (bodies === null || !isList(line.slice(bodies.messages, bodies.messagesEnd))) return null;
    REST.lastIndex = bodies.end;
    const rest = REST.exec(line);
    if (rest === null) return null;
    const facts = factsOf(line.slice(REST.lastIndex, -END.length));
    return facts === null ? null : rowOf(beginning, rest, facts, named);
  };
}

type Named = (text: string | undefined) => string | null;

function interning(): Named {
  const known = new Map<string, string>();
  return (text) => {
    if (text === undefined || text === '') return null;
    const found = known.get(text);
    if (found !== undefined) return found;
    if (known.size >= MAX_INTERNED) known.clear();
    // A part of a line keeps the whole line alive; a copy does not.
    const own = Buffer.from(text, 'latin1').toString('latin1');
    known.set(own, own);
    return own;
  };
}

function rowOf(beginning: readonly string[], rest: readonly string[], facts: Facts, named: Named): PastRow | null {
  const { conversation_id: conversation, call_kind: kind = '' } = facts;
  if (kind !== '' && kind !== 'main') return null;
  const status = httpStatusOf(facts.status_code);
  if ((conversation?.length ?? 0) > MAX_ID_LENGTH || (status ?? 0) >= 400) return null;
  const [, start = '', end = '', providerText = '', model] = beginning;
  const provider = named(providerText.toLowerCase());
  const [, input, output, created, read, pid, process, agent] = rest;
  const [readTokens, createdTokens] = [countIn(read), countIn(created)];
  const [inputTokens, outputTokens] = [countIn(input) ?? 0, countIn(output) ?? 0];
  // Zeros without any cache counter stand for "not reported".
  const isKnown = inputTokens > 0 || outputTokens > 0 || readTokens !== null || createdTokens !== null;
  return [
    0,
    named(conversation),
    named(agent) ?? named(process) ?? 'unknown',
    pidOf(Number(pid)),
    named(model),
    provider === 'anthropic',
    Number(start.slice(0, -MS_DIGITS)),
    Number(start.slice(-MS_DIGITS)),
    Number(end.slice(0, -MS_DIGITS)),
    Number(end.slice(-MS_DIGITS)),
    isKnown ? inputTokens : null,
    isKnown ? outputTokens : null,
    readTokens,
    createdTokens,
    provider,
  ];
}

function countIn(text: string | undefined): number | null {
  return text === undefined || text === 'null' ? null : Number(text);
}

function isList(json: string): boolean {
  try {
    return Array.isArray(JSON.parse(json));
  } catch {
    return false;
  }
}

type Facts = { status_code?: string; conversation_id?: string; call_kind?: string };

/** The facts in a call's metadata; null where they are not all plain texts. */
function factsOf(json: string): Facts | null {
  return NOT_PLAIN.test(json) ? parsedFacts(json) : plainFacts(json);
}

function parsedFacts(json: string): Facts | null {
  try {
    const facts = objectOf(JSON.parse(json)) as Readonly<Record<string, unknown>> | null;
    if (facts === null || Array.isArray(facts)) return null;
    const wanted: Facts = {};
    for (const name of WANTED) {
      const value = facts[name];
      if (value === undefined) continue;
      if (typeof value !== 'string' || NOT_PLAIN.test(value) || value.includes('"')) return null;
      wanted[name] = value;
    }
    return wanted;
  } catch {
    return null;
  }
}

const WANTED = ['status_code', 'conversation_id', 'call_kind'] as const;

// `{"name":"text","name":"text"}`, and no quote within a text, because there is no backslash.
function plainFacts(json: string): Facts | null {
  const wanted: Facts = {};
  for (let at = 0; json[at] === (at === 0 ? '{' : ',');) {
    const nameEnd = json.indexOf('":"', at + 2);
    if (json[at + 1] !== '"' || nameEnd === -1) return null;
    const valueEnd = json.indexOf('"', nameEnd + 3);
    const name = json.slice(at + 2, nameEnd);
    if (valueEnd === -1 || name.includes('"')) return null;
    for (const one of WANTED) if (one === name) wanted[one] = json.slice(nameEnd + 3, valueEnd);
    if (json[valueEnd + 1] === '}') return valueEnd + 2 === json.length ? wanted : null;
    at = valueEnd + 1;
  }
  return null;
}
