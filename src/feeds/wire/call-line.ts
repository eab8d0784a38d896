/*
 * Reading a whole `LLMCall` line costs as much as its bodies are long: agents send their history again with every
 * call, and agentsight keeps it twice. Nothing of it is used here, so lines in the order in which agentsight writes
 * them are parsed without their bodies.
 */

/** A line of JSON made ready for parsing. */
export type CallLine = {
  /** The line without its bodies; null where it has to be parsed whole. */
  readonly short: string | null;
  /** The digits of its times, where agentsight's order shows where they stand. */
  readonly start: string | null;
  readonly end: string | null;
};

// Up to the request. The repetitions are bounded because a pattern's backtracking is not.
const BEGINNING =
  /^\{"LLMCall":\{"call_id":"(?:[^"\\]|\\.){0,512}","start_timestamp_ns":(\d{1,19}),"end_timestamp_ns":(\d{1,19}),"duration_ns":\d{1,20},"provider":"(?:[^"\\]|\\.){0,512}","model":"(?:[^"\\]|\\.){0,512}","request":(?=\{)/u;
/*
 * A quote inside a string is written as `\"`. So these texts can only be what they look like, keys of an object; if
 * not of ours but of one deeper in the bodies, then the shortened line has more closing brackets than opening ones or
 * the other way round, and does not parse.
 */
const REQUEST_END = '},"response":{"messages":[';
const MESSAGES_END = '],"streamed":';
const RESPONSE_END = '},"token_usage":';
/** How agentsight begins a call's line; within a line it can only stand where another line was torn. */
export const LINE_BEGINNING = '{"LLMCall":{';

const AS_IT_IS: CallLine = { short: null, start: null, end: null };

/** Takes the bodies out of a line. The shortened line may turn out not to parse; the whole one then decides. */
export function callLine(line: string): CallLine {
  const match = BEGINNING.exec(line);
  // A second beginning: the writer died in the middle of the first line. Nothing of the two may be mixed.
  if (match === null || line.indexOf(LINE_BEGINNING, 1) !== -1) return AS_IT_IS;
  return { short: withoutBodies(line, match[0].length), start: match[1] ?? null, end: match[2] ?? null };
}

function withoutBodies(line: string, request: number): string | null {
  const response = line.indexOf(REQUEST_END, request);
  if (response === -1) return null;
  const kept = line.slice(0, request) + 'null';
  const streamed = line.indexOf(MESSAGES_END, response);
  const usage = streamed === -1 ? -1 : line.indexOf(RESPONSE_END, streamed);
  if (usage === -1) return kept + line.slice(response + 1);
  return kept + line.slice(response + 1, streamed + 1) + line.slice(usage);
}
