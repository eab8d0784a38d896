import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { makePlace, treeOf } from './place.ts';
import { removeTree } from '../../helpers/temp-dir.ts';

type Step =
  | { readonly type: 'file'; readonly path: string; readonly content: string; readonly mode: number }
  | { readonly type: 'link'; readonly path: string; readonly target: string }
  | { readonly type: 'folder'; readonly path: string; readonly mode: number }
  | { readonly type: 'delete'; readonly path: string };

// Few names, so that kinds collide; some that git minds.
const name = fc.constantFrom('a', 'b', '-c', 'd e', '.gitignore', 'ü\n');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('file' as const),
      path,
      content: fc.string({ unit: 'binary', maxLength: 40 }),
      mode: fc.constantFrom(0o644, 0o600, 0o755, 0o400),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('link' as const),
      path,
      target: fc.constantFrom('a', '../b', '/etc', 'nowhere'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('folder' as const), path, mode: fc.constantFrom(0o755, 0o700) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), path }) },
);

/** Does what it can of a step: whatever stands in the way of a path goes. */
function apply(root: string, change: Step): void {
  const parts = change.path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const parent = join(root, ...parts.slice(0, depth));
    if (lstatSync(parent, { throwIfNoEntry: false })?.isDirectory() === true) continue;
    rmSync(parent, { force: true });
    mkdirSync(parent);
  }
  const target = join(root, ...parts);
  removeTree(target);
  if (change.type === 'file') writeFileSync(target, change.content);
  if (change.type === 'folder') mkdirSync(target);
  if (change.type === 'link') symlinkSync(change.target, target);
  if (change.type === 'file' || change.type === 'folder') chmodSync(target, change.mode);
}

test('whatever happens between snapshots, a rollback brings back each of them exactly', async () => {
  const phase = fc.array(step, { minLength: 1, maxLength: 12 });
  const property = fc.asyncProperty(phase, phase, phase, async (...phases) => {
    const place = makePlace();
    place.write('always', 'there');
    const states: ReadonlyMap<string, string>[] = [];
    for (const [index, steps] of phases.entries()) {
      for (const change of steps) apply(place.workspace, change);
      states.push(treeOf(place.workspace));
      await place.snapshot(`auto-${index}`);
    }
    for (const index of [0, 2, 1]) {
      expect(await place.checkpointer.rollback(`auto-${index}`)).toMatchObject({ ok: true });
      expect(treeOf(place.workspace)).toEqual(states[index]);
    }
  });
  await fc.assert(property, { numRuns: 15 });
}, 120_000);
