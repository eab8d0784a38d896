import { pagerOf, showInPager } from '../../effects/terminal/pager.ts';
import type { Leaving } from './leaving.ts';

/** Whoever has the terminal, and lends it. */
type Lender = { readonly suspend: (work: () => Promise<void>) => Promise<void> };

export type Paging = {
  /** True while a pager has the terminal. */
  readonly isOn: () => boolean;
  /** Shows a text in the person's pager; false where there is none. */
  readonly show: (text: string, screen: Lender) => Promise<boolean>;
};

/** Lends the terminal to a pager, one at a time. */
export function createPaging({ during }: Pick<Leaving, 'during'>): Paging {
  let on = false;
  return {
    isOn: () => on,
    show: async (text, screen) => {
      const argv = pagerOf(process.env);
      if (argv === null || on) return false;
      on = true;
      let shown = false;
      await screen.suspend(async () => {
        shown = await during(() => showInPager(argv, text));
      });
      on = false;
      return shown;
    },
  };
}
