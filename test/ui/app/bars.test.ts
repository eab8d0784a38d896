import { describe, expect, it } from 'vitest';
import { agentRows } from '../../../src/ui/views/agents/rows.ts';
import { type Line, lineWidth } from '../../../src/ui/render/line.ts';
import { agentLines } from '../../../src/ui/views/agents/render.ts';
import { alertLine } from '../../../src/ui/app/alerts.ts';
import { eventLine, tooSmallLine } from '../../../src/ui/app/status.ts';
import { footerLine } from '../../../src/ui/app/footer.ts';
import { headerLine } from '../../../src/ui/app/header.ts';
import type { KeyHint, StatusProps } from '../../../src/ui/app/pane-props.ts';
import { THEME, pictureOf } from '../../helpers/picture.tsx';
import { ScreenWorld } from '../../helpers/view.ts';
import * as stories from '../../helpers/screen-stories.ts';

const textOf = (line: Line): string => line.map(({ text }) => text).join('');

function look(world: ScreenWorld, width = 120) {
  return { view: world.view(), now: world.now, theme: THEME, width };
}

describe('the header', () => {
  const header = (world: ScreenWorld, width = 120): string =>
    textOf(headerLine({ ...look(world, width), frozen: null }));

  it('tells at a glance: who acts, live, how much, when', async () => {
    expect(header(await stories.calm())).toMatch(
      /^ sightline {2}AUTO {3}● live {2}1 source {2}6 calls\/min {2}lag 0\.1 ?s +14:03:12 $/,
    );
    expect(header(await stories.held())).toMatch(/^ sightline {2}HOLD 10 ?s {3}● live/);
    const world = await stories.calm();
    const view = { ...world.view(), graceMs: 5_000 };
    expect(textOf(headerLine({ ...look(world), view, frozen: null }))).toContain(' AUTO after 5 s ');
  });

  it('draws AUTO as an alarm, HOLD as a warning, and OBSERVE calmly', async () => {
    const toneOf = async (word: RegExp, story: () => Promise<ScreenWorld>) =>
      headerLine({ ...look(await story()), frozen: null }).find(({ text }) => word.test(text))?.tone;
    expect(await toneOf(/AUTO/, stories.calm)).toBe('chipAlarm');
    expect(await toneOf(/HOLD/, stories.held)).toBe('chipHold');
    expect(await toneOf(/OBSERVE/, stories.observe)).toBe('strong');
  });

  it('never calls an engine armed that only observes', async () => {
    expect(header(await stories.observer())).toContain(' OBSERVING · pid 4711 acts ');
    expect(header(await stories.orphaned())).toContain(' OBSERVING · no engine acts ');
  });

  it('says what waits while the screen is frozen', async () => {
    const world = await stories.calm();
    const line = headerLine({ ...look(world), frozen: { calls: 12, signals: 1, at: world.now - 41_000 } });
    expect(textOf(line)).toMatch(/ AUTO {3}FROZEN 41 ?s · 13 new {3}● live/);
  });

  it('shows lag and skipped records', async () => {
    const world = await stories.calm();
    world.health({ lagMs: 4_200, skipped: { malformed: 2, oversized: 1, unsupported: 0 } });
    const line = headerLine({ ...look(world), frozen: null });
    expect(textOf(line)).toMatch(/△ lag 4\.2 ?s .*3 skipped/);
    expect(line.find(({ text }) => text.includes('lag'))?.tone).toBe('warning');
  });

  it.each([60, 80, 100, 140, 300])('fits into %i cells and keeps what matters most', async (width) => {
    const line = headerLine({ ...look(await stories.blind(), width), frozen: null });
    expect(lineWidth(line)).toBe(width);
    expect(textOf(line)).toMatch(/ AUTO +BLIND .+ 3 of 3 agents/);
  });

  it('says read-only, and host and date where there is room', async () => {
    const bare = await ScreenWorld.started('observe', {
      config: { readOnly: true, workspaces: { agents: {}, processes: {}, fallback: null } },
    });
    expect(header(bare)).toMatch(/ READ-ONLY /);
    expect(header(bare, 200)).toMatch(/host testhost.*Mon 23 Nov 14:03:12 $/);
  });
});

