import type { EngineView } from '../../../engine/types.ts';
import type { Segment } from '../../format/line.ts';

/** The mode as a word; whether this engine acts is the first thing that a person wants to know of it. */
export function modeWords({ mode, readOnly }: Pick<EngineView, 'mode' | 'readOnly'>): Segment {
  if (readOnly) return { text: 'READ-ONLY', tone: 'accent' };
  switch (mode) {
    case 'observe':
      return { text: 'OBSERVE', tone: 'accent' };
    case 'hold':
      return { text: 'ARMED hold', tone: 'warning' };
    case 'auto':
      return { text: 'ARMED auto', tone: 'good' };
  }
}
