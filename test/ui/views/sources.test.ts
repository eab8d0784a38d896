import { describe, expect, test } from 'vitest';
import type { SourceHealth } from '../../../src/core/sources.ts';
import { sheetOf } from '../../../src/ui/app/views.ts';
import { widthOf } from '../../../src/ui/render/width.ts';
import { availabilityAt } from '../../helpers/hint.ts';
import { personAt } from '../../helpers/person.ts';
import { ASCII_THEME, pictureOf } from '../../helpers/picture.tsx';
import { bare, calm } from '../../helpers/screen-stories.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { NOON, ScreenWorld, type ScreenWorldOptions } from '../../helpers/view.ts';
import { CONVERSATIONS } from '../../../src/ui/views/conversations/view.ts';
import { describe as spoken } from '../../../src/ui/app/screen-reader/open.ts';

const SIZE = { columns: 120, rows: 34 };
const NARROW = { columns: 80, rows: 24 };

const SERVER: Partial<SourceHealth> = {
  uri: 'http://10.0.0.7:7396',
  medium: 'http',
  status: 'lost',
  detail: {
    code: 'quoted',
    text: 'nothing listens at http://10.0.0.7:7396; start agentsight serve there, or correct --source',
  },
  lagMs: null,
  since: NOON - 125_000,
  retryAt: NOON + 4_000,
};
const FILE: Partial<SourceHealth> = {
  uri: 'jsonl:/var/log/agents/genai_events.jsonl',
  medium: 'jsonl',
  status: 'degraded',
  detail: { code: 'quoted', text: 'a line of more than 32 MiB was skipped' },
  cursor: JSON.stringify({ dev: '1', ino: '2', generation: 0, offset: 1_024, lines: 3, head: { length: 0, hash: '' } }),
  skipped: { malformed: 2, oversized: 1, unsupported: 0 },
  lastSkip: { code: 'quoted', text: 'line 17: invalid JSON' },
};

async function three(config: ScreenWorldOptions['config'] = {}): Promise<ScreenWorld> {
  return ScreenWorld.started('observe', { others: [FILE, SERVER], config });
}

