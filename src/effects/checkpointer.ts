import type { ChoiceReason } from '../core/reasons.ts';
import type { Availability, Checkpointer, CheckpointerChoice } from '../core/snapshots.ts';
import { commandCheckpointer } from './command.ts';
import { wsCkpt, type WsCkptOptions } from './ws-ckpt/index.ts';
import type { CheckpointerReason } from '../core/checkpointer-reasons.ts';
import type { Result } from '../core/result.ts';

export type Ways = {
  readonly git: (workspace: string) => Checkpointer | Promise<Checkpointer>;
  /** argv of the user's own command. */
  readonly command: readonly string[];
  readonly wsCkpt?: Omit<WsCkptOptions, 'workspace'>;
};

export type Chosen = {
  readonly checkpointer: Checkpointer;
  readonly why: ChoiceReason;
  /** ws-ckpt is there, and would manage the workspace after an init; an explicit choice of another one leaves it out. */
  readonly canInit?: boolean;
};

/**
 * The checkpointer of one workspace, chosen once. `auto` takes ws-ckpt where it is installed and manages the workspace,
 * else git. Any other choice is kept, available or not.
 */
export async function chooseCheckpointer(choice: CheckpointerChoice, workspace: string, ways: Ways): Promise<Chosen> {
  switch (choice) {
    case 'auto':
      return chooseAutomatically(workspace, ways);
    case 'ws-ckpt':
      return { checkpointer: wsCkpt({ workspace, ...ways.wsCkpt }), why: { code: 'chosen', checkpointer: choice } };
    case 'git':
      return { checkpointer: await ways.git(workspace), why: { code: 'chosen', checkpointer: choice } };
    case 'command':
      return {
        checkpointer: commandCheckpointer(workspace, ways.command),
        why: { code: 'chosen', checkpointer: choice },
      };
    case 'none':
      return { checkpointer: noCheckpointer(workspace), why: { code: 'chosen', checkpointer: choice } };
  }
}

async function chooseAutomatically(workspace: string, ways: Ways): Promise<Chosen> {
  const first = wsCkpt({ workspace, ...ways.wsCkpt });
  const { state, version, reason } = await first.probe();
  if (state !== 'available') {
    return {
      checkpointer: await ways.git(workspace),
      why: { code: 'git_instead', why: reason },
      canInit: state === 'unmanaged',
    };
  }
  return { checkpointer: first, why: { code: 'managed', version, workspace } };
}

/** Probes the tools that such a choice needs, about our own folder, which no tool manages. */
export async function askTools(choice: CheckpointerChoice, stateDir: string): Promise<readonly Availability[]> {
  const workspace = import.meta.dirname;
  const git = { workspace, storeDir: stateDir, keep: 1, exclude: null };
  const tools = [
    ...(choice === 'ws-ckpt' || choice === 'auto' ? [wsCkpt({ workspace })] : []),
    ...(choice === 'git' || choice === 'auto' ? [(await import('./git/index.ts')).gitCheckpointer(git)] : []),
  ];
  return Promise.all(tools.map((tool) => tool.probe()));
}

const REASON = { code: 'no_checkpointer' } as const;

/** Makes no snapshots: for watching only. */
export function noCheckpointer(workspace: string): Checkpointer {
  const refused = (): Promise<Result<never, CheckpointerReason>> => Promise.resolve({ ok: false, reason: REASON });
  return {
    name: 'none',
    workspace,
    capabilities: { list: false, diff: false, rollback: false, remove: false },
    probe: () =>
      Promise.resolve({
        state: 'unavailable',
        name: 'none',
        version: null,
        reason: REASON,
        usedRatio: null,
        freeSpaceHint: null,
      }),
    prepare: refused,
    checkpoint: () =>
      Promise.resolve({ type: 'unavailable', reason: REASON, durationMs: 0, exitCode: null, stderr: '' }),
    lookUp: () => Promise.resolve({ type: 'unknown', reason: REASON }),
    list: refused,
    diff: refused,
    rollback: refused,
    remove: refused,
    watch: () => undefined,
  };
}
