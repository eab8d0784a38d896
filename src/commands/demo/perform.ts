import type { Engine, EngineView } from '../../engine/types.ts';
import { planScenario } from '../../feeds/demo/script/plan.ts';
import { scenarioSeconds } from '../../feeds/demo/script/select.ts';
import { judge, type Verdict } from './report/checks.ts';
import { DEMO_DEBOUNCE_MS, DEMO_TIMEOUT_MS } from './config.ts';
import { allStoredSnapshots } from './report/listing.ts';
import { agentsOf, isIdle, openShow, silenceAgents } from './opening.ts';
import { startPerformer, type Performer } from './performer.ts';
import { allSettled, EMPTY_RECORDING, record, type Recording } from './recording.ts';
import type { Show } from './show.ts';
import { DemoStopped, waitUntil } from './stop.ts';
import { summaryLines } from './report/summary.ts';
import { flushOutput, printLines } from '../../effects/terminal/output.ts';
import type { Stage } from '../../feeds/demo/stage.ts';
import type { DemoEvent } from './event.ts';
import { formatLine, timelineLine } from './report/timeline.ts';

/** The longest time for the player and the first snapshots to get ready, ms. */
const READY_MS = 20_000;
/** The longest time for windows, back-offs and deadlines after the last step, ms. */
const SETTLE_MS = 20_000;

/** Plays it, prints the timeline and the summary, and resolves to the exit code. Rejects with `DemoStopped`. */
export async function perform(show: Show): Promise<number> {
  const reporter = createReporter(show.stage);
  reporter.print([headline(show)]);
  const talk = (line: string): void => reporter.receive({ type: 'demo', text: line });
  const engine = await openShow(show, { receive: reporter.receive, talk, commitMs: null });
  const performer: Performer = startPerformer(show, { number: 0, pace: 1 }, (message) => {
    if (message.type === 'note') reporter.receive({ ...message, type: 'agent' });
    if (message.type !== 'cue') return;
    silenceAgents(engine, agentsOf(show.scenario, message.part));
    performer.order('ack');
  });
  try {
    await waitFor(show, () => performer.has('ready'), 'the player was not ready', READY_MS);
    await engine.start();
    await waitFor(show, () => isIdle(present(engine)), 'the first snapshots were not made', READY_MS);
    await playThrough(show, engine, performer, reporter);
    return await conclude(show, engine, reporter);
  } catch (error) {
    engine.abort();
    await engine.close('the demo was stopped');
    throw error;
  } finally {
    await performer.close();
    await reporter.flush();
  }
}

async function playThrough(show: Show, engine: Engine, performer: Performer, reporter: Reporter): Promise<void> {
  const seconds = scenarioSeconds(show.scenario) / show.speed;
  reporter.receive({ type: 'demo', text: `the agents begin; the scenario takes ${seconds.toFixed(0)} s` });
  performer.order('go');
  await waitFor(show, () => performer.has('end'), 'the player did not come to its end', seconds * 1_000 + SETTLE_MS);
  reporter.receive({ type: 'demo', text: 'the agents are done; what still waits may settle' });
  const calls = planScenario(show.scenario, show.seed).actions.filter(({ type }) => type === 'open').length;
  const settled = (): boolean =>
    isIdle(present(engine)) &&
    callsRead(engine) === calls &&
    allSettled(reporter.recording()) &&
    isGood(verdictsOf(show, reporter, null));
  // What has not happened by then is reported as a problem of its part.
  await waitUntil(settled, SETTLE_MS, show.requests.signal);
}

async function conclude(show: Show, engine: Engine, reporter: Reporter): Promise<number> {
  const snapshots = await allStoredSnapshots(engine);
  await engine.close('the demo is over');
  const verdicts = verdictsOf(show, reporter, new Set(snapshots.map(({ snapshot }) => snapshot.id)));
  reporter.print(summaryLines({ scenario: show.scenario, recording: reporter.recording(), verdicts, snapshots }));
  return isGood(verdicts) ? 0 : 1;
}

/** The state at this moment. */
function present(engine: Engine): EngineView {
  engine.commit();
  return engine.store.getState();
}

function callsRead(engine: Engine): number {
  return engine.store.getState().sources.reduce((sum, { counts }) => sum + counts.calls, 0);
}

function verdictsOf({ scenario }: Show, reporter: Reporter, stored: ReadonlySet<string> | null): readonly Verdict[] {
  const recording = reporter.recording();
  return scenario.parts.map(({ name }) => judge(name, new Set(agentsOf(scenario, name)), recording, stored));
}

function isGood(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ problem }) => problem === null);
}

async function waitFor(show: Show, condition: () => boolean, problem: string, timeoutMs: number): Promise<void> {
  if (await waitUntil(condition, timeoutMs, show.requests.signal)) return;
  throw new DemoStopped(`${problem} within ${Math.round(timeoutMs / 1_000)} s`, 1);
}

function headline({ scenario, seed, speed, stage }: Show): string {
  const times = `debounce ${DEMO_DEBOUNCE_MS / 1_000} s, deadline ${DEMO_TIMEOUT_MS / 1_000} s`;
  return `sightline demo: scenario ${scenario.name}, seed ${seed}, speed ${speed}; ${times}; all of it in ${stage.root}`;
}

/** Prints the timeline while it happens, and remembers it for the summary. */
type Reporter = {
  readonly receive: (event: DemoEvent) => void;
  readonly recording: () => Recording;
  /** Lines without a time. */
  readonly print: (lines: readonly string[]) => void;
  /** Resolves when everything printed has left us. */
  readonly flush: () => Promise<void>;
};

/** Writes to standard output; the stage's own directory is left out of the text. */
function createReporter(stage: Stage): Reporter {
  const startedAt = performance.now();
  let recording = EMPTY_RECORDING;
  return {
    print: printLines,
    recording: () => recording,
    receive: (event) => {
      recording = record(recording, event);
      const line = timelineLine(event);
      if (line === null) return;
      const text = line.text.replaceAll(`${stage.workspaces}/`, '').replaceAll(`${stage.root}/`, '');
      printLines([formatLine({ ...line, text }, (performance.now() - startedAt) / 1_000)]);
    },
    flush: async () => {
      await flushOutput();
    },
  };
}
