import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareCourses, recordedCourse } from '../../../src/core/history/course.ts';
import type { HistoryEntry, Opening } from '../../../src/core/history/entry.ts';
import { type Overrides, replay } from '../../../src/core/history/replay.ts';
import type { ReactorState } from '../../../src/core/reactor/types.ts';
import { wordComparison } from '../../../src/wording/history.ts';
import { recorded } from '../../helpers/recorded-history.ts';
import { AVAILABLE, World, WS } from '../../helpers/reactor.ts';
import { story } from '../../helpers/reactor-ops.ts';
import { end, play, type Story } from '../../helpers/reactor-story.ts';

const RUNS = { seed: 20_261_130, numRuns: 200 } as const;

function historyOf(told: Story, rotations: readonly number[] = []): readonly HistoryEntry[] {
  const initial: ReactorState[] = [];
  const world = play(told, (fresh) => {
    initial.push(fresh.state);
    fresh.inputs.length = 0;
  });
  const { inputs } = end(world, 'created');
  const openings = new Map<number, Opening['why']>([...rotations.map((at) => [at, 'rotation'] as const), [0, 'start']]);
  return initial.flatMap((state) => recorded(state, inputs, openings));
}

test('whatever happened: with unchanged settings the recorded inputs give the recorded decisions, from any segment on', () => {
  fc.assert(
    fc.property(story(100), fc.array(fc.nat(200), { maxLength: 3 }), (told, rotations) => {
      const entries = historyOf(told, rotations);
      for (const [index, entry] of entries.entries()) {
        if (entry.type !== 'opening') continue;
        const { mismatches, refused } = replay(entries, {}, index);
        expect({ mismatches, refused }).toEqual({ mismatches: [], refused: 0 });
      }
      expect(replay(entries).course).toEqual(recordedCourse(entries));
    }),
    RUNS,
  );
});

test('a setting that is given as it was changes nothing', () => {
  const quiet = story(100).map(({ ops, ...told }) => ({ ...told, ops: ops.filter(({ op }) => op !== 'rules') }));
  fc.assert(
    fc.property(quiet, (told) => {
      const entries = historyOf(told);
      const { course } = replay(entries, { debounceMs: 30_000, trailing: told.trailing });
      expect(course).toEqual(recordedCourse(entries));
    }),
    RUNS,
  );
});

/** What happens in a world, as its history. */
function happened(world: World, happen: (world: World) => void): readonly HistoryEntry[] {
  const { state } = world;
  world.inputs.length = 0;
  happen(world);
  return recorded(state, world.inputs);
}

/** The difference that other settings make, in words, with the number of checkpoints that never were. */
function difference(entries: readonly HistoryEntry[], overrides: Overrides): string {
  const { course, assumed } = replay(entries, overrides);
  const words = wordComparison(compareCourses(recordedCourse(entries), course));
  return assumed.size === 0 ? words : `${words}; assumed: ${assumed.size}`;
}

const three = (world: World): void => {
  for (let nth = 0; nth < 3; nth += 1) {
    world.crash();
    if (nth === 0) world.wait(40).created();
    world.wait(10_000);
  }
  world.wait(10_000);
  world.created().wait(60_000);
};

describe('with other settings', () => {
  test('a shorter window makes more checkpoints; what never was is assumed to succeed after the median, and marked', () => {
    const entries = happened(World.armed(), three);
    expect(difference(entries, { debounceMs: 5_000 })).toBe(
      '1 checkpoint more; signals: 1 more checkpointed, 1 less coalesced; assumed: 1',
    );
    const { assumedMs, assumed, course } = replay(entries, { debounceMs: 5_000 });
    expect(assumedMs).toBe(40);
    expect([...assumed].map((runId) => course.runs.get(runId)?.outcome)).toEqual(['created']);
  });

  test('without a trailing checkpoint there is one less', () => {
    const entries = happened(World.armed(), three);
    expect(difference(entries, { trailing: false })).toBe(
      '1 checkpoint less; signals: 1 less checkpointed, 1 more coalesced',
    );
  });

  test('what was only watched would have been checkpointed', () => {
    const entries = happened(World.armed().do({ type: 'mode', mode: 'observe' }), (world) => {
      world.crash();
      world.wait(5_000);
      world.do({ type: 'mode', mode: 'observe' }).wait(1_000);
      world.crash({ agent: 'other' });
      world.wait(1_000);
    });
    expect(difference(entries, { mode: 'auto' })).toBe(
      '1 checkpoint more; signals: 2 less disarmed, 1 more checkpointed, 1 more open; assumed: 1',
    );
  });

  test('a type that was flagged acts, and one that acted is flagged', () => {
    const entries = happened(World.armed(), (world) => {
      world.crash({ type: 'llm_error' });
      world.wait(5_000);
      world.crash();
      world.wait(40).created().wait(5_000);
    });
    expect(difference(entries, { policy: { llm_error: 'checkpoint', agent_crash: 'flag' } })).toBe(
      'as many checkpoints; each signal as it was; assumed: 1',
    );
    const { course } = replay(entries, { policy: { llm_error: 'checkpoint', agent_crash: 'flag' } });
    expect([...course.signals.values()].map(({ signal, fate }) => [signal.type, fate?.kind])).toEqual([
      ['llm_error', 'checkpointed'],
      ['agent_crash', 'flagged'],
    ]);
  });

  test('a checkpoint for the same signal ends as it ended then, also at another moment', () => {
    const entries = happened(World.armed(), (world) => {
      world.crash();
      world.wait(40).created().wait(10_000);
      world.crash();
      world.wait(20_000);
      world.wait(2_000).fails().wait(60_000);
    });
    // At once instead of 20 s later.
    const { course } = replay(entries, { debounceMs: 5_000 });
    const runs = [...course.runs.values()].map(({ startedAt, outcome }) => [
      startedAt - (entries[0]?.at ?? 0),
      outcome,
    ]);
    expect(runs).toEqual([
      [0, 'created'],
      [10_040, 'failed'],
    ]);
  });

  test('a window that a restart finds open is that of the replay', () => {
    const before = World.armed();
    const first = happened(before, (world) => {
      world.crash();
      world.wait(40).created().wait(1_000);
    });
    const { world: after } = before.restarted(before.at + 40_000);
    const second = happened(after, (world) => {
      world.do({ type: 'recover', runs: [] });
      world.do({ type: 'availability', workspace: WS, availability: AVAILABLE });
      world.do({ type: 'mode', mode: 'auto' });
      world.crash();
      world.wait(40).created().wait(60_000);
    });
    const entries = [...first, ...second];
    expect(replay(entries).mismatches).toEqual([]);
    expect(difference(entries, { debounceMs: 600_000 })).toBe(
      '1 checkpoint less; signals: 1 less checkpointed, 1 more open',
    );
  });
});

