import { isDark } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { EngineView, SourceView, WorkspaceView } from '../../engine/types.ts';
import type { WorkspaceWord } from '../../core/reactor/view.ts';
import { wordWriteCause } from '../../wording/files.ts';
import { wordLocate, wordSource } from '../../wording/sources.ts';
import { age, clock, counted } from '../render/values.ts';
import type { Tone } from '../render/theme.ts';
import { isOpen } from '../ladder/open-signals.ts';
import type { SignalRecord } from '../../core/reactor/types.ts';
import { SILENT_MS, isDarkness, sightOf, sourcesInOrder } from '../views/sources/rows.ts';
import { waitingTypes, wordsOf, workspacesInOrder } from '../views/workspaces/rows.ts';

/** One thing that a person should know now; of a workspace, which stands before the text. */
export type Alert = { readonly tone: Tone; readonly text: string; readonly workspace?: string };

/** The alert as a sentence, its workspace called as `nameOf` says. */
export function alertWords({ workspace, text }: Alert, nameOf = (path: string): string => path): string {
  return workspace === undefined ? text : `${nameOf(workspace)} ${text}`;
}

/** What is about to act, then what is wrong, the most urgent first. Empty while all is well. */
export function alertsOf(view: EngineView, now: Ms): readonly Alert[] {
  return [
    ...about(view, now, ['running', 'held']),
    ...about(view, now, ['debouncing'], isAwaited),
    ...about(view, now, ['observer'], isOrphaned),
    ...blindness(view),
    ...lost(view),
    ...unkept(view),
    ...about(view, now, ['breaker_open', 'guarded', 'backing_off']),
    ...about(view, now, view.mode === 'observe' ? [] : ['unavailable', 'unmanaged', 'observer'], isNotOrphaned),
    ...unresolved(view.signals.filter((record) => isOpen(view, record, now))),
    ...few(sightOf(view).degraded.map(degradation), 1).map(warning),
    ...silence(view, now),
  ];
}

function about(
  view: EngineView,
  now: Ms,
  states: readonly WorkspaceWord[],
  isMeant: (workspace: WorkspaceView) => boolean = () => true,
): readonly Alert[] {
  return workspacesInOrder(view)
    .filter(isMeant)
    .map((workspace) => ({ workspace, ...wordsOf(view, workspace, now) }))
    .filter(({ state }) => states.includes(state))
    .map(({ workspace, tone, words, remedy }) => ({
      tone,
      workspace: workspace.path,
      text: `${words}${because(remedy || waitingFor(view, workspace))}`,
    }));
}

// What the checkpoint will be for; while it runs, it is told by its name.
function waitingFor(view: EngineView, workspace: WorkspaceView): string {
  return workspace.run === null ? waitingTypes(view, workspace, '×') : '';
}

// A window that a signal waits for ends with a checkpoint.
function isAwaited({ waiting }: WorkspaceView): boolean {
  return waiting.length > 0;
}

// Nothing acts there until somebody takes over, and a key does that now.
function isOrphaned({ lock }: WorkspaceView): boolean {
  return lock.type === 'gone';
}

function isNotOrphaned(workspace: WorkspaceView): boolean {
  return !isOrphaned(workspace);
}

function blindness(view: EngineView): readonly Alert[] {
  const { state, blindSince } = sightOf(view);
  if (view.started && view.sources.length === 0) {
    return [{ tone: 'critical', text: 'no source; give one with --source URI' }];
  }
  if (state !== 'blind' || blindSince === null) return [];
  return [{ tone: 'critical', text: `blind since ${clock(blindSince)}: what agents do now is unknown` }];
}

// A folder that a service beside us writes is as it should be.
function unkept({ stateProblem }: EngineView): readonly Alert[] {
  if (stateProblem === null || stateProblem.code === 'state_in_use') return [];
  return [
    warning(
      `state folder ${stateProblem.path}: nothing is kept over a restart: ${wordWriteCause(stateProblem.reason)}`,
    ),
  ];
}

