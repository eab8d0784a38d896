import { flushOutput, printLines } from '../../../effects/terminal/output.ts';
import type { Stage } from '../../../feeds/demo/stage.ts';
import type { DemoEvent } from '../event.ts';
import { EMPTY_RECORDING, record, type Recording } from '../recording.ts';
import { formatLine, timelineLine } from './timeline.ts';

/** Prints the timeline while it happens, and remembers it for the summary. */
export type Reporter = {
  readonly hear: (event: DemoEvent) => void;
  readonly recording: () => Recording;
  /** Lines without a time. */
  readonly print: (lines: readonly string[]) => void;
  /** Resolves when everything printed has left us. */
  readonly flush: () => Promise<void>;
};

/** Writes to standard output; the stage's own directory is left out of the text. */
export function createReporter(stage: Stage): Reporter {
  const startedAt = performance.now();
  let recording = EMPTY_RECORDING;
  return {
    print: printLines,
    recording: () => recording,
    hear: (event) => {
      recording = record(recording, event);
      const line = timelineLine(event);
      if (line === null) return;
      const text = line.text.replaceAll(`${stage.workspaces}/`, '').replaceAll(`${stage.root}/`, '');
      printLines([formatLine({ ...line, text }, (performance.now() - startedAt) / 1_000)]);
    },
    flush: async () => {
      await flushOutput();
    },
  };
}
