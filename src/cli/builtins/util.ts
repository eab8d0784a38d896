/**
 * Stands in for `node:util` in the built program (`--alias` in package.json), for the reason of `process.ts`: reading
 * every property of that module loads encodings, MIME types and more.
 */
export const { aborted, callbackify, debuglog, inspect, promisify, stripVTControlCharacters, types } =
  process.getBuiltinModule('node:util');
