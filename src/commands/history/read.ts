import type { Config } from '../../config/config.ts';
import { complain } from '../../effects/terminal/output.ts';
import { reasonOf } from '../../effects/state/acquire.ts';
import { readHistory, type ReadHistory } from '../../effects/state/history-reader.ts';
import { wordFolderCause } from '../../wording/files.ts';
import type { Ms } from '../../core/units.ts';

/** Reads the history of the configured state folder, and complains of what cannot be read; null where there is none. */
export function readConfigured({ stateDir }: Config, command: string, since: Ms | null = null): ReadHistory | null {
  try {
    const read = readHistory(stateDir, since);
    for (const { name, reason } of read.unread)
      complain(`${command}: cannot read ${name} of the history: ${wordFolderCause(reason)}`);
    if (read.skipped > 0)
      complain(`${command}: skipped ${read.skipped} lines of the history that are torn, damaged or of a newer version`);
    if (read.entries.length > 0) return read;
    complain(`${command}: no history in ${stateDir}; the dashboard and headless write it while they run`);
  } catch (error) {
    complain(`${command}: cannot read the history in ${stateDir}: ${wordFolderCause(reasonOf(error))}`);
  }
  return null;
}
