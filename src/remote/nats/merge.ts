/**
 * The view of a fleet: the sum of its hosts' summaries, by our clock, each name with its host before it. Of each host so many
 * rows are taken that all of them are no more than one large host has: what a frame costs does not depend on their number.
 */
import type { Ack } from '../../core/acks.ts';
import type { BudgetView } from '../../core/budgets.ts';
import { withHost } from '../../core/fleet-names.ts';
import { ackOf } from '../../core/reactor/acks/covers.ts';
import type { Interruption } from '../../core/interruptions.ts';
import type { Paused } from '../../core/pauses.ts';
import { type Figures, sumFigures } from '../../core/model/meters/figures.ts';
import { DEFAULT_TROUBLE } from '../../core/model/meters/trouble.ts';
import type { AgentView, ConversationView, FleetView, Recent, Totals } from '../../core/model/types.ts';
import type { Episode, SignalRecord } from '../../core/reactor/types.ts';
import type { Advisory, Silence } from '../../core/signals.ts';
import { isDark } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { EngineName, EngineView, Fleet, FleetHost, SourceView, WorkspaceView } from '../../engine/types.ts';
import { once } from './content.ts';
import { shiftBy } from './shift.ts';
import { type Triage, plainTotals } from './summary.ts';

/** Rows of each list in the sum, about: what one host with many agents has. */
const MAX_ROWS = 400;
/** Rows of each host, at least and at most. */
const LEAST = 2;
const MOST = 64;

/** A host as it was heard. */
export type Heard = {
  readonly name: string;
  readonly engine: EngineName | null;
  /** Its summary; null where only its presence is known. */
  readonly view: EngineView | null;
  readonly mode: EngineView['mode'];
  readonly trouble: number;
  readonly waiting: number;
  readonly figures: Figures | null;
  /** The prompts, by conversation, as far as they may be shown. */
  readonly asked: ReadonlyMap<string, string | null>;
  /** Unix ms by our clock. */
  readonly heardAt: Ms;
  readonly isUnseen: boolean;
  readonly skewMs: number;
  readonly twin: FleetHost['twin'];
};

/** The part of the sum that one host gives. */
type Part = Pick<
  EngineView,
  'plans' | 'sources' | 'signals' | 'derived' | 'episodes' | 'budgets' | 'silences' | 'acks' | 'workspaces'
> & {
  readonly agents: readonly AgentView[];
  readonly conversations: readonly ConversationView[];
  readonly interruptions: readonly Interruption[];
  readonly advisories: readonly Advisory[];
  readonly paused: readonly Paused[];
  readonly host: FleetHost;
};

type Named = ReturnType<typeof naming>;

/** Creates what adds hosts up; what a host gave is kept until that host changes. */
export function createMerge(triage: Triage) {
  const kept = new Map<
    string,
    { readonly of: Heard; readonly most: number; readonly named: Named; readonly part: Part }
  >();
  const partOf = (heard: Heard, most: number): Part => {
    const before = kept.get(heard.name);
    if (before !== undefined && before.most === most && isSame(before.of, heard)) return before.part;
    const named = before?.of.skewMs === heard.skewMs ? before.named : naming(heard.name, -heard.skewMs);
    const part = makePart(heard, { named, most, triage });
    kept.set(heard.name, { of: heard, most, named, part });
    return part;
  };
  return (
    hosts: readonly Heard[],
    fleet: Omit<Fleet, 'hosts' | 'sums'>,
    now: { readonly at: Ms; readonly version: string },
  ): EngineView => {
    const names = new Set(hosts.map(({ name }) => name));
    for (const name of kept.keys()) if (!names.has(name)) kept.delete(name);
    const most = Math.min(MOST, Math.max(LEAST, Math.floor(MAX_ROWS / Math.max(1, hosts.length))));
    return sumOf(
      hosts.map((one) => partOf(one, most)),
      hosts.flatMap(({ view }) => view ?? []),
      { fleet, now },
    );
  };
}

function isSame(a: Heard, b: Heard): boolean {
  return (
    a.view === b.view &&
    a.isUnseen === b.isUnseen &&
    a.skewMs === b.skewMs &&
    a.heardAt === b.heardAt &&
    a.mode === b.mode &&
    a.engine === b.engine &&
    a.figures === b.figures &&
    a.asked === b.asked &&
    a.twin?.refused === b.twin?.refused
  );
}

// ---------------------------------------------------------------- one host

