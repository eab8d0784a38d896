import { expect, test } from 'vitest';
import { tryFault } from './fault.ts';
import { allFaults } from './registry.ts';

// The short run of the fault suite; `npm run faults` is the full one.
const faults = await allFaults();
for (const fault of faults) {
  test(`holds: ${fault.name}`, async ({ skip }) => {
    const report = await tryFault(fault, fault.tries.short);
    if (report.skipped !== null) {
      console.log(`skipped, needs ${report.skipped}: ${fault.name}`);
      skip();
    }
    console.log(`fault ${report.seconds.toFixed(1)} s, ${report.tried} tries: ${fault.name}`);
    expect(report.broken).toEqual([]);
  });
}

test('each fault has a name of its own', () => {
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
});
