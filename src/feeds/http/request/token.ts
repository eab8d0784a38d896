import { readHead } from '../../trust.ts';
import type { TokenWords } from './problem.ts';

/** The sources of a bearer token; the first that is not null counts. */
export type TokenPlaces = {
  /** A file that the user has named. */
  readonly file: string | null;
  /** The token itself, from the environment. */
  readonly value: string | null;
  /** Locates agentsight's own token file: for its own machine only. */
  readonly ownFile: (() => Promise<string | null>) | null;
};

export type Token = {
  readonly text: string;
  /** True for agentsight's own token, which we found ourselves: only root's processes and ours may have it. */
  readonly isOwn: boolean;
};

/** The token of one server. It is read again when the server refuses it: agentsight may have made a new one. */
export type Tokens = {
  readonly current: () => Promise<Token | null>;
  /** After a 401 with `used`: looks again, also into agentsight's own file; true when there is another token to try. */
  readonly renew: (used: Token | null) => Promise<boolean>;
  /** agentsight's own token could not be sent: the next request is made without one. */
  readonly withdraw: () => void;
  readonly words: () => TokenWords;
};

/** Tokens from these places. Nothing is read before it is needed. */
export function tokensFrom(places: TokenPlaces): Tokens {
  let token: Token | null = null;
  let words: TokenWords = { from: null, trouble: null };
  let isRead = false;

  async function read(mayUseOwn: boolean): Promise<void> {
    isRead = true;
    const isGiven = places.file !== null || places.value !== null;
    const own = !isGiven && mayUseOwn && places.ownFile !== null ? await places.ownFile() : null;
    const file = places.file ?? own;
    const found = file === null ? fromValue(places.value) : await fromFile(file);
    token = found.token === null ? null : { text: found.token, isOwn: own !== null };
    // agentsight's own file is not there in old versions and closed to all but root in new ones: nobody's mistake.
    words = own === null ? found.words : { ...found.words, trouble: null };
  }

  return {
    current: async () => {
      if (!isRead) await read(false);
      return token;
    },
    renew: async (used) => {
      // Of several requests that were refused together, the first one has brought the new token for all.
      if (token?.text === used?.text) await read(true);
      return token !== null && token.text !== used?.text;
    },
    withdraw: () => {
      if (token?.isOwn === true) token = null;
    },
    words: () => words,
  };
}

type Found = { readonly token: string | null; readonly words: TokenWords };

const MAX_TOKEN_FILE_BYTES = 4_096;
const TOKEN = /^[\x21-\x7e]{1,2048}$/u;

function fromValue(value: string | null): Found {
  if (value === null) return { token: null, words: { from: null, trouble: null } };
  if (TOKEN.test(value.trim())) return { token: value.trim(), words: { from: 'SIGHTLINE_TOKEN', trouble: null } };
  return { token: null, words: { from: null, trouble: 'SIGHTLINE_TOKEN does not hold one' } };
}

async function fromFile(file: string): Promise<Found> {
  try {
    const token = (await readHead(file, MAX_TOKEN_FILE_BYTES)).trim();
    if (TOKEN.test(token)) return { token, words: { from: `the file ${file}`, trouble: null } };
    return { token: null, words: { from: null, trouble: `the file ${file} does not hold one` } };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { token: null, words: { from: null, trouble: `the file ${file} cannot be read (${code})` } };
  }
}