function lost(view: EngineView): readonly Alert[] {
  return darknesses(view, 1).map((text) => ({ tone: 'critical', text }));
}

/** The sources that cannot be read, the worst first; of more than `most` the others are counted. */
export function darknesses(view: EngineView, most: number): readonly string[] {
  return few(sourcesInOrder(view).filter(isDark).map(darkness), most);
}

// Forty sources that are lost must not hide what else is wrong.
function few(texts: readonly string[], most: number): readonly string[] {
  const more = texts.length - most;
  return more <= 0 ? texts : [...texts.slice(0, most), `and ${counted(more, 'more source')}: see the sources`];
}

function degradation({ health: { uri, detail } }: SourceView): string {
  return `${uri} degraded: ${wordSource(detail)}`;
}

// Since when it cannot be read, and what to do.
function darkness({ health: { uri, status: health, since, detail } }: SourceView): string {
  return `${uri} ${health} since ${clock(since)}${because(wordSource(detail))}`;
}

function unresolved(records: readonly SignalRecord[]): readonly Alert[] {
  if (records.length === 0) return [];
  const types = Map.groupBy(records, ({ signal }) => signal.type);
  const named = [...types].toSorted(([, a], [, b]) => b.length - a.length).slice(0, 3);
  const isCritical = records.some(({ signal }) => signal.severity === 'critical');
  const text = named.map(([type, of]) => (of.length === 1 ? type : `${type} ×${of.length}`)).join(', ');
  return [{ tone: isCritical ? 'critical' : 'warning', text: `unresolved: ${text}` }];
}

function silence(view: EngineView, now: Ms): readonly Alert[] {
  const { state, lastEventAt } = sightOf(view);
  if (state !== 'live' || lastEventAt === null || now - lastEventAt < SILENT_MS) return [];
  return [{ tone: 'dim', text: `silent: no call for ${age(lastEventAt, now, '')}` }];
}

/** Sources that an empty screen tells of. */
const MOST_TOLD = 3;

/** What an empty screen says: what is looked at, and what could be done. */
export function emptyNotes(view: EngineView, now: Ms): readonly string[] {
  const sight = sightOf(view);
  if (view.sources.length === 0) return whereToLook(view);
  if (isDarkness(sight)) {
    const tried = sight.state === 'absent' ? triedWords(view) : [];
    return [
      ...darknesses(view, MOST_TOLD),
      ...tried,
      'each is tried again by itself; `sightline demo` shows how it looks',
    ];
  }
  if (sight.state === 'reading') return ['reading history …', ...few(view.sources.map(reading), MOST_TOLD)];
  return [
    'no calls yet: a call appears here as soon as it has ended',
    ...few(
      view.sources.map((one) => watched(one, now)),
      MOST_TOLD,
    ),
  ];
}

/** Where a feed was looked for in vain, and what to do about that. */
export function whereToLook(view: EngineView): readonly string[] {
  if (view.sources.length === 0 && !view.started) return ['opening the sources …'];
  const none = view.sources.length === 0 ? ['no source is watched'] : [];
  return [...none, ...triedWords(view), 'give one with --source URI, or see `sightline demo`'];
}

/** The same where a source is that feed; of any other nothing. */
export function whereElse({ health }: SourceView, view: EngineView): readonly string[] {
  return health.status === 'absent' && view.tried.length > 0 ? whereToLook(view) : [];
}

function triedWords({ tried }: EngineView): readonly string[] {
  return tried.length === 0
    ? []
    : ['no feed was found (7 shows more); tried:', ...tried.map(({ path, why }) => `${path}: ${wordLocate(why)}`)];
}

function reading({ health: { uri, detail } }: SourceView): string {
  return `${uri}${because(wordSource(detail))}`;
}

function watched({ health: { uri, status: health, since, detail } }: SourceView, now: Ms): string {
  return `${uri} ${health} for ${age(since, now, '')}${because(wordSource(detail))}`;
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}

function warning(text: string): Alert {
  return { tone: 'warning', text };
}
