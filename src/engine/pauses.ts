/** The pauses of agents: whose processes are meant, when they go on, and what of it is shown and told. */
import type { ActionOf, ActionResult, Operator } from '../core/actions.ts';
import type { Done } from '../core/done.ts';
import type { ConversationView, Model } from '../core/model/types.ts';
import type { Paused, PauseEnd, PausePlan, PauseRefusal, PauseSubject, Pausing } from '../core/pauses.ts';
import type { Command, Notice } from '../core/reactor/messages.ts';
import type { Refusal } from '../core/reasons.ts';
import type { Result } from '../core/result.ts';
import { type Mono, type Ms, nsToMs } from '../core/units.ts';
import type { Clock } from '../effects/clock.ts';
import type { AgentProcess, Group } from '../effects/process/groups.ts';
import type { Pauser } from '../effects/process/pauser.ts';
import type { PauseRecord } from '../effects/state/pause-records.ts';
import type { Loop } from './loop.ts';

/** Conversations of an agent, and calls of a conversation, that are searched for processes, the latest first. */
const MAX_SEARCHED = 64;
/** Conversations that are kept of one process. */
const MAX_CONVERSATIONS = 64;
/** Between two looks at what is stopped, ms: somebody else may continue it, or end it. */
const WATCH_MS: Ms = 1_000;
/** A plan is made of all processes of the machine: it stands for this long, ms. */
const PLAN_MS: Ms = 1_000;

export type PauseDeps = {
  /** Left out: nothing can be stopped here. */
  readonly pauser: Pauser | undefined;
  readonly settings: { readonly enabled: boolean; readonly maxMs: Ms };
  readonly readOnly: boolean;
  readonly model: Pick<Model, 'view' | 'calls' | 'sourcesOf'>;
  readonly loop: Pick<Loop, 'state' | 'now'>;
  readonly clock: Clock;
  readonly notify: (notice: Notice) => void;
  /** Keeps what ended by itself, as if it had been asked for. */
  readonly record: (action: ActionOf<'pause' | 'resume'>, result: ActionResult) => void;
  readonly changed: () => void;
};

export type Pauses = {
  /** Stops the processes of an agent; resolves when they have stopped. */
  readonly pause: (action: ActionOf<'pause'>) => Promise<ActionResult>;
  readonly resume: (action: ActionOf<'resume'>) => ActionResult;
  /** Stops an agent because its budget is used up, or continues what was stopped for that. */
  readonly forBudget: (command: Command & { readonly type: 'pause' | 'resume' }) => void;
  /** Returns what a pause would stop, or why nothing. */
  readonly plan: (subject: PauseSubject) => Result<PausePlan, Refusal>;
  /** Null where nothing can be stopped, and nothing is; the same object while nothing changes. */
  readonly view: () => Pausing | null;
  /** Continues what an engine that is gone left stopped; called once, when notices are heard. */
  readonly start: () => void;
  /** Continues what we stopped where the mode has become observe. */
  readonly modeChanged: () => void;
  /** Continues everything that we stopped. */
  readonly close: () => void;
};

/** A pause of ours. */
type Open = { readonly record: PauseRecord; readonly cancel: () => void };

/** A process of an agent, and what is known of it. */
type Candidate = { readonly claim: AgentProcess; readonly agent: string; readonly conversations: readonly string[] };

/** Makes the pauses of an engine. */
export function createPauses(deps: PauseDeps): Pauses {
  const book = new PauseBook(deps);
  return {
    pause: (action) => book.pause(action),
    resume: (action) => book.resume(action),
    forBudget: (command) => void book.forBudget(command),
    plan: (subject) => book.plan(subject),
    view: () => book.shown,
    start: () => book.start(),
    modeChanged: () => book.modeChanged(),
    close: () => book.close(),
  };
}

type Found = { readonly groups: readonly (Candidate & { readonly group: Group })[]; readonly plan: PausePlan };
type Planned = { readonly key: string; readonly mono: Mono; readonly plan: Result<PausePlan, Refusal> };

class PauseBook {
  shown: Pausing | null = null;
  readonly #deps: PauseDeps;
  readonly #ours = new Map<number, Open>();
  /** Of other engines with the same state folder. */
  #others: readonly PauseRecord[] = [];
  /** Pids that are being stopped. */
  readonly #underWay = new Set<number>();
  #planned: Planned | null = null;
  #isClosed = false;
  #stopWatch = (): void => undefined;

  constructor(deps: PauseDeps) {
    this.#deps = deps;
  }

