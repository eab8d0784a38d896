import { wordsOf } from '../../../src/ui/views/workspaces/rows.ts';
import { describe, expect, it } from 'vitest';
import { pictureOf } from '../../helpers/picture.tsx';
import type { PaneName } from '../../../src/ui/app/state.ts';
import * as stories from '../../helpers/screen-stories.ts';
import { quoted } from '../../helpers/reasons.ts';

const WIDE = { columns: 120, rows: 34 };

/** The one pane that 80 columns have room for, with its words as they read without line breaks. */
function pane(world: Parameters<typeof pictureOf>[0], focus: PaneName): string {
  const lines = pictureOf(world, { columns: 80, rows: 24, view: { focus } }).split('\n').slice(3, -2);
  return lines
    .map((line) => line.slice(1, -1).trim())
    .join(' ')
    .replaceAll(/\s+/g, ' ');
}

describe('the reactor tells in words what it does', () => {
  it('ready', async () => {
    expect(pane(await stories.calm(), 'workspaces')).toContain('/srv/ws Cosh, Hermes, OpenClaw ready');
  });

  it('held, with what will fire and when', async () => {
    const text = pane(await stories.held(), 'workspaces');
    expect(text).toMatch(/held, fires in 4 s ━*╸?─+/);
    expect(text).toContain('queued 1/32: retry_storm');
  });

  it('running, with how much of its time has gone', async () => {
    const text = pane(await stories.running(), 'workspaces');
    expect(text).toMatch(/running 3 s of 10 s ━*╸?─+/);
    expect(text).toMatch(/auto-20261123T\d{6}-retry_storm/);
  });

  it('debouncing, what waits for its end, what was made last, and the silences', async () => {
    const text = pane(await stories.debouncing(), 'workspaces');
    expect(text).toMatch(/debouncing 18 s, then acts ━*╸?─+/);
    expect(text).toContain('queued 1/32: agent_crash');
    expect(text).toMatch(/last ✓ auto-\d{8}T\d{6}-retry_storm 14:03:23, 12 s ago/);
    expect(text).toContain('silence 10 min conversation 91aa03f2c7de dead_loop, held back 0');
  });

  it('backing off', async () => {
    const world = await stories.running();
    await world.finish({ type: 'failed', reason: quoted('ws-ckpt failed'), exitCode: 1, stderr: 'no space' });
    expect(pane(world, 'workspaces')).toMatch(
      /backing off 1 s ━*╸?─* after a failure last try: ws-ckpt failed \(exit 1\): no space/,
    );
  });

  it('breaker open, with what the last try said and how to go on', async () => {
    const text = pane(await stories.breaker(), 'workspaces');
    expect(text).toContain('breaker open, probes after 58 s');
    expect(text).toContain('No space left on device');
    expect(text).toContain('a manual success closes it');
  });

  it('breaker open beyond its time: the next signal probes', async () => {
    const world = await stories.breaker();
    await world.wait(60_000);
    expect(pane(world, 'workspaces')).toContain('breaker open, the next signal probes');
  });

  it('suppressed, until when and by whom', async () => {
    expect(pane(await stories.suppressed(), 'workspaces')).toMatch(/suppressed until 14:05 by \S+ deploying/);
  });

  it('guarded, with the line that frees space', async () => {
    const text = pane(await stories.guarded(), 'workspaces');
    expect(text).toContain('the snapshot store is 93.0 % full; free space: ws-ckpt cleanup --workspace=/srv/ws');
  });

  it('unmanaged, with the line that would let ws-ckpt manage it', async () => {
    expect(pane(await stories.unmanaged(), 'workspaces')).toContain('ws-ckpt init --workspace=/srv/ws');
  });

  it('no checkpointer, with the remedy', async () => {
    const world = await stories.calm();
    await world.available({
      state: 'unavailable',
      reason: quoted('ws-ckpt is not installed: see https://example.org/ws-ckpt'),
    });
    expect(pane(world, 'workspaces')).toContain('no checkpointer ws-ckpt is not installed: see');
  });

  it('another engine acts here: whose', async () => {
    expect(pane(await stories.observer(), 'workspaces')).toContain(
      'another engine acts here pid 4711 of ops, since 13:00',
    );
  });

  it('disarmed, and how to arm', async () => {
    expect(pane(await stories.observe(), 'workspaces')).toContain('disarmed: only watches a raises the mode');
  });

  it('no workspace, and how to give one', async () => {
    expect(pane(await stories.bare(), 'workspaces')).toContain(
      'no workspace: nothing can be checkpointed give --workspace DIR',
    );
  });

  it('the first, whole snapshot', async () => {
    const world = stories.work(await stories.empty());
    world.prepareSlowly();
    await world.engine.intents.setMode('auto');
    await world.wait(12_000);
    expect(pane(world, 'workspaces')).toContain('running 12 s: the first, whole snapshot');
  });

  it('the feed lost, since when and what happens next', async () => {
    expect(pane(await stories.blind(), 'workspaces')).toContain(
      'lost since 14:03:12: the database was moved away; next look in 4 s',
    );
  });

  it('a window that ended since the engine last spoke is over', async () => {
    const world = await stories.running();
    await world.finish();
    const view = world.view();
    const [workspace] = view.workspaces;
    expect(workspace?.status.state).toBe('debouncing');
    expect(workspace && wordsOf(view, workspace, world.now + 31_000).words).toBe('ready');
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
    expect(picture).toContain('absent since 14:03:12');
    expect(picture).toContain('start `agentsight trace`');
  });

  it('all sources lost: blind, and no agent looks idle or well', async () => {
    const picture = pictureOf(await stories.blind(), WIDE);
    expect(picture).toContain(' BLIND ');
    expect(picture).toContain('blind since 14:03:12: what agents do now is unknown');
    expect(picture.match(/unknown /g)?.length).toBeGreaterThanOrEqual(3);
    expect(picture).not.toMatch(/\bidle\b|\bactive\b/);
  });

  it('a feed that has been silent for long is worth a word', async () => {
    const world = await stories.calm();
    await world.wait(720_000);
    expect(pictureOf(world, WIDE)).toContain('silent: no call for 12 min');
  });
});
