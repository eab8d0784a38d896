import { MIN_COLUMNS, MIN_ROWS } from './layout.ts';
import { type Availability, type Binding, type Context, disabled } from './bindings.ts';

/** Returns what a key would do now; while the screen is frozen, with what has changed by now of what it goes by. */
export function withChange(availability: Availability, context: Context): Availability {
  const change = changeOf(context);
  if (change === '') return availability;
  if (!availability.enabled) return { ...availability, reason: `${availability.reason} (${change})` };
  return { ...availability, preview: `${availability.preview} (${change})`.trimStart() };
}

// Keys act on what is true now; the person sees what was true then.
function changeOf({ live, view: { frozen }, target: { workspace } }: Context): string {
  if (frozen === null) return '';
  if (frozen.mode !== live.mode) return `the mode is ${live.mode} by now`;
  const then = frozen.workspaces.find((one) => one.path === workspace?.path);
  if (workspace === null || then === undefined || then.status.state === workspace.status.state) return '';
  return `by now ${workspace.status.state.replaceAll('_', ' ')}, not ${then.status.state.replaceAll('_', ' ')}`;
}

/** Returns what a binding would do now; with `--read-only` nothing acts, nor does what is out of sight in a small window. */
export function availabilityOf(
  binding: Pick<Binding, 'kind' | 'availability' | 'guarded'>,
  context: Context,
): Availability {
  const { live, layout, view } = context;
  if (binding.kind === 'act' && live.readOnly) return disabled('read-only: start without --read-only to act');
  const acts = binding.kind === 'act' || binding.guarded === true;
  if (acts && layout.type === 'line' && view.overlay.type !== 'none') {
    return disabled(`what it is about is not shown: the window needs ${MIN_COLUMNS}x${MIN_ROWS}`);
  }
  const availability = binding.availability(context);
  return binding.kind === 'act' ? withChange(availability, context) : availability;
}

const ASCII = /^[\u0020-\u007e]+$/;

const KEY_NAMES: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  enter: 'Enter',
  escape: 'Esc',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  space: 'space',
  backspace: 'Backspace',
  delete: 'Del',
};

/** A key as people call it; in letters where the theme draws in ASCII. */
export function keyLabel(key: string, ascii = false): string {
  const control = /^ctrl-(.)$/.exec(key)?.[1];
  if (control !== undefined) return `Ctrl-${control.toUpperCase()}`;
  const name = KEY_NAMES[key] ?? key;
  if (!ascii || ASCII.test(name)) return name;
  return key === 'enter' ? 'Enter' : key.charAt(0).toUpperCase() + key.slice(1);
}
