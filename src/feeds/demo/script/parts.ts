import type { ActorName } from './cast.ts';
import type { Part, Step, Tokens } from './scenario.ts';

const OVERFLOW = 'prompt is too long: 214512 tokens > 200000 maximum';

/**
 * The demo as a table. Parts that act have a workspace of their own, so that no part's window or back-off reaches into
 * another, whatever the speed.
 */
export const PARTS: readonly Part[] = [
  {
    name: 'calm',
    shows: 'ordinary traffic of three agents and providers raises no signal',
    offset: 0,
    steps: [
      ...history(),
      edit(0.4, 'claude', 'write'),
      answer(0.8, 'claude', 'add a discount to the invoice', anthropic(1_200, 410, 18_000, 900)),
      answer(1.4, 'gemini', 'why is the index stale?', counted(9_400, 350, 7_100), { session: 'late' }),
      answer(2.2, 'copilot', 'rename the login screen', counted(6_100, 240, 4_096)),
      edit(2.6, 'copilot', 'create'),
      answer(7, 'claude', 'now the tests', anthropic(900, 620, 19_800, 0)),
      edit(7.4, 'claude', 'create'),
      answer(9, 'claude', 'what is our VAT rule?', anthropic(2_100, 180, 0, 6_400), { chat: 'vat' }),
      answer(12.5, 'gemini', 'rebuild it then', counted(10_200, 500, 8_000)),
      edit(12.8, 'gemini', 'write'),
      answer(17, 'copilot', 'and the settings screen', counted(7_000, 310, 6_000)),
      answer(22, 'claude', 'run the tests again', anthropic(700, 90, 20_900, 0)),
      answer(29, 'gemini', 'thanks', counted(11_000, 40, 10_100)),
    ],
  },
  {
    name: 'storm',
    shows: 'six identical failures in a row are one retry storm: a checkpoint at the fifth',
    offset: 2,
    steps: [
      edit(0, 'openclaw', 'write'),
      ...[0, 0.7, 1.4, 2.1, 2.8, 3.5].map((at, index) => unauthorized(0.3 + at, index)),
    ],
  },
  {
    name: 'overflow',
    shows: 'a context overflow, found in the text of the failed call: a checkpoint',
    offset: 8,
    steps: [
      edit(0, 'hermes', 'write'),
      edit(0.2, 'hermes', 'create'),
      overflow(0.6, 'hermes', 'summarise the whole repository'),
    ],
  },
  {
    name: 'crash',
    shows: 'an agent killed in the middle of a call has crashed: a checkpoint',
    offset: 10.5,
    steps: [
      edit(0, 'codex', 'delete'),
      edit(0.2, 'codex', 'write'),
      death(0.6, 'codex', 'migrate the screens', { exitCode: 137, signal: 9 }),
    ],
  },
  {
    name: 'clean-exit',
    shows: 'an agent ended on purpose (SIGTERM, no core) is not a crash: flagged, no checkpoint',
    offset: 13,
    steps: [death(0, 'cosh', 'list the releases', { exitCode: 0, signal: 15 })],
  },
  {
    name: 'no-cache',
    shows: '200 000 input tokens without one cache hit are an advisory, never a checkpoint',
    offset: 3.5,
    steps: [0, 4, 8, 12].map((at) => answer(at, 'agentscope', 'read every report', counted(62_000, 700, 0))),
  },
  {
    name: 'silence',
    shows: "what the operator has silenced is counted and doesn't act",
    offset: 15,
    steps: [{ at: 0, actor: 'runloop', type: 'cue' }, overflow(0.4, 'runloop', 'deploy everything')],
  },
  {
    name: 'burst',
    shows: 'critical signals inside the window wait for one trailing checkpoint',
    offset: 17,
    steps: [
      edit(0, 'qwencode', 'write'),
      death(0.4, 'qwencode', 'import the price list', { exitCode: 139, signal: 11 }),
      edit(1, 'qwencode', 'create'),
      { at: 1.4, actor: 'qwencode', chat: 'retry', type: 'loop', tools: ['Read', 'Bash'] },
      edit(1.8, 'qwencode', 'write'),
      killedWorker(2.2, 'qwencode'),
      overflow(3, 'qwencode', 'explain the failure', 'explain'),
    ],
  },
  {
    name: 'stuck',
    shows: 'a checkpoint that hangs and ignores SIGTERM is killed at its deadline; the next one succeeds',
    offset: 23.5,
    steps: [
      edit(0, 'coshng', 'write'),
      overflow(0.3, 'coshng', 'archive the old reports'),
      edit(6, 'coshng', 'write'),
      overflow(6.5, 'coshng', 'archive them in two steps', 'second'),
    ],
  },
];

/** Before the demo: what was there when we attached is shown and never acted upon. */
function history(): readonly Step[] {
  return [
    answer(-420, 'claude', 'add an invoice', anthropic(1_500, 500, 0, 17_000)),
    overflow(-400, 'claude', 'read all invoices', 'invoices'),
    answer(-390, 'claude', 'only those of May', anthropic(1_100, 450, 17_000, 500)),
    answer(-200, 'gemini', 'index the shop', counted(9_000, 300, 0)),
    answer(-90, 'copilot', 'make a login screen', counted(5_200, 800, 0)),
  ];
}

function anthropic(input: number, output: number, read: number, creation: number): Tokens {
  return { input, output, read, creation };
}

/** Providers whose input counts the cached tokens too, and that report no creation. */
function counted(input: number, output: number, read: number): Tokens {
  return { input, output, read, creation: null };
}

type AnswerOptions = { readonly chat?: string; readonly session?: 'late' };

function answer(at: number, actor: ActorName, asked: string, tokens: Tokens, options: AnswerOptions = {}): Step {
  return { at, actor, type: 'answer', asked, tokens, ...options };
}

function edit(at: number, actor: ActorName, change: 'create' | 'write' | 'delete'): Step {
  return { at, actor, type: 'edit', change };
}

function death(at: number, actor: ActorName, asked: string, end: { exitCode: number; signal: number }): Step {
  return { at, actor, type: 'death', asked, ...end };
}

function overflow(at: number, actor: ActorName, asked: string, chat = 'main'): Step {
  return {
    at,
    actor,
    chat,
    type: 'failure',
    asked,
    status: 400,
    error: OVERFLOW,
    interruption: 'context_overflow',
    row: true,
  };
}

/** The first failure of its kind gets a row; agentsight stamps the others, and adds the storm at the fifth. */
function unauthorized(at: number, index: number): Step {
  const asked = 'book the payments';
  const error = 'invalid x-api-key';
  const facts = { status: 401, error, interruption: 'auth_error', row: index === 0, storm: index === 4 } as const;
  return { at, actor: 'openclaw', type: 'failure', asked, ...facts };
}

/** The call's text is a crash, agentsight's row is an `llm_error`: still one cause and one signal. */
function killedWorker(at: number, actor: ActorName): Step {
  const error = 'worker exited with signal 9 (oom-killed)';
  const facts = { status: 500, error, interruption: 'llm_error', row: true } as const;
  return { at, actor, chat: 'worker', type: 'failure', asked: 'import it again', ...facts };
}
