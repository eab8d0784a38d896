import { describe, expect, test } from 'vitest';
import type { Call, RecordedFacts } from '../../../../src/core/calls.ts';
import { failedCall, makeCall, makeRow, ns } from '../../../helpers/feed-events.ts';
import { World } from '../../../helpers/reactor.ts';

const FACTS: RecordedFacts = { failed: false, errorClass: null, sharesId: true, outputIsLowerBound: false };

function recordedFailure(ends: number, error: string, facts: Partial<Call> = {}): Call {
  const recorded = { ...FACTS, failed: true, sharesId: false };
  return failedCall({ ends, callId: `failed:${ends}-0000-0000`, statusCode: null, error, recorded, ...facts });
}

function signals(world: World): readonly string[] {
  return world.said.flatMap((notice) => (notice.type === 'signal' ? [notice.signal.type] : []));
}

describe('what an agent’s own records show', () => {
  test('a crash is flagged by the rule records_cannot_tell', () => {
    const world = World.armed();
    const id = world.crash({ interruptionId: null, recorded: true });
    expect(world.fateName(id)).toBe('flagged');
    expect(world.fate(id)?.reason).toContain('records_cannot_tell');
  });

  test('policy.records lets it act all the same', () => {
    const world = World.armed({ recordsPolicy: { agent_crash: 'checkpoint' } });
    world.crash({ interruptionId: null, recorded: true });
    expect(world.spawns).toHaveLength(1);
  });

  test('a crash in the text of a recorded failure is flagged likewise', () => {
    const world = World.armed();
    const id = world.call(recordedFailure(1, 'process crashed'));
    expect(world.fateName(id)).toBe('flagged');
  });

  test('a loop is flagged', () => {
    const world = World.armed();
    const id = world.row(makeRow({ interruptionId: null, type: 'dead_loop', recorded: true }));
    expect(world.fateName(id)).toBe('flagged');
  });

  test('five failures in a row are a storm that acts, whether a status was recorded or not', () => {
    const world = World.armed();
    for (const ends of [1, 2, 3, 4, 5]) world.call(recordedFailure(ends, 'API Error: Connection error.'));
    world.wait(0);
    expect(signals(world)).toEqual(['retry_storm']);
    expect(world.spawns).toHaveLength(1);
  });

  test('what anybody may have sent as telemetry neither makes a storm nor ends one', () => {
    const telemetry = (ends: number, failed: boolean): Call => {
      const recorded = { ...FACTS, failed, telemetry: 'unverified' } as const;
      const call = failed
        ? recordedFailure(ends, 'API Error: Overloaded')
        : makeCall({ ends, callId: `sent:${ends}-0000` });
      return { ...call, recorded };
    };
    const planted = World.armed();
    for (const ends of [1, 2, 3, 4, 5, 6]) planted.call(telemetry(ends, true));
    planted.call({ ...telemetry(7, true), error: 'process crashed' });
    planted.wait(0);
    expect(signals(planted)).toEqual([]);
    const real = World.armed();
    for (const ends of [1, 2, 3, 4, 5]) {
      real.call(recordedFailure(10 * ends, 'API Error: Overloaded'));
      real.call(telemetry(10 * ends + 1, false));
    }
    real.wait(0);
    expect(signals(real)).toEqual(['retry_storm']);
  });

  test('the agent’s own error code counts like a status', () => {
    const world = World.armed();
    for (const ends of [1, 2, 3, 4, 5]) {
      const recorded = { ...FACTS, failed: true, errorClass: 'auth_error' };
      world.call(recordedFailure(ends, `answer ${ends}`, { recorded }));
    }
    world.wait(0);
    expect(signals(world)).toEqual(['retry_storm']);
  });

  test('a storm of retries and the failures after it are one signal until a success', () => {
    const world = World.armed();
    const retries = { interruptionId: null, type: 'retry_storm', recorded: true } as const;
    world.row(makeRow({ ...retries, occurredNs: ns(1) }));
    for (const ends of [2, 3, 4, 5, 6])
      world.call(recordedFailure(ends, 'API Error: 529 Overloaded', { statusCode: 529 }));
    world.wait(0);
    expect(signals(world)).toEqual(['retry_storm']);
    world.call(makeCall({ ends: 7, recorded: FACTS }));
    for (const ends of [8, 9, 10, 11, 12]) world.call(recordedFailure(ends, 'API Error: 529', { statusCode: 529 }));
    world.wait(0);
    expect(signals(world)).toEqual(['retry_storm', 'retry_storm']);
  });

  test.each(['model_context_window_exceeded', 'own code'])('an overflow told by %s raises S2', (how) => {
    const world = World.armed();
    const finishReason = how === 'own code' ? 'stop' : how;
    const errorClass = how === 'own code' ? 'context_overflow' : null;
    world.call(makeCall({ finishReason, recorded: { ...FACTS, errorClass } }));
    expect(signals(world)).toEqual(['context_overflow']);
  });
});

describe('the limit of a plan', () => {
  const limit = "You've hit your session limit · resets 3pm";

  test('is one flag until the next success, and no storm', () => {
    const world = World.armed();
    const id = world.call(recordedFailure(1, limit));
    for (const ends of [2, 3, 4, 5, 6]) world.call(recordedFailure(ends, limit));
    world.wait(0);
    expect(signals(world)).toEqual(['quota_reached']);
    expect(world.fateName(id)).toBe('flagged');
    world.call(makeCall({ ends: 7, recorded: FACTS }));
    world.call(recordedFailure(8, limit));
    expect(signals(world)).toEqual(['quota_reached', 'quota_reached']);
  });

  test('is no storm from agentsight either, which tells of it by its own row', () => {
    const world = World.armed();
    for (const ends of [1, 2, 3, 4, 5, 6])
      world.call(failedCall({ ends, callId: `limit-of-agentsight-${ends}`, statusCode: 429, error: limit }));
    world.wait(0);
    expect(signals(world)).toEqual([]);
  });

  test('breaks a row of failures of another class', () => {
    const world = World.armed();
    for (const ends of [1, 2, 3, 4]) world.call(recordedFailure(ends, 'API Error: 529', { statusCode: 529 }));
    world.call(recordedFailure(5, limit));
    world.call(recordedFailure(6, 'API Error: 529', { statusCode: 529 }));
    world.wait(0);
    expect(signals(world)).toEqual(['quota_reached']);
  });

  test('an empty balance is none', () => {
    const world = World.armed();
    world.call(recordedFailure(1, 'Credit balance is too low'));
    expect(signals(world)).toEqual([]);
  });
});
