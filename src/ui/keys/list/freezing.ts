import { type Binding, can, look } from '../types.ts';

/** Holds the screen still, and lets it go on. */
export const FREEZE: Binding = {
  keys: ['space'],
  kind: 'look',
  label: 'freeze',
  help: 'freeze the screen, and let it go on; what comes in meanwhile is counted, and the engine goes on acting',
  footer: true,
  hint: ({ view }) => can(view.frozen === null ? '' : 'ends'),
  does: ({ view, live }) => look({ type: 'freeze', view: view.frozen === null ? live : null }),
};
