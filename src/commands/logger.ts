import { ConfigError } from '../config/error.ts';
import type { TalkConfig } from '../config/config.ts';
import { onDebug } from '../effects/log/debug.ts';
import { type LogFile, openLogFile } from '../effects/log/log-file.ts';
import type { EngineEvent } from '../engine/types.ts';
import { wordFileRemedy, wordWriteCause } from '../wording/files.ts';
import { type LogLevel, setLogFormat } from '../effects/terminal/output.ts';
import { levelOf } from './log-lines.ts';
import { type EventNames, sentenceOf } from './notifications.ts';

/** Writes log messages while a front end runs: to standard error, and to the log file. */
export type Logger = {
  readonly talk: (line: string, level?: LogLevel) => void;
  /** Logs an event: in short on standard error, in full in the file. */
  readonly event: (event: EngineEvent, names: EventNames) => void;
  readonly close: () => void;
};

/**
 * Opens the configured log. `printLine` prints a line for people; null where the screen belongs to a dashboard, which
 * shows them itself. Throws ConfigError where the file cannot be written.
 */
export function openLogger(
  { logFile, logFormat, debug, quiet }: TalkConfig,
  printLine: ((line: string, level: LogLevel) => void) | null,
): Logger {
  setLogFormat(logFormat);
  const file = logFile === null ? null : fileAt(logFile);
  const print = quiet || printLine === null ? (): void => undefined : printLine;
  const write = (level: 'info' | 'debug', line: string): void => file?.write(Date.now(), level, line);
  const talk = (line: string, level: LogLevel = 'info'): void => {
    print(line, level);
    write('info', line);
  };
  const step = (line: string): void => {
    print(line, 'debug');
    write('debug', line);
  };
  const forget = debug ? onDebug(step) : (): void => undefined;
  return {
    talk,
    event: (event, names) => {
      const sentence = sentenceOf(event, names);
      const line = isForPeople(event) ? sentence : null;
      if (line !== null) print(line, levelOf(event));
      if (sentence !== null) write('info', sentence);
    },
    close: () => {
      forget();
      file?.close();
    },
  };
}

// Standard output has the rest.
function isForPeople(event: EngineEvent): boolean {
  if (event.type !== 'notice') return event.type !== 'advisory';
  return event.notice.type === 'refused' || event.notice.type === 'foreign';
}

function fileAt(path: string): LogFile {
  const opened = openLogFile(path);
  if (opened.ok) return opened.value;
  const remedy = wordFileRemedy(opened.reason, 'name another file with --log-file FILE');
  throw new ConfigError(`cannot write the log file ${path}: ${wordWriteCause(opened.reason)}; ${remedy}`);
}
