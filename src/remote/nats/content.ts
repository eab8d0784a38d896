/** An engine as a console sees it that may not see prompts, answers and files: they stay on the host. */
import type { Call } from '../../core/calls.ts';
import type { ConversationView } from '../../core/model/types.ts';
import type { EngineView, Queries } from '../../engine/types.ts';
import { wordRefusal } from '../../wording/refusals.ts';
import type { HostDeps } from '../host.ts';

type Shown = HostDeps['engine'];

const REFUSED = { ok: false, reason: { code: 'stays_on_host' } } as const;

/** Returns the engine without content: rows that did not change keep their reference. */
export function withoutContent(engine: Shown): Shown {
  const row = once<ConversationView>((one) => ({
    ...one,
    userQuery: null,
    session: one.session === null ? null : { ...one.session, title: null },
  }));
  const call = once<Call>((one) => ({ ...one, userQuery: null }));
  const list = once<readonly ConversationView[]>((rows) => rows.map(row));
  const calls = once<readonly Call[]>((all) => all.map(call));
  const view = once<EngineView>((whole) => ({
    ...whole,
    model: { ...whole.model, conversations: list(whole.model.conversations) },
  }));
  const { store, queries } = engine;
  return {
    ...engine,
    store: {
      getState: () => view(store.getState()),
      getInitialState: () => view(store.getInitialState()),
      subscribe: (listener) => store.subscribe((now, before) => listener(view(now), view(before))),
    },
    calls: (conversationId) => calls(engine.calls(conversationId)),
    queries: {
      ...queries,
      ...withheld(store),
      agent: (name) => {
        const detail = queries.agent(name);
        const { lastFailure = null } = detail ?? {};
        return detail === null ? null : { ...detail, lastFailure: lastFailure === null ? null : call(lastFailure) };
      },
      callOf: (signal) => {
        const found = queries.callOf(signal);
        return found === null ? null : call(found);
      },
      rollbackPlan: async (workspace, snapshot) => {
        const plan = await queries.rollbackPlan(workspace, snapshot);
        // What it would undo, line by line, is the content of files; how much that is, is not.
        const preview = { ok: true, value: wordRefusal(REFUSED.reason) } as const;
        return plan.ok ? { ok: true, value: { ...plan.value, preview } } : plan;
      },
    },
  };
}

function withheld(store: Shown['store']): Pick<Queries, 'content' | 'story' | 'search' | 'diff'> {
  return {
    content: () => Promise.resolve(REFUSED),
    story: () => Promise.resolve(REFUSED),
    diff: () => Promise.resolve(REFUSED),
    search: () => Promise.resolve({ why: 'whole', unread: store.getState().sources.map(({ health }) => health.uri) }),
  };
}

/** Makes a thing's other form once. */
export function once<T extends object>(make: (value: T) => T): (value: T) => T {
  const made = new WeakMap<T, T>();
  return (value) => {
    const known = made.get(value) ?? make(value);
    made.set(value, known);
    return known;
  };
}
