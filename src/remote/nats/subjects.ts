/**
 * The subjects of a fleet. A server grants and forbids by them: whose state it is, and who asks or acts, is a token of
 * the subject, so that neither can be claimed.
 *
 * - `sightline.<host>.now`: patches of its summary, and a sign of life.
 * - `sightline.<host>.event.<kind>`: `sightline.event/1`, kept by the stream.
 * - `sightline.<host>.ask.<user>.whole`: a request for the whole summary.
 * - `sightline.<host>.ask.<user>.view.<session>`, `….content.<session>`: frames of one console that looks at this host.
 * - `sightline.<host>.ask.<user>.content.asked`: a request for what was asked in some conversations.
 * - `sightline.<host>.to.<user>.<session>`: frames for that console.
 * - `sightline.<host>.act.<user>`: a request for an action.
 */

const ROOT = 'sightline';
/** The stream that keeps the events of all hosts. */
export const EVENTS_STREAM = 'SIGHTLINE';
/** The key-value bucket with one key a host: who is there, and what it last was. */
export const PRESENCE_BUCKET = 'sightline_hosts';

/** Longest token; a host name on Linux has at most 64 bytes. */
const MAX_TOKEN = 64;
const TOKEN = /^[\w-]{1,64}$/u;

/** In the place of a session: what was asked in the conversations of a summary. */
export const ASKED = 'asked';

/** The part of a host that a console may see: without prompts and answers, or with them. */
export type Look = 'view' | 'content';

/** A name as a token: what no subject may hold is `_`. */
export function tokenOf(name: string): string {
  return name.replace(/[^\w-]/gu, '_').slice(0, MAX_TOKEN) || '_';
}

/** True for a name that is a token as it is. */
export function isToken(text: string | undefined): text is string {
  return text !== undefined && TOKEN.test(text);
}

/** The subjects of one host; `*` for those of all. */
export function subjectsOf(host: string) {
  const of = (...parts: readonly string[]): string => [ROOT, host, ...parts].join('.');
  return {
    now: of('now'),
    event: (kind: string) => of('event', tokenOf(kind)),
    events: of('event', '>'),
    whole: (user: string) => of('ask', user, 'whole'),
    ask: (user: string, look: Look, session: string) => of('ask', user, look, session),
    to: (user: string, session: string) => of('to', user, session),
    act: (user: string) => of('act', user),
  };
}

/** The inbox for answers, one for each user, so that no other user can read them. */
export function inboxOf(kind: 'host' | 'user', name: string): string {
  return `_INBOX.${kind}.${name}`;
}

/** The host of a subject; null where it is none of a fleet. */
export function hostOf(subject: string): string | null {
  const [root, host] = subject.split('.');
  return root === ROOT && isToken(host) ? host : null;
}
