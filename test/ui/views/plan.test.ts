import type { Refusal } from '../../../src/core/reasons.ts';
import { describe, expect, test } from 'vitest';
import type { ProcessScan } from '../../../src/effects/process/processes.ts';
import { until } from '../../helpers/until.ts';
import { mount } from '../../helpers/mount.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { SNAPSHOTS } from '../../helpers/snapshots.ts';
import { work } from '../../helpers/screen-stories.ts';
import { ScreenWorld, type ScreenWorldOptions, WORKSPACE, settle } from '../../helpers/view.ts';
import { THEME } from '../../helpers/picture.tsx';
import { rollbackDialog } from '../../../src/ui/views/plan/dialog.ts';
import type { PlanForm } from '../../../src/ui/views/plan/state.ts';
import { wordRefusal } from '../../../src/wording/refusals.ts';
import { paperPauser } from '../../helpers/paper-pauser.ts';
import { quoted } from '../../helpers/reasons.ts';

const TARGET = 'manual-20261123T140000';
/** Its time in six digits, which have to be typed. */
const DIGITS = digitsOf(SNAPSHOTS.find(({ id }) => id === TARGET)?.at ?? 0);
const EDITOR = {
  pid: 4711,
  name: 'vim',
  cwd: null,
  files: ['/srv/ws/notes.txt'],
  fileCount: 1,
  writes: true,
  isOurs: false,
};
const OPEN: ProcessScan = { occupants: [EDITOR], unreadable: 0, complete: true };
const NOBODY: ProcessScan = { ...OPEN, occupants: [] };
const INSIDE: ProcessScan = { ...OPEN, occupants: [{ ...EDITOR, name: 'bash', cwd: '/srv/ws/src' }] };

function digitsOf(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join('');
}

async function worldWith(options: ScreenWorldOptions = {}): Promise<ScreenWorld> {
  const world = work(await ScreenWorld.started('observe', { processes: OPEN, ...options }));
  world.snapshots = SNAPSHOTS;
  return world;
}

const letters = (text: string): readonly string[] => Array.from(text);

/** Presses one key after the other, and lets each do what it does. */
async function presses(person: Person, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await person.press(key);
}

/** The words of a frame, without its edges and breaks. */
const words = (text: string): string => text.replace(/[\s│]+/gu, ' ');

describe('an agent that works in the folder of a rollback', () => {
  test('is named with its process and its last call; p pauses it first, then resumes it, and is no text', async () => {
    const config = { pause: { enabled: true, maxMinutes: 30 } };
    const world = await ScreenWorld.started('hold', { config, pauser: paperPauser(), processes: NOBODY });
    world.snapshots = SNAPSHOTS;
    world.call({ agent: 'Codex', conversationId: 'codex', pid: 51_877, ago: 14_000 });
    const workspaces = world.view().workspaces.map(({ agents }) => agents);
    expect(workspaces.flat()).toContain('Codex');
    const screen = mount(world);
    screen.send('5');
    await screen.shows(TARGET);
    screen.send('R');
    await screen.shows(/Codex works here: pid 51877, last call 14 s ago\. p pauses it/u);
    screen.send('p');
    await until(() => world.view().pausing?.paused[0]?.pid === 51_877);
    await screen.shows('Codex is paused. p resumes it.');
    expect(screen.text()).not.toContain('p_____');
  });
});

