import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from './animation.ts';
import { drawCrowd } from './crowd.ts';
import { textOf, type Screen } from './screen.ts';
import { withFleet, withWorld, type Size, type World, type WorldOptions } from './world.ts';

export const WIDE: Size = { columns: 220, rows: 60 };
export const LARGE: Size = { columns: 120, rows: 34 };
export const SMALL: Size = { columns: 80, rows: 24 };

/** A moment of the screen, and what can be seen in it. */
export type Still = { readonly name: string; readonly title: string; readonly screen: Screen };
/** Plays something at a size, and takes its stills. */
export type Scene = (size: Size) => Promise<readonly Still[]>;

const OVERVIEW = 'The overview: what is wrong, what is about to be done, what was done';

/** Several agents in trouble at once: the overview, what keys lay over it, and the views of what all of them did. */
export const troubled: Scene = (size) =>
  inTrouble(size, {}, async (world) => {
    const stills = [still(world, 'overview', OVERVIEW)];
    const visit = visitor(world, stills);
    await visit(['s'], /how long/, 'silence', 'Silencing an agent: what it covers, for how long, and why');
    await visit([ENTER, 'S'], / left /, 'silences', 'Silences: what each covers, how long, and what it held back');
    await visit([ESCAPE, '?'], /Keys/, 'help', 'Every key, and what it would do now');
    await visit(
      [ESCAPE, '3', ENTER],
      /LAST HOUR +TOTAL/,
      'agents',
      "Agents: an hour's meters, by model and by process",
    );
    await visit([ESCAPE, ESCAPE, '4', 'g', ENTER], /known by/, 'signals', 'Signals: what became of each, and why');
    await visit([ESCAPE, '6'], /Policy +P changes it/, 'automation', 'Automation: workspaces, silences and the policy');
    await visit([ESCAPE, 'P'], /SET BY/, 'policy', 'What is done about each type of signal, and by whose word');
    return stills;
  });

/** The overview and the signals where there is room for three columns: a detail is always there, and Enter goes deeper. */
export const broad: Scene = (size) =>
  inTrouble(size, {}, async (world) => {
    const stills = [still(world, 'overview', OVERVIEW)];
    await visitor(world, stills)(['4', 'g'], /known by/, 'signals', 'Signals: what became of each, and why');
    return stills;
  });

/** The overview as it is drawn on a light terminal. */
export const lit: Scene = (size) =>
  inTrouble(size, { theme: 'light' }, async (world) => [still(world, 'overview', OVERVIEW)]);

/** The overview in ASCII alone. */
export const plain: Scene = (size) =>
  inTrouble(size, { ascii: true }, async (world) => [still(world, 'ascii', 'The overview in ASCII')]);

/** The overview with nothing dimmed. */
export const contrasted: Scene = (size) =>
  inTrouble(size, { theme: 'high-contrast' }, async (world) => [
    still(world, 'high-contrast', 'The overview with high contrast'),
  ]);

/** The screen as lines, for those who hear it. */
export const spoken: Scene = (size) =>
  withWorld({ ...size, mode: 'auto', scenario: 'storm', ui: { screen_reader: true } }, async (world) => {
    await world.shows('type a key and Enter');
    world.begin();
    await world.shows(/checkpoint created/);
    await sleep(KEY_MS);
    world.press(ENTER);
    await world.shows(/mode auto/);
    await sleep(KEY_MS);
    return [still(world, 'screen-reader', 'The screen as lines: events, and how things stand')];
  });

/** One console over the five hosts of the demo, one of which holds checkpoints; needs nats-server. */
export const fleet: Scene = (size) =>
  withFleet(size, async (world) => {
    await world.shows(/build-07 .*HELD/);
    await world.shows(/mac-mia .*retry_storm/);
    return [still(world, 'fleet', 'One console over five hosts: how each acts, its worst, what it is about to do')];
  });

/** Deeper from the overview, after a storm that was checkpointed. */
export const deeper: Scene = (size) =>
  withWorld({ ...size, mode: 'auto', scenario: 'storm' }, async (world) => {
    await world.shows(/billing/);
    world.begin();
    await world.noted('OpenClaw', '401');
    await world.shows(/checkpoint created/);
    const stills: Still[] = [];
    const visit = visitor(world, stills);
    await visit(
      ['1', ENTER],
      /TIME +WHAT +TOOK/,
      'conversation',
      'A conversation: its calls, and the checkpoints between',
    );
    await visit([ENTER], /── Answer/, 'call', 'A call: its facts, error, answer and request, to be searched');
    await visit([ESCAPE, ESCAPE, '5'], /Checkpoints \d/, 'checkpoints', 'Checkpoints: who made each, and why');
    await visit([ESCAPE, '7'], /HEALTH/, 'sources', 'Sources: how each is doing, and how far it was read');
    await visit([ESCAPE, ':'], /─ Commands|╭ Commands/, 'palette', 'Every command by name');
    return stills;
  });