/** The functions that give the rows of one host its name and our time; each row is made once. */
function naming(host: string, byMs: number) {
  const shift = shiftBy(byMs);
  const id = (text: string): string => withHost(host, 'id', text);
  const agent = (text: string): string => withHost(host, 'agent', text);
  const path = (text: string): string => withHost(host, 'workspace', text);
  const maybe = (name: (text: string) => string, text: string | null): string | null =>
    text === null ? null : name(text);
  const sources = (uris: readonly string[]): readonly string[] => uris.map((uri) => agent(uri));
  return {
    shift,
    agent: once<AgentView>((row) => ({ ...shift(row), name: agent(row.name), sources: sources(row.sources) })),
    conversation: once<ConversationView>((row) => ({
      ...shift(row),
      conversationId: id(row.conversationId),
      agent: agent(row.agent),
      sources: sources(row.sources),
      session: row.session && { ...row.session, parentId: maybe(id, row.session.parentId) },
    })),
    interruption: once<Interruption>((row) => ({
      ...shift(row),
      interruptionId: maybe(id, row.interruptionId),
      conversationId: maybe(id, row.conversationId),
      agent: agent(row.agent),
    })),
    signal: once<SignalRecord>((row) => {
      const { signal, ...rest } = shift(row);
      return {
        ...rest,
        signal: {
          ...signal,
          signalId: id(signal.signalId),
          agent: maybe(agent, signal.agent),
          conversationId: maybe(id, signal.conversationId),
          interruptionId: maybe(id, signal.interruptionId),
          workspace: maybe(path, signal.workspace),
        },
      };
    }),
    episode: once<Episode>((row) => ({
      ...shift(row),
      conversationId: id(row.conversationId),
      agent: maybe(agent, row.agent),
      signalId: id(row.signalId),
      interruptionId: maybe(id, row.interruptionId),
    })),
    silence: once<Silence>((row) => {
      const { conversation, agent: of, workspace, signal } = row.matcher;
      const matcher = {
        ...(conversation !== undefined && { conversation: id(conversation) }),
        ...(of !== undefined && { agent: agent(of) }),
        ...(workspace !== undefined && { workspace: path(workspace) }),
        ...(signal !== undefined && { signal }),
      };
      return { ...shift(row), id: id(row.id), matcher };
    }),
    budget: once<BudgetView>((row) => budgetOf(shift(row), { id, agent, path })),
    paused: once<Paused>((row) => ({
      ...shift(row),
      agent: maybe(agent, row.agent),
      conversations: row.conversations.map(id),
    })),
    advisory: once<Advisory>((row) => ({ ...shift(row), agent: agent(row.agent) })),
    workspace: once<WorkspaceView>((row) => {
      const { hold, run, lastSnapshot, ...rest } = shift(row);
      return {
        ...rest,
        path: path(row.path),
        agents: row.agents.map(agent),
        waiting: row.waiting.map(id),
        hold: hold && { ...hold, trigger: id(hold.trigger) },
        run: run && { ...run, signals: run.signals.map(id), trigger: maybe(id, run.trigger) },
        lastSnapshot: lastSnapshot && { ...lastSnapshot, trigger: triggerOf(lastSnapshot.trigger, id) },
      };
    }),
    source: once<SourceView>((row) => {
      const { health, ...rest } = shift(row);
      return { ...rest, health: { ...health, uri: agent(health.uri) } };
    }),
  };
}

type Naming = Readonly<Record<'id' | 'agent' | 'path', (text: string) => string>>;

// One for all together is for all of its host.
function budgetOf(row: BudgetView, { id, agent, path }: Naming): BudgetView {
  const maybe = (name: (text: string) => string, text: string | null): string | null =>
    text === null ? null : name(text);
  return {
    ...row,
    id: id(row.id),
    name: id(row.name),
    agent: maybe(agent, row.agent),
    conversationId: maybe(id, row.conversationId),
    workspace: maybe(path, row.workspace),
  };
}

// A snapshot is for a signal, or for nobody's: `operator` and the like are words.
function triggerOf(trigger: string, id: (text: string) => string): string {
  return /^[a-z_]+$/u.test(trigger) ? trigger : id(trigger);
}

type Making = { readonly named: Named; readonly most: number; readonly triage: Triage };

