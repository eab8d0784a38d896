import type { EngineView } from '../../engine/types.ts';
import type { SilenceView } from '../../core/reactor/silences/view.ts';
import { type Line, say } from '../format/line.ts';
import { counted } from '../format/numbers.ts';
import { clock } from '../format/time.ts';

/** Signals that are named of one silence. */
const MAX_NAMED = 5;

/** What a silence held back: how many checkpoints that would have been, and the latest signals. */
export function withheldLines({ withheld, wouldHaveFired, silence }: SilenceView, view: EngineView): readonly Line[] {
  if (silence.heldBack === 0) return [[say('It has held nothing back so far.', 'dim')]];
  const times = counted(wouldHaveFired, 'time');
  const head = `It held back ${counted(silence.heldBack, 'signal')}: would have fired ${times}.`;
  const named = withheld.slice(0, MAX_NAMED).flatMap((id) => {
    const record = view.signals.find(({ signal }) => signal.signalId === id);
    if (record === undefined) return [];
    const { at, signal, agent, cause } = record.signal;
    return [[say(`${clock(at)} ${signal} ${agent ?? ''}`), say(` ${cause}`, 'dim')]];
  });
  const more = silence.heldBack - named.length;
  return [[say(head, 'warning')], ...named, ...(more > 0 ? [[say(`and ${counted(more, 'earlier one')}`, 'dim')]] : [])];
}
