import { whereElse, whereToLook } from '../../app/alerts.ts';
import { sourceFacts } from './rows.ts';
import type { Context } from '../../app/bindings.ts';
import { nowOf } from '../../app/frozen.ts';

/** The selected source in words, all that is known of it; where there is none, where one was looked for and what to do. */
export function describeSources({ shown, selected: { source }, view }: Context): readonly string[] {
  const { sources } = shown;
  if (source === null) return [...whereToLook(shown.view), 'escape goes back'];
  const now = nowOf(view);
  return [
    `source ${sources.indexOf(source) + 1} of ${sources.length}: ${source.health.uri}`,
    ...sourceFacts(source, now).map(({ name, words }) => `${name}: ${words}`),
    ...whereElse(source, shown.view),
    'up and down go from source to source, escape goes back',
  ];
}
