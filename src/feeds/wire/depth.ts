/** Texts shorter than this are parsed before anybody notices, bytes. */
const SHORT_BYTES = 64 * 1024;

/**
 * Returns true if JSON is nested deeper than `max`. V8 takes a second for four million brackets, in one go; this takes ten
 * milliseconds, so hostile texts pass here first.
 */
export function isDeeper(json: Buffer, max: number): boolean {
  if (json.length < SHORT_BYTES) return false;
  let depth = 0;
  let isString = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (isString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isString = false;
    } else if (byte === QUOTE) isString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth > max) return true;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
  }
  return false;
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [34, 92, 123, 125, 91, 93];
