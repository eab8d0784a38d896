import { type Action, type Binding, type Context, enabled, viewAction } from '../../app/bindings.ts';
import { readingKeys, search } from '../../widgets/reader/keys.ts';

const BACK = { type: 'overlay', overlay: { type: 'checkpoints' } } as const;

/** The bindings of a diff that is shown over the panes if there is no pager. */
export const DIFF: readonly Binding[] = [
  ...readingKeys(['down', 'j']),
  {
    keys: ['escape'],
    kind: 'view',
    id: 'back',
    label: 'back',
    help: 'clear the search, then go back to the checkpoints',
    footer: true,
    availability: () => enabled(),
    run: escape,
  },
  {
    keys: ['q', 'enter'],
    kind: 'view',
    id: 'close',
    label: 'close',
    help: 'go back to the checkpoints',
    availability: () => enabled(),
    run: () => viewAction(BACK),
  },
];

function escape(context: Context): readonly Action[] {
  const { overlay } = context.view;
  const isSearched = overlay.type === 'diff' && overlay.sheet.search.text !== '';
  return isSearched ? search(context, { type: 'drop' }) : viewAction(BACK);
}
