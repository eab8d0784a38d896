import { cleanLine } from '../core/text.ts';
import type { Ms } from '../core/units.ts';
import { duration } from '../wording/units.ts';

/** Longest line that is shown of another host's event, UTF-16 units. */
const MAX_LINE = 300;

/** An event that is older is no news, ms. */
const FRESH_MS: Ms = 60_000;

type Facts = Readonly<Record<string, unknown>>;

/** Words a line of `sightline.event/1` of a host; null for one that tells nothing new, or that is none. */
export function fleetEventLine(host: string, json: string, now: Ms): string | null {
  let line: unknown;
  try {
    line = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof line !== 'object' || line === null) return null;
  const words = wordsOf(line as Facts);
  return words === null ? null : cleanLine(`${whenOf(line as Facts, now)}${host} ${words}`, MAX_LINE);
}

// What happened before this console looked is shown with its time.
function whenOf({ at }: Facts, now: Ms): string {
  const ms = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  return now - ms > FRESH_MS ? `${new Date(ms).toTimeString().slice(0, 8)} ` : '';
}

// The host may be of another version: each fact is taken as far as it is there.
function wordsOf(line: Facts): string | null {
  const text = (name: string): string => (typeof line[name] === 'string' ? line[name] : '');
  const place = text('workspace').split('/').at(-1) ?? '';
  switch (line['kind']) {
    case 'started':
      return `started in mode ${text('mode')}`;
    case 'stopped':
      return `stopped: ${text('reason')}`;
    case 'source':
      return `${text('uri')} ${text('health')}: ${text('detail')}`;
    case 'signal':
      return line['historical'] === true ? null : `${text('signal')} of ${text('agent') || 'an unknown agent'}`;
    case 'checkpoint':
      // The line of the operator tells it, and who that was.
      if (line['outcome'] === 'vetoed') return null;
      return `${place}: ${checkpointWords(line, text)}`;
    case 'operator': {
      const by = line['by'] as Facts | undefined;
      const who = typeof by?.['user'] === 'string' ? ` by ${by['user']}` : '';
      return `${text('action')} ${text('target')}${who}`;
    }
    default:
      return null;
  }
}

function checkpointWords(line: Facts, text: (name: string) => string): string {
  const took = line['duration_ms'];
  if (line['phase'] !== 'ended') return `checkpoint ${text('phase')}`;
  return `checkpoint ${text('outcome').replace('_', ' ')}${typeof took === 'number' ? `, ${duration(took, '')}` : ''}`;
}
