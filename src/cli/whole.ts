/** The whole program as one script (`build/whole.ts`), and what keeps it compiled. */
export { main } from './main.ts';
export { withDefaultFlags } from '../effects/memory.ts';
