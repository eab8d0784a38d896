import { HELPER_IDLE_MS, START_MS } from '../limits.ts';
import type { Found } from '../workspace/open.ts';
import { type HelperProcess, startHelper } from './process.ts';
import type { HelperRights, Hello } from './protocol.ts';
import { HelperError } from './reason.ts';
import { rightsFor, situation } from './rights.ts';
import { openSession, type Session } from './session.ts';

/** A helper that is up, for one task. */
export type Up = { readonly session: Session; readonly rights: HelperRights };

/** The one helper of a workspace: started when it is needed, again after it was lost. */
export type Helper = {
  /**
   * Runs a task on the folder that was found, one at a time: the caller sees to that. Throws `HelperError`, what
   * `signal` was aborted with, and what the task throws.
   */
  readonly work: <T>(found: Found, signal: AbortSignal, task: (up: Up) => Promise<T>) => Promise<T>;
  /** Keeps the helper up until `until` aborts; otherwise it ends when it was idle for a while. */
  readonly keep: (until: AbortSignal) => void;
};

type Live = Up & { readonly process: HelperProcess; readonly uid: number | null };

export function createHelper(start: () => Promise<HelperProcess> = startHelper): Helper {
  let live: Live | null = null;
  let keepers = 0;
  let idle: NodeJS.Timeout | undefined;

  const drop = (): void => {
    live?.process.end();
    live = null;
  };
  const rest = (): void => {
    if (live !== null && !live.session.isUsable()) drop();
    if (live === null || keepers > 0) return;
    idle = setTimeout(drop, HELPER_IDLE_MS);
    idle.unref();
  };
  return {
    work: async (found, signal, task) => {
      const uid = rightsFor(found.uid, situation());
      clearTimeout(idle);
      signal.throwIfAborted();
      if (live !== null && (live.uid !== uid || !live.session.isUsable())) drop();
      try {
        live ??= await begin(start, uid, signal);
        const { session, rights } = live;
        return await session.within(signal, () => task({ session, rights }));
      } finally {
        rest();
      }
    },
    keep: (until) => {
      if (until.aborted) return;
      keepers += 1;
      until.addEventListener(
        'abort',
        () => {
          keepers -= 1;
          rest();
        },
        { once: true },
      );
    },
  };
}

/** Starts a helper and waits until it has the rights that it must have. */
async function begin(start: () => Promise<HelperProcess>, uid: number | null, signal: AbortSignal): Promise<Live> {
  const process = await start();
  const session = openSession(process);
  const late = AbortSignal.timeout(START_MS);
  try {
    const rights = await session.within(AbortSignal.any([signal, late]), () => greet(session, uid));
    return { process, session, rights, uid };
  } catch (error) {
    process.end();
    if (late.aborted && !signal.aborted && !(error instanceof HelperError))
      throw new HelperError({ code: 'helper_not_started', detail: `not up within ${START_MS / 1_000} s` });
    throw error;
  }
}

async function greet(session: Session, uid: number | null): Promise<HelperRights> {
  await session.send({ uid } satisfies Hello);
  const { answer } = await session.next();
  if (answer.t === 'error') throw new HelperError({ code: 'rights_not_dropped', uid: uid ?? -1, detail: answer.text });
  if (answer.t !== 'ready') throw session.hostile('no greeting');
  if (uid !== null && answer.uid !== uid) throw session.hostile('other rights than it was to take');
  return { uid: answer.uid, gid: answer.gid, groups: answer.groups };
}
