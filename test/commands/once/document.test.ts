import { describe, expect, test } from 'vitest';
import { MAX_ONCE_CONVERSATIONS } from '../../../src/core/limits.ts';
import { onceDocument, onceExitCode } from '../../../src/commands/once/document.ts';
import type { Fate, Signal } from '../../../src/core/signals.ts';
import { HOUR, T0, aModel, call, interruption, summed, told, usage } from '../../core/model/given.ts';
import { onceInput, source, workspace } from './given.ts';
import { NO_FACTS } from '../../helpers/session-facts.ts';

const iso = (ms: number): string => new Date(T0 + ms).toISOString();

describe('the state document', () => {
  test('carries its schema, host, time and version', () => {
    expect(onceDocument(onceInput(aModel()))).toMatchObject({
      schema: 'sightline.state/1',
      host: 'a-host',
      generated_at: '2026-05-28T20:26:40.000Z',
      version: '0.1.0',
    });
  });

  test('marks which sums of an agent and a conversation rest on a summary, also since some time', () => {
    const model = aModel();
    model.apply('a', summed({ calls: 12, inputTokens: 5_000 }), T0);
    model.apply('a', told(1, call(-1_000)), T0);
    for (const sinceMs of [null, HOUR]) {
      const doc = onceDocument(onceInput(model, { at: T0 + 10_000 }, sinceMs));
      const summary = { calls: 11, input_tokens: 4_900, output_tokens: 0 };
      expect(doc.conversations).toMatchObject([{ calls: 12, input_tokens: 5_000, summary, sources: ['a'] }]);
      expect(doc.agents).toMatchObject([{ calls: 12, summary }]);
    }
  });

  test('tells what is wrong with an agent and a conversation by their calls', () => {
    const model = aModel();
    for (const [record, ago] of [9_000, 7_000, 5_000, 3_000, 1_000].entries())
      model.apply('a', told(record + 1, call(-ago, { statusCode: 401, error: 'the key of fix my prompt' })), T0);
    const failing = {
      kind: 'failing',
      failed: 5,
      of: 5,
      since_at: iso(-9_000),
      error: 'auth_error',
    };
    const doc = onceDocument(onceInput(model));
    expect(doc.agents.map(({ trouble }) => trouble)).toEqual([failing]);
    expect(doc.conversations.map(({ trouble }) => trouble)).toEqual([failing]);

    model.apply('a', told(9, call(-500, { status: 'pending', endNs: null, conversationId: 'open' })), T0);
    const later = onceDocument(onceInput(model, { at: T0 + 400_000 }));
    expect(later.conversations.find((row) => row.conversation_id === 'open')?.trouble).toEqual({
      kind: 'stuck',
      failed: null,
      of: null,
      since_at: iso(-2_500),
      error: null,
    });
  });

  test('gives exactly the fields of the contract for an agent and a conversation', () => {
    const model = aModel();
    const counters = usage({ inputTokens: 10, outputTokens: 5, cacheReadTokens: 90 });
    model.apply('a', told(1, call(-1_000, { usage: counters })), T0);
    model.apply('a', told(1, interruption(-500)), T0);
    const doc = onceDocument(onceInput(model));
    const meters = {
      calls: 1,
      failed: 0,
      pending: 0,
      input_tokens: 10,
      output_tokens: 5,
      cache_read_tokens: 90,
      cache_creation_tokens: 0,
      prompt_tokens: 100,
      cache_ratio: 0.9,
      cost: null,
    };
    expect(doc.agents).toEqual([
      {
        agent: 'Claude',
        pids: [42],
        models: ['claude-opus'],
        ...meters,
        uncached_window: { started_at: iso(-1_000), input_tokens: 10, cache_seen: true },
        last_hour: {
          calls: 1,
          failed: 0,
          input_tokens: 10,
          output_tokens: 5,
          prompt_tokens: 100,
          cache_read_tokens: 90,
          cache_creation_tokens: 0,
        },
        last_call_at: iso(-1_000),
        state: 'active',
        trouble: null,
        sources: ['a'],
      },
    ]);
    expect(doc.conversations).toEqual([
      {
        conversation_id: 'conversation',
        session_id: 'session',
        agent: 'Claude',
        models: ['claude-opus'],
        ...meters,
        first_call_at: iso(-3_000),
        last_call_at: iso(-1_000),
        flags: ['llm_error'],
        trouble: null,
        parent_id: null,
        forked_from: null,
        cwd: null,
        title: null,
        context: null,
        compactions: null,
        retries: null,
        output_is_lower_bound: false,
        unsure_output: 0,
        sources: ['a'],
      },
    ]);
  });

  test("gives a conversation's sums with its sub-agents beside its own, which alone add up to all", () => {
    const model = aModel();
    const tell = (callId: string, conversationId: string): void =>
      void model.apply('a', told(callId, call(0, { callId, conversationId, userQuery: null })), T0);
    tell('1', 'main');
    tell('2', 'sub');
    tell('3', 'sub');
    const session = { ...NO_FACTS, sessionId: 'main', parentId: 'main' };
    model.apply('a', { type: 'session', conversationId: 'sub', session, ownerUid: null }, T0);
    const { conversations, agents } = onceDocument(onceInput(model));
    expect(conversations.find(({ conversation_id }) => conversation_id === 'main')).toMatchObject({
      calls: 1,
      parent_id: null,
      with_sub_agents: { sub_agents: 1, calls: 3, input_tokens: 300, cost: null },
    });
    const sub = conversations.find(({ conversation_id }) => conversation_id === 'sub');
    expect(sub).toMatchObject({ calls: 2, parent_id: 'main' });
    expect(sub).not.toHaveProperty('with_sub_agents');
    expect(agents).toMatchObject([{ calls: 3 }]);
  });

  test('an unknown ratio is null, a sum of nothing is 0', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { usage: null })), T0);
    expect(onceDocument(onceInput(model)).agents).toMatchObject([
      { input_tokens: 0, cache_read_tokens: 0, cache_ratio: null, uncached_window: null },
    ]);
  });

  test('an agent is unknown while its source is lost', () => {
    const model = aModel();
    model.apply('a', told(1, call(0)), T0);
    const lost = onceInput(model, { sources: [source({ status: 'lost' }), source({ uri: 'b' })] });
    expect(onceDocument(lost).agents).toMatchObject([{ state: 'unknown' }]);
  });

  test('gives what a source brought and what it skipped', () => {
    const skipped = { malformed: 1, oversized: 0, unsupported: 0 };
    const read = source({ skipped, lastSkip: { code: 'quoted', text: 'call row 7: no start' }, lagMs: 40 });
    const sources = [{ ...read, position: { code: 'rows', call: '812', interruption: null } as const }];
    expect(onceDocument(onceInput(aModel(), { sources })).sources).toEqual([
      {
        uri: 'a',
        medium: 'sqlite',
        health: 'ok',
        detail: 'reading',
        calls: 1,
        interruptions: 0,
        historical_signals: 3,
        skipped,
        unknown_kinds: [],
        last_skip: 'call row 7: no start',
        position: 'call 812',
        lag_ms: 40,
        last_event_at: iso(0),
      },
    ]);
  });

  test('names the rule that downgraded an interruption, and marks a derived storm', () => {
    const model = aModel();
    const detail = { ...interruption(0).detail, signal: 15 };
    model.apply('a', told(1, interruption(0, { type: 'agent_crash', severity: 'critical', detail })), T0);
    const storm = interruption(5, { interruptionId: null, type: 'retry_storm', severity: 'critical' });
    expect(onceDocument(onceInput(model, { derived: [storm] })).interruptions).toMatchObject([
      { interruption_id: null, type: 'retry_storm', derived: true, downgraded: null, occurred_at: iso(5) },
      { interruption_id: 'interruption-0', derived: false, downgraded: expect.stringContaining('SIGTERM') },
    ]);
  });

  test('names the sources of an interruption, none of a derived storm', () => {
    const model = aModel();
    model.apply('b', told(1, interruption(0)), T0);
    model.apply('a', told(1, interruption(0)), T0);
    const storm = interruption(5, { interruptionId: null, type: 'retry_storm' });
    const doc = onceDocument(onceInput(model, { derived: [storm] }));
    expect(doc.interruptions.map(({ sources }) => sources)).toEqual([[], ['a', 'b']]);
  });

  test('gives the reactor in the terms of the contract', () => {
    const silence = {
      id: 'silence-1',
      matcher: { agent: 'Claude' },
      createdAt: T0,
      endsAt: T0 + 60_000,
      createdBy: 'me',
      reason: 'deploying',
      heldBack: 2,
    };
    const doc = onceDocument(onceInput(aModel(), { workspaces: [workspace()], silences: [silence], mode: 'auto' }));
    expect(doc.reactor).toEqual({
      mode: 'auto',
      workspaces: [
        {
          workspace: '/srv/project',
          agents: ['Claude'],
          checkpointer: { name: 'ws-ckpt', version: '0.3.2', available: true, reason: '' },
          state: 'debouncing',
          state_ends_at: iso(30_000),
          waiting: 2,
          last_snapshot: { id: 'auto-1', at: iso(0), trigger: 's0' },
        },
      ],
      silences: [
        {
          id: 'silence-1',
          matcher: { conversation: null, agent: 'Claude', signal: null, workspace: null },
          created_at: iso(0),
          ends_at: iso(60_000),
          reason: 'deploying',
          held_back: 2,
        },
      ],
    });
  });

  test('a signal that is held or running has no fate yet', () => {
    const signal = { signalId: 's1', type: 'agent_crash', at: T0 } as Signal;
    const fate: Fate = {
      kind: 'historical',
      settled: true,
      reason: { code: 'recorded', text: 'was there before' },
      at: T0,
      snapshot: null,
      durationMs: null,
    };
    const signals = [
      { signal, fate: null, seq: 2, reports: { count: 1, lastAt: signal.at } },
      { signal, fate, seq: 1, reports: { count: 1, lastAt: signal.at } },
    ];
    expect(onceDocument(onceInput(aModel(), { signals })).signals).toMatchObject([
      { signal_id: 's1', fate: null, settled: false, reason: null },
      { signal_id: 's1', fate: 'historical', settled: true, reason: 'was there before' },
    ]);
  });

  test('names like __proto__ survive as data', () => {
    const model = aModel();
    model.apply('a', told(1, call(0, { agent: '__proto__', conversationId: 'constructor' })), T0);
    const parsed: unknown = JSON.parse(JSON.stringify(onceDocument(onceInput(model))));
    expect(parsed).toMatchObject({
      agents: [{ agent: '__proto__' }],
      conversations: [{ conversation_id: 'constructor', agent: '__proto__' }],
    });
  });
});

