import { disabled, enabled, viewAction, type Binding } from '../../app/bindings.ts';
import { pagingKeys } from '../../app/keys/closing.ts';
import { overlayView } from '../../app/view.ts';
import { describeSpend, spendSheet } from './render.ts';

/** The binding that opens what is spent. */
const TO_SPEND: Binding = {
  keys: ['$'],
  kind: 'view',
  id: 'spend',
  label: 'spend',
  help: 'spend: by agent, model, day',
  availability: ({ shown: { view } }) => {
    if (view.fleet !== undefined) return disabled('open a host first: each host counts its own');
    if (view.budgets.length > 0) return enabled();
    if (view.pricesDate === null) return disabled('no price is known here');
    return view.model.fleet.spending === undefined ? disabled('no call was billed yet') : enabled();
  },
  run: () => viewAction({ type: 'overlay', overlay: { type: 'spend', page: 0 } }),
};

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly spend: { readonly page: number };
  }
}

/** Money by agent, model, workspace, conversation, day and hour. */
export const spendView = overlayView('spend', {
  title: 'spend',
  shares: 'views',
  isWhole: true,
  bindings: pagingKeys(['escape', '$']),
  openers: [TO_SPEND],
  render: ({ page }, context, size, theme) => spendSheet(page, context, size, theme),
  describe: (_, context) => describeSpend(context),
});