describe('a rollback', () => {
  test('shows first what is lost, what will be undone, and who works there', async () => {
    const screen = mount(await worldWith());
    screen.send('5');
    await screen.shows(TARGET);
    screen.send('R');
    await screen.shows(/Roll back ws to \d\d:\d\d:\d\d/);
    await screen.shows('vim (pid 4711) has 1 file open inside');
    const text = screen.text();
    expect(text).toMatch(/folder +\/srv\/ws {2}\(the real path\)/);
    expect(text).toContain('replace the whole tree by the checkpoint (1 change)');
    expect(text).toMatch(/Type the time of the checkpoint, \d{6}, then Enter: {2}.______/);
    expect(text).toContain(`Enter roll back, after ${DIGITS}`);
    // The list that it was opened from stands behind it.
    expect(text).toContain('[5] Checkpoints 6');
    screen.send('\u0010');
    await screen.shows('M  notes.txt');
    expect(screen.text()).toMatch(/will be lost unless a checkpoint is taken/);
    expect(screen.text()).toContain('pid 4711 vim');
  });

  test('is done when the digits of its time were typed, and by nothing less', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await presses(person, '5', 'R', 'tab', 'enter');
    expect(person.toast()).toBe(`type ${DIGITS} first`);
    await presses(person, ...letters(DIGITS.slice(0, 3)), 'enter');
    expect(world.deeds).not.toContain(`rollback ${TARGET}`);
    await presses(person, ...letters(DIGITS.slice(3)), 'enter');
    await settle();
    await settle();
    expect(world.deeds).toContain(`rollback ${TARGET}`);
    expect(person.view().overlay.type).toBe('checkpoints');
    expect(world.requests).toEqual([]);
  });

  test('takes a checkpoint before, unless Tab says otherwise', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await presses(person, '5', 'R', ...letters(DIGITS), 'enter');
    await settle();
    expect(world.requests).toHaveLength(1);
    expect(world.deeds).not.toContain(`rollback ${TARGET}`);
    await world.finish();
    await settle();
    await settle();
    expect(world.deeds).toContain(`rollback ${TARGET}`);
  });

  test('is not begun when the checkpoint before it fails', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await presses(person, '5', 'R', ...letters(DIGITS), 'enter');
    await world.finish({ type: 'failed', reason: quoted('disk full') } as const);
    await settle();
    const { overlay } = person.view();
    expect(overlay.type === 'plan' && overlay.form.problem).toContain('nothing was rolled back');
    expect(world.deeds).not.toContain(`rollback ${TARGET}`);
  });

  test('shows exactly what it would undo after a checkpoint, where only snapshots can be compared', async () => {
    const world = await worldWith();
    world.noNow = 'comparing with now needs ws-ckpt 0.4.0 or newer';
    const person = personAt(world);
    await presses(person, '5', 'R');
    const plan = () => {
      const { overlay } = person.view();
      return overlay.type === 'plan' && overlay.form.found?.type === 'rollback' ? overlay.form.found.plan : null;
    };
    expect(plan()).toMatchObject({ preview: { ok: false }, previewUpTo: TARGET });
    await presses(person, 'ctrl-o');
    const { snapshot: id = '', message, metadata } = world.requests[0] ?? {};
    expect(message).toBe(`manual: before rollback to ${TARGET}`);
    const made = { id, at: world.now, message: null, metadata: { ...metadata }, pinned: false };
    world.snapshots = [...world.snapshots, made];
    await world.finish();
    await settle();
    expect(plan()).toMatchObject({
      preview: { ok: true, value: expect.stringContaining('M  notes.txt') },
      previewUpTo: id,
      checkpointFirst: { advised: false, code: 'just_taken' },
    });
    await presses(person, 'ctrl-o');
    expect(person.toast()).toBe('what would be undone is already shown');
    await presses(person, ...letters(DIGITS), 'enter');
    await settle();
    expect(world.requests).toHaveLength(1);
    expect(world.deeds).toContain(`rollback ${TARGET}`);
  });

  test('asks for the end of an id whose time is not known, however long it is', async () => {
    const world = await worldWith();
    const id = `before-${'x'.repeat(248)}`;
    world.snapshots = [{ id, at: 0, message: null, metadata: null, pinned: false }];
    const person = personAt(world);
    await presses(person, '5', 'R', 'tab');
    await person.paste('xxxxxx');
    await presses(person, 'enter');
    await settle();
    expect(world.deeds).toContain(`rollback ${id}`);
  });

  test('shows the end of what one types, however long the word is', async () => {
    const world = await worldWith();
    world.snapshots = [{ id: `before-${'x'.repeat(248)}`, at: 0, message: null, metadata: null, pinned: false }];
    const screen = mount(world, { columns: 80, rows: 24 });
    screen.send('5');
    await screen.shows('Checkpoints 1');
    screen.send('R');
    await screen.shows('Type the end of its id, xxxxxx, then Enter:');
    screen.send(`before-${'x'.repeat(100)}end`);
    await screen.shows('xend ');
  });

  test('is refused while somebody works inside, with the reason', async () => {
    const world = await worldWith({ processes: INSIDE });
    const person = personAt(world);
    const screen = mount(world);
    screen.send('5');
    await screen.shows(TARGET);
    screen.send('R');
    await screen.shows('refused: nothing is changed');
    expect(screen.text()).toContain('✗ bash (pid 4711) works inside (/srv/ws/src)');
    await presses(person, '5', 'R', ...letters(DIGITS), 'enter');
    expect(person.toast()).toMatch(/^refused: bash \(pid 4711\) works inside/);
    expect(world.deeds).not.toContain(`rollback ${TARGET}`);
  });

  test('tells all that it will do, and all that came of it where something was not restored', async () => {
    const world = await worldWith();
    const found = await world.engine.queries.rollbackPlan(WORKSPACE, TARGET);
    if (!found.ok) throw new Error(found.reason.code);
    const counts = { restored: 1_204, deleted: 312, attributes: 17, folders: 40, unchanged: 23_456 };
    const files = { restored: ['src/a.ts'], deleted: ['b.ts'] };
    const restore = { limits: [], counts, files, kept: [], repositories: [], refsCommand: null };
    const notRestored = [{ what: 'history', count: 1, examples: ['vendor/lib/.git'] }] as const;
    const reason = {
      code: 'rolled_back_in_part',
      snapshot: TARGET,
      counts,
      failed: 0,
      failures: [],
      notRestored,
    } as const;
    const form: PlanForm = {
      job: { type: 'rollback', workspace: WORKSPACE, snapshot: TARGET },
      found: { type: 'rollback', plan: { ...found.value, restore } },
      typed: DIGITS,
      checkpointFirst: false,
      whole: false,
      offset: 0,
      problem: wordRefusal(reason),
      running: false,
    };
    const { lines } = rollbackDialog(form, world.view(), world.now, { columns: 80, rows: 24 }, THEME);
    const text = lines.map((line) => line.map((part) => part.text).join('')).join('\n');
    expect(words(text)).toContain('make or remove 40 folders, set times or modes of 17');
    expect(words(text)).toContain('Not restored: the git history in 1 path (vendor/lib/.git)');
    expect(lines.length).toBeLessThanOrEqual(22);
  });

  test('Esc leaves everything as it is', async () => {
    const world = await worldWith();
    const person = personAt(world);
    await presses(person, '5', 'R', 'escape');
    expect(person.view().overlay.type).toBe('checkpoints');
    expect(world.deeds.filter((deed) => deed.startsWith('rollback'))).toEqual([]);
  });
});