describe('what only some histories have', () => {
  test('timers that fire late, because the machine was busy', () => {
    const entries = happened(World.armed(), (world) => {
      world.crash();
      world.wait(40).created().wait(1_000);
      world.crash();
      world.mono += 30_000;
      world.at += 30_000;
      world.wait(0).wait(40).created().wait(60_000);
    });
    expect(replay(entries).mismatches).toEqual([]);
    const { course } = replay(entries, { debounceMs: 30_000 });
    expect(course).toEqual(recordedCourse(entries));
  });

  test('a silence that ended because the clock ran ahead stays over when it is set back', () => {
    const entries = happened(World.armed(), (world) => {
      world.silence({}, 60_000);
      world.at += 3_600_000;
      world.call({ callId: 'calm', statusCode: 200 });
      world.at -= 3_600_000;
      world.crash();
      world.wait(40).created();
    });
    expect(replay(entries).mismatches).toEqual([]);
    expect([...recordedCourse(entries).signals.values()].map(({ fate }) => fate?.kind)).toEqual(['checkpointed']);
  });

  test('signals that are raised of what was deferred, at the end', () => {
    const entries = happened(World.armed(), (world) => {
      world.crash({ callId: 'never-read-0123456789' });
      world.do({ type: 'stop' });
    });
    expect(entries.at(-1)).toMatchObject({ input: { type: 'stop', raised: [{ type: 'agent_crash' }] } });
    expect(replay(entries).mismatches).toEqual([]);
    expect(replay(entries).course.signals.size).toBe(1);
  });

  test('a snapshot that appears later counts for the agent of its signal, also from a later segment on', () => {
    const world = World.armed({ guard: { perAgentPerHour: 1, perWorkspacePerHour: 60, storeUsedRatio: 0.9 } });
    world.crash();
    world.ends({ type: 'timed_out' }).wait(5_000);
    const runId = world.spawns[0]?.runId ?? '';
    const entries = happened(world, () => {
      const snapshot = { id: 'auto-late', at: world.at, message: null, metadata: { run_id: runId }, pinned: false };
      world.do({ type: 'late_snapshot', workspace: WS, snapshot }).wait(60_000);
      world.crash();
    });
    expect([...recordedCourse(entries).signals.values()].map(({ fate }) => fate?.kind)).toEqual(['guarded']);
    expect(replay(entries).mismatches).toEqual([]);
  });

  test('snapshots of other tools, whose messages and metadata may hold a prompt, which is not kept', () => {
    const prompt = 'the user asked for this';
    const facts = { message: prompt, metadata: { tool: 'plugin', turn: prompt }, pinned: false };
    const entries = happened(World.armed(), (world) => {
      world.do({ type: 'foreign_snapshot', workspace: WS, snapshot: { id: 'auto-other', at: world.at, ...facts } });
      world.crash();
    });
    expect(JSON.stringify(entries)).toContain('auto-other');
    expect(JSON.stringify(entries)).not.toContain(prompt);
    expect(replay(entries).mismatches).toEqual([]);
  });

  test('what another version wrote is counted, not taken', () => {
    const entries = happened(World.armed(), (world) => void world.crash());
    const strange = { ...entries[1], input: { type: 'raised', signals: [null] } } as unknown as HistoryEntry;
    expect(replay([...entries, strange])).toMatchObject({ refused: 1, mismatchCount: 0 });
  });
});
