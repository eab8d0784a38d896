import { describe, expect, test } from 'vitest';
import type { Action, ActionResult } from '../../../src/core/actions.ts';
import type { HistoryEntry } from '../../../src/core/history/entry.ts';
import { explain, type Explanation, type Found } from '../../../src/core/history/explain.ts';
import { saveCore } from '../../../src/core/history/snapshot.ts';
import { wordExplanation } from '../../../src/wording/history.ts';
import { RULES } from '../../helpers/engine-config.ts';
import { recorded } from '../../helpers/recorded-history.ts';
import { AVAILABLE, World, WS } from '../../helpers/reactor.ts';

const ANN = { user: 'ann', tty: 'pts/3', claimed: false } as const;
const GRANTED: ActionResult = { ok: true, value: { code: 'accepted', target: '' } };

/** A world whose history is read at any moment, with the actions of operators. */
class Told {
  readonly world: World;
  readonly #initial: World['state'];
  readonly #actions: { readonly before: number; readonly entry: HistoryEntry }[] = [];

  constructor(world = World.armed()) {
    this.world = world;
    this.#initial = world.state;
    this.world.inputs.length = 0;
  }

  acts(action: Action, result = GRANTED): void {
    const entry = { type: 'action', ...this.world.now, action: { ...action, by: ANN }, result } as const;
    this.#actions.push({ before: this.entries().length, entry });
  }

