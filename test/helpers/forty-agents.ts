/** The scene of forty agents: a storm that is held, a loop, an agent that only fails, and thirty-six that work. Seeded. */
import { ScreenWorld } from './view.ts';

const AGENTS = 40;
const CONVERSATIONS = 120;
const WORKSPACES = ['billing', 'mobile', 'search'] as const;
const TASKS = ['nightly docs sweep', 'upgrade zod to 4', 'write the release notes', 'dedupe the fixtures', 'fix lint'];
const FAILURE = { usage: null, finishReason: null } as const;

/** A small generator of numbers 0…1 that gives the same ones for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** The name of an agent of the crowd. */
function workerOf(at: number): string {
  return `worker-${String(at).padStart(2, '0')}`;
}

export async function fortyAgents(seed = 1): Promise<ScreenWorld> {
  const next = random(seed);
  const workers = Array.from({ length: AGENTS - 4 }, (_, at) => workerOf(at + 1));
  const owned = ['Claude Code', 'Codex', 'Hermes', ...workers];
  const agents = Object.fromEntries(owned.map((agent, at) => [agent, `/srv/ws/${WORKSPACES[at % 3] ?? ''}`]));
  const world = await ScreenWorld.started('hold', {
    config: { workspaces: { agents, processes: {}, fallback: null } },
  });
  for (let at = 0; at < CONVERSATIONS; at += 1) {
    const agent = workers[at % workers.length] ?? '';
    const userQuery = TASKS[Math.floor(next() * TASKS.length)] ?? '';
    world.call({ agent, conversationId: `w${at}`, userQuery, ago: 65_000 + Math.floor(next() * 3_000_000) });
  }
  for (const agent of workers.slice(0, 12)) {
    world.call({
      agent,
      conversationId: `now ${agent}`,
      userQuery: 'upgrade zod to 4',
      ago: Math.floor(next() * 50_000),
    });
  }
  const beat = { agent: 'OpenClaw', statusCode: 401, error: 'invalid_api_key', userQuery: 'heartbeat: check inbox' };
  for (let at = 0; at < 12; at += 1) {
    world.call({ ...FAILURE, ...beat, conversationId: `beat ${at}`, ago: 41_000 + at * 60_000 });
  }
  world.call({ agent: 'Hermes', conversationId: 'invoices', userQuery: 'tag the March invoices', ago: 21_000 });
  world.interruption({ agent: 'Hermes', conversationId: 'invoices', type: 'rate_limit', severity: 'high' });
  world.call({ agent: 'Codex', conversationId: 'login', userQuery: 'port the login screen to Compose', ago: 9_000 });
  world.interruption({ agent: 'Codex', conversationId: 'login', type: 'dead_loop', severity: 'critical' });
  await world.wait(11_000);
  await world.finish();
  const refund = { agent: 'Claude Code', conversationId: 'refund', userQuery: 'fix the refund CI test' };
  world.call({ ...refund, ago: 30_000 });
  for (let at = 0; at < 5; at += 1) {
    const facts = { ...FAILURE, statusCode: 529, error: 'overloaded_error: Overloaded', took: 1_200 };
    world.call({ ...refund, ...facts, ago: (4 - at) * 5_000 });
  }
  await world.wait(4_000);
  return world;
}
