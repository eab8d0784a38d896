import { editedList } from '../view/list/lists.ts';
import { takesText as formTakesText } from '../view/silence-form.ts';
import type { ViewState } from '../view/types.ts';
import type { Place } from './types.ts';

/** Where keys go now. */
export function placeOfKeys(view: ViewState): Place {
  const { overlay } = view;
  if (editedList(view) !== null) return 'filter';
  if (isSearching(view)) return 'search';
  if (overlay.type !== 'none') return overlay.type;
  return 'panes';
}

/** True where typed characters are text: in the filter, the palette, a typed confirmation, and in the text fields of the silence form. */
export function takesText(view: ViewState): boolean {
  const { overlay } = view;
  if (editedList(view) !== null || isSearching(view)) return true;
  if (overlay.type === 'palette' || overlay.type === 'plan') return true;
  return overlay.type === 'silence' && (formTakesText(overlay.form) || overlay.form.field === 'duration');
}

function isSearching({ overlay, detail }: ViewState): boolean {
  if (overlay.type === 'diff') return overlay.sheet.search.editing;
  return overlay.type === 'detail' && detail?.search.editing === true;
}
