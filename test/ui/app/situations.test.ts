import { lineOf } from '../../../src/ui/views/workspaces/rows.ts';
import { describe, expect, it } from 'vitest';
import { pictureOf } from '../../helpers/picture.tsx';
import type { PaneName } from '../../../src/ui/app/state.ts';
import * as stories from '../../helpers/screen-stories.ts';
import { quoted } from '../../helpers/reasons.ts';

const WIDE = { columns: 120, rows: 34 };

/** The one pane that 80 columns have room for, with its words as they read without line breaks. */
function pane(world: Parameters<typeof pictureOf>[0], focus: PaneName): string {
  const lines = pictureOf(world, { columns: 102, rows: 24, view: { focus, zoomed: true } })
    .split('\n')
    .slice(2, -2);
  return lines
    .map((line) => line.slice(1, -1).trim())
    .join(' ')
    .replaceAll(/\s+/g, ' ');
}

describe('automation tells in a row what it does', () => {
  const row = async (
    world: Promise<Parameters<typeof pictureOf>[0]> | Parameters<typeof pictureOf>[0],
  ): Promise<string> => pictureOf(await world, WIDE).split('\n')[3] ?? '';

  it('ready', async () => {
    expect(await row(stories.calm())).toMatch(/^│ {2}ws {2}ready .*no checkpoint yet/u);
  });

  it('held, with what will fire, when, and for whom', async () => {
    expect(await row(stories.held())).toMatch(/ws {3}HELD {2}fires in 4 s +━*╸?─+ retry_storm Hermes /u);
    const world = await stories.held();
    world.interruption({ agent: 'Cosh', conversationId: '0c77d1b2aa90', type: 'dead_loop' });
    await world.wait(1_000);
    expect(await row(world)).toMatch(/HELD {2}fires in 3 s +━*╸?─+ retry_storm \+1 more /u);
  });

  it('running, with how much of its time has gone', async () => {
    expect(await row(stories.running())).toMatch(/RUNNING {2}3 s of 10 s +━*╸?─+ retry_storm Hermes /u);
  });

  it('debouncing, what waits for its end, the silences, and what was made last', async () => {
    const text = await row(stories.debouncing());
    expect(text).toMatch(/debouncing 18 s +━*╸?─+ then 1 for 1 signal /u);
    expect(text).toMatch(/1 silence, 10 min left +12 s ago ✓ retry_storm/u);
  });

  it('backing off, with how the last try ended', async () => {
    const world = await stories.running();
    await world.finish({ type: 'failed', reason: quoted('ws-ckpt failed'), exitCode: 1, stderr: 'no space' });
    expect(await row(world)).toMatch(/backing off 1 s .*0 s ago ✗ failed/u);
  });

  it('stopped after failures, and when it tries again', async () => {
    const world = await stories.breaker();
    expect(await row(world)).toMatch(/ STOPPED {2}3 failed +next try after 58 s .*✗ failed/u);
    await world.wait(60_000);
    expect(await row(world)).toContain('the next signal tries');
  });

  it('silenced, until when and by whom', async () => {
    expect(await row(stories.suppressed())).toMatch(/silenced 1\d\d s|silenced \d+ min/u);
    expect(await row(stories.suppressed())).toMatch(/by \S+, until 14:05/u);
  });

  it('stopped by a full disk, an unmanaged folder, no checkpointer', async () => {
    expect(await row(stories.guarded())).toMatch(/ STOPPED {2}disk 93 % +delete old ones: 5/u);
    expect(await row(stories.unmanaged())).toMatch(/ STOPPED {2}not managed/u);
    const world = await stories.calm();
    await world.available({ state: 'unavailable', reason: quoted('ws-ckpt is not installed') });
    expect(await row(world)).toMatch(/ STOPPED {2}no ws-ckpt +ws-ckpt is not installed/u);
  });

  it('another engine acts here: whose; gone: what to press', async () => {
    expect(await row(stories.observer())).toMatch(/pid 4711 acts here +since 13:00/u);
    expect(await row(stories.orphaned())).toMatch(/ STOPPED {2}engine gone +since [\d:]+; t takes/u);
  });

  it('observing, with what it would have done', async () => {
    expect(await row(stories.observe())).toMatch(/ws {2}observe +would: retry_storm/u);
  });

  it('blind: since when', async () => {
    expect(await row(stories.blind())).toMatch(/ BLIND {2}since 14:03:12/u);
  });

  it('all of it alone on the screen: silences, and what each type causes', async () => {
    const text = pictureOf(await stories.debouncing(), { ...WIDE, view: { focus: 'workspaces', zoomed: true } });
    expect(text).toMatch(/Silences 1 +S ends or extends them[^]*dead_loop {2}\d+ min left, held back 0/u);
    expect(text).toMatch(/Policy +P changes it[^]*checkpoint: .*retry_storm[^]*flag: /u);
  });

  it('a window that ended since the engine last spoke is over', async () => {
    const world = await stories.running();
    await world.finish();
    const view = world.view();
    const [workspace] = view.workspaces;
    expect(workspace?.status.state).toBe('debouncing');
    expect(workspace && lineOf(view, workspace, world.now + 31_000).text).toBe('ready');
  });
});

