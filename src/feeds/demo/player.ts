import { once } from 'node:events';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action, FileChange, Plan } from './script/action.ts';
import { planScenario } from './script/plan.ts';
import type { PlayerMessage, PlayerOptions } from './protocol.ts';
import { openRecorder, type Recorder } from './recorder.ts';
import { atPace, findScenario } from './script/select.ts';
import { removeStage, stageAt, type Stage } from './stage.ts';

/** The outside of the player, so that a test can stand there. */
export type PlayerIo = {
  readonly input: Readable;
  /** Sends a message to the parent. When that is gone nothing receives it; the end of the input shows that, too. */
  readonly send: (message: PlayerMessage) => void;
  /** Unix time, ms. */
  readonly now: () => number;
};

/**
 * Plays agentsight and its agents: writes real databases and changes real files, until it reads `bye`. When its
 * input ends without that, its parent was killed, and it removes the stage instead. Rejects for what it cannot
 * write, and for a scenario that does not exist.
 */
export async function runPlayer(options: PlayerOptions, io: PlayerIo): Promise<void> {
  const scenario = findScenario(options.scenario);
  if (scenario === null) throw new Error(`the demo has no scenario "${options.scenario}"`);
  const plan = planScenario(atPace(scenario, options.pace), options.seed);
  const stage = stageAt(options.root);
  const orders = listen(io.input);
  const clock = makeClock(io.now, options.speed);
  await writeProjects(plan, stage);
  const recorder = openRecorder(stage.feedDir, clock.toNs);
  try {
    await play({ plan, history: options.history, stage, recorder, orders, clock, send: io.send });
  } finally {
    recorder.close();
    if (orders.orphaned()) await removeStage(options.root);
  }
}

type Show = {
  readonly plan: Plan;
  readonly history: boolean;
  readonly stage: Stage;
  readonly recorder: Recorder;
  readonly orders: Orders;
  readonly clock: Clock;
  readonly send: (message: PlayerMessage) => void;
};

async function play(show: Show): Promise<void> {
  const { plan, history, orders, clock, send } = show;
  for (const action of plan.actions.filter(({ at }) => at < 0 && history)) await act(show, action);
  send({ type: 'ready' });
  await orders.next();
  clock.start();
  for (const action of plan.actions.filter(({ at }) => at >= 0)) {
    await clock.until(action.at, orders.over);
    if (orders.over.aborted) return;
    await act(show, action);
  }
  send({ type: 'end' });
  if (!orders.over.aborted) await once(orders.over, 'abort');
}

async function act({ recorder, stage, orders, send }: Show, action: Action): Promise<void> {
  switch (action.type) {
    case 'open':
      return recorder.open(action.call, action.origin);
    case 'complete':
      return recorder.complete(action.call);
    case 'interrupt':
      return recorder.interrupt(action.call, action.stamp);
    case 'stamp':
      return recorder.stamp(action.call, action.stamp);
    case 'session':
      return recorder.session(action.call, action.sessionId);
    case 'interruption':
      return recorder.interruption(action.interruption);
    case 'file':
      return changeFile(stage.workspace(action.project), action.change);
    case 'note':
      // History happened before the dashboard was opened.
      return action.at < 0 ? undefined : send({ type: 'note', agent: action.agent, text: action.text });
    case 'cue':
      send({ type: 'cue', part: action.part });
      return orders.next();
  }
}

async function writeProjects(plan: Plan, stage: Stage): Promise<void> {
  for (const { project, files } of plan.projects) {
    for (const { path, text } of files) {
      const file = join(stage.workspace(project), path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, path === '.env' ? { mode: 0o600 } : {});
    }
  }
}

async function changeFile(workspace: string, change: FileChange): Promise<void> {
  const file = join(workspace, change.path);
  switch (change.type) {
    case 'create':
      return writeFile(file, change.text);
    case 'append':
      return appendFile(file, change.text);
    case 'delete':
      return rm(file, { force: true });
  }
}

type Clock = {
  readonly toNs: (at: number) => bigint;
  readonly start: () => void;
  /** Resolves at `at` ms of the scenario, or at once when that is past or `over` aborts. */
  readonly until: (at: number, over: AbortSignal) => Promise<void>;
};

function makeClock(now: () => number, speed: number): Clock {
  const madeAt = now();
  let startedAt = madeAt;
  const toMs = (at: number): number => (at < 0 ? madeAt + at : startedAt + at / speed);
  return {
    toNs: (at) => BigInt(Math.round(toMs(at) * 1_000)) * 1_000n,
    start: () => {
      startedAt = now();
    },
    until: async (at, over) => {
      const wait = toMs(at) - now();
      if (wait > 0) await sleep(wait, undefined, { signal: over }).catch(() => undefined);
    },
  };
}

type Orders = {
  /** Aborted by `bye` and by the end of the input. */
  readonly over: AbortSignal;
  readonly orphaned: () => boolean;
  /** Resolves with the next `go` or `ack`, also with one that has come already, and when it is over. */
  readonly next: () => Promise<void>;
};

function listen(input: Readable): Orders {
  const over = new AbortController();
  let waiting: (() => void)[] = [];
  let unread = 0;
  let dismissed = false;
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  const lines = createInterface({ input });
  lines.on('line', (line) => {
    if (line === 'bye') {
      dismissed = true;
      lines.close();
    } else if (waiting.length === 0) unread += 1;
    else wake();
  });
  lines.on('close', () => {
    over.abort();
    wake();
  });
  return {
    over: over.signal,
    orphaned: () => over.signal.aborted && !dismissed,
    next: async () => {
      if (over.signal.aborted) return;
      if (unread > 0) unread -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
