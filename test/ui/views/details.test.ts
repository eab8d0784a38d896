import { hourColumns } from '../../../src/core/model/meters/hour.ts';
import { describe, expect, it } from 'vitest';
import type { PaneName } from '../../../src/ui/app/state.ts';
import { summed } from '../../core/model/given.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { ScreenWorld } from '../../helpers/view.ts';
import * as stories from '../../helpers/screen-stories.ts';

const WIDE = { columns: 220, rows: 60 };

/** What stands in the frame of the details, as lines without blanks around them. */
function details(world: ScreenWorld, focus: PaneName): string {
  const lines = pictureOf(world, { ...WIDE, view: { focus, zoomed: focus !== 'conversations' } }).split('\n');
  const top = lines.find((line) => /╭─ (?:Details|Why|Hermes) ─/u.test(line)) ?? '';
  const left = top.search(/╭─ (?:Details|Why|Hermes) ─/u);
  const right = top.indexOf('╮', left);
  return lines.map((line) => line.slice(left + 1, right).trim()).join('\n');
}

describe('on a wide screen all about what is selected stands beside the lists', () => {
  it('of a conversation: what was asked, what it cost, its signals, its last call, the snapshots', async () => {
    const text = details(await stories.held(), 'conversations');
    expect(text).toMatch(/^Conversation$[^]*^id +b59780476b41$[^]*^user query +make the failing test pass$/m);
    expect(text).toMatch(/^calls +8 calls, 5 failed$[^]*^tokens +121k in, 900 out$[^]*^cache +97 % of the input/m);
    expect(text).toMatch(/retry_storm$\n^held, fires in 4 s$/m);
    expect(text).toMatch(/^Call$[^]*^outcome +✗ 401/m);
  });

  it('of a conversation that is not read yet: that these are sums, of how many calls', async () => {
    const world = await ScreenWorld.started('auto', { others: [{ uri: 'http' }] });
    world.tell('http', summed({ calls: 12, inputTokens: 456_000, outputTokens: 7_800 }));
    const text = details(world, 'conversations');
    expect(text).toMatch(/^calls +~12 calls$[^]*^tokens +~456k in, ~7\.8k out$/m);
    expect(text).toMatch(/^summary +12 calls not read yet$[^]*^cache +unknown$/m);
  });

  it('of a call: that before its conversation', async () => {
    expect(details(await stories.calm(), 'calls')).toMatch(
      /^Call$[^]*^outcome +ok, tool_use, HTTP 200$[^]*^Conversation$/m,
    );
  });

  it('of a signal: its fate, and why', async () => {
    const text = details(await stories.debouncing(), 'signals');
    expect(text).toMatch(/^⚑ agent_crash of Cosh, critical$[^]*^fate +… waits: 18 s/m);
    expect(text).toMatch(
      /^rule +agent_crash → checkpoint +\(default\)$[^]*^checks +✓ live[^]*^waits +debounce window until/m,
    );
  });

  it('of a workspace: its state, who works there, its checkpointer', async () => {
    const text = details(await stories.breaker(), 'workspaces');
    expect(text).toMatch(/^path +\/srv\/ws$[^]*^state +breaker open, probes after 58 s$[^]*^failures +3 in a row$/m);
    expect(text).toMatch(/^agents +Cosh, Hermes, OpenClaw$[^]*^checkpointer +ws-ckpt 0\.3\.2$/m);
  });

  it('of an agent: its last hour, its cache, its models', async () => {
    expect(details(await stories.calm(), 'agents')).toMatch(
      /^LAST HOUR +TOTAL +3 MIN A COLUMN +PEAK[^]*^tokens in [^]*^uncached +.* in, cache in use$[^]*^MODEL +CALLS/m,
    );
  });

  it('of nothing: that nothing selected', async () => {
    expect(details(await stories.empty(), 'signals')).toMatch(/nothing selected|Last snapshots/);
  });

  it.each(['storm-held', 'debouncing', 'scripts', 'blind'] as const)('%s looks as agreed', async (name) => {
    const picture = pictureOf(await stories.STORIES[name](), WIDE);
    await expect(`${picture}\n`).toMatchFileSnapshot(`../../golden/wide/${name}-220x60.txt`);
  });
});

it('the minutes of all agents stand under each other, up to now', async () => {
  const world = await stories.calm();
  await world.wait(120_000);
  const sums = world
    .view()
    .model.agents.map((agent) => hourColumns(agent, world.now, 20, ({ calls }) => calls).slice(-3));
  expect(sums).toEqual([
    [0, 2, 1],
    [0, 0, 2],
    [0, 1, 0],
  ]);
});
