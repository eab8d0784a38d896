import type { Result } from '../../core/result.ts';
import type { Availability, Checkpointer, Outcome, PinControl } from '../../core/snapshots.ts';
import type { PinProblem, WorkspaceLink } from '../../core/folder.ts';
import type { CheckpointerReason, PinReason } from '../../core/checkpointer-reasons.ts';
import type { FolderPin } from './pins.ts';

/** The reason why nothing is done: what is wrong with the folder, or the tool's own reason. */
type Blocked = { readonly reason: CheckpointerReason };

/**
 * A checkpointer that touches the pinned folder only: each probe compares, and whatever reads or writes the workspace
 * compares (or, the first time, pins) before it begins.
 */
export function pinnedCheckpointer(inner: Checkpointer, pin: FolderPin): Checkpointer {
  const { workspace, restore } = inner;
  const about = (problem: PinProblem): PinReason => ({ code: 'pin', problem, workspace, repin: pin.remedy });
  /** Asks ws-ckpt for the link where that is not known; of other tools there is none. */
  const linkNow = async (): Promise<{ readonly link: WorkspaceLink | null } | Blocked> => {
    if (inner.link === undefined) return { link: null };
    const known = inner.link();
    if (known !== null) return { link: known };
    const { reason } = await inner.probe();
    const link = inner.link();
    return link === null ? { reason: reason ?? { code: 'bad_status' } } : { link };
  };
  const taken = async (): Promise<Blocked | null> => {
    const link = await linkNow();
    if ('reason' in link) return link;
    const problem = await pin.take(link.link);
    if (problem === null) return null;
    // What was learned of the link may be older than the link that is there now.
    const isStale = problem.code === 'link_replaced' && (await inner.probe()).state === 'available';
    const again = isStale ? await pin.take(inner.link?.() ?? null) : problem;
    return again === null ? null : { reason: about(again) };
  };
  const unlessBlocked = async <T>(
    act: () => Promise<Result<T, CheckpointerReason>>,
  ): Promise<Result<T, CheckpointerReason>> => {
    const blocked = await taken();
    return blocked === null ? act() : { ok: false, reason: blocked.reason };
  };
  const probe = async (): Promise<Availability> => {
    // The reason of ws-ckpt itself (no daemon, not managed, link gone) has the better remedy.
    const found = await inner.probe();
    if (inner.link !== undefined && found.state !== 'available') return found;
    const problem = await pin.problem(inner.link?.() ?? null);
    if (problem === null || (problem.code === 'folder_missing' && found.state !== 'available')) return found;
    return { ...found, state: 'unavailable', reason: about(problem), problem };
  };
  const control: PinControl = {
    folder: pin.pin,
    identity: pin.identity,
    take: async () => (await taken())?.reason ?? null,
    renew: async () => {
      const link = await linkNow();
      if ('link' in link) await pin.renew(link.link);
    },
    compare: async () => {
      const problem = await pin.problem(null);
      return problem === null ? null : about(problem);
    },
    found: pin.found,
    repin: async (shown) => {
      const { state, reason } = await inner.probe();
      // Not managed (any more) is an answer; no answer is none.
      if (inner.link !== undefined && state === 'unavailable' && reason !== null) return { ok: false, reason };
      return pin.repin(shown, inner.link?.() ?? null);
    },
    adopt: pin.adopt,
  };
  return {
    ...inner,
    pin: control,
    probe,
    prepare: (progress, abort) => unlessBlocked(() => inner.prepare(progress, abort)),
    checkpoint: async (request, options) => {
      const blocked = await taken();
      return blocked === null ? inner.checkpoint({ ...request, workspace: pin.name() }, options) : refused(blocked);
    },
    diff: (from, to, path) => unlessBlocked(() => inner.diff(from, to, path)),
    ...(restore && { restore: (snapshot, paths) => unlessBlocked(() => restore(snapshot, paths)) }),
    rollback: async (snapshot) => {
      const done = await unlessBlocked(() => inner.rollback(snapshot));
      // A ws-ckpt rollback puts another subvolume behind the link.
      await control.renew();
      return done;
    },
  };
}

function refused({ reason }: Blocked): Outcome {
  return { type: 'unavailable', reason, durationMs: 0, exitCode: null, stderr: '' };
}
