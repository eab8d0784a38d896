import { describe, expect, onTestFinished, test } from 'vitest';
import { attach } from '../../src/remote/client.ts';
import { createHost } from '../../src/remote/host.ts';
import { channelPair } from '../helpers/channel-pair.ts';
import { pictureOfEngine } from '../helpers/picture.tsx';
import { held } from '../helpers/screen-stories.ts';
import { settle } from '../helpers/view.ts';

const SIZES = [
  { columns: 120, rows: 34 },
  { columns: 80, rows: 24 },
];

/** A console attached to an engine with a held checkpoint, as `draw` shows it, and how the engine ends. */
async function console() {
  const world = await held();
  const name = { run: 'run-1', pid: 4711, user: 'root', version: '0.3.0', command: 'headless' };
  const host = createHost({ engine: world.engine, name, clock: world.clock });
  onTestFinished(host.close);
  const [here, there] = channelPair();
  host.serve(there);
  const who = { user: 'ops', tty: '/dev/pts/3' };
  let ids = 0;
  const attached = await attach(here, { clock: world.clock, version: '0.3.0', who, newId: () => `id-${(ids += 1)}` });
  if (!attached.ok) throw new Error(attached.reason);
  const { store, calls, queries } = attached.value;
  const picture = (size: (typeof SIZES)[number]): string =>
    pictureOfEngine({ view: store.getState(), calls, queries }, world.now, size);
  return {
    world,
    end: host.close,
    // What a frame shows first is there with the next one.
    draw: async (size: (typeof SIZES)[number]): Promise<string> => {
      picture(size);
      await settle();
      await world.wait(40);
      await settle();
      return picture(size);
    },
  };
}

describe.each(SIZES)('a console at $columns×$rows looks as agreed', (size) => {
  const file = (name: string): string => `../golden/console/${name}-${size.columns}x${size.rows}.txt`;

  test('attached: the engine and its mode in the header, whose hold is vetoed, and what q leaves', async () => {
    const { draw } = await console();
    const picture = await draw(size);
    expect(picture).toContain('ATTACHED headless 4711 · HOLD 10 s');
    expect(picture).toContain('leave, it runs on');
    await expect(`${picture}\n`).toMatchFileSnapshot(file('attached'));
  });

  test('its engine is gone: blind since when, nothing green, and t takes over', async () => {
    const { world, end, draw } = await console();
    await draw(size);
    end();
    await world.wait(90_000);
    const picture = await draw(size);
    expect(picture).toContain('BLIND 1 min');
    expect(picture).toContain('t take over');
    expect(picture).not.toMatch(/● (?:live|active)/u);
    await expect(`${picture}\n`).toMatchFileSnapshot(file('lost'));
  });
});
