import { sheetOf } from '../../src/ui/app/views.ts';
import type { Size } from '../../src/ui/render/frame.ts';
import { THEME } from './picture.tsx';
import type { Person } from './person.ts';

/** What lies over the panes, as a person reads it, or what is asked in the last lines; empty where nothing is. */
export function sheetText(person: Person, size: Size = { columns: 120, rows: 34 }): string {
  const { overlay } = person.view();
  if (overlay.type === 'confirm') return [overlay.question, ...overlay.effects].join('\n');
  const sheet = sheetOf(person.session.context(), size, THEME);
  return (sheet?.lines ?? []).map((line) => line.map(({ text }) => text).join('')).join('\n');
}
