import { describe, expect, it } from 'vitest';
import { fortyAgents } from '../../helpers/forty-agents.ts';
import { personAt } from '../../helpers/person.ts';
import { pictureOf } from '../../helpers/picture.tsx';

const LARGE = { columns: 120, rows: 34 };
const SMALL = { columns: 80, rows: 24 };

describe('at a glance, with forty agents', () => {
  it.each([LARGE, SMALL])(
    'names what is wrong by type and agent, and what it is about to do, at $columns×$rows',
    async (size) => {
      const world = await fortyAgents();
      const lines = pictureOf(world, size).split('\n');
      expect(lines[0]).toMatch(/HOLD 10 s .*● live/u);
      expect(lines[1]).toMatch(/^ ⚑ retry_storm Claude Code · dead_loop Codex/u);
      expect(lines.slice(2, 7).join('\n')).toMatch(/HELD {2}(?:billing )?fires in \d s/u);
      expect(lines.at(-1)).toMatch(/^ x veto billing, \d s/u);
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
        `../../golden/forty-agents-${size.columns}x${size.rows}.txt`,
      );
    },
  );

  it('orders the list by the ladder, failures that are alike in one row', async () => {
    const rows = pictureOf(await fortyAgents(), SMALL)
      .split('\n')
      .slice(7, 11);
    expect(rows[0]).toMatch(/⚑ retry_storm +Claude Code/u);
    expect(rows[1]).toMatch(/⚑ dead_loop +Codex/u);
    expect(rows[2]).toMatch(/✗ failing 12\/12 +OpenClaw +\+ heartbeat/u);
    expect(rows[3]).toMatch(/▲ rate_limit +Hermes/u);
  });

  it('shows the agents of a narrow screen from top to bottom, and keeps the list beside a detail', async () => {
    const world = await fortyAgents();
    const small = personAt(world, SMALL);
    await small.press('3');
    const agents = pictureOf(world, { ...SMALL, view: small.view() }).match(/worker-\d\d/gu) ?? [];
    expect(agents.length).toBeGreaterThanOrEqual(12);
    const large = personAt(world, LARGE);
    await large.press('3');
    const before = pictureOf(world, { ...LARGE, view: large.view() }).match(/worker-\d\d/gu)?.length;
    await large.press('enter');
    const picture = pictureOf(world, { ...LARGE, view: large.view() });
    expect(picture).toMatch(/LAST HOUR +TOTAL/u);
    expect(picture.match(/worker-\d\d/gu)?.length).toBe(before);
  });

  it('goes from trouble to trouble, and keeps the selection while rows come and go', async () => {
    const world = await fortyAgents();
    const person = personAt(world, LARGE);
    const selected = () => person.session.context().selected.conversation?.conversationId;
    expect(selected()).toBe('refund');
    await person.press('n');
    expect(selected()).toBe('login');
    world.interruption({
      agent: 'worker-05',
      conversationId: 'now worker-05',
      type: 'agent_crash',
      severity: 'critical',
    });
    await world.wait(1_500);
    world.engine.commit();
    expect(selected()).toBe('login');
    await person.press('N');
    expect(['refund', 'now worker-05']).toContain(selected());
  });

  it('shows the worst signals and workspaces in panes that never had the focus, whatever was first at the start', async () => {
    const world = await fortyAgents();
    const person = personAt(world, LARGE);
    await person.press('j');
    for (const agent of ['worker-01', 'worker-02', 'worker-03', 'worker-04', 'worker-05', 'worker-06']) {
      const conversationId = `now ${agent}`;
      world.interruption({ agent, conversationId, type: 'agent_crash', severity: 'critical' });
    }
    await world.wait(1_500);
    world.engine.commit();
    const picture = pictureOf(world, { ...LARGE, view: person.view() });
    expect(picture).not.toContain('↑');
    expect(picture).toMatch(/Signals 9 open[^\n]*\n[^\n]*│ +\d s ⚑ agent_crash/u);
  });
});
