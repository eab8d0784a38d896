import type { Fate, Signal } from '../../core/events.ts';
import type { Notice } from '../../core/reactor/types.ts';
import { CAST } from '../../feeds/demo/script/cast.ts';
import { PARTS } from '../../feeds/demo/script/parts.ts';
import type { PartName } from '../../feeds/demo/script/scenario.ts';
import { DEMO_DEBOUNCE_MS, DEMO_TIMEOUT_MS } from './config.ts';
import type { DemoEvent } from './event.ts';
import { projectName } from './timeline.ts';

/**
 * What the screen tells a newcomer about an event, short enough for 80 columns where that can be; null where the caption
 * stays as it is.
 */
export function captionOf(event: DemoEvent): string | null {
  switch (event.type) {
    case 'agent':
      return beginningOf(event.agent);
    case 'advisory':
      return event.historical
        ? null
        : `${event.advisory.agent} reads and reads, nothing from a cache: an advisory, never a checkpoint`;
    case 'notice':
      return noticeCaption(event.notice);
    case 'demo':
    case 'talk':
    case 'started':
    case 'source':
    case 'stopped':
      return null;
  }
}

const PART_OF_AGENT: ReadonlyMap<string, PartName> = new Map(
  PARTS.flatMap(({ name, steps }) => steps.map(({ actor }) => [CAST[actor].agent, name] as const)),
);

/** What is said as soon as an agent of the part does anything; the others are told by what becomes of them. */
const BEGINNINGS: Readonly<Partial<Record<PartName, string>>> = {
  calm: 'three agents at work: each call appears as it ends. Soon one will go wrong',
  storm: 'OpenClaw begins to fail, with the same error each time: look at Calls …',
  stuck: `CoshNG's checkpoint will hang, on purpose: its deadline is ${DEMO_TIMEOUT_MS / 1_000} s`,
};

function beginningOf(agent: string): string | null {
  const part = PART_OF_AGENT.get(agent);
  return (part && BEGINNINGS[part]) ?? null;
}

function noticeCaption(notice: Notice): string | null {
  switch (notice.type) {
    case 'fate':
      return fateCaption(notice.signal, notice.fate);
    case 'held':
      return `a checkpoint of ${projectName(notice.workspace)} is held: x stops it, f takes it now`;
    case 'operator':
      return notice.action === 'silence' ? `silenced, as s does it: ${notice.reason ?? notice.target}` : null;
    case 'signal':
    case 'update':
    case 'started':
    case 'ended':
    case 'foreign':
    case 'refused':
      return null;
  }
}

function fateCaption(signal: Signal, fate: Fate): string | null {
  const outcome = outcomeOf(signal, fate);
  return outcome && `${troubleOf(signal)}: ${outcome}`;
}

function outcomeOf(signal: Signal, { fate, settled, durationMs, reason }: Fate): string | null {
  const project = signal.workspace === null ? 'its workspace' : projectName(signal.workspace);
  switch (fate) {
    case 'checkpointed':
      return `${project} checkpointed in ${durationMs ?? '?'} ms`;
    case 'coalesced':
      return settled ? null : `within ${DEMO_DEBOUNCE_MS / 1_000} s of ${project}'s last checkpoint, it waits`;
    case 'flagged':
      return signal.downgraded === null ? null : 'flagged, no checkpoint';
    case 'suppressed':
      return 'silenced, so counted and not acted upon';
    case 'timed_out':
      return `${project}'s checkpoint was killed at its deadline`;
    case 'vetoed':
      return 'vetoed, so no checkpoint';
    case 'disarmed':
      return 'only watched; a lets sightline act';
    case 'historical':
    case 'ignored':
      return null;
    case 'failed':
    case 'unavailable':
    case 'breaker_open':
    case 'guarded':
    case 'observer':
    case 'dropped':
    case 'no_workspace':
    case 'stopped':
      return `${fate.replace('_', ' ')} (${reason})`;
  }
}

function troubleOf({ signal, agent, downgraded }: Signal): string {
  const who = agent ?? 'an agent';
  if (downgraded !== null) return `${who} was ended on purpose, which is no crash`;
  switch (signal) {
    case 'retry_storm':
      return `${who} failed 5 times in a row, a retry storm`;
    case 'context_overflow':
      return `${who}'s context has overflowed`;
    case 'agent_crash':
      return `${who} died in the middle of a call, a crash`;
    case 'dead_loop':
      return `${who} repeats the same tools, a dead loop`;
    default:
      return `${signal} of ${who}`;
  }
}
