import { fileReasonOf } from '../../../core/errno.ts';
import type { TokenOrigin, TokenState } from '../../../core/source-reasons.ts';
import { readHead } from '../../trust.ts';

/** The sources of a bearer token; the first that is not null counts. */
export type TokenSources = {
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
  /** Reads the token again after a 401 with `used`, agentsight's own file included; true if there is another one to try. */
  readonly renew: (used: Token | null) => Promise<boolean>;
  /** agentsight's own token could not be sent: the next request is made without one. */
  readonly withdraw: () => void;
  readonly state: () => TokenState;
};

/** Creates the tokens of a server. Nothing is read before it is needed. */
export function tokensFrom(sources: TokenSources): Tokens {
  let token: Token | null = null;
  let state: TokenState = NONE;
  let isRead = false;

  async function read(mayUseOwn: boolean): Promise<void> {
    isRead = true;
    const isGiven = sources.file !== null || sources.value !== null;
    const own = !isGiven && mayUseOwn && sources.ownFile !== null ? await sources.ownFile() : null;
    const file = sources.file ?? own;
    const found = file === null ? fromValue(sources.value) : await fromFile(file);
    token = found.token === null ? null : { text: found.token, isOwn: own !== null };
    // agentsight's own file does not exist in old versions and is closed to all but root in new ones: not a mistake.
    state = own === null ? found.state : { ...found.state, problem: null };
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
    state: () => state,
  };
}

type Found = { readonly token: string | null; readonly state: TokenState };

const MAX_TOKEN_FILE_BYTES = 4_096;
const TOKEN = /^[\x21-\x7e]{1,2048}$/u;
const NONE: TokenState = { origin: null, problem: null };

function fromValue(value: string | null): Found {
  return value === null ? { token: null, state: NONE } : checked(value.trim(), { code: 'variable' });
}

/** The token in a file that the user has named; null where none is named, or why it cannot be used. */
export async function readToken(path: string | null): Promise<string | null | NonNullable<TokenState['problem']>> {
  if (path === null) return null;
  const { token, state } = await fromFile(path);
  return token ?? state.problem;
}

async function fromFile(path: string): Promise<Found> {
  const origin: TokenOrigin = { code: 'file', path };
  try {
    return checked((await readHead(path, MAX_TOKEN_FILE_BYTES)).trim(), origin);
  } catch (error) {
    return { token: null, state: { origin: null, problem: { origin, why: fileReasonOf(error) } } };
  }
}

function checked(token: string, origin: TokenOrigin): Found {
  if (TOKEN.test(token)) return { token, state: { origin, problem: null } };
  return { token: null, state: { origin: null, problem: { origin, why: { code: 'no_token' } } } };
}
