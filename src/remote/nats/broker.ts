/** The connection to a broker: made as often as needed, for ever, and without anybody having to wait for it. */
import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
import { cleanLine } from '../../core/text.ts';
import type { Mono, Ms } from '../../core/units.ts';
import type { Clock } from '../../effects/clock.ts';
import { readOwnFile } from '../../effects/own-files.ts';

/** Largest file of a credential, bytes. */
const MAX_CREDENTIAL = 64 * 1024;
/** The first and the longest wait between two attempts, ms; each is spread by up to a half, so that a fleet does not come at once. */
const FIRST_WAIT_MS: Ms = 500;
const LONGEST_WAIT_MS: Ms = 15_000;
/** An attempt without an answer by then has failed, ms. */
const DIAL_MS: Ms = 5_000;
/** A broker that answers no ping for two of these is gone, ms. */
const PING_MS: Ms = 10_000;
const MAX_REASON = 200;
/** The words before and after the reason in the line about a broker that is not there. */
const LOG_NAME = 'nats: ';
const GOES_ON = '; nothing here waits for it, and it is tried again until it is back';
/** Refusals of the broker that are logged; a hostile one sends any number. */
const MAX_REFUSALS = 32;

/** The address of a broker and the files that open it. */
export type BrokerOptions = {
  readonly url: string;
  readonly credsFile: string | null;
  readonly nkeyFile: string | null;
  readonly user: string | null;
  readonly passwordFile: string | null;
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
};

/** The access without any secret. */
export const NO_SECRETS: Omit<BrokerOptions, 'url'> = {
  credsFile: null,
  nkeyFile: null,
  user: null,
  passwordFile: null,
  caFile: null,
  certFile: null,
  keyFile: null,
};

export type BrokerDeps = {
  readonly clock: Clock;
  /** The name of this connection in the server's list. */
  readonly name: string;
  readonly inbox: string;
  /** A line for the log: one for each change. */
  readonly talk: (line: string) => void;
  /** Called with each connection that was made, and again when it is back; `isNew`: what was subscribed is gone. */
  readonly up: (connection: NatsConnection, isNew: boolean) => void;
  readonly down: () => void;
  /** Takes a subject that the server does not permit; true where that is told in other words, and not logged. */
  readonly refused?: (subject: string) => boolean;
};

/** A broker, there or not. */
export type Broker = {
  /** The connection while it is up; null else: what is sent then would wait and pile up. */
  readonly connection: () => NatsConnection | null;
  /** Sends a message where the broker is there; what cannot be sent is not. */
  readonly publish: (subject: string, message: string) => void;
  /** Sends what waits and leaves. */
  readonly close: () => Promise<void>;
};

/** Reads the credentials and connects once. Throws where a file cannot be trusted or read, or the server refuses. */
export async function dial(
  options: BrokerOptions,
  { name, inbox }: Pick<BrokerDeps, 'name' | 'inbox'>,
  wait: () => number,
): Promise<NatsConnection> {
  return connect({
    servers: options.url.split(','),
    name,
    inboxPrefix: inbox,
    timeout: DIAL_MS,
    pingInterval: PING_MS,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: wait,
    ignoreAuthErrorAbort: true,
    // The servers of a cluster that one of them names are not those that the operator named.
    ignoreClusterUpdates: true,
    noAsyncTraces: true,
    // What comes by a subject of our own is of another one that uses it.
    noEcho: true,
    ...authentication(options),
    ...encryption(options),
  });
}