  plan(subject: PauseSubject): Result<PausePlan, Refusal> {
    const key = JSON.stringify(subject);
    const { mono } = this.#deps.loop.now();
    if (this.#planned?.key === key && mono - this.#planned.mono < PLAN_MS) return this.#planned.plan;
    const found = this.#find(subject);
    const plan = found.ok ? ({ ok: true, value: found.value.plan } as const) : found;
    this.#planned = { key, mono, plan };
    return plan;
  }

  async pause(action: ActionOf<'pause'>): Promise<ActionResult> {
    const found = this.#find(action);
    if (!found.ok) return this.#refuse(action, found.reason);
    const stopped: PauseRecord[] = [];
    const refused: PauseRefusal[] = [...found.value.plan.refused];
    for (const one of found.value.groups) {
      const result = await this.#stop(one, action);
      if (result.ok) stopped.push(result.value);
      else refused.push(result.reason);
    }
    const [first] = stopped;
    if (first === undefined) return this.#refuse(action, refused[0] ?? { code: 'pause_no_process' });
    const { groups } = found.value.plan;
    const reason = {
      code: 'paused',
      agent: first.agent,
      pids: stopped.map(({ pid }) => pid),
      processes: stopped.reduce((sum, { processes }) => sum + processes, 0),
      others: groups.reduce((sum, { others }) => sum + others, 0),
      foreground: groups.some(({ foreground }) => foreground),
      resumesAt: first.resumesAt,
      cause: first.cause,
      note: action.reason ?? null,
      refused,
    } as const;
    this.#tell('pause', first, reason, action.by);
    this.#show();
    // We may have been told to end, or to act no more, while it was being stopped.
    if (this.#isClosed) this.#endAll('stopping');
    else this.modeChanged();
    return { ok: true, value: reason };
  }

  resume(action: ActionOf<'resume'>): ActionResult {
    if (this.#deps.readOnly) return this.#refuse(action, { code: 'read_only' });
    const meant = [...this.#records(), ...this.#others].filter((record) => isMeant(record, action));
    if (meant.length === 0) return this.#refuse(action, { code: 'not_paused' });
    for (const record of meant) this.#end(record, 'operator', action.by);
    return { ok: true, value: { code: 'resumed', pids: meant.map(({ pid }) => pid), why: 'operator' } };
  }

  async forBudget(command: Command & { readonly type: 'pause' | 'resume' }): Promise<void> {
    const { subject } = command;
    if (command.type === 'pause') {
      const action = { type: 'pause', ...subject, cause: 'budget', reason: `budget ${command.budget}` } as const;
      this.#deps.record(action, await this.pause(action));
      return;
    }
    // What a person has stopped meanwhile stays so.
    const meant = this.#records().filter((record) => record.cause === 'budget' && isMeant(record, subject));
    for (const record of meant) this.#end(record, 'answered');
  }

  start(): void {
    this.#look();
    this.#show();
    if (this.#deps.settings.enabled || this.#others.length > 0) this.#watch();
  }

  modeChanged(): void {
    if (this.#ours.size > 0 && this.#deps.loop.state().mode === 'observe') this.#endAll('observing');
  }

  close(): void {
    this.#isClosed = true;
    this.#stopWatch();
    this.#endAll('stopping');
  }

  #whyNot(): Refusal | null {
    const { readOnly, settings, pauser, loop } = this.#deps;
    if (readOnly) return { code: 'read_only' };
    if (!settings.enabled || pauser === undefined) return { code: 'pause_off' };
    if (this.#isClosed || loop.state().stopping) return { code: 'stopping' };
    return loop.state().mode === 'observe' ? { code: 'pause_observing' } : null;
  }

  #find(subject: PauseSubject): Result<Found, Refusal> {
    const { pauser, model } = this.#deps;
    const refused = this.#whyNot();
    if (refused !== null || pauser === undefined) return { ok: false, reason: refused ?? { code: 'pause_off' } };
    const groups: (Candidate & { readonly group: Group })[] = [];
    const reasons: PauseRefusal[] = [];
    for (const candidate of candidatesOf(subject, model, pauser)) {
      const { pid } = candidate.claim;
      const found = this.#isPaused(pid)
        ? ({ ok: false, reason: { code: 'pause_paused', pid } } as const)
        : pauser.inspect(candidate.claim);
      if (found.ok) groups.push({ ...candidate, group: found.value });
      else reasons.push(found.reason);
    }
    // The process of an earlier day is no reason.
    const told = reasons.filter(({ code }) => code !== 'pause_gone' && code !== 'pause_other_process');
    const [first] = groups;
    if (first === undefined) {
      const [reason] = [...told, ...reasons];
      return { ok: false, reason: reason ?? { code: 'pause_no_process' } };
    }
    const plan = { agent: first.agent, groups: groups.map(({ group }) => shownGroup(group)), refused: told };
    return { ok: true, value: { groups, plan } };
  }

  #isPaused(pid: number): boolean {
    return this.#ours.has(pid) || this.#underWay.has(pid) || this.#others.some((one) => one.pid === pid);
  }

  async #stop(
    { claim, group, agent, conversations }: Found['groups'][number],
    { by, cause, durationMs }: ActionOf<'pause'>,
  ): Promise<Result<PauseRecord, PauseRefusal>> {
    const { pauser, settings, loop, clock } = this.#deps;
    if (pauser === undefined) return { ok: false, reason: { code: 'pause_off' } };
    const { pid } = group;
    const forMs = Math.min(durationMs ?? settings.maxMs, settings.maxMs);
    const { at } = loop.now();
    this.#underWay.add(pid);
    const facts = { agent, conversations, at, resumesAt: at + forMs, cause: cause ?? 'operator' };
    const stopped = await pauser.stop(claim, group, { ...facts, by: by?.user ?? null });
    this.#underWay.delete(pid);
    if (!stopped.ok) return stopped;
    const record = stopped.value;
    this.#ours.set(pid, { record, cancel: clock.after(forMs, () => this.#end(record, 'timeout')) });
    return { ok: true, value: record };
  }

  /** Continues one, and tells of it; `why` it went on. */
  #end(record: PauseRecord, why: PauseEnd, by?: Operator): void {
    const { pauser } = this.#deps;
    this.#ours.get(record.pid)?.cancel();
    this.#ours.delete(record.pid);
    this.#others = this.#others.filter((one) => one !== record);
    pauser?.resume(record);
    const { pid } = record;
    const reason = { code: 'resumed', pids: [pid], why } as const;
    this.#tell('resume', record, reason, by);
    if (why !== 'operator') this.#deps.record({ type: 'resume', pid, end: why }, { ok: true, value: reason });
    this.#show();
  }

  #endAll(why: PauseEnd): void {
    for (const record of this.#records()) this.#end(record, why);
  }

  #records(): readonly PauseRecord[] {
    return Array.from(this.#ours.values(), ({ record }) => record);
  }

  /** Looks after what is stopped: somebody else may have continued it, or an engine may have ended without doing so. */
  #look(): void {
    const { pauser } = this.#deps;
    if (pauser === undefined) return;
    const known = pauser.list();
    for (const record of this.#records()) {
      const isKept = known.some((one) => one.whose === 'ours' && one.record.pid === record.pid);
      const state = pauser.stateOf(record);
      if (!isKept || state !== 'stopped') this.#end(record, state === 'gone' ? 'gone' : 'outside');
    }
    for (const { record, whose } of known) if (whose === 'left') this.#end(record, 'restart');
    const now = known.flatMap(({ record, whose }) => (whose === 'other' ? [record] : []));
    const isSame = now.length === this.#others.length && now.every((one, index) => this.#others[index]?.at === one.at);
    if (isSame) return;
    this.#others = now;
    this.#show();
  }

  #watch(): void {
    this.#stopWatch = this.#deps.clock.after(WATCH_MS, () => {
      this.#look();
      this.#watch();
    });
  }

  #show(): void {
    const { settings, pauser, changed } = this.#deps;
    this.#planned = null;
    const paused = [
      ...this.#records().map((record) => pausedOf(record, true)),
      ...this.#others.map((record) => pausedOf(record, false)),
    ].sort((a, b) => a.at - b.at);
    const isShown = settings.enabled || paused.length > 0;
    this.shown = isShown ? { enabled: settings.enabled && pauser !== undefined, maxMs: settings.maxMs, paused } : null;
    changed();
  }

  #tell(action: 'pause' | 'resume', record: PauseRecord, reason: Done, by?: Operator): void {
    this.#deps.notify({ type: 'operator', action, target: nameOf(record), reason, ...(by && { by }) });
  }

  #refuse(action: ActionOf<'pause' | 'resume'>, reason: Refusal): ActionResult {
    const { type, by } = action;
    this.#deps.notify({ type: 'refused', action: type, target: targetOf(action), reason, ...(by && { by }) });
    return { ok: false, reason };
  }
}

