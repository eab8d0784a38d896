import { INTERRUPTION_TYPES } from '../../core/interruptions.ts';
import type { Ms } from '../../core/units.ts';
import type { Glyphs, Tone } from '../render/theme.ts';
import { age, count, left } from '../render/values.ts';

/** The steps of the ladder: what is on a lower one comes first in every list. Those from `LAST_TROUBLE` on are no trouble. */
export type Step = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
/** The last step that counts as trouble: an advisory. */
export const LAST_TROUBLE: Step = 6;
/** The step of what needs nobody: it keeps the order of recency. */
export const CALM: Step = 8;

/**
 * The condition of an agent, a conversation or a workspace. `at`: when that was last reported or began, by which the rows of
 * one step are ordered, the most recent first.
 */
export type Condition = { readonly at: Ms } & (
  | {
      readonly kind: 'signal';
      readonly severity: 'critical' | 'high';
      readonly type: string;
      /** The number of times that it was reported. */
      readonly count: number;
      /** The signal that was reported last. */
      readonly signalId: string;
    }
  /** Every source that reports it is lost; `agents` are unknown in this row. */
  | { readonly kind: 'unknown'; readonly agents: number }
  /** Automation of a workspace is stopped. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failing'; readonly failed: number; readonly of: number }
  /** Its processes are stopped since `at`, and go on by themselves. */
  | { readonly kind: 'paused'; readonly resumesAt: Ms }
  /** Work is open, and no call came since `at`. */
  | { readonly kind: 'stuck' }
  | { readonly kind: 'advisory'; readonly name: string }
  /** A person is asked for a permission or an answer since `at`. */
  | { readonly kind: 'waiting' }
  /** `ended`: the process of the session is gone. */
  | {
      readonly kind: 'active' | 'idle' | 'ended';
      /** It would be in trouble, but for what was acknowledged. */
      readonly acked?: true;
    }
);

const STEPS: Readonly<Record<Exclude<Condition['kind'], 'signal'>, Step>> = {
  unknown: 2,
  stopped: 2,
  paused: 2,
  failing: 3,
  stuck: 4,
  advisory: 6,
  waiting: 7,
  active: CALM,
  idle: CALM,
  ended: CALM,
};

/** The words by which a filter finds a state: `trouble` is each that asks for a person, `failed` one after any failure. */
export const STATE_WORDS: readonly string[] = [
  'trouble',
  'failed',
  ...Object.keys(STEPS),
  'critical',
  'high',
  ...Object.keys(INTERRUPTION_TYPES),
];

/** Returns the step that a condition stands on. */
export function stepOf(condition: Condition): Step {
  if (condition.kind === 'signal') return condition.severity === 'critical' ? 1 : 5;
  return STEPS[condition.kind];
}

/** Returns true for what asks for a person. */
export function isTrouble(condition: Condition): boolean {
  return stepOf(condition) <= LAST_TROUBLE;
}

/** Orders conditions by the ladder, within a step the most recent first. */
export function byLadder(a: Condition, b: Condition): number {
  return stepOf(a) - stepOf(b) || b.at - a.at;
}

/** Names a condition without its sign: `retry_storm`, `dead_loop ×3`, `failing 12/12`, `stuck 9 min`. */
export function conditionText(condition: Condition, now: Ms, { times }: Pick<Glyphs, 'times'>): string {
  switch (condition.kind) {
    case 'signal':
      return withCount(condition.type, condition.count, times);
    case 'unknown':
      return withCount('unknown', condition.agents, times);
    case 'failing':
      return `failing ${condition.failed}/${condition.of}`;
    case 'paused':
      return `paused ${left(condition.resumesAt, now)} more`;
    case 'stuck':
      return `stuck ${age(condition.at, now, '')}`;
    case 'waiting':
      return `waiting ${age(condition.at, now, '')}`.trim();
    case 'advisory':
      return condition.name;
    case 'stopped':
      return condition.kind;
    case 'active':
    case 'idle':
    case 'ended':
      return condition.acked === true ? `${condition.kind}, acked` : condition.kind;
  }
}

/** Returns `name ×n`, the name alone for one. */
export function withCount(name: string, times: number, sign: string): string {
  return times < 2 ? name : `${name} ${sign}${count(times)}`;
}

/** The meaning of a sign beside a word of the ladder. */
export type LadderSign =
  | 'critical'
  | 'unknown'
  | 'failed'
  | 'paused'
  | 'stuck'
  | 'high'
  | 'advisory'
  | 'waiting'
  | 'active'
  | 'idle'
  | 'ended';

/** Returns the sign of a condition. */
export function signOf(condition: Condition): LadderSign {
  switch (condition.kind) {
    case 'signal':
      return condition.severity;
    case 'stopped':
    case 'failing':
      return 'failed';
    case 'unknown':
    case 'paused':
    case 'stuck':
    case 'advisory':
    case 'waiting':
    case 'active':
    case 'idle':
    case 'ended':
      return condition.kind;
  }
}

const TONES: Readonly<Record<LadderSign, Tone>> = {
  critical: 'critical',
  unknown: 'critical',
  failed: 'critical',
  paused: 'warning',
  stuck: 'high',
  high: 'high',
  advisory: 'warning',
  waiting: 'plain',
  active: 'plain',
  idle: 'dim',
  ended: 'dim',
};

/** Returns the tone of a condition. */
export function toneOf(condition: Condition): Tone {
  return TONES[signOf(condition)];
}
