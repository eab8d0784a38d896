import type { Action, CallEnd, PlannedCall, PlannedInterruption } from './action.ts';
import { CAST, type Actor } from './cast.ts';
import { planChange } from './files.ts';
import { randomStream, type Random } from './random.ts';
import type { InterruptionType, PartName, Step } from './scenario.ts';

/** From the pending row to its completion, ms: agentsight makes the one right after the other. */
const COMPLETE_AFTER_MS = 4;
/** From the call's own commit to the interruption's row, and to the stamp on the call, ms. */
const ROW_AFTER_MS = 25;
const STAMP_AFTER_MS = 70;
/** From the fifth failure to agentsight's own storm row: late enough that a reader has derived the storm, ms. */
const STORM_AFTER_MS = 400;
/** The wait of a call for its session before it is completed with a stand-in, and until the real one is known, ms. */
const SESSION_WAIT_MS = 1_500;
const SESSION_KNOWN_MS = 3_000;
/** From a dead agent's drained call to its interruption, ms. */
const DEATH_AFTER_MS = 300;

/** A step of the table and its position in the run. */
export type Moment = {
  readonly step: Step;
  readonly part: PartName;
  readonly index: number;
  /** ms of the scenario's clock. */
  readonly at: number;
  readonly seed: number;
};

type Scene = Moment & { readonly actor: Actor; readonly random: Random };

/** Returns the actions of agentsight and the agent for one step. */
export function planStep(moment: Moment): readonly Action[] {
  const random = randomStream(moment.seed, `${moment.part}/${moment.index}`);
  const scene: Scene = { ...moment, actor: CAST[moment.step.actor], random };
  const { step } = moment;
  switch (step.type) {
    case 'answer':
      return planAnswer(scene, step);
    case 'failure':
      return planFailure(scene, step);
    case 'loop':
      return planLoop(scene, step);
    case 'death':
      return planDeath(scene, step);
    case 'edit':
      return planEdit(scene, step);
    case 'cue':
      return [{ at: scene.at, type: 'cue', part: scene.part }];
  }
}

type StepOf<T extends Step['type']> = Extract<Step, { readonly type: T }>;

function planAnswer(scene: Scene, step: StepOf<'answer'>): readonly Action[] {
  const { at, random } = scene;
  const tool = random.pick(['Read', 'Edit', 'Bash', null]);
  const text = random.pick(['Done.', 'I looked at it and changed one place.', 'That follows from the tests.']);
  const call = planCall(scene, step.asked, { type: 'answer', tokens: step.tokens, text, tool });
  const noted = note(scene, `answered "${step.asked}" (${step.tokens.input} tokens in, ${step.tokens.output} out)`);
  if (step.session !== 'late') return [...finished(call, at), noted];
  const standIn = { ...call, sessionId: random.hex(32) };
  return [
    { at, type: 'open', call: standIn, origin: 'request_capture' },
    noted,
    { at: at + SESSION_WAIT_MS, type: 'complete', call: standIn },
    { at: at + SESSION_KNOWN_MS, type: 'session', call: standIn, sessionId: call.sessionId },
  ];
}

function planFailure(scene: Scene, step: StepOf<'failure'>): readonly Action[] {
  const { at, actor } = scene;
  const call = planCall(scene, step.asked, { type: 'failure', status: step.status, error: step.error });
  const detail = { model: actor.model, status_code: step.status, error: step.error };
  const storm = { repeated_type: step.interruption, count: 5 };
  return [
    ...finished(call, at),
    note(scene, `failed with HTTP ${step.status}: ${step.error}`),
    ...(step.row
      ? [interruption(scene, { type: step.interruption, callId: call.callId, detail, after: ROW_AFTER_MS })]
      : []),
    { at: at + STAMP_AFTER_MS, type: 'stamp', call, stamp: step.interruption },
    ...(step.storm === true
      ? [
          interruption(scene, {
            type: 'retry_storm',
            callId: null,
            detail: storm,
            after: STORM_AFTER_MS,
          }),
        ]
      : []),
  ];
}

function planLoop(scene: Scene, step: StepOf<'loop'>): readonly Action[] {
  const detail = { rule: 'tool_sequence_repetition', repeated_tools: step.tools, repeat_count: 5 };
  return [
    note(scene, `repeats ${step.tools.join(' and ')} again and again`),
    interruption(scene, { type: 'dead_loop', callId: null, detail, after: 0 }),
  ];
}

function planDeath(scene: Scene, step: StepOf<'death'>): readonly Action[] {
  const { at, actor } = scene;
  const call = planCall(scene, step.asked, null);
  const detail = {
    pid: actor.pid,
    agent_name: actor.agent,
    call_ids: [call.callId],
    source: 'trace_procmon_exit',
    exit_code: step.exitCode,
    signal: step.signal,
    core_dump: false,
  };
  return [
    note(scene, `ended by signal ${step.signal} while a call was open`),
    { at, type: 'open', call, origin: 'dead_pid_drain' },
    { at: at + DEATH_AFTER_MS, type: 'interrupt', call, stamp: 'agent_crash' },
    interruption(scene, { type: 'agent_crash', callId: null, detail, after: DEATH_AFTER_MS }),
  ];
}

function planEdit(scene: Scene, step: StepOf<'edit'>): readonly Action[] {
  const { at, actor, random } = scene;
  const change = planChange(step.change, random);
  const verb = { create: 'creates', append: 'edits', delete: 'deletes' }[change.type];
  return [{ at, type: 'file', project: actor.project, change }, note(scene, `${verb} ${actor.project}/${change.path}`)];
}

function finished(call: PlannedCall, at: number): readonly Action[] {
  return [
    { at, type: 'open', call, origin: 'request_capture' },
    { at: at + COMPLETE_AFTER_MS, type: 'complete', call },
  ];
}

function note(scene: Scene, text: string): Action {
  return { at: scene.at, type: 'note', agent: scene.actor.agent, text };
}

function planCall(scene: Scene, asked: string, end: CallEnd | null): PlannedCall {
  const { actor, at, random } = scene;
  const prefix = actor.provider === 'anthropic' ? 'msg_01' : 'chatcmpl-';
  // A call without an answer has no response id: agentsight makes one of time, process and sequence.
  const unanswered = `${random.hex(16)}_${actor.pid.toString(16)}_${scene.index + 1}`;
  return {
    actor,
    callId: end?.type === 'answer' ? prefix + random.hex(22) : unanswered,
    ...chatIds(scene),
    endedAt: at,
    durationMs: random.int(400, 3_800),
    asked,
    end,
  };
}

type Facts = Pick<PlannedInterruption, 'callId' | 'detail'> & { type: InterruptionType; after: number };

function interruption(scene: Scene, { type, callId, detail, after }: Facts): Action {
  const { actor, at, random } = scene;
  const interruptionId = random.hex(32);
  const row = { interruptionId, type, actor, ...chatIds(scene), callId, occurredAt: at, detail };
  return { at: at + after, type: 'interruption', interruption: row };
}

/** One chat keeps its ids over all steps, so they depend on its name and not on the step. */
function chatIds(scene: Scene): { conversationId: string; sessionId: string } {
  const random = randomStream(scene.seed, `chat/${scene.step.actor}/${scene.step.chat ?? 'main'}`);
  return { conversationId: random.hex(32), sessionId: random.uuid() };
}