describe('7 shows every source', () => {
  test('the worst first, each with health, lag, place and skips', async () => {
    const person = personAt(await three());
    await person.press('7');
    await expect(`${sheetText(person)}\n`).toMatchFileSnapshot('../../golden/views/sources-120x34.txt');
    const rows = sheetText(person).split('\n');
    expect(rows[0]).toMatch(/ Sources 3 .* worst first/);
    expect(rows[2]).toMatch(/▸ http:\/\/10\.0\.0\.7:7396 +lost +2 min +– +0 +0 +– +nothing listens/);
    expect(rows[3]).toMatch(/genai_events\.jsonl +degraded +1 h +0\.1 s +0 +3 byte 1024 \(line 3\) /);
    expect(rows[4]).toMatch(/agentsight +ok +1 h +0\.1 s/);
  });

  test('the selected one in full: since when, why, the next retry', async () => {
    const person = personAt(await three(), NARROW);
    await person.press('7');
    await expect(`${sheetText(person, NARROW)}\n`).toMatchFileSnapshot('../../golden/views/sources-80x24.txt');
    expect(sheetText(person)).toMatch(/health +lost since 14:01:07 \(2 min\)/);
    expect(sheetText(person)).toMatch(/detail +nothing listens at .* or correct --source/);
    expect(sheetText(person)).toMatch(/next retry +in 4 s/);
    expect(sheetText(person)).toMatch(/skipped +nothing/);
    await person.press('j');
    expect(sheetText(person)).toMatch(/read up to +byte 1024 \(line 3\)/);
    expect(sheetText(person)).toMatch(/skipped +2 malformed, 1 oversized; the last: line 17: invalid JSON/);
    expect(sheetText(person)).not.toContain('next retry');
  });

  test.each<[string, Partial<SourceHealth>, RegExp]>([
    ['a database', { medium: 'sqlite', status: 'lost' }, /next retry +every second or two, and as soon as its folder/],
    [
      'a server whose certificate is wrong',
      { medium: 'http', status: 'lost' },
      /next retry +no retry: fix the problem/,
    ],
    ['a pipe', { medium: 'stdin', status: 'lost', ended: true }, /next retry +no retry: the input has ended/],
  ])('of %s that is lost it says what comes next', async (_what, health, words) => {
    const person = personAt(await ScreenWorld.started('observe', { others: [{ uri: 'other', ...health }] }));
    await person.press('7');
    expect(sheetText(person)).toMatch(words);
  });

  test('of none at all, and of one that is not there, which places were tried and what to do', async () => {
    const tried = [{ path: '/var/log/sysak/.agentsight/genai_events.db', why: { code: 'not_there' } }] as const;
    const nowhere = personAt(await bare());
    await nowhere.press('7');
    expect(sheetText(nowhere)).toContain('no source is watched');
    expect(sheetText(nowhere)).toContain('give one with --source URI');
    const world = await ScreenWorld.started('observe', { tried });
    world.health({ status: 'absent', detail: { code: 'quoted', text: 'not there' } });
    const person = personAt(world);
    await person.press('7');
    expect(sheetText(person)).toContain('/var/log/sysak/.agentsight/genai_events.db: does not exist');
    expect(pictureOf(world, SIZE)).toMatch(/genai_events\.db +does not exist/);
  });

  test('filtered, in another order, copied, and back where one was', async () => {
    const person = personAt(await three());
    await person.press('3', '7', '/', ...Array.from('state:lost'), 'enter');
    expect(sheetText(person)).toContain('Sources 1 of 3');
    await person.press('y');
    expect(person.copied).toEqual(['http://10.0.0.7:7396']);
    await person.press('escape');
    expect(sheetText(person)).toContain('Sources 3');
    await person.press('o', 'o', 'o', 'g');
    expect(sheetText(person)).toMatch(/by skips/);
    expect(person.session.context().selected.source?.health.uri).toBe(FILE.uri);
    await person.press('?');
    expect(sheetText(person)).toContain('copy the URI');
    await person.press('escape', '7');
    expect(person.view()).toMatchObject({ focus: 'agents', overlay: { type: 'none' } });
  });

  test('of forty: the selected one stays in sight', async () => {
    const others = Array.from({ length: 39 }, (_none, at) => ({
      uri: `jsonl:/srv/${at}.jsonl`,
      medium: 'jsonl' as const,
    }));
    const person = personAt(await ScreenWorld.started('observe', { others }), NARROW);
    await person.press('7', 'G');
    expect(sheetText(person, NARROW)).toContain('▸ jsonl:/srv/38.jsonl');
    expect(sheetText(person, NARROW)).toMatch(/\d+ ↑/);
    await person.press('pageup');
    const { source } = person.session.context().selected;
    expect(sheetText(person, NARROW)).toContain(`▸ ${source?.health.uri}`);
    expect(sheetText(person, NARROW)).toContain('health');
  });

  test.each([SIZE, NARROW, { columns: 60, rows: 15 }])(
    'fits into $columns×$rows, and needs nothing but ASCII',
    async (size) => {
      const world = await three();
      const person = personAt(world, size);
      await person.press('7');
      const sheet = sheetOf(person.session.context(), size, ASCII_THEME);
      expect(sheet?.lines.length).toBeLessThanOrEqual(size.rows - 1);
      for (const line of sheet?.lines ?? []) {
        const text = line.map((segment) => segment.text).join('');
        expect(widthOf(text)).toBe(size.columns);
        expect(text).toMatch(/^[\u0020-\u007e]*$/);
      }
    },
  );

  test('also with --read-only, of the frozen moment, and in words', async () => {
    const world = await three({ readOnly: true });
    const person = personAt(world);
    await person.press('7', 'space');
    world.health({ status: 'lost', detail: { code: 'quoted', text: 'gone' } });
    await world.wait(60_000);
    world.engine.commit();
    expect(sheetText(person)).toMatch(/ sqlite:\/var\/log\/sysak\/\.agentsight +ok/);
    expect(sheetText(person)).toMatch(/next retry +in 4 s/);
    await person.press('space');
    expect(sheetText(person)).toMatch(/ sqlite:\/var\/log\/sysak\/\.agentsight +lost/);
    // What was selected stays selected, wherever it goes.
    await person.press('g');
    const words = spoken(person.session.context());
    expect(words[0]).toBe('source 1 of 3: sqlite:/var/log/sysak/.agentsight');
    expect(words).toContain('skipped: nothing');
  });
});

