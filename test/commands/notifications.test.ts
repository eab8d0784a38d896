import { describe, expect, it, test } from 'vitest';
import type { EngineEvent } from '../../src/engine/types.ts';
import { eventLineOf, sentenceWithTime } from '../../src/commands/notifications.ts';
import { plainWords } from '../../src/wording/event-line.ts';
import type { Notice } from '../../src/core/reactor/messages.ts';
import { held, storm, work } from '../helpers/screen-stories.ts';
import { ScreenWorld, WORKSPACE } from '../helpers/view.ts';
import { quoted } from '../helpers/reasons.ts';

const NAMES = {
  workspaces: [{ path: WORKSPACE }, { path: '/srv/ws/billing' }, { path: '/srv/ws/mobile' }],
  asked: (id: string) => (id === 'c-1' ? 'fix the refund CI test' : null),
};

async function heard(
  tell: (world: ScreenWorld) => Promise<void>,
  mode: 'auto' | 'hold' = 'auto',
): Promise<EngineEvent[]> {
  const world = work(await ScreenWorld.started(mode));
  const events: EngineEvent[] = [];
  world.engine.listen((event) => events.push(event));
  await tell(world);
  return events;
}

const spoken = (events: readonly EngineEvent[]) =>
  events.flatMap((event) => sentenceWithTime(event, NAMES)?.replace(/^\d\d:\d\d:\d\d /, '') ?? []);
/** The lines as the screen shows them, without their remedies. */
const lines = (events: readonly EngineEvent[]) =>
  events.flatMap((event) => {
    const words = eventLineOf(event, NAMES);
    return words === null
      ? []
      : [words.parts.map((part) => (typeof part === 'string' ? part : SIGNS[part.sign])).join('')];
  });
const SIGNS = { ok: '✓', failed: '✗', advisory: '△' } as const;
const told = (notice: Notice): readonly string[] => lines([{ type: 'notice', at: AT, notice }]);
/** A time of day on 27 November 2026. */
const AT = new Date(2026, 10, 27, 14, 6, 2).getTime();

test('a storm and its checkpoint are reported from the signal to the snapshot', async () => {
  const events = await heard(async (world) => {
    await storm(world);
    await world.finish();
  });
  expect(spoken(events)).toEqual([
    expect.stringMatching(/^signal retry_storm, critical, agent Hermes: /),
    expect.stringMatching(/^ws: checkpoint running: auto-\d{8}T\d{6}-retry_storm$/),
    expect.stringMatching(/^ws: checkpoint created for retry_storm of Hermes, 0.4 s: auto-\d{8}T\d{6}-retry_storm$/),
    expect.stringMatching(/^retry_storm of Hermes: checkpointed, auto-/),
  ]);
});

test('what an operator does, and what is refused, is answered in a moment', async () => {
  const events = await heard(async ({ engine }) => {
    const id = engine.intents.silence({ matcher: {}, durationMs: 1_000, reason: 'known' });
    engine.intents.unsilence(id);
    engine.intents.veto(WORKSPACE);
    await engine.intents.setMode('hold');
  });
  expect(lines(events)).toEqual([
    expect.stringMatching(/^silenced until \d\d:\d\d: everything \(known\)$/),
    'no longer silenced: everything',
    'ws: ✗ veto refused: nothing is held in this workspace',
    'mode hold',
  ]);
});

test('what is held names how to stop it, and a failure its reason', async () => {
  const world = await held();
  const events: EngineEvent[] = [];
  world.engine.listen((event) => events.push(event));
  world.engine.intents.fire(WORKSPACE);
  await world.finish({ type: 'failed', reason: quoted('no room'), stderr: 'disk full' } as never);
  expect(lines(events)).toEqual([
    expect.stringMatching(/^ws: fired for \S+ of Hermes$/),
    expect.stringMatching(/^ws: ✗ checkpoint failed for \S+ of Hermes: disk full  \(L: remedy\)$/),
  ]);
});

test('a source that is lost goes to the log', async () => {
  const events = await heard(async (world) => {
    world.health({ status: 'lost', detail: { code: 'quoted', text: 'the folder is gone' } });
  });
  expect(lines(events)).toEqual([expect.stringContaining('lost: the folder is gone')]);
});

test('what came of a checkpoint stands in the log behind the wish for it', async () => {
  const events = await heard(async (world) => {
    world.engine.intents.checkpoint(WORKSPACE, {});
    await world.finish();
  });
  expect(lines(events)).toEqual(['ws: checkpoint requested', 'ws: ✓ checkpoint created, 0.4 s']);
});

test('a change of the policy names its author and its duration', async () => {
  const events = await heard(async ({ engine }) => {
    engine.intents.setPolicy({ scope: 'type', name: 'agent_crash' }, 'flag');
    engine.intents.setPolicy({ scope: 'type', name: 'agent_crash' }, null);
  });
  expect(lines(events)).toEqual([
    'policy of agent_crash for this session (type: flag)',
    'policy of agent_crash for this session (type: as configured)',
  ]);
});

test('what an operator did stands in the log, too: an interruption that is resolved, by its name and its source', async () => {
  const feed = { resolve: async () => ({ ok: true, value: null }) as const };
  const world = await ScreenWorld.started('observe', { source: 'http://127.0.0.1:7396', feed });
  const events: EngineEvent[] = [];
  world.engine.listen((event) => events.push(event));
  world.interruption({ agent: 'Cosh', type: 'dead_loop', interruptionId: 'x' });
  await world.engine.intents.resolve('x');
  const words = 'resolved: dead_loop of Cosh at http://127.0.0.1:7396';
  expect(lines(events)).toEqual([words]);
});

