import type { Overlay } from '../state.ts';
import { type Binding, type Context, can, look } from '../bindings.ts';

const NOTHING: Overlay = { type: 'none' };

/** Opens the palette over whatever one is in. */
export const COMMANDS: Binding = {
  keys: [':'],
  kind: 'look',
  id: 'commands',
  label: 'commands',
  help: 'every command by name: type some letters of it, Enter runs it',
  footer: true,
  hint: () => can(),
  does: ({ view: { overlay } }) =>
    look({ type: 'overlay', overlay: { type: 'palette', query: '', place: 0, of: lowest(overlay) } }),
};

/** Lists the keys of whatever one is in. */
export const HELP: Binding = {
  keys: ['?'],
  kind: 'look',
  id: 'help',
  label: 'help',
  help: 'all keys of where one is, and what each would do now',
  footer: true,
  hint: () => can(),
  does: ({ view: { overlay } }) => look({ type: 'overlay', overlay: { type: 'help', page: 0, of: lowest(overlay) } }),
};

/** What help or palette lie over; nothing where only the panes are below, or neither is open. */
export function beneath(overlay: Overlay): Overlay {
  return overlay.type === 'help' || overlay.type === 'palette' ? overlay.of : NOTHING;
}

/** The place that help and palette lie over, as if they were closed. */
export function behind(context: Context): Context {
  return { ...context, view: { ...context.view, overlay: beneath(context.view.overlay) } };
}

function lowest(overlay: Overlay): Overlay {
  return overlay.type === 'help' || overlay.type === 'palette' ? overlay.of : overlay;
}
