import { resolve } from 'node:path';
import type { PinMove } from '../../core/done.ts';
import {
  type FolderIdentity,
  type OwnedFolder,
  type Pin,
  type PinProblem,
  type WorkspaceLink,
} from '../../core/folder.ts';
import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import type { Result } from '../../core/result.ts';
import { shellWord } from '../../core/text.ts';
import { wordPinChange } from '../../wording/folders.ts';
import { doubt, inspect, type Inspected, unprintable } from './inspect.ts';
import type { PinChange, PinRecord, PinStore } from './store.ts';
import { userName } from './accounts.ts';

/** A file system that has not answered by then is not waited for, ms: a FUSE mount may never answer. */
const ANSWER_MS = 2_000;

/** The pin of a workspace's folder: which folder it must be, and whether it still is. */
export type FolderPin = {
  /** Returns what the workspace is to be opened by: the name that it had when it was pinned. */
  readonly name: () => string;
  /** The command line that pins it again. */
  readonly remedy: string;
  /** The pin as it is kept; null before the first. */
  readonly pin: () => Pin | null;
  /** The folder of this run, to be opened; null until it was pinned in this run. */
  readonly identity: () => FolderIdentity | null;
  /** Returns why the folder must not be touched; null where it may be. `link` is what ws-ckpt reports of it, null for a plain folder. */
  readonly problem: (link: WorkspaceLink | null) => Promise<PinProblem | null>;
  /** The same; a folder that is fine and not pinned yet is pinned. */
  readonly take: (link: WorkspaceLink | null) => Promise<PinProblem | null>;
  /** Takes the folder that we have changed ourselves (by ws-ckpt: a rollback, an init) as the pinned one from now on. */
  readonly renew: (link: WorkspaceLink | null) => Promise<void>;
  /** Returns what pinning it again would pin; null where there is no folder, or none that may ever be pinned. */
  readonly found: () => Promise<FolderIdentity | null>;
  /** Pins the folder that the operator was shown; reports what changed. */
  readonly repin: (shown: FolderIdentity, link: WorkspaceLink | null) => Promise<Result<PinMove, CheckpointerReason>>;
  /** Takes over what another process (`doctor --repin`) has pinned; returns what changed, null where nothing did. */
  readonly adopt: () => PinMove | null;
};

/** The pins of all configured workspaces. */
export type Pins = {
  /** The name of the workspace that a configured path stands for: the one that it was pinned by, else its canonical path. */
  readonly nameOf: (path: string) => Promise<string>;
  /** The pin of a workspace by its name. */
  readonly of: (name: string) => FolderPin;
};

export function createPins(store: PinStore, now: () => number): Pins {
  const paths = new Map<string, Set<string>>();
  const pins = new Map<string, FolderPin>();
  return {
    nameOf: async (path) => {
      const configured = resolve(path);
      const kept = store.read(configured);
      const name = kept?.name ?? (await nameNow(configured));
      paths.set(name, (paths.get(name) ?? new Set()).add(configured));
      return name;
    },
    of: (name) => {
      const known = pins.get(name) ?? folderPin(name, [...(paths.get(name) ?? [name])], store, now);
      pins.set(name, known);
      return known;
    },
  };
}

// A name that cannot be shown stays the one that was configured; the pin refuses what it leads to.
async function nameNow(configured: string): Promise<string> {
  const { name } = await inspect(configured);
  return unprintable(name) === null ? name : configured;
}

