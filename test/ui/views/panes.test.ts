import { describe, expect, it } from 'vitest';
import { conversationRows } from '../../../src/ui/views/conversations/rows.ts';
import { conversationLines } from '../../../src/ui/views/conversations/render.ts';
import { callLines } from '../../../src/ui/views/calls/render.ts';
import { streamRows } from '../../../src/ui/views/calls/rows.ts';
import { lineWidth } from '../../../src/ui/render/line.ts';
import type { ConversationsProps, CallsProps } from '../../../src/ui/app/pane-props.ts';
import { summed } from '../../core/model/given.ts';
import { THEME } from '../../helpers/picture.tsx';
import { ScreenWorld } from '../../helpers/view.ts';
import * as stories from '../../helpers/screen-stories.ts';

const SERVER = { others: [{ uri: 'http' }] };
const UNREAD = { inputTokens: 456_000, outputTokens: 7_800 };
const TOP = { selectedId: null, offset: 0 };

function conversations(world: ScreenWorld, props: Partial<ConversationsProps> = {}): readonly string[] {
  const view = world.view();
  const rows = conversationRows(view, world.now);
  const given = {
    view,
    now: world.now,
    theme: THEME,
    width: 100,
    height: 12,
    focused: true,
    filter: null,
    usual: 'trouble first',
    rows,
    list: TOP,
  };
  const lines = conversationLines({ ...given, ...props });
  for (const line of lines) expect(lineWidth(line)).toBe(props.width ?? 100);
  return lines.map((line) => line.map(({ text }) => text).join(''));
}

function stream(world: ScreenWorld, conversationId: string, props: Partial<CallsProps> = {}): readonly string[] {
  const view = world.view();
  const conversation = view.model.conversations.find((one) => one.conversationId === conversationId) ?? null;
  const calls = world.engine.calls(conversationId);
  const rows =
    conversation === null
      ? []
      : streamRows({ view, conversation, calls, callsOf: () => [], story: null, groups: new Set() });
  const given = {
    view,
    now: world.now,
    theme: THEME,
    width: 100,
    height: 12,
    focused: true,
    filter: null,
    list: TOP,
    follow: true,
  };
  const lines = callLines({ ...given, conversation, rows, ...props });
  for (const line of lines) expect(lineWidth(line)).toBe(props.width ?? 100);
  return lines.map((line) => line.map(({ text }) => text).join(''));
}

async function crowd(count: number): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('auto');
  for (let at = 0; at < count; at += 1) {
    world.call({
      conversationId: `c${String(at).padStart(3, '0')}`,
      agent: `agent${at % 7}`,
      userQuery: `task ${at}`,
      ago: (count - at) * 1_000,
    });
  }
  return world;
}

describe('conversations', () => {
  it('stand by activity, the latest first', async () => {
    const rows = conversations(await crowd(40)).slice(2, -1);
    expect(rows[0]).toContain('task 39');
    expect(rows[1]).toContain('task 38');
  });

  it('in trouble stand on top, with their agents and what was asked', async () => {
    const world = await crowd(40);
    world.interruption({ conversationId: 'c003', agent: 'agent3', type: 'dead_loop' });
    world.interruption({ conversationId: 'c005', agent: 'agent5', type: 'tool_failure', severity: 'medium' });
    world.interruption({ conversationId: 'c007', agent: 'agent0', type: 'auth_error', severity: 'high' });
    const rows = conversations(world);
    expect(rows[0]).toMatch(/Conversations 40 {2}2 in trouble ─+ trouble first ─/);
    expect(rows[2]).toMatch(/⚑ dead_loop +agent3 +task 3 .* 37 s │$/);
    expect(rows[3]).toMatch(/▲ auth_error +agent0 +task 7 /);
    expect(rows[4]).toMatch(/● active +agent\d +task 39/);
    expect(rows.at(-1)).toMatch(/31 more ↓ ─╯$/);
  });

  it('of one agent that fail alike are one row, which its selected member opens', async () => {
    const world = await crowd(3);
    for (let at = 0; at < 12; at += 1)
      world.call({ agent: 'OpenClaw', conversationId: `beat ${at}`, statusCode: 401, userQuery: 'heartbeat' });
    const [head, , first, second] = conversations(world);
    expect(head).toContain('Conversations 15  12 in trouble');
    expect(first).toMatch(/✗ failing 12\/12 +OpenClaw +\+ heartbeat/);
    expect(second).toContain('● active');
    const view = world.view();
    const opened = conversationRows(view, world.now, { groups: new Set(), selectedId: 'beat 4' });
    expect(opened.map(({ mark, parent }) => parent?.depth ?? mark)).toEqual([
      '-',
      ...Array.from({ length: 12 }, () => 1),
      '',
      '',
      '',
    ]);
    const rows = conversations(world, { rows: opened, list: { selectedId: 'beat 4', offset: 0 } });
    expect(rows.filter((row) => row.includes('▸'))).toHaveLength(1);
  });

  it('show every one of them as the selection moves down', async () => {
    const world = await crowd(30);
    world.interruption({ conversationId: 'c003', agent: 'agent3', type: 'quantum_flux', severity: 'high' });
    for (const { id, conversation } of conversationRows(world.view(), world.now)) {
      const selected = conversations(world, { list: { selectedId: id, offset: 0 } }).filter((row) => row.includes('▸'));
      expect(selected).toHaveLength(1);
      expect(selected[0]).toContain(conversation.userQuery);
    }
  });

  it('that are selected but gone leave nothing selected', async () => {
    const rows = conversations(await crowd(3), { list: { selectedId: 'forgotten', offset: 99 } });
    expect(rows.join('')).not.toContain('▸');
  });

  it('that are known by a summary alone are marked, and the border says what the mark means', async () => {
    const world = await ScreenWorld.started('auto', SERVER);
    world.call();
    world.tell('http', summed({ ...UNREAD, conversationId: 'unread', agent: 'Hermes', calls: 123 }));
    const rows = conversations(world, { width: 140 });
    expect(rows.find((row) => row.includes('~123'))).toMatch(/Hermes.* ~123 +–/u);
    expect(rows.at(-1)).toContain('~ summary: calls not read yet');
    expect(conversations(await crowd(2)).at(-1)).not.toContain('summary');
  });

  it('that nothing matches say so', async () => {
    const filter = { pane: 'conversations', text: 'zzz', editing: true, problem: null } as const;
    const rows = conversations(await crowd(3), { rows: [], filter });
    expect(rows[0]).toContain('/zzz_');
    expect(rows.join(' ')).toContain('nothing matches /zzz');
  });

  it.each([60, 70, 80, 100, 140, 300])('keep the essential columns at %i cells', async (width) => {
    const [, head = '', row = ''] = conversations(await crowd(3), { width });
    expect(head).toMatch(/ STATE +AGENT +ASKED .*LAST /);
    expect(row).toMatch(/● active +agent2 +task 2 .* 1 s /);
    if (width >= 140) expect(head).toMatch(/MODEL +CTX +CALLS +FAIL/);
  });
});