function makePart(heard: Heard, { named, most, triage }: Making): Part {
  const { view, isUnseen, heardAt, skewMs } = heard;
  const host = hostOf(heard);
  if (view === null)
    return {
      host,
      plans: [],
      sources: [],
      agents: [],
      conversations: [],
      interruptions: [],
      advisories: [],
      paused: [],
      signals: [],
      derived: [],
      episodes: [],
      budgets: [],
      silences: [],
      acks: [],
      workspaces: [],
    };
  const { model } = view;
  // A summary is in the order of names, which patches keep.
  const { worst } = triage(view, heardAt + skewMs);
  const recent = model.conversations.toSorted((a, b) => (b.lastCallAt ?? 0) - (a.lastCallAt ?? 0));
  const conversations = [...new Set([...worst, ...recent])].slice(0, most);
  const agents = new Set(conversations.map((row) => row.agent));
  const sources = view.sources.map(named.source);
  return {
    host,
    plans: view.plans.map((plan) => withHost(host.name, 'agent', plan)),
    sources: isUnseen ? sources.map((source) => lost(source, heardAt)) : sources,
    agents: [
      ...model.agents.filter(({ name }) => agents.has(name)),
      ...model.agents.filter(({ name }) => !agents.has(name)),
    ]
      .slice(0, most)
      .map(named.agent),
    conversations: conversations.map((row) =>
      withText(named.conversation(row), heard.asked.get(row.conversationId) ?? null),
    ),
    interruptions: model.interruptions.slice(0, most).map(named.interruption),
    advisories: model.advisories.slice(0, most).map(named.advisory),
    paused: isUnseen ? [] : (view.pausing?.paused ?? []).slice(0, most).map(named.paused),
    signals: view.signals.slice(0, most).map(named.signal),
    derived: view.derived.slice(0, most).map(named.interruption),
    episodes: view.episodes.slice(-most).map(named.episode),
    budgets: view.budgets.slice(0, most).map(named.budget),
    silences: view.silences.slice(0, most).map(named.silence),
    acks: acksOf(view, host.name, most),
    // What an unseen host is about to do is not known, and it is nothing that could be decided from here.
    workspaces: isUnseen ? [] : view.workspaces.slice(0, most).map(named.workspace),
  };
}

const withTexts = new WeakMap<ConversationView, ConversationView>();

// One whose text did not change stays itself.
function withText(row: ConversationView, text: string | null): ConversationView {
  if (text === null) return row;
  const before = withTexts.get(row);
  if (before?.userQuery === text) return before;
  const made = { ...row, userQuery: text };
  withTexts.set(row, made);
  return made;
}

/** Acknowledgements of the shown signals, by name: a rule of one host does not apply to another's. */
function acksOf({ acks, signals }: EngineView, host: string, most: number): readonly Ack[] {
  if (acks.length === 0) return acks;
  const covered = Map.groupBy(signals.slice(0, most), (record) => ackOf(acks, record));
  return acks.flatMap((ack) => {
    const records = covered.get(ack);
    if (records === undefined) return [];
    const named = records.map(({ signal }) => [withHost(host, 'id', signal.signalId), signal.severity] as const);
    return [{ ...ack, id: withHost(host, 'id', ack.id), signals: Object.fromEntries(named), older: null }];
  });
}

function hostOf({
  name,
  engine,
  view,
  mode,
  trouble,
  waiting,
  figures,
  heardAt,
  isUnseen,
  skewMs,
  twin,
}: Heard): FleetHost {
  const lags = view?.sources.flatMap(({ health }) => health.lagMs ?? []) ?? [];
  return {
    name,
    engine,
    mode: view?.mode ?? mode,
    graceMs: view?.graceMs ?? 0,
    readOnly: view?.readOnly ?? false,
    heardAt,
    isUnseen,
    skewMs,
    started: view?.started ?? false,
    lagMs: lags.length === 0 ? null : Math.max(...lags),
    isDark: view?.sources.some(isDark) ?? true,
    agents: view?.model.fleet.agents ?? 0,
    conversations: view?.model.fleet.conversations ?? 0,
    trouble,
    waiting,
    recent: shiftBy(-skewMs)(view?.model.fleet.recent ?? null),
    figures: isUnseen ? null : shiftBy(-skewMs)(figures),
    pricesDate: view?.pricesDate ?? null,
    twin,
  };
}

function lost(source: SourceView, since: Ms): SourceView {
  const { health } = source;
  return {
    ...source,
    health: { ...health, status: 'lost', detail: { code: 'engine_gone' }, since, retryAt: null },
  };
}

// ---------------------------------------------------------------- the sum

type Sum = {
  readonly fleet: Omit<Fleet, 'hosts' | 'sums'>;
  readonly now: { readonly at: Ms; readonly version: string };
};

