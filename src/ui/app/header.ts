import type { EngineView } from '../../engine/types.ts';
import { callsPerMinute } from '../../core/model/recent.ts';
import { healthWord, illSources, sightOf } from '../views/sources/rows.ts';
import { type Line, type Part, type Segment, fitParts, lineWidth, say, spread } from '../render/line.ts';
import { clock, duration, tokens } from '../render/values.ts';
import { clip, clipStart } from '../render/width.ts';
import type { Frozen, HeaderProps } from './pane-props.ts';
import type { Theme } from '../render/theme.ts';
import { waitingText } from './frozen.ts';

const GAP = 2;
/** Cells of the filters that are out of sight. */
const MAX_FILTERS = 30;
/** A lag that a person may ignore, ms. */
const SMALL_LAG_MS = 2_000;
/** From this width on there is room for versions. */
const WIDE = 110;

/** The first line: is it live, what is read, how much happens, does it act, on what. */
export function headerLine({ view, now, theme, width, frozen, filters = [] }: HeaderProps): Line {
  const left: readonly Part[] = [
    { rank: 5, line: [say('sightline', 'strong')] },
    { rank: 1, line: [stateOf(view, frozen, theme)] },
    {
      rank: 2,
      line: filters.length === 0 ? [] : [say(clip(filters.join(', '), MAX_FILTERS, theme.glyphs.ellipsis), 'accent')],
    },
    { rank: illSources(view).length > 0 ? 2 : 6, line: sourcesOf(view, Math.max(12, Math.floor(width * 0.3)), theme) },
    { rank: 3, line: [say(`${tokens(callsPerMinute(view.model.fleet.recent, now))} calls/min`)] },
    { rank: 7, line: lagOf(view) },
    { rank: 8, line: skipsOf(view) },
  ];
  const right: readonly Part[] = [
    { rank: 1, line: [modeWords(frozen?.acts ?? view)] },
    { rank: 4, line: targetOf(view, width, theme) },
    { rank: 2, line: [say(clock(now), 'dim')] },
  ];
  const kept = new Set(fitParts([...left, ...right], width - 2 - GAP, GAP));
  const between = say(' '.repeat(GAP));
  const side = (parts: readonly Part[]): Line =>
    parts.filter(({ line }) => kept.has(line)).flatMap(({ line }, at) => (at === 0 ? line : [between, ...line]));
  return spread([say(' '), ...side(left)], [...side(right), say(' ')], width, theme.glyphs);
}

function stateOf(view: EngineView, frozen: Frozen | null, { glyphs }: Theme): Segment {
  if (frozen !== null) {
    return say(`${glyphs.frozen} FROZEN, ${waitingText(frozen)} since`, 'warning');
  }
  switch (sightOf(view).state) {
    case 'blind':
      return say(`${glyphs.unknown} BLIND`, 'critical');
    case 'absent':
      return say(`${glyphs.unknown} NO FEED`, 'critical');
    case 'reading':
      return say(`${glyphs.pending} READING`, 'accent');
    case 'live':
      return say(`${glyphs.active} LIVE`, 'good');
  }
}

// Of several the worst is named, and how many there are.
function sourcesOf(view: EngineView, width: number, { glyphs }: Theme): Line {
  const [only, ...others] = view.sources;
  if (only === undefined) return view.started ? [say('no source', 'critical')] : [];
  const ill = illSources(view);
  const [worst] = ill;
  const named = (uri: string): string => clipStart(uri, width, glyphs.ellipsis);
  if (worst === undefined)
    return [say(others.length === 0 ? named(only.health.uri) : `${others.length + 1} sources`, 'dim')];
  const { text, tone } = healthWord(worst);
  const line: Line = [say(named(worst.health.uri), 'dim'), say(` ${text}`, tone)];
  return others.length === 0 ? line : [...line, say(`, ${ill.length} of ${view.sources.length} ill`, tone)];
}

function lagOf(view: EngineView): Line {
  const { lagMs, state } = sightOf(view);
  if (lagMs === null || state !== 'live') return [];
  return [say(`lag ${duration(lagMs, '')}`, lagMs > SMALL_LAG_MS ? 'warning' : 'dim')];
}

function skipsOf(view: EngineView): Line {
  const { skipped } = sightOf(view);
  return skipped === 0 ? [] : [say(`${tokens(skipped)} skipped`, 'warning')];
}

function targetOf({ workspaces }: EngineView, width: number, { glyphs }: Theme): Line {
  const [only, ...others] = workspaces;
  if (only === undefined) return [say('no workspace', 'warning')];
  const ill = workspaces.filter(({ availability }) => availability.state !== 'available').length;
  if (others.length > 0) {
    return [say(`${workspaces.length} workspaces`), ...(ill === 0 ? [] : [say(` ${glyphs.failed} ${ill}`, 'warning')])];
  }
  const { name, version, state } = only.availability;
  const tool = version === null || width < WIDE ? name : `${name} ${version}`;
  const isThere = state === 'available';
  const head = isThere ? say(tool) : say(`${glyphs.failed} ${tool}`, 'warning');
  const room = Math.max(8, Math.floor(width / 4) - lineWidth([head]) - 3);
  return [head, say(` ${glyphs.arrow} `, 'dim'), say(clipStart(only.path, room, glyphs.ellipsis))];
}

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
