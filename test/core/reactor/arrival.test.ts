import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Call } from '../../../src/core/calls.ts';
import type { Interruption } from '../../../src/core/interruptions.ts';
import { textSignal } from '../../../src/core/reactor/detect/error-text.ts';
import { shardedValues } from '../../../src/core/reactor/sharded-map.ts';
import { callSignalId, interruptionSignalId, stormSignalId } from '../../../src/core/reactor/signals.ts';
import { failedCall, makeCall, makeRow, ns } from '../../helpers/feed-events.ts';
import { World } from '../../helpers/reactor.ts';

const RUNS = { seed: 20_261_123, numRuns: 400 } as const;

type Item = { readonly type: 'call'; readonly call: Call } | { readonly type: 'row'; readonly row: Interruption };
type News = 'live' | 'historical' | 'mixed';

/** What one agent's conversation went through, in order of end; and which of it agentsight wrote a row about. */
const batch = fc
  .array(
    fc.record({
      conversation: fc.constantFrom('c1', 'c1', 'c1', 'c2'),
      kind: fc.constantFrom('failed', 'failed', 'failed', 'failed', 'limited', 'ok', 'interrupted'),
      text: fc.constantFrom(null, null, null, null, null, 'prompt is too long', 'worker crashed'),
      row: fc.constantFrom('none', 'none', 'none', 'named', 'plain'),
    }),
    { minLength: 1, maxLength: 30, size: 'max' },
  )
  .map((happenings) => happenings.flatMap((happening, index) => itemsOf(happening, index + 1)))
  .chain((items) => fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })));

test.each<News>(['live', 'historical', 'mixed'])(
  'whatever the order in which a batch of %s calls and rows arrives, the signals are the same: those that the rule book names',
  (news) => {
    fc.assert(
      fc.property(batch, fc.boolean(), ([items, shuffled], withStorms) => {
        const expected = signalsOf(items);
        const rows = withStorms ? stormsOf(items).map((at) => stormRow(at)) : [];
        expect(read([...items, ...rows], news)).toEqual(expected);
        expect(read([...rows, ...shuffled], news)).toEqual(expected);
      }),
      RUNS,
    );
  },
);

/** All signals that are known after a batch was read: id and type. */
function read(items: readonly Item[], about: News): ReadonlyMap<string, string> {
  const newsOf = new Map<Item, 'live' | 'historical'>();
  const world = World.armed({ maxSignals: 100_000 });
  const calls = new Map<string, Call>();
  for (const [nth, item] of items.toSorted(byEnd).entries()) newsOf.set(item, nth % 3 === 0 ? 'historical' : 'live');
  for (const item of items) {
    const news = about === 'mixed' ? (newsOf.get(item) ?? 'live') : about;
    if (item.type === 'call') {
      calls.set(item.call.callId, item.call);
      world.do({ type: 'call', call: item.call, previous: null, news });
    } else {
      const named = calls.get(item.row.callId ?? '');
      world.do({ type: 'interruption', interruption: item.row, news, calls: named ? [named] : [] });
    }
  }
  world.wait(0).wait(1_000);
  const known = [...world.state.open.values(), ...shardedValues(world.state.settled)];
  return new Map(known.map(({ signal }) => [signal.signalId, signal.type] as const).toSorted(byId));
}

function byEnd(a: Item, b: Item): number {
  const at = (item: Item): bigint => (item.type === 'call' ? (item.call.endNs ?? 0n) : item.row.occurredNs);
  return Number(at(a) - at(b));
}

type Happening = { conversation: string; kind: string; text: string | null; row: string };

function itemsOf({ conversation, kind, text, row }: Happening, ends: number): readonly Item[] {
  const facts = { callId: `call-of-the-feed-${ends}`, ends, conversationId: conversation };
  const bad = { failed: { error: text }, limited: { statusCode: 429, error: text } }[kind];
  const status = kind === 'interrupted' ? 'interrupted' : 'complete';
  const call = bad ? failedCall({ ...facts, ...bad }) : makeCall({ ...facts, status });
  const about = { interruptionId: `i${ends}`, type: 'llm_error', conversationId: conversation, occurredNs: ns(ends) };
  if (row === 'none') return [{ type: 'call', call }];
  return [
    { type: 'call', call },
    { type: 'row', row: makeRow({ ...about, callId: row === 'named' ? facts.callId : null }) },
  ];
}

function stormRow({ conversation, ends }: { conversation: string; ends: bigint }): Item {
  const about = { interruptionId: `storm-${ends}`, type: 'retry_storm', conversationId: conversation };
  return { type: 'row', row: makeRow({ ...about, occurredNs: ends }) };
}

/** The rule book, said again in the plainest way: everything is known and in order. */
function signalsOf(items: readonly Item[]): ReadonlyMap<string, string> {
  const signals: [string, string][] = [];
  const texts = new Map(items.flatMap((item) => (item.type === 'call' ? [[item.call.callId, item.call]] : [])));
  for (const item of items) {
    if (item.type === 'call') {
      const found = textSignal(item.call.error, item.call.statusCode);
      if (found) signals.push([callSignalId(item.call), found.type]);
    } else if (item.row.callId === null) {
      signals.push([interruptionSignalId(item.row.interruptionId ?? ''), item.row.type]);
    } else {
      const call = texts.get(item.row.callId);
      const found = textSignal(call?.error ?? null, call?.statusCode ?? null);
      signals.push([callSignalId({ callId: item.row.callId, startNs: null }), found?.type ?? item.row.type]);
    }
  }
  for (const { conversation, ends } of stormsOf(items)) {
    signals.push([stormSignalId('retry_storm', conversation, ends), 'retry_storm']);
  }
  return new Map(signals.toSorted(byId));
}

function stormsOf(items: readonly Item[]): readonly { conversation: string; ends: bigint }[] {
  const storms: { conversation: string; ends: bigint }[] = [];
  const rows = new Map<string, { same: string; length: number; open: boolean }>();
  for (const item of items) {
    if (item.type !== 'call') continue;
    const { conversationId, status, statusCode, endNs } = item.call;
    const row = rows.get(conversationId ?? '') ?? { same: '', length: 0, open: false };
    const same = status === 'interrupted' || statusCode === 200 ? '' : errorOf(item.call);
    const length = same === '' ? 0 : same === row.same ? row.length + 1 : 1;
    const ended = row.open && status === 'complete' && statusCode === 200;
    const begins = length === 5 && !row.open;
    if (begins) storms.push({ conversation: conversationId ?? '', ends: endNs ?? 0n });
    rows.set(conversationId ?? '', { same, length, open: (row.open && !ended) || begins });
  }
  return storms;
}

function errorOf({ statusCode, error }: Call): string {
  if (error === 'prompt is too long') return 'context_overflow';
  return statusCode === 429 ? 'rate_limit' : 'llm_error';
}

function byId([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
