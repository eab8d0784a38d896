import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardedGet, shardedValues } from '../../../src/core/reactor/sharded-map.ts';
import { initialState, step } from '../../../src/core/reactor/step.ts';
import type { Command } from '../../../src/core/reactor/messages.ts';
import type { ActiveSilence, WorkspaceState } from '../../../src/core/reactor/types.ts';
import type { Mono, Ms } from '../../../src/core/units.ts';
import { makeCall } from '../../helpers/feed-events.ts';
import { M0, World } from '../../helpers/reactor.ts';
import { story, WORKSPACES } from '../../helpers/reactor-ops.ts';
import { end, play, type Story } from '../../helpers/reactor-story.ts';
import { emptyWatch, watch } from '../../helpers/reactor-watch.ts';

// The same stories on every machine: a failure here can be had again.
const RUNS = { seed: 20_261_123, numRuns: 300 } as const;
const withoutClock = ({ ops, ...told }: Story): Story => ({ ...told, ops: ops.filter(({ op }) => op !== 'clock') });
const endings = fc.constantFrom('created', 'failed', 'unknown');

test(
  'whatever happens: never two automatic checkpoints inside a window, never two runs at once, nothing acts that may not, no ' +
    'timer outlives its purpose, nothing waits for nothing, a manual one always may, at most 32 wait, one settled fate each',
  () => {
    fc.assert(
      fc.property(story(120), endings, (told, ending) => {
        const seen = emptyWatch();
        const world = end(
          play(told, (fresh) => watch(fresh, WORKSPACES, seen)),
          ending,
        );
        for (const id of seen.signals.keys()) {
          if (seen.fates.get(id)?.some(({ settled }) => settled)) continue;
          const open = WORKSPACES.some((name) => world.workspace(name).run?.signals.includes(id));
          expect(open && ending === 'unknown', `signal ${id} has no fate`).toBe(true);
        }
      }),
      RUNS,
    );
  },
);

test('the same inputs replay to the same states and commands', () => {
  fc.assert(
    fc.property(story(80), (told) => {
      const world = play(told);
      // Rules may have changed since.
      let state = initialState(play({ ...told, ops: [] }).state.settings);
      const commands: Command[] = [];
      for (const input of world.inputs) {
        const [next, said] = step(state, input);
        state = next;
        commands.push(...said);
      }
      expect(isDeepStrictEqual(commands, world.commands)).toBe(true);
      expect(isDeepStrictEqual(plain(state), plain(world.state))).toBe(true);
    }),
    { ...RUNS, numRuns: 100 },
  );
});

test('a restart keeps silences, windows, breakers, guard counts, episodes and fates, and leaves nothing open', () => {
  fc.assert(
    fc.property(story(80).map(withoutClock), fc.constantFrom(0, 5_000, 100_000), (told, pause) => {
      const before = play(told);
      const { settings } = before.state;
      const { world, runs } = before.restarted(before.at + pause, settings);
      expect(world.state.silences).toEqual(silencesAfter(before, pause));
      expect(world.state.detect.episodes.toSorted(bySignal)).toEqual(before.state.detect.episodes.toSorted(bySignal));
      for (const name of WORKSPACES)
        expect(kept(world.workspace(name), world.mono)).toEqual(kept(before.workspace(name), before.mono + pause));
      for (const { signal, fate } of shardedValues(before.state.settled)) {
        const known = shardedGet(world.state.settled, signal.signalId)?.fate;
        if (!signal.historical) expect(known).toEqual(fate);
      }
      const open = [...before.state.open.keys()];
      world.do({ type: 'recover', runs: runs.map((run) => ({ ...run, snapshot: null })) });
      expect(open.map((id) => world.fateName(id))).toEqual(open.map(() => 'stopped'));
      expect(world.state.open.size).toBe(0);
      expect(world.timers.size).toBe(world.state.silences.length > 0 ? 1 : 0);
    }),
    { ...RUNS, numRuns: 100 },
  );
});

test('successful calls, however many and however mixed, make no signal', () => {
  const call = fc.record({
    conversationId: fc.constantFrom('c1', 'c2', 'no_user_query', null),
    agent: fc.constantFrom('a', 'b'),
    pid: fc.constantFrom(1, 2, null),
    kind: fc.constantFrom('main', 'recap', 'web_search'),
    statusCode: fc.constantFrom(200, 201, 0, 304, null),
    ends: fc.integer({ min: 0, max: 86_400 }),
    finishReason: fc.constantFrom('stop', 'length', 'content_filter', null),
  });
  fc.assert(
    fc.property(fc.array(call, { minLength: 200, maxLength: 400, size: 'max' }), (calls) => {
      const world = World.armed();
      for (const [index, facts] of calls.entries()) {
        world.do({ type: 'call', call: makeCall({ ...facts, callId: `c${index}` }), previous: null, news: 'live' });
      }
      expect(world.wait(5_000).signals()).toEqual([]);
    }),
    { ...RUNS, numRuns: 20 },
  );
});

function bySignal(a: { readonly signalId: string }, b: { readonly signalId: string }): number {
  return a.signalId < b.signalId ? -1 : 1;
}

// By how long ago it was: the monotonic clock of another process begins elsewhere.
function kept(workspace: WorkspaceState, mono: Mono): unknown {
  const { windowEndsMono, windowSnapshot, failures, lastFailureMono, recentAuto, lastSnapshot, breaker } = workspace;
  return {
    windowLeft: windowEndsMono === null ? 0 : Math.max(0, windowEndsMono - mono),
    failedAgo: lastFailureMono === null ? null : mono - lastFailureMono,
    recentAuto: recentAuto.map((made) => ({ agent: made.agent, ago: mono - made.mono })),
    windowSnapshot,
    failures,
    lastSnapshot,
    open: breaker.open,
  };
}

function silencesAfter({ state, mono }: World, pause: Ms): readonly ActiveSilence[] {
  return state.silences.flatMap((silence) => {
    const left = silence.endsMono - mono - pause;
    return left > 0 ? [{ ...silence, endsMono: M0 + left }] : [];
  });
}

// A frozen map has methods of its own, which would make it another.
function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([key, inner]) => [key, plain(inner)]);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
