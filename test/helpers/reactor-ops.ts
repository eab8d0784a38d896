/** Anything that may happen to the reactive core, as values that fast-check can make, print and shrink. */
import fc from 'fast-check';
import { MOMENTS, type MomentType } from '../../src/core/moments.ts';
import type { AckScope } from '../../src/core/acks.ts';
import type { PolicyAction } from '../../src/core/rules.ts';
import type { Matcher } from '../../src/core/signals.ts';
import type { Outcome } from '../../src/core/snapshots.ts';
import type { Lock } from '../../src/core/reactor/types.ts';

export const WORKSPACES = ['/a', '/b'] as const;
const TYPES = ['agent_crash', 'dead_loop', 'retry_storm', 'context_overflow', 'llm_error', 'noise'] as const;
const OUTCOMES = [
  ...(['created', 'created', 'created', 'created', 'failed', 'failed', 'failed'] as const),
  ...(['timed_out', 'empty', 'unavailable', 'unknown', 'not_ours'] as const),
] as const;

type Agent = 'a' | 'b' | 'homeless';
type Workspace = (typeof WORKSPACES)[number];
type News = 'live' | 'historical';

export type Op =
  | { readonly op: 'wait'; readonly ms: number }
  /** Somebody sets the wall clock. */
  | { readonly op: 'clock'; readonly ms: number }
  | {
      readonly op: 'row';
      readonly type: string;
      readonly agent: Agent;
      readonly conversation: string;
      readonly severity: 'critical' | 'high';
      readonly news: News;
      readonly call: string | null;
      readonly clean: boolean;
    }
  | { readonly op: 'resolve'; readonly nth: number }
  | {
      readonly op: 'failures';
      readonly count: number;
      readonly agent: Agent;
      readonly conversation: string;
      readonly news: News;
    }
  | { readonly op: 'luckless'; readonly count: number; readonly agent: Agent }
  | { readonly op: 'burst'; readonly count: number; readonly agent: Agent }
  | {
      readonly op: 'call';
      readonly agent: Agent;
      readonly conversation: string;
      readonly kind: 'ok' | 'failed' | 'interrupted' | 'pending';
      readonly error: string | null;
      readonly callId: string;
      readonly news: News;
    }
  | { readonly op: 'notify'; readonly type: string; readonly agent: Agent; readonly conversation: string }
  /** Something that records tell ahead; `ageMs`: how long ago. */
  | {
      readonly op: 'moment';
      readonly type: MomentType;
      readonly key: string;
      readonly agent: Agent;
      readonly conversation: string;
      readonly ageMs: number;
    }
  | { readonly op: 'outcome'; readonly workspace: Workspace; readonly type: Outcome['type'] }
  | { readonly op: 'manual'; readonly workspace: Workspace }
  | { readonly op: 'mode'; readonly mode: 'observe' | 'hold' | 'auto' }
  | { readonly op: 'silence'; readonly id: string; readonly matcher: Matcher; readonly ms: number }
  | { readonly op: 'unsilence'; readonly id: string }
  /** Not among the stories' own: it must change nothing of them. */
  | { readonly op: 'ack'; readonly scope: AckScope; readonly ms: number | null }
  | { readonly op: 'unack'; readonly scope: AckScope }
  | { readonly op: 'extend'; readonly id: string; readonly ms: number }
  | { readonly op: 'veto' | 'fire'; readonly workspace: Workspace }
  | { readonly op: 'lock'; readonly workspace: Workspace; readonly whose: Lock['type'] }
  | {
      readonly op: 'availability';
      readonly workspace: Workspace;
      readonly state: 'available' | 'unavailable' | 'unmanaged';
      readonly used: number;
    }
  | { readonly op: 'foreign'; readonly workspace: Workspace; readonly id: string; readonly ageMs: number }
  | { readonly op: 'baseline'; readonly workspace: Workspace; readonly phase: 'started' | 'ended' }
  /** A rollback is asked for, or ends; `ok` says how. */
  | { readonly op: 'rollback'; readonly workspace: Workspace; readonly phase: 'asked' | 'ended'; readonly ok: boolean }
  | { readonly op: 'policy'; readonly type: string; readonly action: PolicyAction | null }
  /** The configuration is read again. */
  | { readonly op: 'rules'; readonly debounceMs: number; readonly trailing: boolean; readonly graceMs: number | null };

const workspace = fc.constantFrom<Workspace>('/a', '/a', '/b');
const agent = fc.constantFrom<Agent>('a', 'a', 'a', 'a', 'b', 'b', 'homeless');
const conversation = fc.constantFrom('c1', 'c1', 'c1', 'c2', 'no_user_query');
const type = fc.constantFrom(...TYPES);
const news = fc.constantFrom<News>('live', 'live', 'live', 'historical');
const callId = fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8');
const silenceId = fc.constantFrom('s1', 's2');
const error = fc.constantFrom(null, null, null, null, null, 'rate limit', 'worker crashed', 'prompt is too long');
const op = <T extends Op['op']>(name: T) => fc.constant(name);

