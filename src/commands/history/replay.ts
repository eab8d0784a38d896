import type { Config } from '../../config/config.ts';
import { parseFlags } from '../../config/flags.ts';
import { type CommandValues, type Flags, optionName } from '../../config/options.ts';
import { compareCourses, recordedCourse } from '../../core/history/course.ts';
import type { HistoryEntry } from '../../core/history/entry.ts';
import { type Overrides, type Replay, replay } from '../../core/history/replay.ts';
import type { Ms } from '../../core/units.ts';
import { VERSION } from '../../core/version.ts';
import { systemClock } from '../../effects/clock.ts';
import { complain, deliverOutput, printJson, printLines } from '../../effects/terminal/output.ts';
import { wordChange, wordComparison } from '../../wording/history.ts';
import { configured, counted, duration } from '../../wording/units.ts';
import { EXIT } from '../exit-codes.ts';
import { replayDocument, type ReplayFacts } from './document.ts';
import { utc } from './explain.ts';
import { readConfigured } from './read.ts';

/** Changed signals, and steps that differ, that are printed. */
const MAX_PRINTED = 20;

/** Replays the history of the state folder, with the settings that the command line gives; resolves to the exit code. */
export async function runReplay(
  config: Config,
  { json, since, policy }: CommandValues<'replay'>,
  flags: Flags,
): Promise<number> {
  const overrides = overridesOf(flags, policy);
  const after = since === null ? null : systemClock.now() - since;
  const read = readConfigured(config, { command: 'replay', json }, after);
  if (read === null) return EXIT.noSource;
  const { entries, skipped } = read;
  const from = after === null ? 0 : firstFrom(entries, after);
  const replayed = replay(entries, overrides, from);
  const stretch = entries.slice(from);
  const facts = {
    overrides,
    from: stretch[0]?.at ?? after ?? 0,
    to: entries.at(-1)?.at ?? 0,
    recorded: recordedCourse(stretch),
    skipped,
  };
  const others = otherVersions(entries);
  if (others.length > 0) complain(`replay: recorded by sightline ${others.join(', ')}, replayed by ${VERSION}`);
  if (json) printJson(replayDocument(replayed, facts), { indent: 2 });
  else printLines(replayLines(replayed, facts));
  await deliverOutput();
  return replayed.mismatchCount === 0 ? EXIT.done : EXIT.wrong;
}

// The flags of this command line alone: the configuration that is in effect now may be another than then.
function overridesOf(flags: Flags, policy: CommandValues<'replay'>['policy']): Overrides {
  const { mode, debounce, grace, trailing } = parseFlags(flags, optionName, process.cwd());
  return {
    ...(mode !== undefined && { mode }),
    ...(debounce !== undefined && { debounceMs: debounce }),
    ...(grace !== undefined && { graceMs: grace }),
    ...(trailing !== undefined && { trailing }),
    ...(policy !== null && { policy }),
  };
}

// By the order of writing: where the clock was set back, what came after the last older entry.
function firstFrom(entries: readonly HistoryEntry[], at: Ms): number {
  return entries.findLastIndex((entry) => entry.at < at) + 1;
}

function otherVersions(entries: readonly HistoryEntry[]): readonly string[] {
  const versions = entries.flatMap((entry) => (entry.type === 'opening' ? [entry.state.settings.version] : []));
  return [...new Set(versions)].filter((version) => version !== VERSION);
}

function replayLines(replayed: Replay, facts: ReplayFacts): readonly string[] {
  const { inputs, refused, course } = replayed;
  const comparison = compareCourses(facts.recorded, course);
  const made = comparison.checkpoints.replayed;
  const what = [counted(inputs, 'input'), counted(course.signals.size, 'signal'), counted(made, 'checkpoint')].join(
    ', ',
  );
  const stretch = `${utc(facts.from)} to ${utc(facts.to)}: ${what}`;
  const lost = refused === 0 ? [] : [`${counted(refused, 'input')} could not be replayed`];
  if (Object.keys(facts.overrides).length === 0) {
    return [`${sameness(replayed)}; ${stretch}`, ...lost, ...mismatchLines(replayed)];
  }
  const changes = comparison.signals.slice(0, MAX_PRINTED).map((change) => `  ${wordChange(change, utc)}`);
  const more = comparison.signals.length - changes.length;
  return [
    `${wordOverrides(facts.overrides)}: ${wordComparison(comparison)}`,
    stretch,
    ...assumptions(replayed),
    ...lost,
    ...changes,
    ...(more > 0 ? [`  and ${counted(more, 'signal')} more (--json lists them)`] : []),
  ];
}

function sameness({ mismatchCount }: Replay): string {
  return mismatchCount === 0 ? 'the same decisions' : `other decisions in ${counted(mismatchCount, 'step')}`;
}

function mismatchLines({ mismatches }: Replay): readonly string[] {
  return mismatches
    .slice(0, MAX_PRINTED)
    .flatMap(({ at, input, recorded, replayed }) => [
      `  ${utc(at)}  ${input}`,
      `    then: ${JSON.stringify(recorded)}`,
      `    now:  ${JSON.stringify(replayed)}`,
    ]);
}

function assumptions({ assumed, assumedMs, course }: Replay): readonly string[] {
  const never = [...course.runs.keys()].filter((runId) => assumed.has(runId)).length;
  if (never === 0) return [];
  const took = `succeeded after ${duration(assumedMs, '')}, the median`;
  return [
    `${counted(never, 'checkpoint')} of the replay never ${never === 1 ? 'was' : 'were'}: assumed to have ${took}`,
  ];
}

function wordOverrides({ mode, debounceMs, graceMs, trailing, policy = {} }: Overrides): string {
  return [
    ...(mode === undefined ? [] : [`mode ${mode}`]),
    ...(debounceMs === undefined ? [] : [`debounce ${configured(debounceMs)}`]),
    ...(graceMs === undefined ? [] : [`grace ${configured(graceMs)}`]),
    ...(trailing === undefined ? [] : [trailing ? 'trailing' : 'no trailing']),
    ...Object.entries(policy).map(([type, action]) => `${type}=${action}`),
  ].join(', ');
}
