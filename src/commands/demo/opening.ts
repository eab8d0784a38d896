import { gitCheckpointer } from '../../effects/git/index.ts';
import { CAST } from '../../feeds/demo/script/cast.ts';
import type { Mode } from '../../core/signals.ts';
import type { PartName, Scenario } from '../../feeds/demo/script/scenario.ts';
import type { Engine, EngineEvent, EngineView } from '../../engine/types.ts';
import { openEngine } from '../../engine/wire.ts';
import { demoConfig } from './config.ts';
import type { Show } from './show.ts';
import type { Checkpointer, CheckpointRequest, Outcome } from '../../core/snapshots.ts';
import { run as runProgram } from '../../effects/process/run.ts';

/** The duration of the operator's silence, ms. */
const SILENCE_MS = 600_000;

export type Listeners = {
  readonly receive: (event: EngineEvent) => void;
  /** Lines that come up before the engine emits anything. */
  readonly talk: (line: string) => void;
  /** Least time between two commits to the store, ms; null commits only when asked. */
  readonly commitMs: number | null;
};

/** The ordinary engine over the demo's folders; only every other checkpoint of one agent is made to hang. */
export async function openShow(
  { scenario, stage }: Show,
  { receive, talk, commitMs }: Listeners,
  mode: Mode = 'auto',
): Promise<Engine> {
  const config = { ...demoConfig(scenario, stage), mode };
  const [stuck] = agentsOf(scenario, 'stuck');
  const chooseCheckpointer = async (workspace: string) => {
    const git = gitCheckpointer({ workspace, storeDir: config.stateDir, ...config.git });
    return {
      checkpointer: stuck === undefined ? git : stuckInTurns(git, stuck),
      why: { code: 'embedded', text: 'git, as configured by the demo' } as const,
    };
  };
  const engine = await openEngine(
    config,
    // A play moves no folder into a real store.
    { evict: true, takeOver: false, commitMs, deps: { chooseCheckpointer, initializer: undefined } },
    talk,
  );
  engine.listen(receive);
  return engine;
}

/** Silences an agent that is known to fail, as an operator would; does nothing if that is done already. */
export function silenceAgents(engine: Engine, agents: readonly string[]): void {
  engine.commit();
  const { silences } = engine.store.getState();
  for (const agent of agents) {
    if (silences.some(({ matcher }) => matcher.agent === agent)) continue;
    engine.intents.silence({ matcher: { agent }, durationMs: SILENCE_MS, reason: `${agent} is known to fail today` });
  }
}

/** True while no checkpoint runs and no signal waits for one. */
export function isIdle({ workspaces }: EngineView): boolean {
  return workspaces.every(({ run, waiting }) => run === null && waiting.length === 0);
}

/** The agents that play in a part. */
export function agentsOf({ parts }: Scenario, name: PartName): readonly string[] {
  const steps = parts.flatMap((part) => (part.name === name ? part.steps : []));
  return [...new Set(steps.map(({ actor }) => CAST[actor].agent))];
}

/** A real process that takes no notice of SIGTERM; only the end of its parent ends it by itself. */
const STUCK_PROGRAM = `
  const parent = process.ppid;
  process.on('SIGTERM', () => {});
  process.stderr.write('process ' + process.pid + ' hangs and ignores SIGTERM');
  setInterval(() => process.ppid === parent || process.exit(1), 200);
`;

/**
 * A checkpointer that hangs in a child that ignores SIGTERM in every other checkpoint for `agent`, the first included, to
 * show what the deadline does; everything else goes to the real one.
 */
function stuckInTurns(real: Checkpointer, agent: string): Checkpointer {
  let isDue = false;
  return {
    ...real,
    checkpoint: async (request, control) => {
      if (request.metadata.agent !== agent) return real.checkpoint(request, control);
      isDue = !isDue;
      return isDue ? hang(request, control.abort) : real.checkpoint(request, control);
    },
  };
}

async function hang(request: CheckpointRequest, abort: AbortSignal): Promise<Outcome> {
  const result = await runProgram(process.execPath, ['-e', STUCK_PROGRAM], { timeoutMs: request.timeoutMs, abort });
  const facts = { durationMs: result.durationMs, exitCode: null };
  switch (result.type) {
    case 'timed_out':
      return {
        ...facts,
        type: 'timed_out',
        reason: { code: 'timed_out', program: 'command', afterMs: request.timeoutMs },
        stderr: result.stderr,
      };
    case 'aborted':
      return { ...facts, type: 'unknown', reason: { code: 'shut_down' }, stderr: result.stderr };
    case 'exited':
      return {
        ...facts,
        type: 'failed',
        reason: { code: 'exited', exitCode: result.code, signal: result.signal, line: null },
        exitCode: result.code,
        stderr: result.stderr,
      };
    case 'not_found':
    case 'spawn_failed':
      return { ...facts, type: 'failed', reason: result.reason, stderr: '' };
  }
}
