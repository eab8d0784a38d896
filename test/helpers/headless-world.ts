import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentsightWriter, Fields } from './agentsight-writer.ts';
import { type Headless, type HeadlessOptions, startHeadless } from './headless.ts';
import { startWriter } from './sqlite-world.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

/** A feed that is being written, a workspace with a file in it, and a place for the state. */
export type HeadlessWorld = {
  readonly folder: string;
  readonly workspace: string;
  readonly stateDir: string;
  readonly writer: AgentsightWriter;
  /** Follows that feed with that state. */
  readonly start: (args?: readonly string[], options?: HeadlessOptions) => Headless;
  /** Like `start`, but armed for the workspace, with git; waits until it can act. */
  readonly armed: (args?: readonly string[], options?: HeadlessOptions) => Promise<Headless>;
  /** A failed call whose text says why. */
  readonly failedCall: (error: string, fields?: Fields) => Promise<void>;
  /** `count` failed calls in a row without a text, as most are. */
  readonly storm: (conversation: string, count?: number) => Promise<void>;
};

export async function headlessWorld(): Promise<HeadlessWorld> {
  const place = tempDir();
  const [folder, workspace, stateDir] = [join(place, 'feed'), join(place, 'project'), join(place, 'state')];
  mkdirSync(folder);
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'notes.txt'), 'one\n');
  const writer = await startWriter(folder);
  const start: HeadlessWorld['start'] = (args = [], options = {}) =>
    startHeadless(['--source', `sqlite:${folder}`, '--state-dir', stateDir, ...args], options);
  const failedCall = async (error: string, fields: Fields = {}): Promise<void> => {
    const event_json = JSON.stringify({ LLMCall: { call_id: fields['call_id'] ?? 'failed', error } });
    await writer.call({ status_code: 500, event_json, ...fields });
  };
  return {
    folder,
    workspace,
    stateDir,
    writer,
    start,
    armed: async (args = [], options = {}) => {
      const isNew = !existsSync(join(stateDir, 'git'));
      const headless = start(['--arm', '--workspace', workspace, '--checkpointer', 'git', ...args], options);
      await headless.line({ kind: 'started' });
      // Signals wait behind the first, whole snapshot.
      if (isNew) await until(() => headless.errors().includes('first snapshot base-'), 30_000);
      return headless;
    },
    failedCall,
    storm: async (conversation, count = 5) => {
      for (let n = 1; n <= count; n += 1) await writer.call({ status_code: 429, conversation_id: conversation });
    },
  };
}
