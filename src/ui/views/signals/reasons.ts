import type { FateName, Signal } from '../../../core/signals.ts';
import type { Ms } from '../../../core/units.ts';
import type { SignalRecord, Why } from '../../../core/reactor/types.ts';
import type { EngineView, WorkspaceView } from '../../../engine/types.ts';
import { wordFate } from '../../../wording/fates.ts';
import { wordRule, wordSettings } from '../../../wording/why.ts';
import { configured, timeOfDay } from '../../render/values.ts';
import { shortName } from '../workspaces/names.ts';

/** One check that decided the fate of a signal. */
export type Reason = { readonly name: string; readonly text: string };

/** One check that was made of a signal; the first that it does not pass is the last one. */
export type Check = { readonly passed: boolean; readonly text: string };

/** Every check in the order in which the rule book makes it. */
const CHECKS = ['live', 'policy', 'workspace', 'silence', 'mode', 'lock', 'checkpointer', 'guard', 'breaker'] as const;
type CheckName = (typeof CHECKS)[number];

/** The check that ends in each fate; those that are not here passed all of them. */
const ENDS_AT: Readonly<Partial<Record<FateName, CheckName>>> = {
  historical: 'live',
  ignored: 'policy',
  flagged: 'policy',
  no_workspace: 'workspace',
  suppressed: 'silence',
  disarmed: 'mode',
  observer: 'lock',
  unavailable: 'checkpointer',
  guarded: 'guard',
  breaker_open: 'breaker',
};

/** Returns the rule that applied to a signal and where it comes from; null where nothing was kept of it. */
export function ruleOf({ signal: { type, downgraded }, why }: SignalRecord): Reason | null {
  if (why === undefined) return null;
  return { name: 'rule', text: wordRule(type, why, downgraded) };
}

/**
 * Returns the checks that were made, in their order. One that was not passed ends the list and explains why; empty where
 * nothing was kept of them.
 */
export function checksOf(record: SignalRecord, view: EngineView, arrow: string): readonly Check[] {
  const { why, fate, signal } = record;
  const end = fate === null ? undefined : ENDS_AT[fate.kind];
  if (why === undefined && end !== 'live') return [];
  const workspace = view.workspaces.find(({ path }) => path === signal.workspace) ?? null;
  const passed = CHECKS.slice(0, end === undefined ? CHECKS.length : CHECKS.indexOf(end));
  const checks = passed.map((check): Check => ({ passed: true, text: passedWords(check, workspace, why, view) }));
  if (end === undefined || fate === null) return checks;
  return [...checks, { passed: false, text: `${end} ${arrow} ${wordFate(fate.reason)}` }];
}

function passedWords(
  check: CheckName,
  workspace: WorkspaceView | null,
  why: Why | undefined,
  view: EngineView,
): string {
  switch (check) {
    case 'workspace':
      return workspace === null ? 'workspace' : `workspace ${shortName(workspace.path, view)}`;
    case 'silence':
      return 'no silence';
    case 'mode':
      return why === undefined ? 'mode' : `mode ${why.mode}`;
    case 'lock':
      return 'lock ours';
    case 'checkpointer': {
      const { name, version } = workspace?.availability ?? { name: 'checkpointer', version: null };
      return [name, version].filter(Boolean).join(' ');
    }
    case 'breaker':
      return why !== undefined && why.failures > 0 ? `breaker closed, ${why.failures} failed` : 'breaker closed';
    case 'guard':
      return why?.guard === undefined ? 'guard' : `guard ${why.guard.made} of ${why.guard.limit}`;
    case 'live':
    case 'policy':
      return check;
  }
}

/** Returns what a signal that passed all checks waits for, or waited for: the timers of that moment. */
export function waitsOf({ why, fate }: SignalRecord, now: Ms): string {
  if (why === undefined || (fate !== null && ENDS_AT[fate.kind] !== undefined)) return '';
  const { at, windowEndsAt, windowSnapshot, holdEndsAt, backoffEndsAt, queued } = why;
  const until = (endsAt: Ms): string => timeOfDay(endsAt, now);
  const opened = windowSnapshot === null ? '' : `, opened by ${windowSnapshot}`;
  const waits = [
    holdEndsAt === null ? '' : `held since ${timeOfDay(at, now)}, fires at ${until(holdEndsAt)}`,
    windowEndsAt === null ? 'no debounce window open' : `debounce window until ${until(windowEndsAt)}${opened}`,
    backoffEndsAt === null ? '' : `backing off until ${until(backoffEndsAt)}`,
    queued > 1 ? `${queued} unsettled in this workspace` : '',
  ];
  return waits.filter(Boolean).join('; ');
}

/** Returns what comes once it acts: the checkpoint, and how long none follows it; '' where it does not act. */
export function thenOf({ why, fate, signal }: SignalRecord, view: EngineView): string {
  if (why === undefined || signal.workspace === null || (fate !== null && fate.settled)) return '';
  const name = shortName(signal.workspace, view);
  const after = why.trailing ? ', then one more if something came meanwhile' : '';
  return `checkpoint of ${name}; after it, none in ${name} for ${configured(why.debounceMs)}${after}`;
}

/** Returns the settings of that moment; '' where they were not kept. */
export function settingsOf({ why }: SignalRecord): string {
  return why === undefined ? '' : wordSettings(why);
}

/** Formats why nothing is known of the checks. */
export function unknownWhy({ historical }: Signal): string {
  return historical
    ? 'it was there when sightline attached: shown, never acted upon'
    : 'it was decided by an earlier version, which kept no settings';
}
