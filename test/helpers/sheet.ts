import { sheetOf } from '../../src/ui/app/views.ts';
import type { Size } from '../../src/ui/app/layout.ts';
import { THEME } from './picture.tsx';
import type { Person } from './person.ts';

/** What lies over the panes, as a person reads it; empty where nothing does. */
export function sheetText(person: Person, size: Size = { columns: 120, rows: 34 }): string {
  const sheet = sheetOf(person.session.context(), size, THEME);
  return (sheet?.lines ?? []).map((line) => line.map(({ text }) => text).join('')).join('\n');
}
