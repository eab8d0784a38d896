import type { CheckpointerName } from '../../core/snapshots.ts';
import type { Ms } from '../../core/units.ts';
import { INIT_MS, ROLLBACK_MS } from '../../effects/ws-ckpt/limits.ts';
import type { Run } from '../../core/reactor/types.ts';
import type { Engine } from '../../engine/types.ts';

/** Past the checkpoint deadline leaving may take this long, ms; then children are ended. */
const STOP_SLACK_MS = 1_600;

export type Closing = {
  readonly reason: string;
  readonly screen: { readonly leaving: (text: string) => void };
  /** Exit code of a second wish to leave. */
  readonly second: Promise<number>;
};

/** Closes the engine, saying what is waited for; a second wish ends what runs at once. Resolves to the exit code. */
export async function closeEngine(engine: Engine, { reason, screen, second }: Closing): Promise<number> {
  engine.commit();
  const { workspaces, timeoutMs, at } = engine.store.getState();
  const running = workspaces.flatMap(({ workspace, run, availability }) =>
    run === null ? [] : [{ workspace, run, checkpointer: availability.name }],
  );
  if (running.length > 0) {
    screen.leaving(waitsFor(running, at));
  }
  const overdue = setTimeout(engine.abort, timeoutMs + STOP_SLACK_MS);
  const code = await Promise.race([engine.close(reason).then(() => 0), second]);
  clearTimeout(overdue);
  if (code !== 0) engine.abort();
  return code;
}

type Running = { readonly workspace: string; readonly run: Run; readonly checkpointer: CheckpointerName };

/** What is waited for, for how long at most, and what a second wish would do. */
export function waitsFor(running: readonly Running[], now: Ms): string {
  const what = running.map((one) => `${nameOf(one)} (${longest(one, now)})`).join(', ');
  return `leaving when it is done: ${what}; q or Ctrl-C once more ${afterwards(running)}`;
}

function nameOf({ workspace, run }: Running): string {
  switch (run.kind) {
    case 'auto':
    case 'manual':
      return `the checkpoint of ${workspace}`;
    case 'baseline':
      return `the first, whole snapshot of ${workspace}`;
    case 'rollback':
      return `the rollback of ${workspace} to ${run.snapshot}`;
    case 'init':
      return `ws-ckpt init of ${workspace}`;
  }
}

function longest({ run, checkpointer }: Running, now: Ms): string {
  const end = run.deadlineAt ?? endOfWork(run, checkpointer);
  if (run.kind === 'baseline') return 'it is being ended';
  if (end === null) return 'as long as copying the files takes';
  const seconds = Math.max(1, Math.ceil((end - now) / 1_000));
  return seconds < 100 ? `at most ${seconds} s more` : `at most ${Math.ceil(seconds / 60)} min more`;
}

// Git brings files back one by one, however many there are.
function endOfWork({ kind, startedAt }: Run, checkpointer: CheckpointerName): Ms | null {
  if (kind === 'init') return startedAt + INIT_MS;
  return kind === 'rollback' && checkpointer === 'ws-ckpt' ? startedAt + ROLLBACK_MS : null;
}

// The daemon of ws-ckpt goes on without us; what git does is done by us.
function afterwards(running: readonly Running[]): string {
  const works = running.filter(({ run }) => run.kind === 'rollback' || run.kind === 'init');
  if (works.length === 0) return 'ends it at once';
  return works.some(({ checkpointer, run }) => checkpointer !== 'ws-ckpt' && run.kind === 'rollback')
    ? 'ends it half way, with some files restored and others not'
    : 'leaves it to the daemon, which goes on';
}