/** Connects, and stays connected until `close`. Returns at once. */
export function openBroker(options: BrokerOptions, deps: BrokerDeps): Broker {
  const { clock, talk } = deps;
  let current: NatsConnection | null = null;
  let isUp = false;
  let isClosed = false;
  let downMono: Mono = clock.mono();
  let told = '';
  let cancel = (): void => undefined;
  // A part of the time that it has been away: however often that is asked, the waits grow as they should.
  const wait = (): Ms => {
    const away = clock.mono() - downMono;
    const most = Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, away / 3));
    return most * (0.5 + Math.random() / 2);
  };
  const tell = (change: string): void => {
    if (change === told || isClosed) return;
    told = change;
    talk(change);
  };
  const rise = (connection: NatsConnection, isNew: boolean): void => {
    isUp = true;
    tell(`nats: connected to ${connection.getServer()}`);
    deps.up(connection, isNew);
  };
  const fall = (why: string): void => {
    if (isUp) {
      downMono = clock.mono();
      deps.down();
    }
    isUp = false;
    tell(`${LOG_NAME}${why}${GOES_ON}`);
  };
  const attempt = async (): Promise<void> => {
    try {
      const connection = await dial(options, deps, wait);
      if (isClosed) return void connection.close();
      current = connection;
      rise(connection, true);
      await follow(connection);
    } catch (error) {
      fall(`${options.url} cannot be reached: ${reasonOf(error)}`);
    }
    current = null;
    if (!isClosed) cancel = clock.after(wait(), () => void attempt());
  };
  const refusals = new Set<string>();
  // Ends when the connection is given up.
  const follow = async (connection: NatsConnection): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') fall('the broker is gone');
      else if (status.type === 'reconnect') rise(connection, false);
      else if (status.type === 'error') {
        const why = reasonOf(status.error);
        const subject = /Permissions Violation for \w+ to "([^"]{1,200})"/iu.exec(why)?.[1];
        if (subject !== undefined && deps.refused?.(subject) === true) continue;
        if (refusals.has(why) || refusals.size >= MAX_REFUSALS) continue;
        refusals.add(why);
        talk(`nats: ${why}`);
      }
    }
    const error = await connection.closed();
    if (!isClosed) fall(`the connection ended${error instanceof Error ? `: ${reasonOf(error)}` : ''}`);
  };
  const live = (): NatsConnection | null => (isUp && !isClosed ? current : null);
  void attempt();
  return {
    connection: live,
    publish: (subject, message) => {
      try {
        live()?.publish(subject, message);
      } catch {
        // It is larger than the broker takes, or the connection has just ended.
      }
    },
    close: async () => {
      isClosed = true;
      cancel();
      await (isUp ? current?.drain() : current?.close());
    },
  };
}

/** Returns what is wrong by a line of the log, for one who asks once and waits for nothing. */
export function problemIn(told: string): string {
  return told.replace(LOG_NAME, '').replace(GOES_ON, '');
}

/** Formats an error as one line. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  const why = cause instanceof Error && !message.includes(cause.message) ? `${message}: ${cause.message}` : message;
  return cleanLine(UNKNOWN_AUTHORITY.test(why) ? OTHER_AUTHORITY : why, MAX_REASON) || 'no reason is given';
}

// Node advises its own options, which are not ours.
const UNKNOWN_AUTHORITY = /unable to (?:verify the first|get (?:local )?issuer) certificate|self-signed certificate/iu;
const OTHER_AUTHORITY = 'no authority known here signed its certificate; name the one that did by --nats-ca-file';

// The files are read again at each attempt: credentials are renewed under a running program.
function authentication(options: BrokerOptions): { readonly authenticator?: Authenticator } {
  const { credsFile, nkeyFile, user, passwordFile } = options;
  if (credsFile !== null) return { authenticator: credsAuthenticator(() => secret(credsFile)) };
  if (nkeyFile !== null) return { authenticator: nkeyAuthenticator(() => new TextEncoder().encode(line(nkeyFile))) };
  if (user === null) return {};
  return {
    authenticator: usernamePasswordAuthenticator(user, passwordFile === null ? '' : () => line(passwordFile)),
  };
}

function encryption({ url, caFile, certFile, keyFile }: BrokerOptions): Pick<NodeConnectionOptions, 'tls'> {
  if (caFile === null && certFile === null && !url.startsWith('tls://')) return {};
  return {
    tls: {
      ...(caFile !== null && { ca: text(caFile) }),
      ...(certFile !== null && { cert: text(certFile) }),
      ...(keyFile !== null && { key: text(keyFile) }),
      ...identity(url),
    },
  };
}

// The client upgrades a socket without telling Node what it is connected to: of an address it would ask the certificate for
// `localhost`. Of several addresses, any one is a server that the operator named.
function identity(urls: string): Pick<ConnectionOptions, 'checkServerIdentity'> {
  const hosts = urls.split(',').map((url) => new URL(url).hostname.replaceAll(/[[\]]/gu, ''));
  if (hosts.some((host) => isIP(host) === 0)) return {};
  return {
    checkServerIdentity: (_, certificate) => {
      const problems = hosts.map((host) => checkServerIdentity(host, certificate));
      return problems.includes(undefined) ? undefined : problems[0];
    },
  };
}

function secret(path: string): Uint8Array {
  const bytes = readOwnFile(path, MAX_CREDENTIAL);
  if (bytes === null) throw new Error(`${path} is not there`);
  return new Uint8Array(bytes);
}

function text(path: string): string {
  return new TextDecoder().decode(secret(path));
}

function line(path: string): string {
  const only = text(path).trim();
  if (!/^[\x21-\x7e]+$/u.test(only)) throw new Error(`${path} holds no secret on one line`);
  return only;
}
