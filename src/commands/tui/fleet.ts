import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Config } from '../../config/config.ts';
import type { Action, ActionResult } from '../../core/actions.ts';
import type { Refusal } from '../../core/reasons.ts';
import type { Ms } from '../../core/units.ts';
import { VERSION } from '../../core/version.ts';
import { systemClock } from '../../effects/clock.ts';
import { userName } from '../../effects/person.ts';
import type { EngineEvent, EngineView, ScreenEngine } from '../../engine/types.ts';
import type { RemoteEngine } from '../../remote/client.ts';
import { newRequestId } from '../../remote/local.ts';
import { type FleetConsole, openFleet } from '../../remote/nats/console.ts';
import { type Routed, routed } from '../../remote/nats/route.ts';
import { tokenOf } from '../../remote/nats/subjects.ts';
import { wordRefusal } from '../../wording/refusals.ts';
import { fleetEventLine } from '../fleet-events.ts';
import { loadTriage } from '../triage.ts';
import type { Shown } from './attach.ts';

/** The interval at which a host that is gone is opened again, ms. */
const RETRY_MS: Ms = 2_000;

/** A host that is shown whole. */
type Opened = { readonly host: string; engine: RemoteEngine; readonly ends: (() => void)[] };

/** Returns the token of the operator in subjects. */
export function operatorOf({ name, user }: Config['nats']): string {
  return tokenOf(name ?? user ?? userName());
}

/** Opens the fleet behind the configured broker. */
export async function openConfiguredFleet(
  { nats }: Pick<Config, 'nats'>,
  talk: (line: string) => void,
  event: (host: string, line: string) => void,
): Promise<FleetConsole> {
  const { url, name: _, content, ...access } = nats;
  const fleet = openFleet({
    broker: { ...access, url: url ?? '' },
    user: operatorOf(nats),
    version: VERSION,
    content,
    clock: systemClock,
    newId: newRequestId,
    triage: await loadTriage(),
    talk,
    event,
  });
  await fleet.ready;
  return fleet;
}

/** Opens a screen over a fleet: the sum of its hosts, or one of them whole. */
export async function fleetScreen(config: Pick<Config, 'nats'>, talk: (line: string) => void): Promise<Shown> {
  const told = (line: string): void => {
    talk(line);
    screen?.say(line);
  };
  let screen: FleetScreen | null = null;
  const fleet = await openConfiguredFleet(config, told, (host, line) => screen?.tell(host, line));
  screen = new FleetScreen(fleet);
  return screen.shown();
}

class FleetScreen {
  readonly #fleet: FleetConsole;
  readonly #store: StoreApi<EngineView>;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  #opened: Opened | null = null;
  #cancel = (): void => undefined;

