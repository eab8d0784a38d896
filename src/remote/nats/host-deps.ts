import type { Clock } from '../../effects/clock.ts';
import type { Engine, EngineName } from '../../engine/types.ts';
import type { BrokerOptions } from './broker.ts';
import type { Triage } from './summary.ts';

/** The dependencies of a host on a broker. */
export type FleetHostDeps = {
  readonly engine: Engine;
  readonly name: EngineName;
  /** The token of this host in subjects. */
  readonly host: string;
  readonly broker: BrokerOptions;
  /** Consoles may ask for prompts and answers. */
  readonly content: boolean;
  readonly clock: Clock;
  readonly triage: Triage;
  readonly talk: (line: string) => void;
};
