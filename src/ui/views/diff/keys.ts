import { type Binding, type Context, type Deed, can, look } from '../../app/bindings.ts';
import { readingKeys, search } from '../../widgets/reader/keys.ts';

const BACK = { type: 'overlay', overlay: { type: 'checkpoints' } } as const;

/** The keys of a comparison that is shown over the panes, where there is no pager. */
export const DIFF: readonly Binding[] = [
  ...readingKeys(['down', 'j']),
  {
    keys: ['escape'],
    kind: 'look',
    id: 'back',
    label: 'back',
    help: 'drop the search, then back to the checkpoints',
    footer: true,
    hint: () => can(),
    does: escape,
  },
  {
    keys: ['q', 'enter'],
    kind: 'look',
    id: 'close',
    label: 'close',
    help: 'back to the checkpoints',
    hint: () => can(),
    does: () => look(BACK),
  },
];

function escape(context: Context): readonly Deed[] {
  const { overlay } = context.view;
  const isSearched = overlay.type === 'diff' && overlay.sheet.search.text !== '';
  return isSearched ? search(context, { type: 'drop' }) : look(BACK);
}
