import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Builds the helper of the git checkpointer anew, which tests of the sources start as a process of its own. */
export function setup(): void {
  execFileSync('npm', ['run', '-s', 'build:helper'], { cwd: join(import.meta.dirname, '../..'), stdio: 'inherit' });
}
