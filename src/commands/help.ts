import { ConfigError, quote } from '../config/error.ts';
import { didYouMean } from '../config/suggest.ts';
import { manualTopics, readManual } from '../effects/manual.ts';
import { outputTerminal, print } from '../effects/terminal/output.ts';
import { pagerOf, showInPager } from '../effects/terminal/pager.ts';
import { EXIT } from './exit-codes.ts';

/** Returns true for the name of a topic of the manual. */
export function isTopic(name: string): boolean {
  return manualTopics().includes(name);
}

/**
 * Shows a topic of the manual, in a pager on a terminal. Resolves to the exit code; rejects with ConfigError where there
 * is no such topic.
 */
export async function runHelp(topic: string): Promise<number> {
  const topics = manualTopics();
  if (!topics.includes(topic)) {
    throw new ConfigError(
      `no command or topic ${quote(topic)}${didYouMean(topic, topics)}; topics: ${topics.join(', ')}`,
    );
  }
  const text = readManual(topic);
  const pager = outputTerminal() === null ? null : pagerOf(process.env);
  if (pager === null || !(await showInPager(pager, text))) print(text);
  return EXIT.done;
}
