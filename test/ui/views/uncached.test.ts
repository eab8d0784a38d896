import { expect, test } from 'vitest';
import { uncachedOf } from '../../../src/ui/views/agents/rows.ts';
import { ScreenWorld } from '../../helpers/view.ts';

const MINUTE = 60_000;
const usage = (inputTokens: number, cacheReadTokens: number | null = 0) => ({
  inputTokens,
  outputTokens: 1,
  cacheReadTokens,
  cacheCreationTokens: null,
});

async function uncached(calls: readonly (readonly [ago: number, ReturnType<typeof usage>])[]) {
  const world = await ScreenWorld.started('observe');
  for (const [ago, tokens] of calls)
    world.call({ agent: 'Codex', conversationId: 'c', ago: ago * MINUTE, usage: tokens });
  const view = world.view();
  const [agent] = view.model.agents;
  if (agent === undefined) throw new Error('no agent');
  return { meter: uncachedOf(view, agent, world.now), window: agent.window };
}

test('the meter of uncached input slides while the window of the advisory begins anew', async () => {
  // A window of the advisory ends between the two calls; the hour holds both.
  const { meter, window } = await uncached([
    [70, usage(100_000)],
    [50, usage(150_000)],
    [5, usage(18_000)],
  ]);
  expect(window?.inputTokens).toBe(18_000);
  expect(meter).toMatchObject({ amount: '168k/200k', ratio: 0.84, warning: '' });
});

test('it warns of a cache that is not used, says nothing against one that is not reported, and is none where one is used', async () => {
  expect((await uncached([[5, usage(250_000)]])).meter).toMatchObject({
    tone: 'warning',
    warning: 'no prompt caching',
  });
  expect((await uncached([[5, usage(250_000, null)]])).meter).toMatchObject({
    tone: 'plain',
    warning: 'cache not reported',
  });
  expect((await uncached([[5, usage(250_000, 9)]])).meter).toMatchObject({
    ratio: null,
    amount: '250k in, cache in use',
  });
  expect((await uncached([[70, usage(250_000)]])).meter).toMatchObject({ ratio: null, amount: '' });
});
