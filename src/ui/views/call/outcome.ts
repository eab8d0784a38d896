import type { ToolOutcome } from '../../../core/story.ts';
import { count, counted } from '../../render/values.ts';

/** Formats how a tool's run ended: its exit code, what it found, the lines that it changed; '' where it only went well. */
export function outcomeText({ failed, exitCode, matches, added, removed }: ToolOutcome): string {
  if (exitCode !== null && exitCode !== 0) return `exit ${exitCode}`;
  if (failed) return 'failed';
  if (matches !== null) return counted(matches, 'match', 'matches');
  if (added !== null && removed !== null && added + removed > 0) return `+${count(added)} −${count(removed)}`;
  return '';
}
