/** Addresses to listen on, and the names by which requests reach them. */

/** The highest port of TCP. */
const MAX_PORT = 65_535;

export type Address = { readonly host: string; readonly port: number };

/** Parses `HOST:PORT` or `[V6]:PORT`; null for anything else. */
export function parseListenAddress(text: string): Address | null {
  const [, bracketed, plain, port = ''] =
    /^(?:\[([0-9a-f:.]{2,64})\]|([\w.-]{1,253})):(\d{1,5})$/iu.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  return host === undefined || Number(port) > MAX_PORT ? null : { host, port: Number(port) };
}

/** Returns true for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/u.test(host);
}

/** Returns the name in a `Host` header: of `name`, `name:port`, `[v6]`, `[v6]:port`. */
export function nameInHost(header: string): string {
  const bracketed = /^\[(?<name>[^\]]*)\]/u.exec(header)?.groups?.['name'];
  return (bracketed ?? header.replace(/:\d+$/u, '')).toLowerCase();
}