describe('an event line names the workspace, what happened, for whom and how much', () => {
  const workspace = '/srv/ws/billing';
  const cause = { signal: 'retry_storm', agent: 'Claude Code', others: 0 };
  const ended = {
    type: 'ended',
    workspace,
    snapshot: 'auto-20261127T140318-retry_storm',
    trigger: 'id',
    exitCode: null,
    stderr: '',
    cause,
  } as const;

  it('a checkpoint that is held, by its worst signal and how many more', () => {
    expect(told({ type: 'held', workspace, trigger: 'id', endsAt: AT, cause: { ...cause, others: 2 } })).toEqual([
      'billing: checkpoint held for retry_storm of Claude Code and 2 more',
    ]);
  });

  it('a checkpoint that was created, its files and how long it took', () => {
    const changed = { files: 23, addedLines: 2, removedLines: 0 };
    expect(told({ ...ended, outcome: 'created', durationMs: 400, changed })).toEqual([
      'billing: ✓ checkpoint created for retry_storm of Claude Code, 23 files, 0.4 s',
    ]);
  });

  it('what it left out, by the first file', () => {
    const reason = { why: 'too_large', count: 1, bytes: 9e8, examples: ['data/dump.sql'] } as const;
    const facts = { cause: null, changed: { files: 22, addedLines: 2, removedLines: 0 }, durationMs: 300 };
    const leftOut = { count: 1, bytes: 9e8, reasons: [reason] };
    expect(told({ ...ended, outcome: 'created', ...facts, leftOut })).toEqual([
      'billing: ✓ checkpoint created, 22 files, 0.3 s; △ 1 left out: data/dump.sql, too large (git.max_file_mb)  (5 shows it)',
    ]);
  });

  it('one that was not made in time, by its largest changes; the remedy stands in the log', () => {
    const largest = ['data/a.bin', 'data/b.bin', 'data/c.bin'].map((path) => ({ path, bytes: 480e6 }));
    const why = { code: 'too_much', files: 3, bytes: 1_440e6, largest, timeoutMs: 10_000, goesOn: true } as const;
    const notice = { ...ended, outcome: 'timed_out', durationMs: 10_004, why } as const;
    expect(told(notice)).toEqual([
      'billing: ✗ no checkpoint within 10 s for retry_storm of Claude Code; largest changes: data/a.bin, data/b.bin, 480 MB each  (L: remedy)',
    ]);
    const words = eventLineOf({ type: 'notice', at: AT, notice }, NAMES);
    expect(words === null ? '' : plainWords(words)).toContain('raise --timeout, or leave files out');
  });

  it('one whose tool did not answer, by its deadline', () => {
    const why = { code: 'timed_out', program: 'ws-ckpt', afterMs: 3_073 } as const;
    expect(told({ ...ended, outcome: 'timed_out', durationMs: 5_458, why })[0]).toContain(
      'billing: ✗ no checkpoint within 3.1 s for retry_storm of Claude Code: ws-ckpt did not answer',
    );
  });

  it('a veto, and what did not come of it', () => {
    expect(told({ type: 'operator', action: 'veto', target: workspace, reason: null, cause })).toEqual([
      'billing: vetoed; retry_storm of Claude Code caused no checkpoint; c takes one',
    ]);
  });

  it('an action with who did it, and nothing of a name but its first characters', () => {
    const by = { user: 'ops', tty: '/dev/pts/3', claimed: true };
    expect(told({ type: 'operator', action: 'veto', target: workspace, reason: null, cause, by })).toEqual([
      'billing: vetoed by ops; retry_storm of Claude Code caused no checkpoint; c takes one',
    ]);
    const long = { ...by, user: `a\u001b[31mb${'c'.repeat(100)}` };
    const [line = ''] = told({ type: 'operator', action: 'mode', target: 'auto', reason: null, by: long });
    expect(line).toMatch(/^mode auto by a\P{Cc}{1,31}$/u);
    const refused = { type: 'refused', action: 'veto', target: workspace, reason: { code: 'nothing_held' } } as const;
    expect(told({ ...refused, by })[0]).toMatch(/^billing: ✗ veto by ops refused: /u);
  });

  const counts = { restored: 7, deleted: 2, attributes: 0, folders: 0, unchanged: 2_332 };
  const snapshotAt = new Date(2026, 10, 27, 13, 2, 44).getTime();
  const rollback = { snapshot: 'manual-1', snapshotAt, counts, changedSince: 0, writers: ['Codex'] };
  const done = { type: 'operator', action: 'rollback', target: '/srv/ws/mobile', reason: null } as const;

  it('a rollback by the time of its checkpoint, its counts and the comparison after it', () => {
    expect(told({ ...done, rollback })).toEqual([
      'mobile: ✓ rolled back to 13:02:44: 7 restored, 2 deleted; compared again: no difference',
    ]);
  });

  it('a rollback that something wrote over, with the agent that does', () => {
    expect(told({ ...done, rollback: { ...rollback, changedSince: 50 } })).toEqual([
      'mobile: rolled back to 13:02:44: 7 restored, 2 deleted; △ 50 files changed since, Codex still writes',
    ]);
  });

  it('a silence by names, not by ids', () => {
    const silence = { id: 's', createdAt: AT, endsAt: AT, createdBy: 'operator', reason: null, heldBack: 0 };
    const one = { type: 'operator', action: 'unsilence', target: 's', reason: null } as const;
    expect(told({ ...one, silence: { ...silence, matcher: { conversation: 'c-1' } } })).toEqual([
      'no longer silenced: conversation fix the refund CI test',
    ]);
    expect(told({ ...one, silence: { ...silence, matcher: { agent: 'Codex', signal: 'dead_loop' } } })).toEqual([
      'no longer silenced: dead_loop of Codex',
    ]);
  });
});