  entries(): readonly HistoryEntry[] {
    const entries: HistoryEntry[] = [...recorded(this.#initial, this.world.inputs)];
    for (const { before, entry } of this.#actions) entries.splice(before, 0, entry);
    return entries;
  }

  explain(id: string): Explanation {
    const found = explain(this.entries(), id);
    if (found.type !== 'one') throw new Error(`${id}: ${found.type}`);
    return found.explanation;
  }

  /** The explanation in words: a line for each row. */
  words(id: string): readonly string[] {
    const sections = wordExplanation(this.explain(id), (at) => `+${at - (this.world.inputs[0]?.at ?? 0)}`);
    return sections.flatMap(({ title, rows }) => [title, ...rows.map(([label, text]) => `${label}: ${text}`)]);
  }
}

test('tells what was seen, the rule, the settings, what waited, the answer and the snapshot', () => {
  const told = new Told();
  const { world } = told;
  const first = world.call({ callId: 'c1-0123456789abcdef', error: 'worker crashed', statusCode: 500 });
  world.wait(5);
  const second = world.crash();
  world.wait(35).created();
  world.wait(30_000).wait(20).fails();
  const snapshot = world.spawns[0]?.snapshot ?? '';
  expect(told.words(first)).toEqual([
    `Signal ${first}  agent_crash, critical`,
    expect.stringMatching(/^raised: \+0, agent \(pid 7\), conversation /u),
    "because: the call's error: crash",
    'evidence: call c1-0123456789abcdef',
    `workspace: ${WS}`,
    'rule: agent_crash → checkpoint  (default)',
    'settings: mode auto, debounce 30 s, no countdown',
    'waiting: no other signal of the workspace',
    `fate: +40 checkpointed: checkpoint ${snapshot} created in 13 ms`,
    `Checkpoint ${snapshot}`,
    `taken: +0, automatic, for 1 signal, named after ${first.slice(0, 12)}`,
    `workspace: ${WS}`,
    'answer: created in 13 ms, exit 0',
  ]);
  const words = told.words(second);
  expect(words).toContain(`waiting: agent_crash ${first.slice(0, 12)}`);
  expect(words).toContain('at first: +5 coalesced, waits: waits for the running checkpoint');
  expect(words).toContainEqual(expect.stringMatching(/^fate: \+30060 failed: /u));
  expect(words).toContainEqual(expect.stringMatching(/^answer: failed after 13 ms, exit 1: /u));
  expect(words).toContain('output: no luck');
  expect(told.explain(snapshot)).toMatchObject({
    subject: { type: 'snapshot', id: snapshot },
    signals: [{ signal: { signalId: first } }],
    run: { kind: 'auto', outcome: { type: 'created' } },
  });
});

describe('operators', () => {
  test('what was done while it waited is told with who; what was done elsewhere or before is not', () => {
    const told = new Told();
    const { world } = told;
    told.acts({ type: 'mode', mode: 'auto' });
    world.wait(1_000);
    const id = world.crash();
    world.wait(1_000);
    told.acts({ type: 'veto', workspace: '/elsewhere' });
    told.acts({ type: 'policy', target: { scope: 'type', name: 'llm_error' }, action: 'flag' });
    told.acts({ type: 'checkpoint', workspace: WS, reason: 'now' }, { ok: false, reason: { code: 'manual_queued' } });
    world.created().wait(1_000);
    told.acts({ type: 'mode', mode: 'observe' });
    expect(told.explain(id).actions.map(({ action }) => action.type)).toEqual(['checkpoint']);
    expect(told.words(id).at(-1)).toMatch(
      new RegExp(`^\\+1000: ann on pts/3: checkpoint of ${WS} \\(now\\): refused: `, 'u'),
    );
  });

  test('a configuration that was read again while it waited', () => {
    const told = new Told();
    const { world } = told;
    const id = world.crash();
    world.wait(10).do({ type: 'rules', rules: RULES, from: '/etc/sightline.json', changes: 'debounce 5 s' });
    world.wait(10).created();
    expect(told.words(id).at(-1)).toBe('+10: the program itself: reload of /etc/sightline.json: debounce 5 s: granted');
  });

  test('the silence that held it back, though it was set before', () => {
    const told = new Told();
    const { world } = told;
    const silence = { type: 'silence', id: 'quiet', matcher: {}, durationMs: 60_000, reason: 'lunch' } as const;
    told.acts(silence);
    world.do(silence).wait(5_000);
    const id = world.crash();
    expect(told.words(id).at(-1)).toBe('+0: ann on pts/3: silence everything for 1 min (lunch): granted');
  });

  test('what names it or its snapshot at any time, of a kind that is not known, too', () => {
    const told = new Told();
    const { world } = told;
    const id = world.crash();
    world.wait(40).created().wait(600_000);
    const snapshot = world.spawns[0]?.snapshot ?? '';
    told.acts({ type: 'rollback', workspace: WS, snapshot });
    told.acts({ type: 'ack', scope: { ids: [id] }, durationMs: null, note: 'seen' });
    told.acts({ type: 'praise', whom: id, stars: 5 } as unknown as Action);
    const words = told.words(id).slice(-3);
    expect(words[0]).toContain(`rollback workspace ${WS} snapshot ${snapshot}: granted`);
    expect(words[1]).toContain(`acknowledge ${id} (seen): granted`);
    expect(words[2]).toContain(`praise whom ${id} stars 5: granted`);
  });
});

test('finds a signal by its beginning; what is too short or unknown is none', () => {
  const told = new Told();
  const first = told.world.crash();
  expect(told.explain(first.slice(0, 12)).subject.id).toBe(first);
  expect(explain(told.entries(), first.slice(0, 3))).toEqual({ type: 'none' });
  expect(explain(told.entries(), 'auto-nothing')).toEqual({ type: 'none' });
});

test('names the snapshots that begin with what was given', () => {
  const told = new Told();
  const { world } = told;
  for (let nth = 0; nth < 2; nth += 1) {
    world.crash();
    world.wait(40).created().wait(60_000);
  }
  const ids = world.spawns.map(({ snapshot }) => snapshot);
  expect(explain(told.entries(), 'auto-2026')).toEqual({ type: 'several', ids });
});

test('asks which of the workspaces is meant that have a snapshot of one id', () => {
  const workspaces = { agents: { a: '/a', b: '/b' }, processes: {}, fallback: null };
  const told = new Told(World.armed({ workspaces }, 'auto', ['/a', '/b']));
  const { world } = told;
  const ids = ['a', 'b'].map((agent) => world.crash({ agent }));
  world.wait(40).created('/a').created('/b');
  const snapshot = world.spawns[0]?.snapshot ?? '';
  expect(world.spawns.map((one) => one.snapshot)).toEqual([snapshot, snapshot]);
  told.acts({ type: 'rollback', workspace: '/b', snapshot });
  expect(explain(told.entries(), snapshot)).toEqual({ type: 'workspaces', workspaces: ['/a', '/b'] });
  expect(explain(told.entries(), snapshot, '/elsewhere')).toMatchObject({ type: 'workspaces' });
  const of = (workspace: string): Found => explain(told.entries(), snapshot, workspace);
  expect(of('/a')).toMatchObject({ explanation: { run: { workspace: '/a', signals: [ids[0]] }, actions: [] } });
  expect(of('/b')).toMatchObject({
    explanation: { run: { workspace: '/b', signals: [ids[1]] }, actions: [{ action: { type: 'rollback' } }] },
  });
});

test('what a killed run had not written of a fate is told by the next one, that keeps it', () => {
  const told = new Told();
  const { world } = told;
  const id = world.crash();
  const written = told.entries();
  world.wait(40).created();
  const { world: next } = world.restarted(world.at + 1_000);
  next.do({ type: 'availability', workspace: WS, availability: AVAILABLE });
  const opening = {
    type: 'opening',
    format: 1,
    why: 'start',
    lost: 0,
    ...next.now,
    state: saveCore(next.state, 50),
  } as const;
  const found = explain([...written, opening], id);
  expect(found).toMatchObject({
    type: 'one',
    explanation: { signals: [{ fates: [{ fate: { kind: 'checkpointed' } }] }] },
  });
});
