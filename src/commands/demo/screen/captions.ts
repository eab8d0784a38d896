import { wordOperator } from '../../../wording/done.ts';
import type { Fate, Signal } from '../../../core/signals.ts';
import type { Notice } from '../../../core/reactor/messages.ts';
import { CAST } from '../../../feeds/demo/script/cast.ts';
import { PARTS } from '../../../feeds/demo/script/parts.ts';
import type { PartName } from '../../../feeds/demo/script/scenario.ts';
import { wordFate } from '../../../wording/fates.ts';
import { DEMO_TIMEOUT_MS } from '../config.ts';
import type { DemoEvent } from '../event.ts';
import { projectName } from '../report/timeline.ts';

/**
 * The caption of an event for a newcomer: what went wrong, and what was done; on 80 columns too, where nothing
 * unforeseen happens. Null where the caption stays as it is.
 */
export function captionOf(event: DemoEvent): string | null {
  switch (event.type) {
    case 'agent':
      return beginningOf(event.agent);
    case 'advisory':
      return event.historical ? null : advisoryCaption(event.advisory.agent);
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

/** The captions shown as soon as an agent of the part does anything; other parts show their results. */
const BEGINNINGS: Readonly<Partial<Record<PartName, string>>> = {
  calm: 'three agents at work: each call appears as it ends. Soon one will go wrong',
  storm: 'OpenClaw begins to fail, the same error each time: its row moves up …',
  stuck: `CoshNG's checkpoint will hang, on purpose: its deadline is ${DEMO_TIMEOUT_MS / 1_000} s`,
};

function beginningOf(agent: string): string | null {
  const part = PART_OF_AGENT.get(agent);
  return (part && BEGINNINGS[part]) ?? null;
}

function advisoryCaption(agent: string): string {
  return `${agent} reads a lot, and nothing from a cache: advice, never a checkpoint`;
}

function noticeCaption(notice: Notice): string | null {
  switch (notice.type) {
    case 'fate':
      return fateCaption(notice.signal, notice.fate);
    case 'held':
      return `a checkpoint of ${projectName(notice.workspace)} is held: x stops it, f takes it now`;
    case 'operator':
      if (notice.action !== 'silence') return null;
      return `silenced, as s does it: ${notice.reason === null ? notice.target : wordOperator(notice.reason)}`;
    case 'signal':
    case 'update':
    case 'started':
    case 'ended':
    case 'budget':
    case 'foreign':
    case 'refused':
      return null;
  }
}

function fateCaption(signal: Signal, { kind: fate, settled, reason }: Fate): string | null {
  const project = signal.workspace === null ? 'its workspace' : projectName(signal.workspace);
  const trouble = troubleOf(signal);
  switch (fate) {
    case 'checkpointed':
      return `${trouble}: ${project} checkpointed`;
    case 'coalesced':
      return settled ? null : `${project} has just been checkpointed: more trouble waits for a second one`;
    case 'flagged':
      return signal.downgraded === null ? null : `${trouble}: flagged, no checkpoint`;
    case 'suppressed':
      return `${trouble}: silenced, only counted`;
    case 'timed_out':
      return `the checkpoint of ${project} hung, and was killed at its deadline`;
    case 'vetoed':
      return `${trouble}: vetoed, so no checkpoint`;
    case 'disarmed':
      return `${trouble}: only watched (m: mode)`;
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
      return `${trouble}: ${fate.replace('_', ' ')} (${wordFate(reason)})`;
  }
}

function troubleOf({ type: signal, agent, downgraded }: Signal): string {
  const who = agent ?? 'an agent';
  if (downgraded !== null) return `${who} was ended on purpose, which is no crash`;
  switch (signal) {
    case 'retry_storm':
      return `${who} failed 5 times in a row, a retry storm`;
    case 'context_overflow':
      return `the context of ${who} has overflowed`;
    case 'agent_crash':
      return `${who} died during a call, a crash`;
    case 'dead_loop':
      return `${who} repeats the same tools, a dead loop`;
    default:
      return `${signal} of ${who}`;
  }
}