function targetOf({ agent, conversationId, pid }: PauseSubject): string {
  if (typeof pid === 'number') return `pid ${pid}`;
  return agent ?? conversationId ?? '';
}

function nameOf({ agent, pid }: Pick<PauseRecord, 'agent' | 'pid'>): string {
  return agent ?? `pid ${pid}`;
}

function isMeant(record: PauseRecord, { agent, conversationId, pid }: PauseSubject): boolean {
  if (typeof pid === 'number') return record.pid === pid;
  if (typeof conversationId === 'string') return record.conversations.includes(conversationId);
  return typeof agent !== 'string' || record.agent === agent;
}

function pausedOf(record: PauseRecord, isOurs: boolean): Paused {
  const { pid, agent, conversations, processes, at, resumesAt, cause, by } = record;
  return { pid, agent, conversations, processes, at, resumesAt, cause, by, isOurs };
}

function shownGroup({ pid, name, processes, others, foreground }: Group): PausePlan['groups'][number] {
  return { pid, name, processes, others, foreground };
}

// ---------------------------------------------------------------- whose processes

/** The processes that sources name for a subject, the latest first. */
function candidatesOf(
  subject: PauseSubject,
  model: PauseDeps['model'],
  { tellerOf }: Pick<Pauser, 'tellerOf'>,
): readonly Candidate[] {
  const found = new Map<number, Candidate>();
  const add = (row: ConversationView, claim: AgentProcess): void => {
    const { pid } = claim;
    if (typeof subject.pid === 'number' && pid !== subject.pid) return;
    const known = found.get(pid);
    const conversations = [...new Set([...(known?.conversations ?? []), row.conversationId])].slice(
      0,
      MAX_CONVERSATIONS,
    );
    found.set(pid, {
      claim: known === undefined ? claim : together(known.claim, claim),
      agent: row.agent,
      conversations,
    });
  };
  for (const row of rowsOf(subject, model)) {
    const session = claimOfSession(row, tellerOf);
    if (session !== null) add(row, session);
    const seen = new Set<number>();
    for (const call of model.calls(row.conversationId).slice(-MAX_SEARCHED).toReversed()) {
      const { pid, startNs, processName: name } = call;
      if (pid === null || seen.has(pid)) continue;
      seen.add(pid);
      const tellers = model.sourcesOf(call).map(tellerOf);
      // A number of another machine means nothing here.
      if (tellers.includes('elsewhere')) continue;
      const own = tellers.filter((teller) => teller !== 'elsewhere');
      add(row, { pid, start: null, calledAt: nsToMs(startNs), name, tellers: own, ofMachine: true });
    }
  }
  // Others that the process has, sub-agents among them, stand still with it.
  const rows = model.view().conversations;
  return Array.from(found.values(), (candidate) => {
    const { agent, claim, conversations } = candidate;
    const own = new Set(conversations);
    for (const { conversationId, session, agent: its } of rows) {
      if (own.size >= MAX_CONVERSATIONS) break;
      const isIts = its === agent && session !== null;
      if (isIts && (session.pid === claim.pid || own.has(session.parentId ?? ''))) own.add(conversationId);
    }
    return { ...candidate, conversations: [...own] };
  });
}