function folderPin(workspace: string, paths: readonly string[], store: PinStore, now: () => number): FolderPin {
  const [first = workspace] = paths;
  let record: PinRecord | null = null;
  /** The record with its owner's name: the same object while nothing changed. */
  let shown: Pin | null = null;
  const setRecord = (next: PinRecord | null): void => {
    record = next;
    shown = next === null ? null : { ...next, user: userName(next.uid) };
  };
  setRecord(store.read(first));
  let identity: FolderIdentity | null = null;
  let pending: Promise<readonly Inspected[]> | null = null;

  /** All paths of the workspace, looked at one at a time; null where the file system does not answer. */
  const inspectAll = async (): Promise<readonly Inspected[] | null> => {
    // One unanswered question is enough: each holds a thread of the pool.
    const question = (pending ??= Promise.all(paths.map(inspect)).finally(() => (pending = null)));
    return withinTime(question);
  };
  const problemOf = async (
    seen: readonly Inspected[] | null,
    link: WorkspaceLink | null,
  ): Promise<PinProblem | null> => {
    const unseen = seen === null ? ({ code: 'no_answer', path: workspace } as const) : firstUnprintable(seen);
    if (seen === null || unseen !== null) return unseen;
    if (record === null) return firstProblem(seen, workspace);
    return changeOf(seen, { record, identity, link });
  };
  const keep = (seen: Inspected, folder: FolderIdentity, link: WorkspaceLink | null, by: PinChange['by']): void => {
    const { from, to } = moveOf(shown, folder);
    const changes = [...(record?.changes ?? []), { at: now(), by, words: wordPinChange(from, to) }];
    const { path, uid, gid } = folder;
    const byHand = by === 'operator' || (record?.byHand ?? false);
    const next = { name: seen.name, path, uid, gid, link, at: now(), byHand, changes };
    setRecord(next);
    identity = folder;
    for (const configured of paths) store.write(configured, next);
  };
  const take: FolderPin['take'] = async (link) => {
    const seen = await inspectAll();
    const problem = await problemOf(seen, link);
    const [one] = seen ?? [];
    if (problem !== null || one === undefined || one.folder === null) return problem;
    if (record === null) keep(one, one.folder, link, 'arming');
    identity ??= one.folder;
    return null;
  };
  return {
    name: () => record?.name ?? workspace,
    remedy: repinLine(first, store.stateDir),
    pin: () => shown,
    identity: () => identity,
    problem: async (link) => problemOf(await inspectAll(), link),
    take,
    renew: async (link) => {
      const [one] = (await inspectAll()) ?? [];
      if (record === null || link === null || one === undefined || one.folder === null) return;
      // Another process may have swapped the link meanwhile: then the next probe reports it.
      const isOurs = record.link === null || (isSameLink(record.link, link) && one.folder.path === record.path);
      if (isOurs) keep(one, one.folder, link, 'arming');
    },
    found: async () => {
      const [one] = (await inspectAll()) ?? [];
      if (one === undefined || one.folder === null) return null;
      return unprintable(one.folder.path) === null && unprintable(one.name) === null ? withOwner(one.folder) : null;
    },
    repin: async (named, link) => {
      const [one] = (await inspectAll()) ?? [];
      if (one === undefined || one.folder === null || !isSame(one.folder, named)) {
        return { ok: false, reason: { code: 'not_the_shown', workspace } };
      }
      const change = moveOf(shown, one.folder);
      keep(one, one.folder, link, 'operator');
      return { ok: true, value: change };
    },
    adopt: () => {
      const kept = store.read(first);
      if (kept === null || !kept.byHand || kept.at === record?.at) return null;
      const change = moveOf(shown, kept);
      setRecord(kept);
      identity = null;
      return change;
    },
  };
}

function firstUnprintable(seen: readonly Inspected[]): PinProblem | null {
  for (const one of seen) {
    const odd = unprintable(one.folder?.path ?? one.name);
    if (odd !== null) return odd;
  }
  return null;
}

async function withinTime<T>(question: Promise<T>): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), ANSWER_MS);
  try {
    return await Promise.race([question, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Of a folder that is not pinned yet. */
async function firstProblem(seen: readonly Inspected[], workspace: string): Promise<PinProblem | null> {
  for (const one of seen) {
    if (one.folder === null) continue;
    // It led to the workspace's name when we started.
    if (one.name !== workspace)
      return {
        code: 'folder_replaced',
        pinned: withOwner({ path: workspace, uid: one.folder.uid }),
        found: withOwner(one.folder),
        link: true,
      };
    const problem = await doubt(one);
    if (problem !== null) return problem;
  }
  return null;
}

type Expected = {
  readonly record: PinRecord;
  readonly identity: FolderIdentity | null;
  readonly link: WorkspaceLink | null;
};

function withOwner<T extends OwnedFolder>(folder: T): T & { readonly user: string | null } {
  return { ...folder, user: userName(folder.uid) };
}

function moveOf(from: OwnedFolder | null, to: OwnedFolder): PinMove {
  return { from: from && ownedOf(from), to: ownedOf(to) };
}

function ownedOf({ path, uid }: OwnedFolder): OwnedFolder {
  return withOwner({ path, uid });
}

function changeOf(seen: readonly Inspected[], { record, identity, link }: Expected): PinProblem | null {
  const pinned = ownedOf(record);
  for (const { folder, links } of seen) {
    if (folder === null) return { code: 'folder_missing', pinned };
    const found: OwnedFolder = { path: folder.path, uid: folder.uid };
    const isAnother = identity !== null && record.link === null && !isSame(folder, identity);
    if (folder.path !== record.path || isAnother) {
      return { code: 'folder_replaced', pinned, found, link: folder.path !== record.path && links.length > 0 };
    }
    if (folder.uid !== record.uid) return { code: 'owner_changed', pinned, found };
  }
  if (isSameLink(link, record.link)) return null;
  return { code: 'link_replaced', pinned: record.link, found: link };
}

function isSameLink(one: WorkspaceLink | null, other: WorkspaceLink | null): boolean {
  return one?.target === other?.target && one?.id === other?.id;
}

function isSame(one: FolderIdentity, other: FolderIdentity): boolean {
  return one.path === other.path && one.dev === other.dev && one.ino === other.ino && one.uid === other.uid;
}

/** The command line that pins a configured path again, in the state folder that holds the pin. */
function repinLine(configured: string, stateDir: string): string {
  return `sightline doctor --repin ${shellWord(configured)} --state-dir ${shellWord(stateDir)}`;
}