describe('ws-ckpt init', () => {
  const init = {
    workspace: WORKSPACE,
    effects: [
      { code: 'copied', workspace: WORKSPACE },
      { code: 'link_left', workspace: WORKSPACE },
    ] as const,
    warnings: [{ code: 'fragile_init' }] as const,
    refusals: [] as readonly Refusal[],
    command: 'ws-ckpt init --workspace=/srv/ws',
    confirmation: 'ws',
  };
  const availability = { state: 'unmanaged', reason: quoted('not managed by ws-ckpt yet') } as const;

  test('is offered where ws-ckpt does not manage the folder, explained, and done after its word was typed', async () => {
    const world = await worldWith({ availability, init });
    world.snapshots = [];
    const screen = mount(world);
    screen.send('5');
    await screen.shows('not managed by ws-ckpt yet');
    screen.send('i');
    await screen.shows('a link takes its place: /srv/ws');
    expect(screen.text()).toContain('ws-ckpt init --workspace=/srv/ws');
    screen.send('w');
    screen.send('s');
    await screen.shows('Enter runs it');
    screen.send('\r');
    await screen.shows(/done: init|Checkpoints/);
    expect(world.deeds).toContain('init');
  });

  test('is offered in the reactor, too, and never runs by itself', async () => {
    const world = await worldWith({ availability, init });
    const person = personAt(world);
    await presses(person, '3', 'i', 'enter');
    expect(person.toast()).toBe('type ws first');
    expect(world.deeds).toEqual([]);
    await presses(person, 'escape');
    expect(person.view().overlay.type).toBe('none');
  });

  test('is not there for a folder that is managed', async () => {
    const person = personAt(await worldWith({ init }));
    await presses(person, '3', 'i');
    expect(person.toast()).toBe('/srv/ws needs no init: already managed');
  });

  test('shows why it is refused', async () => {
    const world = await worldWith({ availability, init: { ...init, refusals: [quoted('/srv/ws is a mount point')] } });
    const person = personAt(world);
    await presses(person, '3', 'i', 'w', 's', 'enter');
    expect(person.toast()).toBe('refused: /srv/ws is a mount point');
    expect(world.deeds).toEqual([]);
  });
});