const anyOp: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      op: op('wait'),
      ms: fc.constantFrom(0, 1, 500, 1_000, 2_500, 10_000, 30_000, 61_000, 600_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: op('clock'),
      ms: fc.constantFrom(-86_400_000, -3_600_000, -15_000, -1, 1, 15_000, 3_600_000, 86_400_000),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      op: op('row'),
      type,
      agent,
      conversation,
      severity: fc.constantFrom('critical', 'high'),
      news,
      call: fc.option(callId),
      clean: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: op('resolve'), nth: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: op('failures'), count: fc.integer({ min: 2, max: 6 }), agent, conversation, news }),
  },
  { weight: 2, arbitrary: fc.record({ op: op('luckless'), count: fc.integer({ min: 1, max: 3 }), agent }) },
  { weight: 1, arbitrary: fc.record({ op: op('burst'), count: fc.integer({ min: 20, max: 40 }), agent }) },
  {
    weight: 12,
    arbitrary: fc.record({
      op: op('call'),
      agent,
      conversation,
      kind: fc.constantFrom('ok', 'failed', 'failed', 'failed', 'failed', 'failed', 'failed', 'interrupted', 'pending'),
      error,
      callId,
      news,
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: op('notify'), type, agent, conversation }) },
  {
    weight: 5,
    arbitrary: fc.record({
      op: op('moment'),
      type: fc.constantFrom(...MOMENTS),
      key: fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5', 'm6'),
      agent,
      conversation,
      ageMs: fc.constantFrom(0, 0, 0, 100, 90_000, -90_000),
    }),
  },
  { weight: 16, arbitrary: fc.record({ op: op('outcome'), workspace, type: fc.constantFrom(...OUTCOMES) }) },
  { weight: 2, arbitrary: fc.record({ op: op('manual'), workspace }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: op('mode'),
      mode: fc.constantFrom('observe', 'hold', 'hold', 'auto', 'auto', 'auto', 'auto'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: op('silence'),
      id: silenceId,
      matcher: fc.record({ conversation, agent, signal: type, workspace }, { requiredKeys: [] }),
      ms: fc.constantFrom(0, 5_000, 60_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: op('unsilence'), id: silenceId }) },
  { weight: 1, arbitrary: fc.record({ op: op('extend'), id: silenceId, ms: fc.constantFrom(0, 90_000) }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constantFrom('veto', 'fire'), workspace }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: op('lock'),
      workspace,
      whose: fc.constantFrom('none', 'ours', 'ours', 'ours', 'ours', 'other', 'outside', 'gone', 'gone'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: op('availability'),
      workspace,
      state: fc.constantFrom(
        'available',
        'available',
        'available',
        'available',
        'available',
        'available',
        'unavailable',
        'unmanaged',
      ),
      used: fc.constantFrom(0.1, 0.1, 0.95),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: op('foreign'),
      workspace,
      id: fc.constantFrom('auto-x', 'auto-y', 'cron-1'),
      ageMs: fc.constantFrom(0, 20_000, 40_000, -5_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: op('baseline'), workspace, phase: fc.constantFrom('started', 'ended') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: op('rollback'),
      workspace,
      phase: fc.constantFrom('asked', 'ended', 'ended'),
      ok: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: op('policy'), type, action: fc.constantFrom('checkpoint', 'flag', 'ignore', null) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: op('rules'),
      debounceMs: fc.constantFrom(0, 5_000, 30_000, 30_000, 120_000),
      trailing: fc.boolean(),
      graceMs: fc.constantFrom(null, 0, 3_000),
    }),
  },
);

/** An acknowledgement of anything, or its end. */
export const ackOp: fc.Arbitrary<Op & { readonly op: 'ack' | 'unack' }> = fc
  .record({
    scope: fc.record({ conversation, agent, signal: type }, { requiredKeys: [] }),
    ms: fc.constantFrom(null, 1_000, 60_000),
    end: fc.boolean(),
  })
  .map(({ scope, ms, end }) => (end ? { op: 'unack', scope } : { op: 'ack', scope, ms }));

/** A story of up to `maxLength` happenings, in a world with these settings. */
export function story(
  maxLength: number,
): fc.Arbitrary<{ readonly ops: readonly Op[]; readonly trailing: boolean; readonly graceMs: number | null }> {
  return fc.record({
    ops: fc.array(anyOp, { minLength: 10, maxLength, size: 'max' }),
    trailing: fc.boolean(),
    graceMs: fc.constantFrom(null, 0, 3_000),
  });
}
