import type { FormAction } from '../../widgets/scope-form.ts';
import {
  type Binding,
  CLOSE,
  type Context,
  type Named,
  type ScreenAction,
  disabled,
  enabled,
  eraseAvailability,
  viewAction,
  viewBinding,
} from '../bindings.ts';

/** The state of a form that its keys use. */
export type FormOf = {
  readonly enter: Binding;
  readonly cancelHelp: string;
  readonly change: (change: FormAction) => readonly ScreenAction[];
  /** Null while it is not open. */
  readonly formOf: (context: Context) => { readonly choices: number; readonly typed: string } | null;
};

/** Returns the keys of a form that asks what, for how long and why. */
export function formKeys({ enter, cancelHelp, change, formOf }: FormOf): readonly Binding[] {
  const changing = (named: Named, action: FormAction): Binding => viewBinding(named, () => change(action));
  const choosing = (named: Named, by: 1 | -1): Binding => ({
    ...changing(named, { type: 'choice', by }),
    availability: (context) =>
      (formOf(context)?.choices ?? 0) > 1
        ? enabled()
        : disabled('there is nothing else to choose; Tab goes to the next field'),
  });
  const aside = (binding: Binding): Binding => ({ ...binding, footer: false });
  return [
    enter,
    viewBinding({ keys: ['escape'], id: 'cancel', label: 'cancel', help: cancelHelp }, () => viewAction(CLOSE)),
    choosing({ keys: ['j', 'down'], id: 'what', label: 'what', help: 'choose more: the next scope' }, 1),
    aside(
      choosing(
        { keys: ['k', 'up'], id: 'what-before', label: 'what before', help: 'choose less: the scope before' },
        -1,
      ),
    ),
    changing(
      { keys: ['tab'], id: 'next-field', label: 'next field', help: 'go to the next field' },
      { type: 'field', by: 1 },
    ),
    aside(
      changing(
        { keys: ['shift-tab'], id: 'field-before', label: 'previous field', help: 'go to the previous field' },
        { type: 'field', by: -1 },
      ),
    ),
    changing(
      { keys: ['l', 'right'], id: 'choose', label: 'how long', help: 'choose the next duration' },
      { type: 'value', by: 1 },
    ),
    aside(
      changing(
        { keys: ['h', 'left'], id: 'choice-before', label: 'shorter', help: 'choose the duration before' },
        { type: 'value', by: -1 },
      ),
    ),
    {
      ...changing(
        { keys: ['backspace', 'delete'], id: 'erase', label: 'erase', help: 'erase a character' },
        { type: 'erase' },
      ),
      availability: (context) => eraseAvailability(formOf(context)?.typed ?? ''),
    },
  ];
}
