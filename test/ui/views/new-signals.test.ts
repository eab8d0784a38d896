import { expect, test } from 'vitest';
import { signalLines } from '../../../src/ui/views/signals/render.ts';
import { signalRows } from '../../../src/ui/views/signals/rows.ts';
import { THEME } from '../../helpers/picture.tsx';
import { ScreenWorld } from '../../helpers/view.ts';

test('what came since a key was last pressed is marked at its first line, and counted', async () => {
  const world = await ScreenWorld.started('observe');
  const at = (ago: number): bigint => BigInt(world.now - ago) * 1_000_000n;
  world.interruption({ type: 'agent_crash', agent: 'Codex', occurredNs: at(60_000) });
  world.interruption({ type: 'auth_error', severity: 'high', agent: 'Hermes', occurredNs: at(5_000) });
  const view = world.view();
  const rows = signalRows(view, world.now);
  const given = {
    view,
    now: world.now,
    theme: THEME,
    focused: false,
    filter: null,
    rows,
    list: { selectedId: null, offset: 0 },
  };
  const drawn = (newSince: number) =>
    signalLines({ ...given, width: 44, height: 10, newSince }).map((line) => line.map(({ text }) => text).join(''));
  expect(drawn(world.now - 10_000)[0]).toContain('Signals 2 open · 1 new •');
  expect(drawn(world.now - 10_000).filter((line) => line.startsWith('│•'))).toMatchObject([
    expect.stringContaining('auth_error'),
  ]);
  expect(drawn(world.now).join('')).not.toContain('•');
});
