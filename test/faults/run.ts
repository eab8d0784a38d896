import { tryFault } from './fault.ts';
import { allFaults } from './registry.ts';

// npm run faults [-- PART OF A NAME]: tries each fault in full and prints the table of tried and held.
const [part = ''] = process.argv.slice(2);
const chosen = (await allFaults()).filter(({ name }) => name.includes(part));
const width = Math.max(5, ...chosen.map(({ name }) => name.length));
console.log(`${'fault'.padEnd(width)}   tried    held      s`);
let failed = 0;
for (const fault of chosen) {
  const { tried, broken, skipped, seconds } = await tryFault(fault, fault.tries.full);
  failed += broken.length;
  const counts = `${String(tried).padStart(6)}  ${String(tried - broken.length).padStart(6)}`;
  const figures = skipped === null ? `${counts}  ${seconds.toFixed(0).padStart(5)}` : `  skipped: needs ${skipped}`;
  console.log(`${fault.name.padEnd(width)}  ${figures}`);
  for (const line of broken.slice(0, 10)) console.log(`  ${line}`);
}
process.exitCode = failed === 0 ? 0 : 1;
