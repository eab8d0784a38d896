import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Up } from './helper/helper.ts';
import type { HelperRights } from './helper/protocol.ts';
import type { Rights, Step } from './helper/protocol.ts';
import { type Done, doSteps, type StepWithContent } from './helper/tasks.ts';
import { CHUNK_BYTES } from './limits.ts';
import type { BytePath } from './workspace/byte-path.ts';
import type { ManifestEntry } from './workspace/manifest.ts';
import type { Found } from './workspace/open.ts';
import { type RestorePlan, settableOwner } from './workspace/restore-plan.ts';

export type Failure = { readonly path: BytePath; readonly code: string };

/** The result of a restore: files and links written, permissions or owners alone set right, files and links deleted. */
export type Restored = {
  readonly written: number;
  readonly modes: number;
  readonly deleted: number;
  /** Folders that were made or removed. */
  readonly folders: number;
  readonly failures: readonly Failure[];
  /** The reason why it ended before its last step; null where it did not. */
  readonly broken: unknown;
};

/**
 * Has a plan carried out, which goes on after a failure, so that as much as possible is as it was. `contentOf` names the
 * file that has the content of an object.
 */
export async function restore(
  { session, rights }: Up,
  found: Found,
  plan: RestorePlan,
  contentOf: (oid: string) => string,
): Promise<Restored> {
  const done = { written: 0, modes: 0, deleted: 0, folders: 0 };
  const failures: Failure[] = [];
  const onDone = (result: Done): void => {
    const { step } = result;
    if ('error' in result) failures.push({ path: step.path, code: result.error });
    else if (result.changed) count(step);
  };
  const count = (step: Step): void => {
    switch (step.do) {
      case 'delete':
        done.deleted += 1;
        break;
      case 'delete-folder':
      case 'make-folder':
        done.folders += 1;
        break;
      case 'set':
        // The time of a folder changes with what is restored in it.
        done.modes += step.kind === 'folder' && !plan.changedFolders.has(step.path) ? 0 : 1;
        break;
      case 'write':
      case 'link':
      case 'hard-link':
        done.written += 1;
    }
  };
  let broken: unknown = null;
  try {
    await doSteps(session, found, stepsOf(plan, rights, contentOf), onDone);
  } catch (error) {
    broken = error;
  }
  return { ...done, failures, broken };
}

async function* stepsOf(
  plan: RestorePlan,
  rights: HelperRights,
  contentOf: (oid: string) => string,
): AsyncGenerator<StepWithContent, void> {
  for (const { path } of plan.deletions) yield { step: { do: 'delete', path } };
  for (const { path } of plan.folderDeletions) yield { step: { do: 'delete-folder', path } };
  for (const { path } of plan.folders) yield { step: { do: 'make-folder', path } };
  for (const entry of plan.contents) if (entry.oid !== null) yield contentStep(entry, rights, contentOf(entry.oid));
  for (const { path, to } of plan.hardLinks) yield { step: { do: 'hard-link', path, to } };
  for (const entry of [...plan.modes, ...plan.folders.toReversed()])
    yield { step: { do: 'set', path: entry.path, kind: entry.kind, ...rightsOf(entry, rights) } };
}

async function contentStep(entry: ManifestEntry, rights: HelperRights, file: string): Promise<StepWithContent> {
  const { path, kind } = entry;
  const given = rightsOf(entry, rights);
  if (kind === 'link') return { step: { do: 'link', path, target: await readFile(file, 'latin1'), ...given } };
  const { size } = await stat(file);
  const content = createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
  return { step: { do: 'write', path, size, ...given }, content };
}

function rightsOf(entry: ManifestEntry, rights: HelperRights): Rights {
  return { mode: entry.mode, mtimeUs: entry.mtimeUs, ...settableOwner(entry, rights) };
}
