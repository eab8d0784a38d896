import type { Config } from '../../config/config.ts';
import { complain } from '../../effects/terminal/output.ts';
import { reasonOf } from '../../effects/state/acquire.ts';
import { readHistory, type ReadHistory } from '../../effects/state/history-reader.ts';
import { wordFolderCause } from '../../wording/files.ts';
import { counted } from '../../wording/units.ts';
import { printAnswer, type PrintOptions } from '../acting/answer.ts';
import type { Ms } from '../../core/units.ts';

/**
 * Reads the history of the configured state folder, and complains of what cannot be read; null where there is none, which
 * is printed as the answer.
 */
export function readConfigured(
  { stateDir }: Config,
  { command, json }: Pick<PrintOptions, 'command' | 'json'>,
  since: Ms | null = null,
): ReadHistory | null {
  const none = (reason: string): null => {
    printAnswer({ ok: false, outcome: 'refused', lines: [], reason, code: 'no_history' }, { json, command });
    return null;
  };
  try {
    const read = readHistory(stateDir, since);
    for (const { name, reason } of read.unread)
      complain(`${command}: cannot read ${name} of the history: ${wordFolderCause(reason)}`);
    if (read.skipped > 0)
      complain(
        `${command}: skipped ${counted(read.skipped, 'line')} of the history: torn, damaged or of a newer version`,
      );
    if (read.entries.length > 0) return read;
    return none(`no history in ${stateDir}; the dashboard and headless write it while they run`);
  } catch (error) {
    return none(`cannot read the history in ${stateDir}: ${wordFolderCause(reasonOf(error))}`);
  }
}