describe('more conversations than are printed', () => {
  test('the most recent 200 000 are printed, the others are in the sums and counted', () => {
    const model = aModel({ evict: false });
    model.apply('a', told(1, call(-HOUR)), T0);
    const view = model.view();
    const [row] = view.conversations;
    if (row === undefined) throw new Error('there is none');
    const conversations = Array.from({ length: 200_004 }, () => row);
    const fleet = { ...view.fleet, evicted: { ...view.fleet.evicted, conversations: 6 } };
    const doc = onceDocument(onceInput(model, { model: { ...view, conversations, fleet } }));
    expect(doc.conversations).toHaveLength(200_000);
    expect(doc.conversations_omitted).toBe(10);
    expect(onceDocument(onceInput(model))).not.toHaveProperty('conversations_omitted');
  });

  test('what is kept of a long history is bounded, and its sums are whole', () => {
    const model = aModel({ evict: false });
    // A few more conversations than are kept until the idlest quarter goes, and so more calls than are kept, too.
    const calls = Math.ceil((MAX_ONCE_CONVERSATIONS * 4) / 3) + 100;
    for (let at = 0; at < calls; at += 1)
      model.apply('a', told(at, call(at - 2 * calls, { callId: `${at}`, conversationId: `c${at}` })), T0);
    const { totals, evicted } = model.fleet();
    expect(totals.calls).toBe(calls);
    expect(evicted.conversations).toBeGreaterThan(0);
    expect(evicted.calls).toBeGreaterThan(0);
    const kept = model.conversations().length;
    expect(kept).toBeGreaterThanOrEqual(MAX_ONCE_CONVERSATIONS);
    expect(kept + evicted.conversations).toBe(calls);
    // Five seconds of a processor: on one shared by many, several times as long.
  }, 120_000);
});