describe('signals tell their fates and why', () => {
  it.each([
    [stories.held, 'HELD 4 s'],
    [stories.running, '… checkpoint runs'],
    [stories.debouncing, '✓ checkpointed'],
    [stories.observe, 'only observed'],
    [stories.breaker, '✗ failed'],
    [stories.suppressed, 'silenced by operator'],
  ] as const)('%o: %s', async (story, words) => {
    expect(pane(await story(), 'signals')).toContain(words);
  });

  it('what is not settled stands on top', async () => {
    const text = pane(await stories.debouncing(), 'signals');
    expect(text.indexOf('agent_crash')).toBeLessThan(text.indexOf('retry_storm'));
    expect(text).toContain('… waits 18 s');
  });
});

describe('when there is nothing to see', () => {
  it('an idle feed is told from a feed that is read for the first time', async () => {
    expect(pictureOf(await stories.empty(), WIDE)).toMatch(/● live[^]*no calls yet/);
    expect(pictureOf(await stories.loading(), WIDE)).toMatch(/… reading[^]*reading history: 41% of 1.2M rows/);
  });

  it('a feed that is not there: which place was tried, and what to do', async () => {
    const picture = pictureOf(await stories.absent(), WIDE);
    expect(picture).toContain('○ no source yet');
    expect(picture).toMatch(/LOOKED FOR +FOUND[^]*sqlite:\/var\/log\/sysak\/\.agentsight +no genai_events/u);
    for (const remedy of [
      'sudo yum install agentsight && sudo agentsight trace',
      'sightline demo',
      'sightline --source URI',
    ])
      expect(picture).toContain(remedy);
  });

  it('all sources lost: blind, and no agent looks idle or well', async () => {
    const picture = pictureOf(await stories.blind(), WIDE);
    expect(picture).toContain(' BLIND ');
    expect(picture).toContain('? 3 agents unknown');
    expect(picture).toMatch(/\[7\] Sources 1 {2}1 lost[^]*the database was moved away; next[^]*look in 4 s/u);
    expect(picture).toContain('When it is back, what was missed is');
    expect(picture).not.toMatch(/\bidle\b|\bactive\b/);
  });

  it('a feed that has been silent for long is worth a word', async () => {
    const world = await stories.calm();
    await world.wait(720_000);
    expect(pictureOf(world, WIDE)).toContain('△ no call for 12 min');
  });

  it('where only agents’ own records are read it is none: nobody worked', async () => {
    const world = await stories.calm();
    world.health({ medium: 'claude' });
    await world.wait(720_000);
    expect(pictureOf(world, WIDE)).not.toContain('no call for');
  });
});
