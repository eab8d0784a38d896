/** The doors of a host: consoles that look in, and operators who act. */
import type { Msg } from '@nats-io/transport-node';
import type { Ms } from '../../core/units.ts';
import { sleep, type Clock } from '../../effects/clock.ts';
import { createActor, createBudget, createHost, type Host } from '../host.ts';
import { decodeRequest, MAX_REQUEST_BYTES } from '../wire.ts';
import type { Claim } from './claim.ts';
import { withoutContent } from './content.ts';
import type { FleetHostDeps } from './host-deps.ts';
import type { SummaryOfHost } from './host-summary.ts';
import { textOf } from './messages.ts';
import { openSession, type Session } from './session.ts';
import { isToken, type Look, subjectsOf } from './subjects.ts';

/** Consoles that look in at a time, of one user, and of all. */
const MAX_SESSIONS_OF_USER = 4;
const MAX_SESSIONS = 32;
/** Users of which requests are counted. */
const MAX_USERS = 256;
/** The longest time for which an action may be meant, ms. */
const MAX_VALID_MS: Ms = 60_000;
/** Time in which an engine that may be meant instead tells that it is there, ms. */
const TELL_MS: Ms = 1_000;

/** The user of a request. */
export function userOf({ subject }: Msg): string {
  return subject.split('.')[3] ?? '';
}

/** Counts the requests of each user; those of too many users together. */
export function createBudgets(clock: Clock): (user: string) => boolean {
  const budgets = new Map<string, () => boolean>();
  return (user) => {
    const key = budgets.has(user) || budgets.size < MAX_USERS ? user : '';
    const budget = budgets.get(key) ?? createBudget(clock);
    budgets.set(key, budget);
    return budget();
  };
}

// ---------------------------------------------------------------- consoles that look in

/** The consoles that look in. */
export type Doors = { readonly take: (message: Msg, look: Look) => void; readonly close: () => void };

/** Creates the door by which consoles look in. */
export function createDoors(
  { engine, clock, name, host, content }: FleetHostDeps,
  send: (subject: string, message: string) => void,
): Doors {
  const sessions = new Map<string, Session>();
  const shown: Readonly<Record<Look, Host | null>> = {
    view: createHost({ engine: withoutContent(engine), name, clock }),
    content: content ? createHost({ engine, name, clock }) : null,
  };
  const open = (user: string, id: string, look: Look): Session | null => {
    const key = `${user}.${id}`;
    const known = sessions.get(key);
    if (known !== undefined) return known;
    const own = [...sessions.keys()].filter((one) => one.startsWith(`${user}.`)).length;
    if (own >= MAX_SESSIONS_OF_USER || sessions.size >= MAX_SESSIONS) return null;
    const to = subjectsOf(host).to(user, id);
    const session = openSession({ clock, maxLine: MAX_REQUEST_BYTES, send: (message) => send(to, message) });
    sessions.set(key, session);
    session.channel.onClose(() => sessions.delete(key));
    // It may act as the broker lets it, on a subject of its own; by this way it only looks.
    shown[look]?.serve(session.channel, { isReadOnly: false, mayAct: false });
    return session;
  };
  return {
    take: ({ subject, data }, look) => {
      const [, , , user, , id] = subject.split('.');
      if (!isToken(user) || !isToken(id) || data.length > MAX_REQUEST_BYTES) return;
      const message = textOf(data);
      // A sign of life of a console that is gone here opens nothing.
      if (sessions.has(`${user}.${id}`) || message.startsWith('1 ')) open(user, id, look)?.receive(message);
    },
    close: () => {
      for (const { channel } of sessions.values()) channel.close();
    },
  };
}

// ---------------------------------------------------------------- operators

/** Returns what runs the action of an operator; null as the answer to what is no request, or is for another engine. */
export function createDoorForActions(
  deps: FleetHostDeps,
  summary: Pick<SummaryOfHost, 'isRecent' | 'publish'>,
  claim: Claim,
) {
  const act = createActor(deps);
  return async (user: string, data: Uint8Array): Promise<unknown> => {
    if (data.length > MAX_REQUEST_BYTES) return null;
    const request = decodeRequest(textOf(data));
    if (!request.ok || request.value.type !== 'act') return null;
    const { revision, run, until } = request.value;
    // One that were valid for long could come again when its answer is no longer remembered.
    if (until > deps.clock.now() + MAX_VALID_MS) return { ok: false, reason: { code: 'too_late' } };
    if (run !== deps.name.run) {
      // It is of an earlier run, unless another engine has this name, too: that one answers then.
      summary.publish(true);
      await sleep(deps.clock, TELL_MS);
      if (!claim.isOurs()) return null;
    } else if (revision === undefined || !summary.isRecent(revision))
      return { ok: false, reason: { code: 'stale_view' } };
    // The broker lets no other user publish on this subject: the name is proven.
    return act(request.value, { user, tty: null, claimed: false });
  };
}