describe('the stream of a conversation', () => {
  it('tells of each call when, what, how long and what it took; equal failures in a row are one row', async () => {
    const rows = stream(await stories.observe(), 'b59780476b41', { width: 120 });
    expect(rows[0]).toContain('Hermes · make the failing test pass');
    expect(rows.find((row) => row.includes('14:01:42'))).toMatch(/● answer +7.2 s +40.2k +300 +39.0k │$/);
    expect(rows.find((row) => row.includes('14:02:52'))).toMatch(/● Bash /);
    expect(rows.find((row) => row.includes('14:03:20'))).toMatch(
      /✗ 401 auth_error: invalid_api_key.* ×5 +0.3 s +– +– +– │$/,
    );
    const whole = stream(await stories.observe(), 'b59780476b41', { width: 120, whole: true });
    expect(whole.filter((row) => row.includes('✗ 401'))).toHaveLength(5);
    expect(whole[1]).toMatch(/⚑ retry_storm +8 calls, 5 failed +in 121k {2}out 900 {2}cache 97 %/);
  });

  it('counts as the sums do: what is in includes what the cache read, whoever answers', async () => {
    const world = await ScreenWorld.started('auto');
    const usage = { inputTokens: 1_000, outputTokens: 1, cacheReadTokens: 90_000, cacheCreationTokens: 9_000 };
    world.call({ callId: 'a', conversationId: 'c', provider: 'anthropic', usage });
    expect(stream(world, 'c').join()).toMatch(/ 100k +1 +90.0k │/);
    const sums = world.view().model.conversations.find(({ conversationId }) => conversationId === 'c')?.totals;
    expect(sums).toMatchObject({ promptTokens: 100_000, cacheReadTokens: 90_000 });
  });

  it('follows the newest call, and stays where it is when it does not follow', async () => {
    const world = await ScreenWorld.started('auto');
    for (let at = 0; at < 50; at += 1)
      world.call({ callId: `call-${at}`, conversationId: 'c', ago: (50 - at) * 1_000 });
    const followed = stream(world, 'c');
    expect(followed[0]).toContain('follow');
    expect(followed.at(-2)).toContain('▸ 14:03:11');
    const stayed = stream(world, 'c', { follow: false, list: { selectedId: 'call-10', offset: 8 } });
    expect(stayed[0]).toContain('G follows');
    expect(stayed[4]).toContain('▸ 14:02:32');
    expect(stayed.at(-1)).toContain('8 ↑  33 more ↓');
  });

  it('marks the checkpoint that was taken between two calls', async () => {
    const world = await stories.running();
    await world.finish();
    world.call({ agent: 'Hermes', conversationId: 'b59780476b41' });
    await world.wait(1_000);
    const rows = stream(world, 'b59780476b41');
    expect(rows.at(-4) + rows.join()).toMatch(/◆ checkpointed for retry_storm: auto-\d+T\d+-retry_storm/);
  });

  it('never calls a call running: it has no end yet', async () => {
    const world = await ScreenWorld.started('auto');
    world.call({ conversationId: 'c', status: 'pending', endNs: null, usage: null });
    expect(stream(world, 'c').join()).toMatch(/… call, open \d+ s/);
    world.call({
      conversationId: 'd',
      status: 'interrupted',
      usage: null,
      statusCode: null,
      interruptionType: 'agent_crash',
    });
    expect(stream(world, 'd').join()).toMatch(/✗ interrupted: agent_crash/);
  });

  it('says what kind of call it was where it was no ordinary one', async () => {
    const world = await ScreenWorld.started('auto');
    world.call({ conversationId: 'c', kind: 'web_search', tools: ['grep', 'grep', 'read'] });
    expect(stream(world, 'c').join()).toContain('● grep ×2, read (web search)');
  });

  it('says how much of a conversation only its summary tells', async () => {
    const world = await ScreenWorld.started('auto', SERVER);
    world.tell('http', summed({ ...UNREAD, conversationId: 'c', calls: 12 }));
    expect(stream(world, 'c').join()).toContain('only its summary is known: ~12 calls, 456k tokens in, 7.8k out');
    world.call({ conversationId: 'c' });
    expect(stream(world, 'c').at(-1)).toContain('~ summary: 11 more calls not read yet');
  });
});
