import { render } from 'ink-testing-library';
import { expect, test } from 'vitest';
import { agentRows } from '../../../src/ui/views/agents/rows.ts';
import { conversationRows } from '../../../src/ui/views/conversations/rows.ts';
import { Lines } from '../../../src/ui/render/Lines.tsx';
import { agentLines } from '../../../src/ui/views/agents/render.ts';
import { conversationLines } from '../../../src/ui/views/conversations/render.ts';
import type { Line } from '../../../src/ui/render/line.ts';
import { THEME } from '../../helpers/picture.tsx';
import { ScreenWorld } from '../../helpers/view.ts';

// ink-testing-library draws at 100 columns.
const PANE = {
  theme: THEME,
  width: 100,
  height: 8,
  focused: true,
  filter: null,
  list: { selectedId: null, offset: 0 },
};

function drawn(lines: readonly Line[]) {
  return <Lines lines={lines} width={PANE.width} theme={THEME} />;
}

function frameOf(instance: ReturnType<typeof render>): string {
  const frame = instance.lastFrame() ?? '';
  // A component that throws leaves an empty frame behind.
  expect(frame).not.toBe('');
  return frame;
}

test('a mounted pane follows what it is given: another call, another count', async () => {
  const world = await ScreenWorld.started('auto');
  world.call({ conversationId: 'first', agent: 'Hermes' });
  const pane = () => {
    const view = world.view();
    return drawn(conversationLines({ ...PANE, view, now: world.now, rows: conversationRows(view, world.now) }));
  };
  const instance = render(pane());
  expect(frameOf(instance)).toMatch(/Conversations 1 [\s\S]*Hermes/);
  world.call({ conversationId: 'second', agent: 'Codex' });
  instance.rerender(pane());
  expect(frameOf(instance)).toMatch(/Conversations 2 [\s\S]*Codex/);
  instance.unmount();
});

test('the agents pane is mounted with their meters', async () => {
  const world = await ScreenWorld.started('auto');
  world.call({ conversationId: 'first', agent: 'Hermes' });
  const view = world.view();
  const instance = render(drawn(agentLines({ ...PANE, view, now: world.now, rows: agentRows(view, world.now) })));
  expect(frameOf(instance)).toMatch(/Agents 1 [\s\S]*● active +Hermes/);
  instance.unmount();
});
