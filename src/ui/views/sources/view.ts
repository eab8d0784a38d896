import { healthName, illSources } from './rows.ts';
import { counted } from '../../render/values.ts';
import { FILTER, FREEZE, ORDER } from '../../app/keys/lists.ts';
import { OLDER } from '../../app/keys/older.ts';
import { STEPPING } from '../../app/keys/moving.ts';
import { type Binding, disabled, enabled, viewAction } from '../../app/bindings.ts';
import { backFrom } from '../../app/keys/closing.ts';
import { overlayView } from '../../app/view.ts';
import { SOURCES } from './list.ts';
import { describeSources, sourcesSheet } from './render.ts';

/** The bindings of the view of sources. */
const SOURCE_KEYS: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'view',
    id: 'open',
    label: 'open',
    help: 'conversations of the source',
    footer: true,
    availability: ({ selected: { source } }) => {
      if (source === null) return disabled('no source is selected');
      return source.counts.calls === 0
        ? disabled('no call received from this source yet')
        : enabled('its conversations', 'conversations', '');
    },
    run: ({ selected: { source } }) => {
      if (source === null) return [];
      const text = `source:"${source.health.uri}"`;
      return [
        ...viewAction({ type: 'overlay', overlay: { type: 'none' } }),
        ...viewAction({ type: 'into', pane: 'conversations' }),
        ...viewAction({ type: 'filter', change: { type: 'set', of: 'conversations', text } }),
      ];
    },
  },
  FILTER,
  ORDER,
  FREEZE,
  OLDER,
  {
    keys: ['y'],
    kind: 'view',
    id: 'copy-URI',
    label: 'copy URI',
    help: 'copy the URI (OSC 52)',
    footer: true,
    availability: ({ selected }) => (selected.source === null ? disabled('no source is selected') : enabled()),
    run: ({ selected: { source } }) =>
      source === null ? [] : [{ type: 'copy', text: source.health.uri, what: 'URI' }],
  },
  ...STEPPING,
  backFrom('7'),
];

/** The binding that opens the sources. */
const TO_SOURCES: Binding = {
  keys: ['7'],
  kind: 'view',
  id: 'sources',
  label: 'sources',
  help: 'sources',
  footer: true,
  availability: ({ shown: { view } }) => {
    const ill = illSources(view);
    const [worst] = ill;
    const count = view.sources.length;
    if (worst === undefined) return enabled(counted(count, 'source'));
    return enabled(count === 1 ? healthName(worst).text : `${ill.length} of ${count} ill`);
  },
  run: () => viewAction({ type: 'overlay', overlay: { type: 'sources' } }),
};

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly sources: unknown;
  }
}

/** The sources of the feed and how they are. */
export const sourcesView = overlayView('sources', {
  title: 'sources',
  list: SOURCES,
  shares: 'views',
  isWhole: true,
  bindings: SOURCE_KEYS,
  openers: [TO_SOURCES],
  render: (_, context, size, theme) => sourcesSheet(context, size, theme),
  describe: (_, context) => describeSources(context),
});
