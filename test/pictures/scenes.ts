import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from './animation.ts';
import { textOf, type Screen } from './screen.ts';
import { withWorld, type Size, type World } from './world.ts';

export const LARGE: Size = { columns: 120, rows: 34 };
export const SMALL: Size = { columns: 80, rows: 24 };

/** A moment of the screen, and what can be seen in it. */
export type Still = { readonly name: string; readonly title: string; readonly screen: Screen };

/** Several agents in trouble at once: the overview, and what keys lay over it. */
export function troubled(size: Size): Promise<readonly Still[]> {
  return withWorld({ ...size, mode: 'auto', scenario: 'all' }, async (world) => {
    await world.shows('unresolved');
    world.begin();
    await world.noted('QwenCode', 'HTTP 400');
    await world.shows(/(QwenCode[^]*){3}/);
    await select(world, /▸⚑ OpenClaw/);
    const overview = still(world, 'overview', 'The overview: what is wrong, what is about to be done, what was done');
    world.press('s');
    await world.shows('duration');
    const silence = still(world, 'silence', 'Silencing an agent: what it covers, for how long, and why');
    await dismiss(world, 'duration');
    world.press('?');
    await world.shows('Keys');
    return [overview, silence, still(world, 'help', 'Every key, and what it would do now')];
  });
}

/** Deeper from the overview: each of the other views, after a storm that was checkpointed. */
export function deeper(size: Size): Promise<readonly Still[]> {
  return withWorld({ ...size, mode: 'auto', scenario: 'storm' }, async (world) => {
    await world.shows('ready: a signal acts at once');
    world.begin();
    await world.shows(/last ✓ auto-/);
    await select(world, /▸⚑ OpenClaw/);
    const stills: Still[] = [];
    const visit = async (keys: readonly string[], shows: RegExp, name: string, title: string): Promise<void> => {
      for (const key of keys) {
        world.press(key);
        await sleep(KEY_MS);
      }
      await world.shows(shows);
      stills.push(still(world, name, title));
    };
    await visit(['\r'], /ENDED {6}WHAT/, 'conversation', 'A conversation: its calls, and the checkpoint between them');
    await visit(['\r'], /Request: 1 message/, 'call', 'A call: its facts, error, answer and request, to be searched');
    await visit(['\u001b', '\u001b', '4', '\r'], /policy/, 'signals', 'Signals: what became of each, and why');
    await visit(['\u001b', '5', '\r'], /BY +NAME/, 'agents', "Agents: an hour's meters, by model and by process");
    await visit(['\u001b', '6'], /base-/, 'checkpoints', 'Checkpoints: who made each, and why');
    await visit(['\u001b', ':'], /checkpoint/, 'palette', 'Every command by name');
    return stills;
  });
}

/** A checkpoint that waits for a veto. */
export function held(size: Size): Promise<readonly Still[]> {
  return withWorld({ ...size, mode: 'hold', scenario: 'storm' }, async (world) => {
    await world.shows('ready: a signal is held first');
    world.begin();
    await world.shows('x veto');
    return [still(world, 'hold', 'A checkpoint that is held: x stops it, f takes it now')];
  });
}

/**
 * From watching to acting: a storm is only watched; then the person lets sightline act, and the next trouble is held
 * for a moment, and checkpointed.
 */
export function observeToAct(size: Size): Promise<readonly Frame[]> {
  const times = { pace: 1.8, grace: 4, debounce: 8 };
  return withWorld({ ...size, ...times, mode: 'observe', scenario: 'all' }, async (world) => {
    await world.shows('disarmed: only watches');
    const cut = world.film();
    world.begin();
    await world.shows(/retry_storm[^]*disarmed/);
    await sleep(READ_MS);
    world.press('a');
    await world.shows('y/n');
    await sleep(READ_MS);
    world.press('y');
    await world.shows('x veto');
    await world.shows(/last ✓ auto-/);
    await sleep(READ_MS);
    return cut();
  });
}

/** Between two presses of a key, ms. */
const KEY_MS = 150;
/** Long enough to read what has just come up, ms. */
const READ_MS = 1_800;

function still(world: World, name: string, title: string): Still {
  return { name, title, screen: world.screen() };
}

/** Goes down the list until the wanted row is selected. */
async function select(world: World, wanted: RegExp): Promise<void> {
  while (!wanted.test(textOf(world.screen()))) {
    world.press('j');
    await sleep(KEY_MS);
  }
}

async function dismiss(world: World, text: string): Promise<void> {
  world.press('\u001b');
  await world.hides(text);
}