function rowsOf(
  { agent, conversationId, pid }: PauseSubject,
  { view }: Pick<Model, 'view'>,
): readonly ConversationView[] {
  const { conversations } = view();
  if (typeof conversationId === 'string') return conversations.filter((row) => row.conversationId === conversationId);
  if (typeof agent === 'string') return conversations.filter((row) => row.agent === agent).slice(0, MAX_SEARCHED);
  return typeof pid === 'number' ? conversations.slice(0, MAX_SEARCHED * MAX_SEARCHED) : [];
}

// The agent's own record of its process.
function claimOfSession({ session, sources }: ConversationView, tellerOf: Pauser['tellerOf']): AgentProcess | null {
  if (session === null || session.pid === null || session.state === 'ended' || session.state === 'died') return null;
  const tellers = sources.map(tellerOf).filter((teller) => teller !== 'elsewhere');
  const start = session.pidStart ?? null;
  return {
    pid: session.pid,
    start,
    calledAt: start === null ? session.lastAt : null,
    name: null,
    tellers,
    ofMachine: false,
  };
}

// The latest call counts, and what was recorded of the start.
function together(a: AgentProcess, b: AgentProcess): AgentProcess {
  return {
    pid: a.pid,
    start: a.start ?? b.start,
    calledAt:
      a.calledAt === null || b.calledAt === null ? (a.calledAt ?? b.calledAt) : Math.max(a.calledAt, b.calledAt),
    name: (a.calledAt ?? -Infinity) >= (b.calledAt ?? -Infinity) ? (a.name ?? b.name) : (b.name ?? a.name),
    tellers: [...new Set([...a.tellers, ...b.tellers])],
    ofMachine: a.ofMachine && b.ofMachine,
  };
}
