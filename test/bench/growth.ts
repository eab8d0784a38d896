/**
 * How costs grow: model and core are fed ten and a hundred times as much of one thing, all else equal, and the exponent of the
 * CPU time between the last two is reported (1: in proportion; 0: it does not matter). Each size is the best of three.
 */
import type { Call } from '../../src/core/calls.ts';
import type { FeedEvent } from '../../src/core/feed.ts';
import { createModel } from '../../src/core/model/model.ts';
import type { Fact, Input } from '../../src/core/reactor/messages.ts';
import { step } from '../../src/core/reactor/step.ts';
import type { Snapshot } from '../../src/core/snapshots.ts';
import { msToNs } from '../../src/core/units.ts';
import { World } from '../helpers/reactor.ts';
import { report } from './measure.ts';

const TURNS = 3;
const BATCH = 64;
const NOW = 1_780_000_000_000;
/** Noise between two runs must not look like growth. */
const SLACK = 0.15;

type Load = {
  readonly calls: number;
  readonly conversations: number;
  readonly agents: number;
  readonly sources: number;
};

const USUAL: Load = { calls: 20_000, conversations: 20, agents: 4, sources: 1 };

function callOf(n: number, { conversations, agents }: Load): Call {
  const conversation = n % conversations;
  const endNs = msToNs(NOW - 100_000_000 + n * 100);
  const failed = n % 20 === 19;
  return {
    callId: `msg_${n}`,
    startNs: endNs - 1_500_000_000n,
    endNs,
    status: 'complete',
    conversationId: `conversation ${conversation}`,
    sessionId: `session ${conversation}`,
    agent: `Agent ${conversation % agents}`,
    processName: 'node',
    pid: 4_000 + (conversation % agents),
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    kind: 'main',
    statusCode: failed ? 529 : 200,
    error: failed ? 'Overloaded' : null,
    usage: { inputTokens: 120, outputTokens: 8, cacheReadTokens: 1_800, cacheCreationTokens: 0 },
    finishReason: 'end_turn',
    tools: [],
    userQuery: null,
    interruptionType: null,
  };
}

/** CPU time of reading a history, a view after each thousand calls, ms. */
function read(load: Load): number {
  const model = createModel({ advisory: { windowMs: 3_600_000, inputTokens: 200_000 }, evict: true });
  let { state } = new World();
  const calls = Array.from({ length: load.calls }, (_, n) => callOf(n, load));
  const begun = process.cpuUsage();
  for (let from = 0; from < calls.length; from += BATCH) {
    const facts = calls.slice(from, from + BATCH).flatMap((call, place): readonly Fact[] => {
      const record = from + place;
      const event: FeedEvent = { type: 'call', record: String(record), arrival: 'historical', call };
      const changes = model.apply(`source ${record % load.sources}`, event, NOW);
      return changes.flatMap((change) => (change.type === 'call' ? [change] : []));
    });
    [state] = step(state, { type: 'history', facts, at: NOW, mono: from });
    if (from % 1_024 === 0) model.view();
  }
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000;
}

/** CPU time of so many snapshots that another tool makes, ms. */
function snapshots(count: number): number {
  let { state } = World.armed();
  const begun = process.cpuUsage();
  for (let n = 0; n < count; n += 1) {
    const snapshot: Snapshot = { ...SNAPSHOT, id: `auto-${n}`, at: NOW + n };
    const input: Input = { type: 'foreign_snapshot', workspace: '/ws', snapshot, at: NOW + n, mono: n };
    [state] = step(state, input);
  }
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000;
}

const SNAPSHOT: Snapshot = {
  id: '',
  at: NOW,
  message: '',
  metadata: null,
  pinned: false,
};

function best(measure: () => number): number {
  return Math.min(...Array.from({ length: TURNS }, measure));
}

function say(
  what: string,
  sizes: readonly [number, number, number],
  limit: number,
  of: (size: number) => number,
): void {
  const [, tenfold, hundredfold] = sizes.map((size) => best(() => of(size)));
  const exponent = Math.log10((hundredfold ?? Number.NaN) / (tenfold ?? Number.NaN));
  const target = `≤ ${limit} (${(tenfold ?? 0).toFixed(0)} → ${(hundredfold ?? 0).toFixed(0)} ms at ${sizes[2]})`;
  report({ name: `growth with ${what}`, value: exponent, unit: 'exponent', target, ok: exponent <= limit + SLACK });
}

say('calls', [2_000, 20_000, 200_000], 1, (calls) => read({ ...USUAL, calls }));
say('conversations', [20, 200, 2_000], 0.5, (conversations) => read({ ...USUAL, conversations }));
say('agents', [4, 40, 400], 0.5, (agents) => read({ ...USUAL, conversations: 400, agents }));
say('sources', [1, 10, 100], 0.5, (sources) => read({ ...USUAL, sources }));
say('snapshots', [500, 5_000, 50_000], 1, snapshots);
