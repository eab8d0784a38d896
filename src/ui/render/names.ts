/** Names as a person reads them in a column; the whole name stands in the detail. */

/** Cells of an id in a list: enough to tell rows apart. */
const ID_LENGTH = 6;
/**
 * Ids whose beginnings neighbours share: a UUID of version 7 begins with a time (a digit reports how it was made), and what
 * providers and agents give out with the kind of thing: `msg_01…`, `ses_…`.
 */
const ALIKE_AT_FIRST = /^(?:[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-|(?:msg|prt|ses|resp|chatcmpl|failed)[_:-])/u;

/** The id of a sub-agent behind that of its session. */
const SUB_AGENT = /#(?:agent-)?([^#]+)$/u;

/** Shortens an id to six characters that tell it from its neighbours. */
export function shortId(id: string): string {
  const own = SUB_AGENT.exec(id)?.[1];
  if (own !== undefined) return own.slice(0, ID_LENGTH);
  return ALIKE_AT_FIRST.test(id) ? id.slice(-ID_LENGTH) : id.slice(0, ID_LENGTH);
}

/** The maker of a model, and its date: the same in every row. */
const MODEL_FRAME =
  /^(?:[\w.-]+\/)*(?:[a-z]{2}\.)?(?:anthropic\.)?(?:claude-)?|(?:-v\d+:\d+)|[-@](?:19|20)\d{2}-?\d{2}-?\d{2}$/gu;

/** Shortens a model's name: `claude-haiku-4-5-20251001` is `haiku-4-5`. */
export function shortModel(model: string): string {
  const short = model.replace(MODEL_FRAME, '').replace(MODEL_FRAME, '');
  return short === '' ? model : short;
}

/** Names the first of some models, and how many more there are. */
export function shortModels(models: readonly string[]): string {
  const [first, ...more] = [...new Set(models.map(shortModel))];
  if (first === undefined) return '';
  return more.length === 0 ? first : `${first} +${more.length}`;
}