describe('the event line', () => {
  const quiet = { leaving: null, toast: null, log: null };
  const say = (world: ScreenWorld, props: Partial<StatusProps>): string =>
    textOf(eventLine({ ...look(world), ...quiet, ...props })).trim();

  it('says the most urgent thing, else the last event with its time until the next one', async () => {
    const world = await stories.held();
    const toast = { text: 'copied', kind: 'done', until: world.now + 1 } as const;
    const log = { at: world.now, text: 'a line' };
    expect(say(world, {})).toBe('');
    expect(say(world, { log })).toBe('14:03:26  a line');
    expect(say(world, { log, toast })).toBe('✓ copied');
    expect(say(world, { log, toast, leaving: 'waits for the checkpoint' })).toBe('waits for the checkpoint');
    expect(say(world, { log, toast: { ...toast, until: world.now } })).toBe('14:03:26  a line');
    const old = eventLine({ ...look(world), ...quiet, log: { ...log, at: world.now - 31_000 } });
    expect(old.find(({ text }) => text.includes('a line'))?.tone).toBe('dim');
  });

  it('calls a workspace by its name, and never touches a command', async () => {
    const workspace = `/srv/${'deep/'.repeat(20)}billing`;
    const workspaces = { agents: { Hermes: workspace }, processes: {}, fallback: '/srv/other' };
    const world = await ScreenWorld.started('hold', { config: { workspaces } });
    const log = { at: world.now, text: `${workspace} waits; run: init --workspace=${workspace}` };
    expect(say(world, { log, width: 300 })).toContain(`billing waits; run: init --workspace=${workspace}`);
    expect(say(world, { log, width: 160 })).toContain(`billing waits; run: init --workspace=${workspace}`);
  });
});

describe('the alert line', () => {
  const alerts = (world: ScreenWorld, width = 120): string =>
    textOf(alertLine({ ...look(world, width), calmSince: world.now })).trim();

  it('says since when nothing is wrong', async () => {
    expect(alerts(await stories.calm())).toBe('✓ nothing wrong since 14:03');
  });

  it('names the worst by type and agent, whatever is more frequent', async () => {
    const world = await stories.calm();
    for (let at = 0; at < 13; at += 1) {
      world.interruption({ type: 'llm_error', severity: 'high', agent: `worker-${at}`, conversationId: `w${at}` });
    }
    await world.wait(2_000);
    await stories.storm(world);
    world.interruption({ type: 'dead_loop', agent: 'Cosh', conversationId: '0c77d1b2aa90' });
    await world.wait(2_000);
    expect(alerts(world)).toMatch(
      /^⚑ dead_loop Cosh · retry_storm Hermes · ▲ llm_error worker-\d+ · .* · \+\d+ +n next$/u,
    );
  });

  it('shows whole items only, and how many are left out', async () => {
    const world = await stories.calm();
    await stories.storm(world);
    world.interruption({ type: 'dead_loop', agent: 'Cosh', conversationId: '0c77d1b2aa90' });
    await world.wait(2_000);
    expect(alerts(world, 60)).toMatch(/^⚑ dead_loop Cosh · retry_storm Hermes +n next$/u);
    expect(alerts(world, 40)).toMatch(/^⚑ dead_loop Cosh · \+1 +n next$/u);
  });

  it('never says that nothing is wrong while a source is lost, though another knows every agent', async () => {
    const world = await stories.calm();
    const view = world.view();
    const lost = view.sources.map((source) => ({
      ...source,
      health: { ...source.health, uri: 'http://127.0.0.1:7396', status: 'lost' as const },
    }));
    const said = (more: typeof lost): string =>
      textOf(
        alertLine({ ...look(world), view: { ...view, sources: [...view.sources, ...more] }, calmSince: world.now }),
      ).trim();
    expect(said(lost)).toMatch(/^\? http:\/\/127\.0\.0\.1:7396 lost +n next$/u);
    expect(said([...lost, ...lost])).toMatch(/^\? 2 sources lost +n next$/u);
  });

  it('says which workspace is stopped, and why', async () => {
    expect(alerts(await stories.guarded())).toContain('✗ ws stopped: disk 93 %');
    expect(alerts(await stories.orphaned())).toContain('✗ ws stopped: engine gone');
  });

  it('does not count what was ended on purpose', async () => {
    const world = await stories.calm();
    world.interruption({
      type: 'agent_crash',
      detail: {
        error: null,
        statusCode: null,
        exitCode: 0,
        signal: 15,
        coreDump: false,
        oom: false,
        callIds: [],
        text: '',
      },
    });
    await world.wait(1_100);
    expect(alerts(world)).toContain('nothing wrong');
  });
});

