import type { EngineView } from '../../app/engine/types.ts';
import type { Call, Ms, Signal } from '../../core/events.ts';
import { isFailed } from '../../core/model/meters/totals.ts';
import { errorClass } from '../../core/reactor/detect/error-class.ts';
import { callTime } from '../format/time.ts';
import type { Tone } from '../theme.ts';
import { perView } from './per-view.ts';

/** How a call went. */
export type CallWords = { readonly sign: 'ok' | 'failed' | 'pending'; readonly tone: Tone; readonly words: string };

/** A row of the stream: a call, or a checkpoint that was taken between two calls. */
export type StreamRow =
  | { readonly type: 'call'; readonly call: Call }
  | { readonly type: 'mark'; readonly at: Ms; readonly snapshot: string; readonly signal: string };

/** Calls with the checkpoints that were taken for this conversation, oldest first. */
export function streamRows(
  view: EngineView,
  conversationId: string | null,
  calls: readonly Call[],
): readonly StreamRow[] {
  const marks = conversationId === null ? [] : (marksOf(view).get(conversationId) ?? []);
  const rows: StreamRow[] = [];
  let next = 0;
  for (const call of calls) {
    const at = callTime(call);
    for (let mark = marks[next]; mark && mark.at < at; mark = marks[next]) {
      rows.push(mark);
      next += 1;
    }
    rows.push({ type: 'call', call });
  }
  return calls.length === 0 ? rows : [...rows, ...marks.slice(next)];
}

/** How a call went, in words: its error, its tools, or how it finished. */
export function callWords(call: Call): CallWords {
  if (call.status === 'pending') return { sign: 'pending', tone: 'dim', words: `no end yet${kindOf(call)}` };
  if (call.status === 'interrupted') return { sign: 'failed', tone: 'critical', words: because('interrupted', call) };
  if (isFailed(call)) return { sign: 'failed', tone: 'critical', words: because(failure(call), call) };
  return { sign: 'ok', tone: 'good', words: `${answer(call)}${kindOf(call)}` };
}

function failure(call: Call): string {
  const name = errorClass(call.error, call.statusCode);
  return call.statusCode === null ? name : `${call.statusCode} ${name}`;
}

function because(what: string, { error, interruptionType }: Call): string {
  const reason = error ?? interruptionType;
  return reason === null ? what : `${what}: ${reason}`;
}

function answer({ finishReason, tools }: Call): string {
  if (tools.length === 0) return finishReason ?? 'ended';
  return [...Map.groupBy(tools, (tool) => tool)]
    .map(([tool, uses]) => (uses.length === 1 ? tool : `${tool} ×${uses.length}`))
    .join(', ');
}

function kindOf({ kind }: Call): string {
  return kind === 'main' ? '' : ` (${kind.replaceAll('_', ' ')})`;
}

type Mark = StreamRow & { readonly type: 'mark' };

// A checkpoint is marked once, at the first of its conversation's signals that went into it.
const marksOf: (view: EngineView) => ReadonlyMap<string, readonly Mark[]> = perView(({ signals }) => {
  const marks = signals.flatMap(({ signal, fate }) => {
    if (fate === null || !fate.settled || fate.snapshot === null || signal.conversationId === null) return [];
    return [{ conversationId: signal.conversationId, mark: markOf(signal, fate.at, fate.snapshot) }];
  });
  const byConversation = Map.groupBy(marks, ({ conversationId }) => conversationId);
  return new Map([...byConversation].map(([id, of]) => [id, once(of.map(({ mark }) => mark))]));
});

function markOf({ signal }: Signal, at: Ms, snapshot: string): Mark {
  return { type: 'mark', at, snapshot, signal };
}

function once(marks: readonly Mark[]): readonly Mark[] {
  const bySnapshot = new Map(marks.map((mark) => [mark.snapshot, mark]));
  return [...bySnapshot.values()].toSorted((a, b) => a.at - b.at);
}
