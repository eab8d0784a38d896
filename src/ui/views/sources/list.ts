import { wordSkip } from '../../../wording/records.ts';
import { wordPosition, wordSource } from '../../../wording/sources.ts';
import { HEALTH_STATES } from '../../../core/sources.ts';
import type { SourceView } from '../../../engine/types.ts';
import { byText, listOf } from '../../app/list.ts';
import { pageOfSources } from '../../widgets/dialog.ts';
import { healthName, illSources, skippedOf, sourcesInOrder } from './rows.ts';

/** The sources, the worst first. The state of a source is its health, its type its medium. */
export const SOURCES = listOf<SourceView>({
  name: 'sources',
  title: 'sources',
  rows: ({ view }) => sourcesInOrder(view),
  idOf: ({ health }) => health.uri,
  isTrouble: (source, { view }) => illSources(view).includes(source),
  orders: [
    { name: 'health', compare: null },
    { name: 'name', compare: (a, b) => byText(a.health.uri, b.health.uri) },
    { name: 'lag', compare: (a, b) => (b.health.lagMs ?? -1) - (a.health.lagMs ?? -1) },
    { name: 'skips', compare: (a, b) => skippedOf(b.health.skipped) - skippedOf(a.health.skipped) },
    { name: 'newest event', compare: (a, b) => (b.counts.lastEventAt ?? 0) - (a.counts.lastEventAt ?? 0) },
  ],
  searchFields: (source) => {
    const { uri, medium, status: health, detail, lastSkip } = source.health;
    const details = [wordSource(detail), lastSkip === null ? '' : wordSkip(lastSkip)];
    const text = [uri, medium, health, ...details, source.position && wordPosition(source.position)].join(' ');
    return { text, fields: { id: uri, type: medium, state: `${health} ${healthName(source).text}` } };
  },
  values: { state: [...HEALTH_STATES, 'ended', 'reading'] },
  page: pageOfSources,
});