/** A checkpoint that waits for a veto. */
export const held: Scene = (size) =>
  withWorld({ ...size, mode: 'hold', scenario: 'storm' }, async (world) => {
    await world.shows('no calls yet');
    world.begin();
    await world.shows(HELD);
    const stills = [still(world, 'hold', 'A checkpoint that is held: x stops it, f takes it now')];
    await visitor(world, stills)(['m'], /announces each/, 'mode', 'The choice of the mode: what each does, and where');
    return stills;
  });

/** A night with forty agents: one storm is held, a loop was checkpointed, an agent fails throughout. */
export const crowded: Scene = (size) => crowd(size, 'dark');
/** The same on a light terminal. */
export const litCrowd: Scene = (size) => crowd(size, 'light');

/**
 * From watching to acting: a storm is only watched; then the person lets sightline act, and the next trouble is held
 * for a moment, and checkpointed.
 */
export function observeToAct(size: Size): Promise<readonly Frame[]> {
  const times = { pace: 1.8, grace: 4, debounce: 8 };
  return withWorld({ ...size, ...times, mode: 'observe', scenario: 'all' }, async (world) => {
    await world.shows('observe');
    const cut = world.film();
    world.begin();
    await world.shows(/would: retry_storm/);
    await sleep(READ_MS);
    world.press('m');
    await world.shows('announces each checkpoint');
    world.press('j');
    await sleep(KEY_MS);
    world.press(ENTER);
    await world.shows('Raise to HOLD');
    await sleep(READ_MS);
    world.press('y');
    await world.shows(HELD);
    await world.shows(/ago ✓/);
    await sleep(READ_MS);
    return cut();
  });
}

async function crowd(size: Size, theme: 'dark' | 'light'): Promise<readonly Still[]> {
  const title = 'Forty agents, those in trouble first';
  return [{ name: 'forty-agents', title, screen: await drawCrowd(size, theme) }];
}

/** Between two presses of a key, ms. */
const KEY_MS = 700;
/** After Esc: what follows at once would be the same key. */
const ESCAPE_MS = 600;
/** More rows than there are conversations, and how often they are gone through. */
const ROWS = 20;
const MAX_PRESSES = 10 * ROWS;
/** Long enough to read what has just come up, ms. */
const READ_MS = 1_800;

/** The last line, not the event line that tells of the hold. */
const HELD = /x veto \w+, /;
const ENTER = '\r';
const ESCAPE = '\u001b';

/** Several agents in trouble at once, the one whose storm was checkpointed selected. */
function inTrouble<T>(size: Size, ui: WorldOptions['ui'] & {}, visit: (world: World) => Promise<T>): Promise<T> {
  return withWorld({ ...size, mode: 'auto', scenario: 'all', ui }, async (world) => {
    // The engine is armed in every workspace once each has its first snapshot.
    await world.shows(/\bready\b/);
    world.begin();
    await world.noted('QwenCode', 'HTTP 400');
    await world.shows(/(QwenCode[^]*){3}/);
    await select(world, ui.ascii === true ? /> ! \S+ +OpenClaw/ : /▸ ⚑ \S+ +OpenClaw/);
    return visit(world);
  });
}

type Visit = (keys: readonly string[], shows: RegExp, name: string, title: string) => Promise<void>;

/** Goes somewhere by keys, and takes a still of it. */
function visitor(world: World, stills: Still[]): Visit {
  return async (keys, shows, name, title) => {
    for (const key of keys) {
      world.press(key);
      await sleep(key === ESCAPE ? ESCAPE_MS : KEY_MS);
    }
    await world.shows(shows);
    stills.push(still(world, name, title));
  };
}

function still(world: Pick<World, 'screen'>, name: string, title: string): Still {
  return { name, title, screen: world.screen() };
}

/** Goes down the list until the wanted row is selected; from the top again, for rows change their places meanwhile. */
async function select(world: World, wanted: RegExp): Promise<void> {
  for (let press = 1; press <= MAX_PRESSES; press += 1) {
    if (wanted.test(textOf(world.screen()))) return;
    world.press(press % ROWS === 0 ? 'g' : 'j');
    await sleep(KEY_MS);
  }
  throw new Error(`nothing like ${wanted} could be selected:\n${textOf(world.screen())}`);
}
