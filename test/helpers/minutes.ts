import type { AgentView } from '../../src/core/model/types.ts';

/** Leaves out what each minute cost: that of the last hour alone is asked for, and none of its calls is summed up. */
export function withoutMinuteCosts<T extends Pick<AgentView, 'minutes'>>(known: T): T {
  const minutes = known.minutes.map((minute) => {
    const { cost: _, unsureOutput: __, ...plain } = minute;
    return plain;
  });
  return { ...known, minutes };
}
