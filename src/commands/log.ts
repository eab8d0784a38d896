import { ConfigError } from '../config/error.ts';
import type { TalkConfig } from '../config/config.ts';
import { onDebug } from '../effects/log/debug.ts';
import { type LogFile, openLogFile } from '../effects/log/log-file.ts';
import type { EngineEvent } from '../engine/types.ts';
import { talkOf } from './headless/talk.ts';
import { sentenceOf } from './tui/words.ts';

/** What is told to people while a front end runs: on standard error, and in the log file. */
export type Log = {
  readonly talk: (line: string) => void;
  /** Tells what happened: in short where standard output says the rest, in full in the file. */
  readonly heard: (event: EngineEvent) => void;
  readonly close: () => void;
};

/**
 * Opens the configured log. `say` prints a line for people; null where the screen belongs to a dashboard, which tells
 * them itself. Throws ConfigError where the file cannot be written.
 */
export function openLog({ logFile, debug, quiet }: TalkConfig, say: ((line: string) => void) | null): Log {
  const file = logFile === null ? null : fileAt(logFile);
  const print = quiet || say === null ? (): void => undefined : say;
  const write = (level: 'info' | 'debug', line: string): void => file?.write(Date.now(), level, line);
  const talk = (line: string): void => {
    print(line);
    write('info', line);
  };
  const step = (line: string): void => {
    print(line);
    write('debug', line);
  };
  const forget = debug ? onDebug(step) : (): void => undefined;
  return {
    talk,
    heard: (event) => {
      const line = talkOf(event);
      if (line !== null) print(line);
      const sentence = sentenceOf(event);
      if (sentence !== null) write('info', sentence);
    },
    close: () => {
      forget();
      file?.close();
    },
  };
}

function fileAt(path: string): LogFile {
  const opened = openLogFile(path);
  if (opened.ok) return opened.value;
  throw new ConfigError(`the log file cannot be written: ${opened.reason}`);
}