  constructor(fleet: FleetConsole) {
    this.#fleet = fleet;
    this.#store = createStore<EngineView>(() => fleet.store.getState());
    fleet.store.subscribe(() => {
      if (this.#opened === null) this.#show();
    });
  }

  say(line: string): void {
    this.#emit({ type: 'talk', at: systemClock.now(), line });
  }

  /** Shows an event of a host; one that is shown whole tells its events itself. */
  tell(host: string, line: string): void {
    const words = fleetEventLine(host, line, systemClock.now());
    if (words !== null && this.#opened?.host !== host) this.say(words);
  }

  shown(): Shown {
    const engine = (): RemoteEngine | null => this.#opened?.engine ?? null;
    return {
      store: this.#store,
      dispatch: (action) => this.#dispatch(action),
      openHost: (host) => this.#openHost(host),
      dispatchTo: (host, action) => this.#dispatchTo({ host, action }, action.type),
      calls: (conversationId) => engine()?.calls(conversationId) ?? [],
      queries: queriesOf(() => engine()?.queries ?? null),
      commit: () => (engine() ?? this.#fleet).commit(),
      listen: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
      start: () => Promise.resolve(),
      close: async () => {
        this.#leave();
        await this.#fleet.close();
      },
      abort: () => undefined,
    };
  }

  readonly #emit = (event: EngineEvent): void => {
    for (const listener of this.#listeners) listener(event);
  };

  #show(): void {
    if (this.#opened === null) return this.#store.setState(this.#fleet.store.getState(), true);
    const { host, engine } = this.#opened;
    const { attachment, ...view } = engine.store.getState();
    this.#store.setState({ ...view, ...(attachment && { attachment: { ...attachment, host } }) }, true);
  }

  #leave(): void {
    this.#cancel();
    for (const end of this.#opened?.ends.splice(0) ?? []) end();
    this.#opened?.engine.close();
    this.#opened = null;
  }

  async #openHost(host: string | null): Promise<Refusal | null> {
    const engine = host === null ? null : await this.#fleet.open(host);
    if (engine?.ok === false) return { code: 'engine_gone' };
    this.#leave();
    if (host !== null && engine !== null) {
      this.#opened = { host, engine: engine.value, ends: [] };
      this.#follow(this.#opened);
    }
    this.#show();
    return null;
  }

  #follow(opened: Opened): void {
    const { engine, ends } = opened;
    ends.push(
      engine.store.subscribe(() => {
        this.#show();
        if (engine.store.getState().attachment?.lostSince !== null) this.#again(opened);
      }),
      engine.listen(this.#emit),
    );
  }

  #again(opened: Opened): void {
    this.#cancel();
    this.#cancel = systemClock.after(RETRY_MS, () => void this.#reopen(opened));
  }

  // What is shown stands until the host answers again.
  async #reopen(opened: Opened): Promise<void> {
    const engine = await this.#fleet.open(opened.host);
    if (this.#opened !== opened) return engine.ok ? engine.value.close() : undefined;
    if (!engine.ok) return this.#again(opened);
    for (const end of opened.ends.splice(0)) end();
    opened.engine = engine.value;
    this.#follow(opened);
    this.#show();
  }

  #dispatch(action: Action): Promise<ActionResult> {
    const host = this.#opened?.host;
    return this.#dispatchTo(host === undefined ? routed(action) : { host, action }, action.type);
  }

  async #dispatchTo(target: Routed | null, type: Action['type']): Promise<ActionResult> {
    const result: ActionResult =
      target === null
        ? { ok: false, reason: { code: 'open_host', host: null } }
        : await this.#fleet.act(target.host, target.action);
    const on = target === null ? '' : `${target.host}: `;
    if (!result.ok) this.say(`${on}${type} refused: ${wordRefusal(result.reason)}`);
    return result;
  }
}

/** The queries of the host that is shown whole; of many, nothing is asked: a summary has what it has. */
function queriesOf(queries: () => ScreenEngine['queries'] | null): ScreenEngine['queries'] {
  const refused = { ok: false, reason: { code: 'open_host', host: null } } as const;
  const none = { ok: false, reason: { code: 'stays_on_host' } } as const;
  return {
    content: async (...args) => queries()?.content(...args) ?? none,
    story: async (...args) => queries()?.story(...args) ?? none,
    search: async (...args) => queries()?.search(...args) ?? { why: 'whole', unread: [] },
    snapshots: async (...args) => queries()?.snapshots(...args) ?? refused,
    diff: async (...args) => queries()?.diff(...args) ?? refused,
    contents: async (...args) => queries()?.contents(...args) ?? refused,
    rollbackPlan: async (...args) => queries()?.rollbackPlan(...args) ?? refused,
    restorePlan: async (...args) => queries()?.restorePlan(...args) ?? refused,
    initPlan: async (...args) => queries()?.initPlan(...args) ?? refused,
    repinPlan: async (...args) => queries()?.repinPlan(...args) ?? refused,
    resolvers: (...args) => queries()?.resolvers(...args) ?? refused,
    sourcesOf: (...args) => queries()?.sourcesOf(...args) ?? [],
    callOf: (...args) => queries()?.callOf(...args) ?? null,
    silences: () => queries()?.silences() ?? [],
    agent: (...args) => queries()?.agent(...args) ?? null,
    pausePlan: (...args) => queries()?.pausePlan(...args) ?? refused,
  };
}
