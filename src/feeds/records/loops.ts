/** Loops of tools: five equal (tool, arguments, result) in a row in one conversation. A poll whose result changes is none. */
import { textDetail } from '../../core/interruptions.ts';
import type { Ms } from '../../core/units.ts';
import type { InterruptionItem, ItemSink } from './provider.ts';
import { canonicalText, digestOf } from './values.ts';

/** Equal steps in a row that make a loop (contract, section 7). */
const LOOP_STEPS = 5;
/** Tools of one conversation that are under way at a time; more are no longer followed. */
const MAX_OPEN_TOOLS = 256;

export type Loops = {
  /** A tool was called. */
  readonly called: (id: string, name: string, input: unknown) => void;
  /** It ended; `at` is Unix ms. */
  readonly ended: (id: string, result: unknown, at: Ms) => void;
  /** A person went on: what was repeated before is over. */
  readonly turn: () => void;
};

/** Follows the tools of one conversation and puts an interruption for each loop. */
export function createLoops(sink: ItemSink, conversationId: string): Loops {
  const open = new Map<string, { readonly name: string; readonly input: string }>();
  let last = '';
  let equal = 0;
  let loop: InterruptionItem | null = null;
  const over = (): void => {
    if (loop !== null) sink.put({ ...loop, resolved: true });
    loop = null;
  };
  return {
    turn: () => {
      last = '';
      over();
    },
    called: (id, name, input) => {
      if (open.size < MAX_OPEN_TOOLS) open.set(id, { name, input: digestOf(canonicalText(input)) });
    },
    ended: (id, result, at) => {
      const tool = open.get(id);
      if (tool === undefined) return;
      open.delete(id);
      const text = typeof result === 'string' ? result : canonicalText(result);
      const step = `${tool.name}\n${tool.input}\n${digestOf(text)}`;
      equal = step === last ? equal + 1 : 1;
      last = step;
      if (equal === 1) over();
      if (equal !== LOOP_STEPS) return;
      loop = {
        type: 'interruption',
        key: `loop:${id}`,
        conversationId,
        at,
        interruption: 'dead_loop',
        severity: 'critical',
        resolved: false,
        detail: textDetail(`${LOOP_STEPS} times in a row ${tool.name} with the same arguments and result`),
      };
      sink.put(loop);
    },
  };
}
