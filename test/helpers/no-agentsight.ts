import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from './temp-dir.ts';

/** Where agentsight keeps its files, and finds them, whatever the environment says. */
const PATHS = ['/var/log/sysak/.agentsight', '/root/.agentsight', '/tmp/.agentsight', '/etc/agentsight'];

// Namespaces of its own: an empty file system over each of them, and no network with a server on it.
const HIDE = 'for path in $HIDDEN; do mount -t tmpfs none "$path" || exit 99; done; exec "$@"';

/**
 * A node that sees no agentsight on this machine, for tests of what happens without one: `npm test` has to pass where the
 * product is at work. Null where it is installed and cannot be hidden (no namespaces).
 */
export function nodeWithoutAgentsight(): string | null {
  const hidden = PATHS.filter((path) => existsSync(path));
  const flags = process.getuid?.() === 0 ? '-mn' : '-rmn';
  const canHide = process.platform === 'linux' && spawnSync('unshare', [flags, 'true']).status === 0;
  if (!canHide) return hidden.length === 0 ? process.execPath : null;
  const file = join(tempDir(), 'node');
  writeFileSync(
    file,
    `#!/bin/sh\nHIDDEN='${hidden.join(' ')}' exec unshare ${flags} sh -c '${HIDE}' sh '${process.execPath}' "$@"\n`,
  );
  chmodSync(file, 0o755);
  return file;
}
