import type { Scenario } from '../../feeds/demo/script/scenario.ts';
import type { Stage } from '../../feeds/demo/stage.ts';
import type { StopRequests } from './stop.ts';

/** One performance of a scenario. */
export type Show = {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly speed: number;
  readonly stage: Stage;
  readonly requests: StopRequests;
};
