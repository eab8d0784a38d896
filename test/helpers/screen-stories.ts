/** Situations that an operator meets, each told by what the feed and the checkpointer did. */
import { loadPricer } from '../../src/effects/prices.ts';
import { ScreenWorld, settle, WORKSPACE } from './view.ts';
import { quoted } from './reasons.ts';

const HERMES = {
  agent: 'Hermes',
  conversationId: 'b59780476b41',
  model: 'claude-opus',
  provider: 'anthropic',
  pid: 41,
};
const CLAW = { agent: 'OpenClaw', conversationId: '91aa03f2c7de', model: 'qwen3-max', provider: 'dashscope', pid: 42 };
const COSH = { agent: 'Cosh', conversationId: '0c77d1b2aa90', model: 'gpt-5.2', provider: 'openai', pid: 43 };

const STORM_MS = 5_000;
const FAILURE = { statusCode: 401, error: 'invalid_api_key: the key was revoked', usage: null, finishReason: null };

/** Three agents at work, nothing wrong. */
export function work(world: ScreenWorld): ScreenWorld {
  const asked = 'make the failing test pass';
  world.call({ ...HERMES, ago: 90_000, took: 7_200, userQuery: asked, finishReason: 'stop' });
  world.call({ ...COSH, ago: 70_000, took: 900, usage: { ...usage(12_000, 400), cacheReadTokens: 7_700 } });
  world.call({ ...HERMES, ago: 20_000, took: 4_100, userQuery: asked, finishReason: 'tool_use', tools: ['Bash'] });
  world.call({ ...CLAW, ago: 12_000, took: 12_000, usage: usage(110_000, 4_000), tools: ['read_file', 'read_file'] });
  world.call({ ...CLAW, ago: 5_000, took: 5_300, usage: usage(60_000, 5_000) });
  world.call({
    ...HERMES,
    ago: 2_000,
    took: 3_100,
    userQuery: asked,
    finishReason: 'tool_use',
    tools: ['Edit', 'Bash'],
  });
  return world;
}

/** Five failures of one class in a row: a storm of Hermes. */
export async function storm(world: ScreenWorld): Promise<void> {
  await world.wait(8_000);
  for (let failure = 0; failure < 5; failure += 1) {
    world.call({ ...HERMES, ...FAILURE, took: 300, ago: (4 - failure) * 900, userQuery: 'make the failing test pass' });
  }
  await world.wait(100);
}

export async function calm(): Promise<ScreenWorld> {
  return work(await ScreenWorld.started('auto'));
}

/** The same with prices, which not every model has. */
export async function priced(): Promise<ScreenWorld> {
  return work(await ScreenWorld.started('observe', { pricer: loadPricer() }));
}

/** A budget for the day, of which next to nothing is spent. */
export async function budgeted(): Promise<ScreenWorld> {
  const budget = { name: 'day', per: 'all', agent: null, conversation: null, workspace: null, every: 'day' } as const;
  const limit = {
    unit: 'usd',
    limit: '240000000000000',
    warnAt: 0.8,
    action: 'ask',
    askMs: 60_000,
    pause: false,
  } as const;
  const config = { budgets: [{ ...budget, ...limit }] };
  return work(await ScreenWorld.started('observe', { pricer: loadPricer(), config }));
}

/** Mode hold: the storm's checkpoint fires in a moment. */
export async function held(): Promise<ScreenWorld> {
  const world = work(await ScreenWorld.started('hold'));
  await storm(world);
  await world.wait(5_900);
  return world;
}

/** Mode hold: checkpoints of two workspaces are announced, the one of Cosh's own a second later. */
export async function heldTwice(): Promise<ScreenWorld> {
  const workspaces = { agents: { Cosh: '/srv/cosh' }, processes: {}, fallback: WORKSPACE };
  const world = work(await ScreenWorld.started('hold', { config: { workspaces } }));
  world.interruption({ agent: 'Hermes', conversationId: HERMES.conversationId, type: 'agent_crash', pid: 41 });
  await world.wait(3_000);
  world.interruption({ agent: 'Cosh', conversationId: COSH.conversationId, type: 'agent_crash', pid: 43 });
  await world.wait(2_500);
  return world;
}

/** The storm's checkpoint is being made. */
export async function running(): Promise<ScreenWorld> {
  const world = work(await ScreenWorld.started('auto'));
  await storm(world);
  await world.wait(2_900);
  return world;
}

/** The storm was checkpointed; a second signal waits for the window's end. */
export async function debouncing(): Promise<ScreenWorld> {
  const world = await running();
  await world.finish({ durationMs: 3_000 });
  world.interruption({ agent: 'Cosh', conversationId: COSH.conversationId, type: 'agent_crash', pid: 43 });
  await world.wait(STORM_MS);
  world.engine.intents.silence({
    matcher: { conversation: CLAW.conversationId, signal: 'dead_loop' },
    durationMs: 600_000,
    reason: 'known, being fixed',
  });
  await world.wait(7_000);
  return world;
}

