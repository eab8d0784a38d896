/**
 * An engine as the consoles of a fleet see it: its summary and its events go out, consoles look in, and operators act whom
 * the broker lets act. Nothing here is waited for: while the broker is away the engine acts as it always does.
 */
import { jetstream, JetStreamApiError } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { sleep } from '../../effects/clock.ts';
import type { EngineView } from '../../engine/types.ts';
import { encodeValue } from '../wire.ts';
import { openBroker, reasonOf } from './broker.ts';
import { createEventQueue } from './event-queue.ts';
import { type Claim, claimName } from './claim.ts';
import { MAX_ASKED, MAX_ASKED_TEXT, MAX_MESSAGE_BYTES, readAsk, readNow } from './messages.ts';
import { createBudgets, createDoorForActions, createDoors, type Doors, userOf } from './doors.ts';
import { createSummary, SUMMARY_MS, type SummaryOfHost } from './host-summary.ts';
import type { FleetHostDeps } from './host-deps.ts';
import { createPresence, createSetUp } from './presence.ts';
import { ASKED, inboxOf, isToken, subjectsOf } from './subjects.ts';

/** A line of `sightline.event/1`. */
type EventLine = Readonly<Record<string, unknown>> & { readonly seq: number; readonly kind: string };

/** A host on a broker. */
export type FleetHost = {
  readonly event: (line: EventLine) => void;
  readonly close: () => Promise<void>;
};

/** Shows an engine to the consoles of a fleet, and to its operators. */
export function publishHost(deps: FleetHostDeps): FleetHost {
  const { clock, host, name, talk } = deps;
  const subjects = subjectsOf(host);
  const broker = openBroker(deps.broker, {
    clock,
    name: `sightline ${host}`,
    inbox: inboxOf('host', host),
    talk,
    up: (connection, isNew) => {
      if (isNew) listen(connection, deps, { claim, summary, doors, act });
      setUp.now(connection);
      claim.isBack();
      summary.publish(true);
    },
    down: () => doors.close(),
  });
  const claim = claimName({
    clock,
    name,
    host,
    talk,
    announce: () => {
      summary.publish(true);
      presence.renew();
    },
    refused: (message) => broker.publish(subjects.now, encodeValue(message)),
    changed: (isOurs) => {
      if (!isOurs) return doors.close();
      summary.publish(true);
      presence.renew();
      events.go();
    },
  });
  const events = createEventQueue({
    clock,
    talk,
    reasonOf,
    send: ({ subject, id, body }) => {
      const connection = broker.connection();
      if (connection === null || !claim.isOurs()) return null;
      return jetstream(connection)
        .publish(subject, body, { msgID: id })
        .catch((error: unknown) => {
          // Not refused by a stream: it was removed, or JetStream is off. Consoles that listen make that a silence.
          if (!(error instanceof JetStreamApiError)) setUp.soon(connection);
          throw error;
        });
    },
  });
  const summary = createSummary(deps, claim, (message) => broker.publish(subjects.now, message));
  const presence = createPresence(deps, () => (claim.isOurs() ? broker.connection() : null));
  const doors = createDoors(deps, broker.publish);
  const act = createDoorForActions(deps, summary, claim);
  const setUp = createSetUp(clock, broker.connection, () => {
    presence.renew();
    events.go();
  });
  const ends = [summary.follow(), presence.follow()];
  return {
    event: (line) => {
      const { user_query: _, ...facts } = line;
      const body = encodeValue(facts);
      events.add({ subject: subjects.event(line.kind), id: `${host}:${name.run}:${line.seq}`, body });
    },
    close: async () => {
      for (const end of ends) end();
      setUp.close();
      claim.close();
      doors.close();
      events.close();
      broker.publish(subjects.now, encodeValue({ run: name.run, seq: 0, at: clock.now(), ended: true }));
      await Promise.race([presence.leave().then(broker.close), sleep(clock, SUMMARY_MS)]);
    },
  };
}

// By the prompts, as a row of the host's own screen shows them.
function askedIn({ model }: EngineView, ids: readonly string[]): readonly (readonly [string, string | null])[] {
  const wanted = new Set(ids);
  return model.conversations
    .filter(({ conversationId }) => wanted.has(conversationId))
    .slice(0, MAX_ASKED)
    .map(({ conversationId, userQuery, session }) => {
      const text = userQuery ?? session?.title ?? null;
      return [conversationId, text === null ? null : text.slice(0, MAX_ASKED_TEXT)];
    });
}

type Ends = {
  readonly claim: Claim;
  readonly summary: SummaryOfHost;
  readonly doors: Doors;
  readonly act: ReturnType<typeof createDoorForActions>;
};

// What others send is a message of anybody's: nothing that it holds may throw.
function listen(connection: NatsConnection, deps: FleetHostDeps, { claim, summary, doors, act }: Ends): void {
  const subjects = subjectsOf(deps.host);

  const on = (subject: string, take: (message: Msg) => void): void => {
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null && (claim.isOurs() || subject === subjects.now)) take(message);
      },
    });
  };
  const isAllowed = createBudgets(deps.clock);
  on(subjects.now, ({ data }) => {
    const now = isAllowed('') ? readNow(data) : null;
    if (now !== null) claim.hear(now);
  });
  on(subjects.whole('*'), (message) => {
    if (isAllowed(userOf(message))) message.respond(summary.whole(connection.info?.max_payload ?? MAX_MESSAGE_BYTES));
  });
  on(subjects.ask('*', 'view', '*'), (message) => doors.take(message, 'view'));
  if (deps.content)
    on(subjects.ask('*', 'content', '*'), (message) => {
      if (!message.subject.endsWith(`.${ASKED}`)) return doors.take(message, 'content');
      const ask = isAllowed(userOf(message)) ? readAsk(message.data) : null;
      if (ask !== null) message.respond(encodeValue({ asked: askedIn(deps.engine.store.getState(), ask.ids) }));
    });
  on(subjects.act('*'), (message) => {
    const user = userOf(message);
    if (!isToken(user) || !isAllowed(user)) return;
    void act(user, message.data).then((answer) => {
      if (answer !== null) message.respond(encodeValue({ answer }));
      // What came of it is shown at once, to everybody.
      deps.engine.commit();
    });
  });
}
