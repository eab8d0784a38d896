import type { Engine } from '../engine/types.ts';
import { openEngine } from '../wire.ts';
import { gitCheckpointer } from '../../effects/git/index.ts';
import { CAST } from '../../feeds/demo/script/cast.ts';
import { planScenario } from '../../feeds/demo/script/plan.ts';
import type { PartName, Scenario } from '../../feeds/demo/script/scenario.ts';
import { scenarioSeconds } from '../../feeds/demo/script/select.ts';
import { judge, type Verdict } from './checks.ts';
import { DEMO_DEBOUNCE_MS, DEMO_TIMEOUT_MS, demoConfig } from './config.ts';
import { storedSnapshots } from './listing.ts';
import { startPerformer, type Performer } from './performer.ts';
import { allSettled } from './recording.ts';
import { createReporter, type Reporter } from './reporter.ts';
import type { Show } from './show.ts';
import { DemoStopped, waitUntil } from './stop.ts';
import { stuckOnce } from './stuck.ts';
import { summaryLines } from './summary.ts';

/** How long the player and the first snapshots may take before the curtain rises, ms. */
const READY_MS = 20_000;
/** How long windows, back-offs and deadlines may last after the last step, ms. */
const SETTLE_MS = 20_000;
/** How long the operator's silence lasts, ms. */
const SILENCE_MS = 600_000;

/** Plays it, prints the timeline and the summary, and resolves to the exit code. Rejects with `DemoStopped`. */
export async function perform(show: Show): Promise<number> {
  const reporter = createReporter(show.stage);
  reporter.print([headline(show)]);
  const engine = await openStage(show, reporter);
  const performer: Performer = startPerformer(show, (message) => {
    if (message.type === 'note') reporter.hear({ ...message, type: 'agent' });
    if (message.type !== 'cue') return;
    silence(engine, agentsOf(show.scenario, message.part));
    performer.order('ack');
  });
  try {
    await waitFor(show, () => performer.has('ready'), 'the player was not ready', READY_MS);
    await engine.start();
    await waitFor(show, () => isIdle(engine), 'the first snapshots were not made', READY_MS);
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
  reporter.hear({ type: 'demo', text: `the agents begin; the scenario takes ${seconds.toFixed(0)} s` });
  performer.order('go');
  await waitFor(show, () => performer.has('end'), 'the player did not come to its end', seconds * 1_000 + SETTLE_MS);
  reporter.hear({ type: 'demo', text: 'the agents are done; what still waits may settle' });
  const calls = planScenario(show.scenario, show.seed).actions.filter(({ type }) => type === 'open').length;
  const settled = (): boolean =>
    isIdle(engine) &&
    callsRead(engine) === calls &&
    allSettled(reporter.recording()) &&
    isGood(verdictsOf(show, reporter, null));
  // What has not happened by then is told as a problem of its part.
  await waitUntil(settled, SETTLE_MS, show.requests.signal);
}

async function conclude(show: Show, engine: Engine, reporter: Reporter): Promise<number> {
  const { workspaces } = engine.store.getState();
  const checkpointers = workspaces.flatMap(({ workspace }) => engine.checkpointer(workspace) ?? []);
  const stored = await Promise.all(checkpointers.map(storedSnapshots));
  await engine.close('the demo is over');
  const snapshots = stored.flat();
  const verdicts = verdictsOf(show, reporter, new Set(snapshots.map(({ snapshot }) => snapshot.id)));
  reporter.print(summaryLines({ scenario: show.scenario, recording: reporter.recording(), verdicts, snapshots }));
  return isGood(verdicts) ? 0 : 1;
}

/** The ordinary engine over the demo's places; only one checkpoint of one agent is made to hang. */
async function openStage({ scenario, stage }: Show, reporter: Reporter): Promise<Engine> {
  const config = demoConfig(scenario, stage);
  const [stuck] = agentsOf(scenario, 'stuck');
  const chooseCheckpointer = async (workspace: string) => {
    const git = gitCheckpointer({ workspace, storeDir: config.stateDir, ...config.git });
    return { checkpointer: stuck === undefined ? git : stuckOnce(git, stuck), why: 'git, as the demo wants it' };
  };
  const talk = (line: string): void => reporter.hear({ type: 'demo', text: line });
  const options = { evict: true, takeOver: false, commitMs: null, deps: { chooseCheckpointer } };
  const engine = await openEngine(config, options, talk);
  engine.listen(reporter.hear);
  return engine;
}

function silence(engine: Engine, agents: readonly string[]): void {
  for (const agent of agents) {
    engine.intents.silence({ matcher: { agent }, durationMs: SILENCE_MS, reason: `${agent} is known to fail today` });
  }
}

function isIdle(engine: Engine): boolean {
  engine.commit();
  return engine.store.getState().workspaces.every(({ run, waiting }) => run === null && waiting.length === 0);
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

function agentsOf({ parts }: Scenario, name: PartName): readonly string[] {
  const steps = parts.flatMap((part) => (part.name === name ? part.steps : []));
  return [...new Set(steps.map(({ actor }) => CAST[actor].agent))];
}

async function waitFor(show: Show, condition: () => boolean, problem: string, timeoutMs: number): Promise<void> {
  if (await waitUntil(condition, timeoutMs, show.requests.signal)) return;
  throw new DemoStopped(`${problem} within ${Math.round(timeoutMs / 1_000)} s`, 1);
}

function headline({ scenario, seed, speed, stage }: Show): string {
  const times = `debounce ${DEMO_DEBOUNCE_MS / 1_000} s, deadline ${DEMO_TIMEOUT_MS / 1_000} s`;
  return `sightline demo: scenario ${scenario.name}, seed ${seed}, speed ${speed}; ${times}; all of it in ${stage.root}`;
}