/** Three checkpoints failed in a row. */
export async function breaker(): Promise<ScreenWorld> {
  const world = work(await ScreenWorld.started('auto'));
  const stderr = 'ERROR failed to create snapshot: No space left on device';
  for (let failure = 0; failure < 3; failure += 1) {
    world.interruption({ agent: 'Hermes', conversationId: HERMES.conversationId, type: 'agent_crash', pid: 41 });
    await world.wait(2_500);
    await world.finish({ type: 'failed', reason: quoted('ws-ckpt failed'), exitCode: 1, stderr } as never);
  }
  await world.wait(2_500);
  return world;
}

/** The only source was lost. */
export async function blind(): Promise<ScreenWorld> {
  const world = await calm();
  world.health({
    status: 'lost',
    detail: { code: 'quoted', text: 'the database was moved away; next look in 4 s' },
    lagMs: null,
  });
  await world.wait(70_000);
  return world;
}

/** All is ready, nothing came yet. */
export async function empty(): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('observe');
  await world.wait(42_000);
  return world;
}

/** No feed was found. */
export async function absent(): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('observe');
  const detail = {
    code: 'quoted',
    text: 'no genai_events.db there; start `agentsight trace`, or give --source URI',
  } as const;
  world.health({ status: 'absent', detail, lagMs: null });
  await world.wait(5_000);
  return world;
}

/** A long history is being read. */
export async function loading(): Promise<ScreenWorld> {
  const world = new ScreenWorld();
  world.health({ caughtUp: false });
  void world.engine.start();
  await settle();
  world.health({ caughtUp: false, detail: { code: 'quoted', text: 'reading history: 41% of 1.2M rows' } });
  return world;
}

/** Somebody else's engine acts here. */
export async function observer(): Promise<ScreenWorld> {
  const owner = { user: 'ops', pid: 4_711, startedAt: Date.UTC(2026, 10, 23, 13, 0) };
  return work(await ScreenWorld.started('auto', { owner }));
}

/** Somebody else's engine acted here, and was killed: nothing acts. */
export async function orphaned(): Promise<ScreenWorld> {
  const world = await observer();
  world.ownerRuns = false;
  await world.wait(500);
  return world;
}

/** Mode observe: a storm asks, and nothing is done. */
export async function observe(): Promise<ScreenWorld> {
  const world = work(await ScreenWorld.started('observe'));
  await storm(world);
  return world;
}

/** ws-ckpt does not manage the workspace. */
export async function unmanaged(): Promise<ScreenWorld> {
  const reason = quoted('not managed by ws-ckpt; let it: ws-ckpt init --workspace=/srv/ws');
  const world = await ScreenWorld.started('auto', { availability: { state: 'unmanaged', reason, usedRatio: null } });
  return work(world);
}

/** The snapshot store is nearly full. */
export async function guarded(): Promise<ScreenWorld> {
  return work(await ScreenWorld.started('auto', { availability: { usedRatio: 0.93 } }));
}

/** Nothing is configured to act upon, and nobody reads the feed. */
export async function bare(): Promise<ScreenWorld> {
  const config = { sources: [], workspaces: { agents: {}, processes: {}, fallback: null } };
  return ScreenWorld.started('observe', { config });
}

/** An operator's silence covers the whole workspace. */
export async function suppressed(): Promise<ScreenWorld> {
  const world = await calm();
  world.engine.intents.silence({ matcher: { workspace: WORKSPACE }, durationMs: 125_000, reason: 'deploying' });
  await storm(world);
  return world;
}

/** Texts in every script, and names that try to break the screen. */
export async function scripts(): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('auto');
  const names = [
    '编码助手',
    'エージェント',
    '👩‍👩‍👧 family',
    '🇩🇪 Agent',
    'مساعد',
    'Z͑ͫ̓ͪ̂ͫ̽͏algo',
    'नमस्ते',
    '한국어',
    'a\u200bb\u00ad',
    '1️⃣❤️👍🏽',
  ];
  for (const [at, agent] of names.entries()) {
    const facts = {
      agent,
      provider: 'anthropic',
      conversationId: `対話-${at}-${agent}`,
      model: `モデル-${agent}`,
      userQuery: `${agent} 请修复测试 🙏🏽`,
    };
    world.call({ ...facts, ago: 1_000 * (names.length - at), tools: [`工具${agent}`] });
    world.call({ ...facts, ...FAILURE, statusCode: 500, error: `上游错误 ${agent}`, ago: 400 * (names.length - at) });
    world.interruption({ agent, conversationId: facts.conversationId, type: `类型_${at}`, severity: 'high' });
  }
  await world.wait(500);
  return world;
}

export const STORIES = {
  calm,
  'storm-held': held,
  running,
  debouncing,
  breaker,
  blind,
  empty,
  absent,
  loading,
  observe,
  observer,
  unmanaged,
  guarded,
  suppressed,
  bare,
  scripts,
} as const;

function usage(inputTokens: number, outputTokens: number) {
  return { inputTokens, outputTokens, cacheReadTokens: null, cacheCreationTokens: null };
}
