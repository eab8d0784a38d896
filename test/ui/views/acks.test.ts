import { expect, test } from 'vitest';
import { ladderOf } from '../../../src/ui/ladder/ladder.ts';
import { alertsOf } from '../../../src/ui/app/alerts.ts';
import { signalLines } from '../../../src/ui/views/signals/render.ts';
import { signalRows } from '../../../src/ui/views/signals/rows.ts';
import { type Person, personAt } from '../../helpers/person.ts';
import { THEME } from '../../helpers/picture.tsx';
import { held } from '../../helpers/screen-stories.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { ScreenWorld } from '../../helpers/view.ts';

/** Two failures of one kind, of one agent each. */
async function troubled(): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('observe');
  const at = (ago: number): bigint => BigInt(world.now - ago) * 1_000_000n;
  world.interruption({ type: 'agent_crash', agent: 'Codex', conversationId: 'c1', occurredNs: at(60_000) });
  const auth = { type: 'auth_error', severity: 'high', agent: 'Hermes', conversationId: 'c2' } as const;
  world.call({ agent: 'Hermes', conversationId: 'c2', ago: 2_000, took: 100, statusCode: 401, error: 'no' });
  world.interruption({ ...auth, occurredNs: at(5_000) });
  world.interruption({ ...auth, occurredNs: at(4_000) });
  await world.wait(100);
  return world;
}

const alerts = (world: ScreenWorld): readonly string[] =>
  alertsOf(world.view(), world.now, THEME).map(({ text }) => text);

function drawn(world: ScreenWorld): string {
  const view = world.view();
  const rows = signalRows(view, world.now);
  const given = { view, now: world.now, theme: THEME, focused: false, filter: null, rows };
  const lines = signalLines({ ...given, list: { selectedId: null, offset: 0 }, width: 120, height: 12 });
  return lines.map((line) => line.map(({ text }) => text).join('')).join('\n');
}

async function acknowledge(person: Person, ...keys: readonly string[]): Promise<void> {
  await person.press('a');
  for (const key of keys) await person.press(key);
  await person.press('enter');
}

test('a opens the form at what is selected, from narrow to wide, and says that checkpoints go on', async () => {
  const person = personAt(await held());
  await person.press('a');
  const lines = sheetText(person).split('\n');
  const all = lines.join('\n');
  expect(lines[0]).toMatch(/^╭─ Acknowledge ─+╮$/u);
  expect(all).toMatch(/SEEN, TAKE IT OFF THE ALERT LINE +OPEN NOW/u);
  expect(all).toMatch(/▸ ?\(•\) retry_storm of Hermes, this episode +1 /u);
  expect(all).toMatch(/\( \) every signal of Hermes +1 /u);
  expect(all).toMatch(/\( \) retry_storm of every agent +1 /u);
  expect(all).toMatch(/\( \) everything older than 1 h +0 /u);
  expect(all).toMatch(/\( \) everything open +1 /u);
  expect(all).toMatch(/until +it ends +1 h +4 h +18:00 +other/u);
  expect(all).toContain('Checkpoints go on. A new episode or a higher severity is flagged again.');
  expect(lines.at(-1)).toMatch(/^╰─ Enter acknowledge ─+ Tab next field · Esc cancel ─╯$/u);
});

test('what is acknowledged leaves the alert line and the counts, and stays in the list with who and until when', async () => {
  const world = await troubled();
  const person = personAt(world);
  expect(alerts(world)).toEqual(['agent_crash Codex', 'auth_error Hermes']);
  await person.press('4');
  await person.press('j');
  await acknowledge(person, 'tab', 'right');
  expect(alerts(world)).toEqual(['agent_crash Codex']);
  const rows = signalRows(world.view(), world.now);
  expect(rows.map(({ record, reports, isOpen, ack }) => [record.signal.type, reports, isOpen, ack !== null])).toEqual([
    ['agent_crash', 1, true, false],
    ['auth_error', 2, false, true],
  ]);
  const text = drawn(world);
  expect(text).toMatch(/Signals 1 open · 1 acked/u);
  expect(text).toMatch(/auth_error ×2 +Hermes .*acked by \S+ until \d\d:\d\d/u);
  const { rows: conversations } = ladderOf(world.view(), world.now);
  const own = conversations.find(({ conversation }) => conversation.conversationId === 'c2');
  expect(own?.condition).toMatchObject({ kind: 'active', acked: true });
});

test('a on what is acknowledged takes it back', async () => {
  const world = await troubled();
  const person = personAt(world);
  await person.press('4');
  await acknowledge(person);
  expect(alerts(world)).toEqual(['auth_error Hermes']);
  await person.press('G');
  await person.press('a');
  expect(alerts(world)).toEqual(['agent_crash Codex', 'auth_error Hermes']);
});

test('with nothing open selected there is nothing to acknowledge', async () => {
  const person = personAt(await ScreenWorld.started('observe'));
  await person.press('a');
  expect(person.toast()).toContain('nothing open is selected');
});
