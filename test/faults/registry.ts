import { readdirSync } from 'node:fs';
import type { Fault } from './fault.ts';

/** Reads every fault of the suite: each `NAME.fault.ts` of this folder exports its `faults`. */
export async function allFaults(): Promise<readonly Fault[]> {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.fault.ts'));
  const modules = await Promise.all(
    files.toSorted().map((name) => import(`./${name}`) as Promise<{ readonly faults: readonly Fault[] }>),
  );
  return modules.flatMap(({ faults }) => faults);
}
