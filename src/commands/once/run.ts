import type { Config } from '../../config/config.ts';
import type { Feed, FeedSink } from '../../core/feed.ts';
import { peekJournal } from '../../effects/state/journal-peek.ts';
import { systemClock } from '../../effects/clock.ts';
import { createPauser } from '../../effects/process/pauser.ts';
import type { Engine, EngineView } from '../../engine/types.ts';
import { loadPricer } from '../../effects/prices.ts';
import { openLogger } from '../logger.ts';
import { complain, deliverOutput, print, printJson } from '../../effects/terminal/output.ts';
import { tableWidth } from '../table-width.ts';
import { type FailOn, onceDocument, onceExitCode } from './document.ts';
import { type SinceModel, sinceModel } from './since.ts';
import { onceTable } from './table.ts';
import { wordSource } from '../../wording/sources.ts';
import { findRootsEngines } from '../../remote/find.ts';
import { openEngine } from '../../engine/wire.ts';

export type OnceOptions = {
  readonly json: boolean;
  readonly sinceMs: number | null;
  readonly content: boolean;
  /** Rows of each list of the table; null: all. */
  readonly top: number | null;
  /** The lowest severity of an unresolved interruption that makes the exit code 1. */
  readonly failOn: FailOn;
  /** Counts acknowledged signals, too. */
  readonly includeAcked: boolean;
};

/** Between two checks whether standard input has ended, ms. */
const POLL_MS = 10;

/** Prints what is known right now; resolves to the exit code. */
export async function runOnce(
  config: Config,
  { json, sinceMs, content, top, failOn, includeAcked }: OnceOptions,
): Promise<number> {
  const journal = peekJournal(config.stateDir, ['silences', 'acks', 'workspace:', 'budget', 'spent:']);
  const log = openLogger(config.talk, complain);
  // It never acts, so everything that it reads is historical, and it keeps no cursor.
  const observing: Config = { ...config, mode: 'observe' };
  const from = sinceMs === null ? null : systemClock.now() - sinceMs;
  const since = from === null ? null : { from, model: sinceModel(from, loadPricer(config.prices)) };
  const wrapFeed = (feed: Feed): Feed => historical(feed, since?.model ?? null);
  const options = { evict: false, takeOver: false, commitMs: null, journal, wrapFeed, since: from };
  const engine = await openEngine(observing, options, log.talk);
  await engine.start();
  if (config.sources.includes('-')) await untilInputEnds(engine);
  engine.commit();
  const view = { ...engine.store.getState(), ...pausingIn(config.stateDir) };
  const doc = onceDocument({
    view,
    sourcesOf: engine.queries.sourcesOf,
    calls: { of: engine.calls, lastFailure: (agent) => engine.queries.agent(agent)?.lastFailure ?? null },
    since,
    content,
    // Root's engine keeps what it acknowledges in a folder that this user cannot read.
    ...(findRootsEngines().pids.length > 0 && { acksHidden: 'root' }),
  });
  await engine.close('once');
  for (const { health } of view.sources)
    if (health.status !== 'ok') log.talk(`${health.uri}: ${wordSource(health.detail, false)}`);
  if (doc.acks_hidden !== undefined)
    log.talk(`acknowledgements of ${doc.acks_hidden} cannot be read by this user: they count here`);
  if (json) printJson(doc);
  else print(onceTable(doc, { width: tableWidth(), top, includeAcked }));
  await deliverOutput();
  log.close();
  return onceExitCode(doc, view.sources, failOn, includeAcked);
}

// What an engine with the state folder has stopped; nothing is stopped or continued here.
function pausingIn(stateDir: string): Pick<EngineView, 'pausing'> {
  const known = createPauser(stateDir).list({ tidies: false });
  if (known.length === 0) return {};
  const paused = known.map(({ record }) => ({ ...record, isOurs: false }));
  return { pausing: { enabled: false, maxMs: 0, paused } };
}

function historical(feed: Feed, since: SinceModel | null): Feed {
  const past = (sink: FeedSink): FeedSink => ({
    health: sink.health,
    // Sums tell no time by which they could be left out.
    ...(since === null && sink.sumsBefore && { sumsBefore: sink.sumsBefore }),
    events: (batch) => {
      for (const event of batch) since?.take(feed.uri, event);
      sink.events(batch.map((event) => ('arrival' in event ? { ...event, arrival: 'historical' } : event)));
    },
  });
  return { ...feed, open: (sink, signal) => feed.open(past(sink), signal) };
}

async function untilInputEnds(engine: Engine): Promise<void> {
  const ended = (): boolean => {
    engine.commit();
    return engine.store.getState().sources.every(({ health }) => health.uri !== '-' || health.ended);
  };
  while (!ended()) {
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}
