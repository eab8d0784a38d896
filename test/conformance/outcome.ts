/** What sightline makes of a feed: the real feed, model and reactor of one engine that observes. */
import { onTestFinished } from 'vitest';
import type { Engine } from '../../src/engine/types.ts';
import { onceDocument } from '../../src/commands/once/document.ts';
import type {
  AgentJson,
  ConversationJson,
  InterruptionJson,
  OnceState,
  SignalJson,
} from '../../src/commands/once/schema.ts';
import type { Call } from '../../src/core/calls.ts';
import type { FactEvent, Feed } from '../../src/core/feed.ts';
import { openSightline, pushFeed } from '../../src/index.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import type { Facts } from './scenario.ts';

/** Everything that an observer can tell apart, whichever source it came from. */
export type Outcome = {
  readonly document: Pick<OnceState, 'advisories'> & {
    /** Whether one is active depends on the moment. */
    readonly agents: readonly Omit<AgentJson, 'state' | 'sources'>[];
    readonly conversations: readonly Omit<ConversationJson, 'sources'>[];
    readonly interruptions: readonly Omit<InterruptionJson, 'sources'>[];
  };
  /** By id, as an order of arrival says nothing. */
  readonly signals: readonly Omit<SignalJson, 'origin' | 'reason'>[];
  readonly calls: readonly Call[];
};

/** An engine over these feeds that has reached their present end; closed with the test. */
export async function engineOver(feeds: readonly Feed[]): Promise<Engine> {
  const engine = await openSightline({ feeds, stateDir: tempDir() });
  onTestFinished(() => engine.close());
  await engine.start();
  return engine;
}

/** What it knows now. */
export function outcomeOf(engine: Engine): Outcome {
  engine.commit();
  const view = engine.store.getState();
  const { agents, conversations, interruptions, advisories, signals } = onceDocument({
    view,
    sourcesOf: engine.queries.sourcesOf,
    since: null,
  });
  const ids = [null, ...conversations.map(({ conversation_id }) => conversation_id)];
  return {
    document: {
      agents: agents.map(({ state: _state, sources: _sources, ...agent }) => agent),
      conversations: conversations.map(({ sources: _sources, ...conversation }) => conversation),
      interruptions: interruptions.map(({ sources: _sources, ...interruption }) => interruption),
      advisories,
    },
    signals: signals
      .map(({ origin: _origin, reason: _reason, ...signal }) => signal)
      .sort((a, b) => (a.signal_id < b.signal_id ? -1 : 1)),
    calls: ids.flatMap((id) => engine.calls(id)).sort((a, b) => (a.callId < b.callId ? -1 : 1)),
  };
}

/** What it must come to: the facts themselves, told without any medium between. */
export async function engineOverFacts(facts: Facts, arrival: FactEvent['arrival']): Promise<Engine> {
  const push = pushFeed('facts');
  const engine = await engineOver([push.feed]);
  push.push(...eventsOf(facts, arrival));
  return engine;
}

/** The facts as a feed's events: all calls, then all interruptions. */
export function eventsOf({ calls, interruptions }: Facts, arrival: FactEvent['arrival']): readonly FactEvent[] {
  return [
    ...calls.map(({ capturedSession: _captured, ...call }, n): FactEvent => {
      return { type: 'call', record: `call ${n}`, arrival, call };
    }),
    ...interruptions.map(({ wireDetail: _wire, ...interruption }, n): FactEvent => {
      return { type: 'interruption', record: `row ${n}`, arrival, interruption };
    }),
  ];
}