describe('--since', () => {
  test('keeps what began or occurred within the time, and sums only that', () => {
    const model = aModel({ evict: false });
    model.apply('a', told(1, call(-3 * HOUR, { conversationId: 'long ago', agent: 'Old' })), T0);
    model.apply('a', told(2, call(-2 * HOUR)), T0);
    model.apply('a', told(3, call(-HOUR / 2)), T0);
    model.apply('a', told(1, interruption(-2 * HOUR, { type: 'dead_loop' })), T0);
    model.apply('a', told(2, interruption(-HOUR / 2)), T0);
    const storm = interruption(-2 * HOUR, { interruptionId: null });
    const doc = onceDocument(onceInput(model, { derived: [storm] }, HOUR));
    expect(doc.agents.map(({ agent, calls }) => [agent, calls])).toEqual([['Claude', 1]]);
    expect(doc.conversations).toMatchObject([{ conversation_id: 'conversation', calls: 1, flags: ['llm_error'] }]);
    expect(doc.interruptions.map(({ type }) => type)).toEqual(['llm_error']);
  });

  test('advisories are those of the whole history that fall into the time', () => {
    const model = aModel({ evict: false });
    const much = { usage: usage({ inputTokens: 150_000 }) };
    model.apply('a', told(1, call(-HOUR - 60_000, much)), T0);
    model.apply('a', told(2, call(-HOUR / 2, much)), T0);
    const doc = onceDocument(onceInput(model, {}, HOUR));
    expect(doc.advisories).toEqual([
      { type: 'no_prompt_cache', agent: 'Claude', at: iso(-HOUR / 2), input_tokens: 300_000, cache_reported: false },
    ]);
    expect(doc.agents[0]?.uncached_window).toMatchObject({ input_tokens: 300_000 });
  });
});

