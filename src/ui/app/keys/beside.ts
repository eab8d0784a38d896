import type { Overlay } from '../state.ts';
import { EMPTY_INPUT } from '../../widgets/text-input.ts';
import { type Binding, type Context, enabled, viewAction } from '../bindings.ts';

const NOTHING: Overlay = { type: 'none' };

/** Opens the palette over the current view. */
export const COMMANDS: Binding = {
  keys: [':'],
  kind: 'view',
  id: 'commands',
  label: 'commands',
  help: 'every command by name',
  footer: true,
  availability: () => enabled(),
  run: ({ view: { overlay } }) =>
    viewAction({ type: 'overlay', overlay: { type: 'palette', query: '', index: 0, of: lowest(overlay) } }),
};

/** Lists the keys of the current view. */
export const HELP: Binding = {
  keys: ['?'],
  kind: 'view',
  id: 'help',
  label: 'help',
  help: 'all keys of this view',
  footer: true,
  availability: () => enabled(),
  run: ({ view: { overlay } }) =>
    viewAction({ type: 'overlay', overlay: { type: 'help', page: 0, of: lowest(overlay), search: EMPTY_INPUT } }),
};

/** Returns the overlay beneath one that lies over another; none if only the panes are below. */
export function beneath(overlay: Overlay): Overlay {
  return 'of' in overlay && overlay.of !== undefined ? overlay.of : NOTHING;
}

/** The context as if something else lay over the panes. */
export function withOverlay(context: Context, overlay: Overlay): Context {
  const { view, pane, listNamed } = context;
  return { ...context, view: { ...view, overlay }, list: listNamed(overlay.type) ?? pane };
}

/** The context of what help and palette lie over, as if they were closed. */
export function behind(context: Context): Context {
  return withOverlay(context, beneath(context.view.overlay));
}

function lowest(overlay: Overlay): Overlay {
  return overlay.type === 'help' || overlay.type === 'palette' ? overlay.of : overlay;
}