describe('of several sources it is told which a row rests on', () => {
  const URI = 'jsonl:/var/log/agents/genai_events.jsonl';
  const both = `${URI}, sqlite:/var/log/sysak/.agentsight`;

  async function merged(others: ScreenWorldOptions['others']): Promise<ScreenWorld> {
    const world = await ScreenWorld.started('observe', { others: others ?? [] });
    world.call({ agent: 'Cosh', conversationId: 'shared', callId: 'one' });
    const [call] = world.engine.calls('shared');
    if (call) world.tell(URI, { type: 'call', record: '1', arrival: 'live', call });
    return world;
  }

  test('a conversation, a call, an agent', async () => {
    const world = await merged([FILE]);
    const person = personAt(world);
    const picture = () => pictureOf(world, { ...SIZE, view: person.view() });
    await person.press('enter');
    expect(picture()).toContain(` from ${both} `);
    await person.press('enter');
    expect(sheetText(person)).toMatch(/ seen by +agentsight /);
  });

  test('beside the lists of a wide screen, too', async () => {
    const world = await merged([FILE]);
    world.interruption({ agent: 'Cosh', type: 'auth_error', severity: 'high', conversationId: null });
    const person = personAt(world, { columns: 220, rows: 60 });
    const picture = () => pictureOf(world, { columns: 220, rows: 60, view: person.view() });
    expect(picture()).toMatch(/sources +jsonl:/);
    await person.press('4');
    expect(picture()).toMatch(/auth_error of Cosh/);
  });

  test('and Enter on a source shows the conversations that rest on it', async () => {
    const world = await merged([FILE]);
    world.call({ agent: 'Hermes', conversationId: 'alone', callId: 'two' });
    const person = personAt(world);
    await person.press('7', 'enter');
    expect(person.session.context().selected.source?.health.uri).toBe(URI);
    expect(person.view()).toMatchObject({ focus: 'conversations', zoomed: true, overlay: { type: 'none' } });
    expect(CONVERSATIONS.rows(person.session.context().shown).map(({ id }) => id)).toEqual(['shared']);
    await person.press('escape', 'escape');
    expect(CONVERSATIONS.rows(person.session.context().shown)).toHaveLength(2);
    const idle = personAt(await three());
    await idle.press('7', 'enter');
    expect(idle.toast()).toBe('no call received from this source yet');
  });

  test('but not where there is only one', async () => {
    const world = await merged([]);
    const person = personAt(world);
    await person.press('enter', 'enter');
    expect(sheetText(person)).toContain('outcome ');
    expect(sheetText(person)).not.toContain('seen by');
    await person.press('escape');
    expect(pictureOf(world, { ...SIZE, view: person.view() })).not.toContain(' from ');
  });
});

describe('the header', () => {
  test('counts the sources; one that is lost is told beside the mode', async () => {
    expect(pictureOf(await calm(), SIZE)).toContain('1 source');
    expect(pictureOf(await three(), SIZE)).toMatch(/BLIND 2 min .*3 sources, 1 note/);
    const well = await ScreenWorld.started('observe', { others: [{ uri: 'other' }] });
    expect(pictureOf(well, SIZE)).toContain('● live  2 sources');
  });

  test('an agent whose records lie where it keeps them by itself is named beside the lists', async () => {
    const world = await ScreenWorld.started('observe', { others: [{ uri: 'codex:', medium: 'codex' }] });
    expect(pictureOf(world, { columns: 200, rows: 55 })).toMatch(/│ ● codex: +\S+/u);
  });

  test('of many that are lost the rest is counted, so that what else is wrong stays in sight', async () => {
    const others = Array.from({ length: 39 }, (_none, at) => ({
      ...SERVER,
      uri: `http://${at}`,
      detail: { code: 'nothing' } as const,
    }));
    const world = await ScreenWorld.started('observe', { others });
    world.interruption({ agent: 'Cosh', type: 'auth_error', severity: 'high' });
    const picture = pictureOf(world, SIZE);
    expect(picture.split('\n')[1]).toContain('▲ auth_error Cosh');
    expect(picture).toMatch(/Sources 40 {2}39 lost/);
  });

  test('and the footer leads to the sources where one is not well', async () => {
    const ill = await three();
    expect(availabilityAt(personAt(ill), '7')).toBe('2 of 3 ill');
    expect(pictureOf(ill, { columns: 160, rows: 40 })).toContain('7 sources');
    expect(pictureOf(await calm(), { columns: 160, rows: 40 })).not.toContain('7 sources');
  });
});
