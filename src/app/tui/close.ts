import type { Engine } from '../engine/types.ts';

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
  const { workspaces, timeoutMs } = engine.store.getState();
  const running = workspaces.filter(({ run }) => run !== null);
  if (running.length > 0) {
    const names = running.map(({ workspace }) => workspace).join(', ');
    screen.leaving(`leaving when the checkpoint of ${names} is done; q or Ctrl-C once more ends it at once`);
  }
  const overdue = setTimeout(engine.abort, timeoutMs + STOP_SLACK_MS);
  const code = await Promise.race([engine.close(reason).then(() => 0), second]);
  clearTimeout(overdue);
  if (code !== 0) engine.abort();
  return code;
}