describe('the exit code', () => {
  function exitCode(
    given: Parameters<typeof interruption>[1],
    sources = [source()],
    sinceMs: number | null = null,
  ): number {
    const model = aModel();
    model.apply('a', told(1, interruption(-HOUR, given)), T0);
    return onceExitCode(onceDocument(onceInput(model, { sources }, sinceMs)), sources);
  }

  test('is 0 when all is well', () => {
    expect(exitCode({ severity: 'medium' })).toBe(0);
    expect(exitCode({ severity: 'critical', resolved: true })).toBe(0);
  });

  test('is 1 for an unresolved critical or high interruption within --since', () => {
    expect(exitCode({ severity: 'critical' })).toBe(1);
    expect(exitCode({ severity: 'high' })).toBe(1);
    expect(exitCode({ severity: 'high' }, [source()], HOUR / 2)).toBe(0);
  });

  test('does not count what was downgraded', () => {
    const detail = { ...interruption(0).detail, exitCode: 0 };
    expect(exitCode({ type: 'agent_crash', severity: 'critical', detail })).toBe(0);
  });

  test('counts a derived storm until a success', () => {
    const code = (resolved: boolean): number => {
      const storm = interruption(0, { interruptionId: null, type: 'retry_storm', severity: 'critical', resolved });
      return onceExitCode(onceDocument(onceInput(aModel(), { derived: [storm] })), [source()]);
    };
    expect([code(false), code(true)]).toEqual([1, 0]);
  });

  test('is 3 when no source could be read', () => {
    const nothing = { calls: 0, interruptions: 0 };
    expect(exitCode({}, [])).toBe(3);
    expect(exitCode({}, [source({ status: 'absent', caughtUp: false }, nothing)])).toBe(3);
    expect(exitCode({}, [source({ status: 'degraded', caughtUp: false }, nothing)])).toBe(3);
    expect(exitCode({ severity: 'low' }, [source({ status: 'lost' }, nothing), source({ uri: 'b' })])).toBe(0);
  });
});