function sumOf(parts: readonly Part[], views: readonly EngineView[], { fleet, now }: Sum): EngineView {
  const all = <T>(of: (part: Part) => readonly T[]): readonly T[] => parts.flatMap(of);
  const byTime = <T>(rows: readonly T[], at: (row: T) => Ms | null): readonly T[] =>
    rows.toSorted((a, b) => (at(b) ?? 0) - (at(a) ?? 0));
  const [first] = views;
  const hosts = parts.map(({ host }) => host);
  return {
    fleet: {
      ...fleet,
      hosts,
      sums: sumFigures(
        hosts.map(({ figures }) => figures),
        now.at,
      ),
    },
    at: now.at,
    mono: 0,
    host: fleet.broker,
    version: now.version,
    started: true,
    mode: loudest(parts),
    readOnly: false,
    debounceMs: first?.debounceMs ?? 0,
    graceMs: first?.graceMs ?? 0,
    timeoutMs: first?.timeoutMs ?? 0,
    pricesDate: views.find(({ pricesDate }) => pricesDate !== null)?.pricesDate ?? null,
    plans: all(({ plans }) => plans),
    advisory: first?.advisory ?? { windowMs: 0, inputTokens: 0 },
    trouble: first?.trouble ?? DEFAULT_TROUBLE,
    sources: all(({ sources }) => sources),
    tried: [],
    model: {
      version: 0,
      fleet: totalsOf(views, parts),
      agents: byTime(
        all(({ agents }) => agents),
        ({ lastCallAt }) => lastCallAt,
      ),
      conversations: byTime(
        all(({ conversations }) => conversations),
        ({ lastCallAt }) => lastCallAt,
      ),
      interruptions: all(({ interruptions }) => interruptions),
      advisories: all(({ advisories }) => advisories),
    },
    signals: byTime(
      all(({ signals }) => signals),
      ({ signal }) => signal.at,
    ),
    derived: all(({ derived }) => derived),
    episodes: all(({ episodes }) => episodes),
    episodeQuietMs: first?.episodeQuietMs ?? 0,
    budgets: all(({ budgets }) => budgets),
    ...pausingOf(
      views,
      all(({ paused }) => paused),
    ),
    silences: all(({ silences }) => silences),
    acks: all(({ acks }) => acks),
    workspaces: all(({ workspaces }) => workspaces),
    stateProblem: null,
    policy: [],
  };
}

function pausingOf(views: readonly EngineView[], paused: readonly Paused[]): Pick<EngineView, 'pausing'> {
  const known = views.flatMap(({ pausing }) => pausing ?? []);
  if (known.length === 0) return {};
  const maxMs = Math.max(...known.map((one) => one.maxMs));
  return { pausing: { enabled: known.some(({ enabled }) => enabled), maxMs, paused } };
}

function loudest(parts: readonly Part[]): EngineView['mode'] {
  const modes = new Set(parts.map(({ host }) => host.mode));
  return modes.has('auto') ? 'auto' : modes.has('hold') ? 'hold' : 'observe';
}

function totalsOf(views: readonly EngineView[], parts: readonly Part[]): FleetView {
  const fleets = views.map(({ model }) => model.fleet);
  const sum = (of: (fleet: FleetView) => number): number => fleets.reduce((total, one) => total + of(one), 0);
  const total = (of: (totals: Totals) => number): number => sum(({ totals }) => of(totals));
  return {
    totals: plainTotals({
      calls: total(({ calls }) => calls),
      failed: total(({ failed }) => failed),
      pending: total(({ pending }) => pending),
    }),
    summary: null,
    recent: recentOf(parts.filter(({ host }) => !host.isUnseen).flatMap(({ host }) => host.recent ?? [])),
    agents: sum(({ agents }) => agents),
    conversations: sum(({ conversations }) => conversations),
    interruptions: sum(({ interruptions }) => interruptions),
    evicted: {
      calls: sum(({ evicted }) => evicted.calls),
      agents: sum(({ evicted }) => evicted.agents),
      conversations: sum(({ evicted }) => evicted.conversations),
      interruptions: sum(({ evicted }) => evicted.interruptions),
    },
  };
}

const SLOT_MS = 10_000;

// The slots of all hosts, laid over each other by their times.
function recentOf(all: readonly Recent[]): Recent | null {
  const newestAt = Math.max(...all.map((one) => one.newestAt));
  if (!Number.isFinite(newestAt)) return null;
  const laid = (of: (one: Recent) => readonly number[]): readonly number[] =>
    Array.from({ length: 6 }, (_, slot) =>
      all.reduce((sum, one) => sum + (of(one)[slot - Math.round((newestAt - one.newestAt) / SLOT_MS)] ?? 0), 0),
    );
  return { newestAt, calls: laid(({ calls }) => calls), failed: laid(({ failed }) => failed) };
}
