import { randomUUID } from 'node:crypto';
import type { HookConfig, WebhookTarget } from '../config/hooks.ts';
import { cleanLine } from '../core/text.ts';
import { run } from '../effects/process/run.ts';
import type { EngineEvent, HookView } from '../engine/types.ts';
import { factsOf, type HookEvent, type HookFacts, isWanted, type Maker } from './events.ts';
import { createQueue, type Queue, type Store } from './queue.ts';
import { alertmanagerRequest, type Request, slackRequest } from './shapes.ts';
import { type Attempt, send } from './webhook.ts';

/** Silences whose id in Alertmanager is remembered. */
const MAX_SILENCES = 500;
/** Longest line of an event for people, UTF-16 units. */
const MAX_TEXT = 1_000;

export type HooksDeps = {
  readonly host: string;
  readonly store: Store & { readonly get: (key: string) => unknown };
  readonly signalOf: Maker['signalOf'];
  readonly count: (hook: string, outcome: 'delivered' | 'failed' | 'dropped') => void;
  readonly complain: (text: string) => void;
};

export type Hooks = {
  /** Queues an event for each hook that wants it. Never waits, never throws. */
  readonly event: (event: EngineEvent) => void;
  /** The number of waiting events by hook. */
  readonly queued: () => ReadonlyMap<string, number>;
  /** The state of each of them; the same list while nothing changes. */
  readonly views: () => readonly HookView[];
  /** Ends what runs; what waits is kept for the next run. */
  readonly close: () => void;
};

/** Tells programs and servers of the operator's what happens. */
export function createHooks(configs: readonly HookConfig[], deps: HooksDeps): Hooks {
  const stop = new AbortController();
  const dark = new Set<string>();
  const turned: Maker['turned'] = (uri, isDark) => {
    if (dark.has(uri) === isDark) return false;
    if (isDark) dark.add(uri);
    else dark.delete(uri);
    return true;
  };
  const queues = new Map<HookConfig, Queue>(
    configs.map((config) => [
      config,
      createQueue(config, {
        store: deps.store,
        deliver: (event) => deliver(config, event, deps, stop.signal),
        random: Math.random,
        wait: (ms, then) => {
          const timer = setTimeout(then, ms).unref();
          return () => clearTimeout(timer);
        },
        count: (outcome) => deps.count(config.name, outcome),
        complain: deps.complain,
        now: Date.now,
      }),
    ]),
  );
  let shown: readonly HookView[] = [];
  return {
    event: (event) => {
      for (const facts of factsOf(event, { signalOf: deps.signalOf, turned })) {
        const made = eventOf(facts, event.at, deps.host);
        for (const [config, queue] of queues) if (isWanted(config, facts)) queue.push(made);
      }
    },
    queued: () => new Map([...queues].map(([{ name }, queue]) => [name, queue.length()])),
    views: () => {
      const views = [...queues.values()].map((queue) => queue.view());
      if (JSON.stringify(views) !== JSON.stringify(shown)) shown = views;
      return shown;
    },
    close: () => {
      for (const queue of queues.values()) queue.close();
      stop.abort();
    },
  };
}

function eventOf(facts: HookFacts, at: number, host: string): HookEvent {
  return {
    schema: 'sightline.hook/1',
    id: randomUUID(),
    at: new Date(at).toISOString(),
    host,
    signal: null,
    fate: null,
    workspace: null,
    source: null,
    silence: null,
    ...facts,
    text: cleanLine(facts.text, MAX_TEXT),
  };
}

function deliver(config: HookConfig, event: HookEvent, deps: HooksDeps, abort: AbortSignal): Promise<Attempt> {
  const { target, timeoutMs } = config;
  if (target.type === 'command') return runCommand(target.argv, event, timeoutMs, abort);
  return post(config.name, target, event, timeoutMs, deps.store);
}

async function runCommand(
  [file = '', ...args]: readonly string[],
  event: HookEvent,
  timeoutMs: number,
  abort: AbortSignal,
): Promise<Attempt> {
  const result = await run(file, args, { timeoutMs, abort, input: `${JSON.stringify(event)}\n` });
  if (result.type === 'exited' && result.code === 0) return { ok: true, answer: '' };
  const how = result.type === 'exited' ? `exit code ${result.code ?? result.signal}` : result.type.replaceAll('_', ' ');
  return { ok: false, why: `${file}: ${how}`, isFinal: false };
}

async function post(
  name: string,
  target: WebhookTarget,
  event: HookEvent,
  timeoutMs: number,
  store: HooksDeps['store'],
): Promise<Attempt> {
  const keyOf = (silence: string): string => `hook-silence:${name}:${silence}`;
  const request = requestOf(target, event, (silence) => {
    const id = store.get(keyOf(silence));
    return typeof id === 'string' ? id : null;
  });
  if (request === null) return { ok: true, answer: '' };
  const attempt = await send(target, request, event.id, timeoutMs);
  if (!attempt.ok || request.keeps === undefined) return attempt;
  const id = silenceIdIn(attempt.answer);
  if (id !== null) keep(store, `hook-silence:${name}:`, keyOf(request.keeps), id);
  return attempt;
}

function requestOf(target: WebhookTarget, event: HookEvent, idOf: (silence: string) => string | null): Request | null {
  switch (target.shape) {
    case 'event':
      return { method: 'POST', path: '', body: event };
    case 'slack':
      return slackRequest(event);
    case 'alertmanager':
      return alertmanagerRequest(event, idOf);
  }
}

function silenceIdIn(answer: string): string | null {
  try {
    const body: unknown = JSON.parse(answer);
    const id = typeof body === 'object' && body !== null && 'silenceID' in body ? body.silenceID : null;
    return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : null;
  } catch {
    return null;
  }
}

function keep(store: HooksDeps['store'], prefix: string, key: string, id: string): void {
  const known = store.entries(prefix);
  if (known.length >= MAX_SILENCES) store.put(known[0]?.[0] ?? key, null);
  store.put(key, id);
}
