import { bindingOf } from '../../src/ui/app/keymap.ts';
import { availabilityOf } from '../../src/ui/app/key-context.ts';
import type { Person } from './person.ts';

/** What a key over the panes says that it would do now, or `not: ` and why it does nothing. */
export function availabilityAt({ session }: Person, key: string): string {
  const binding = bindingOf('panes', key, {});
  if (!binding) throw new Error(`no key ${key}`);
  const said = availabilityOf(binding, session.context());
  return said.enabled ? [said.label, said.preview].filter(Boolean).join(' ') : `not: ${said.reason}`;
}