describe('a small terminal', () => {
  it('has two lines for what explains what happens, where one has no room for it', async () => {
    const caption = 'now: AgentScope reads a lot, and nothing from a cache: advice, never a checkpoint';
    const rows = pictureOf(await stories.calm(), { columns: 80, rows: 24, view: { caption } }).split('\n');
    expect(rows).toHaveLength(24);
    expect(rows.slice(-4, -2).join('').replaceAll(/\s+/g, ' ').trim()).toBe(caption);
  });

  it('has tabs instead of borders, and a line for each workspace that is about to act', async () => {
    const rows = pictureOf(await stories.held(), { columns: 80, rows: 24 }).split('\n');
    expect(rows[2]).toMatch(/^ {2}HELD {2}ws fires in 4 s [━╸─]{5} {2}retry_storm Hermes/u);
    expect(rows[3]).toMatch(/^▸2 Conversations 3 {3}3 Agents 3 {2}4 Signals 1 {2}5 Checkpoints {2}6 Automation/);
    expect(rows.join('')).not.toMatch(/[╭╮╰╯│]/u);
    const calm = pictureOf(await stories.calm(), { columns: 80, rows: 24 }).split('\n');
    expect(calm[2]).toMatch(/^ ws ready/);
  });

  it.each([10, 30, 59])('of %i columns still tells the most urgent in one line', async (width) => {
    const line = tooSmallLine({
      ...look(await stories.held(), width),
      log: null,
      leaving: null,
      toast: null,
      open: null,
    });
    expect(lineWidth(line)).toBe(width);
    expect(textOf(line)).toContain('⚑ 1');
    if (width > 50) expect(textOf(line)).toMatch(/HOLD 10 s .*ws {2}HELD {2}fires in 4 s: x veto f fire/);
  });
});

describe('the footer', () => {
  const hint = (key: string, brief: string, more = ''): KeyHint => ({ key, label: `${brief}${more}`, brief });
  const hints = [
    hint('c', 'checkpoint', ' of ws'),
    hint('s', 'silence'),
    hint('/', 'filter'),
    hint('Enter', 'open', ' it'),
  ];
  const keep = [hint('?', 'help'), hint('q', 'quit')];
  const at = (width: number): string => textOf(footerLine({ width, theme: THEME, left: [], hints, keep }));

  it.each([
    [80, /^ c checkpoint of ws {2}s silence {2}\/ filter {2}Enter open it +\? help {2}q quit $/],
    [71, /^ c checkpoint of ws {2}s silence {2}\/ filter {2}Enter open +\? help {2}q quit $/],
    [60, /^ c checkpoint of ws {2}s silence {2}\/ filter +\? help {2}q quit $/],
    [47, /^ c checkpoint of ws {2}s silence +\? help {2}q quit $/],
    [36, /^ c checkpoint of ws +\? help {2}q quit $/],
  ])('of %i columns leaves out words, then keys from the right', (width, wanted) => {
    expect(at(width)).toMatch(wanted);
    expect(lineWidth(footerLine({ width, theme: THEME, left: [], hints, keep }))).toBe(width);
  });
});

describe('agents', () => {
  function agents(world: ScreenWorld, width = 120): readonly string[] {
    const rows = agentRows(world.view(), world.now);
    const list = { selectedId: null, offset: 0 };
    const lines = agentLines({ ...look(world, width), height: 8, focused: false, filter: null, rows, list });
    for (const line of lines) expect(lineWidth(line)).toBe(width);
    return lines.map(textOf);
  }
  const row = (world: ScreenWorld, agent: string, width?: number): string =>
    agents(world, width).find((line) => line.includes(agent)) ?? '';

  it('show what each did in the last hour, and how much came from a cache, or that nobody says', async () => {
    const world = await stories.calm();
    expect(row(world, 'Hermes')).toMatch(/● active +Hermes +3 +0 .* 121k +900 +97 % +\d+ s +claude-opus|opus/);
    expect(row(world, 'OpenClaw')).toMatch(/ n\/r /);
    await world.wait(3_700_000);
    expect(row(world, 'Hermes')).toMatch(/○ idle +Hermes +0 +0 .* 0 +0 +– +1 h/);
  });

  it('are in no order but the ladder: no cache moves no row, and a full hour without one is an advisory', async () => {
    const world = await stories.calm();
    const usage = { inputTokens: 240_000, outputTokens: 1, cacheReadTokens: null, cacheCreationTokens: null };
    world.call({ agent: 'Silent', usage, ago: 30_000 });
    expect(agents(world)[2]).not.toContain('Silent');
    world.call({ agent: 'Zoe', usage: { ...usage, cacheReadTokens: 0 }, ago: 30_000 });
    expect(agents(world)[2]).toMatch(/△ no caching +Zoe/);
  });

  it('that are unknown are one row', async () => {
    const world = await stories.calm();
    world.health({ status: 'lost', detail: { code: 'quoted', text: 'gone' } });
    expect(agents(world)[2]).toMatch(/\? unknown ×3 +3 agents {2}\+ +– +–/);
    expect(agents(world)[3]).not.toContain('unknown');
  });

  it.each([60, 80, 100, 200])('keep state, calls, failures and LAST at %i cells', async (width) => {
    const [, head = ''] = agents(await stories.calm(), width);
    expect(head).toMatch(/STATE +AGENT +CALLS +FAIL .*LAST/);
    expect(head.includes('MODEL')).toBe(width >= 100);
  });
});
