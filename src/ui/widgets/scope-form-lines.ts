import { type Line, type Segment, chip, span } from '../render/line.ts';
import type { Theme } from '../render/theme.ts';
import { clipStart } from '../render/width.ts';
import { DIALOG_INNER } from './dialog.ts';
import { type FormField, type ScopeForm, isTyped } from './scope-form.ts';

type Form = ScopeForm<{ readonly label: string; readonly isWide?: true }>;

/** Cells of the name of a field. */
const NAME_WIDTH = 11;

/** Returns the sign before the chosen scope. */
export function chosenSign({ ascii }: Theme): string {
  return ascii ? '(*)' : '(•)';
}

/** Names a field; the current one is marked. */
export function nameOfField(form: Form, field: FormField, name: string, { glyphs }: Theme): Segment {
  const isOn = form.field === field;
  return span(`${isOn ? glyphs.selected : ' '} ${name}`.padEnd(NAME_WIDTH + 2), isOn ? 'accent' : 'plain');
}

/** Draws the choices of how long. */
export function lengthLine(form: Form, theme: Theme): Line {
  return form.lengths.flatMap(({ label }, at): Line => {
    const gap = at === 0 ? [] : [span(' ')];
    if (at !== form.preset) return [...gap, span(` ${label} `)];
    const typed = isTyped(form) ? ` ${form.customDuration}${form.field === 'duration' ? '_' : ''}` : '';
    return [...gap, ...chip(`${label}${typed}`, theme)];
  });
}

/** Draws the typed reason, its end at the least. */
export function reasonLine({ reason, field }: Form, { glyphs }: Theme): Segment {
  const text = `${reason}${field === 'reason' ? '_' : ''}`;
  return span(clipStart(text, DIALOG_INNER - NAME_WIDTH - 2, glyphs.ellipsis));
}

/** Describes the fields of a form; `problem` ends with a separator. */
export function describedForm(form: Form): Readonly<Record<'scope' | 'duration' | 'reason' | 'problem', string>> {
  const { scopes, scope, preset, lengths, customDuration, reason, problem } = form;
  const label = scope === null ? 'nothing chosen' : (scopes[scope]?.label ?? '');
  return {
    scope: `${label}, ${scope === null ? `${scopes.length} choices` : `choice ${scope + 1} of ${scopes.length}`}`,
    duration: isTyped(form) ? `other, ${customDuration || 'empty'}` : (lengths[preset]?.label ?? ''),
    reason: reason || 'none',
    problem: problem === null ? '' : `${problem}; `,
  };
}
