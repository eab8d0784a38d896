import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AtMoment, type Folders, openFolders } from '../../../../src/effects/git/helper/child/folder.ts';
import { read, type Read } from '../../../../src/effects/git/helper/child/read.ts';
import { restoreStep } from '../../../../src/effects/git/helper/child/restore.ts';
import { walk } from '../../../../src/effects/git/helper/child/walk.ts';
import type { Step } from '../../../../src/effects/git/helper/protocol.ts';
import type { Entry, LeftOut } from '../../../../src/effects/git/workspace/entry.ts';
import { compileExcludes } from '../../../../src/effects/git/workspace/exclude.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

// The helper's own functions, in this process: what they promise holds whoever they work for. Each swap happens at the
// one moment at which it would do harm.

type Place = {
  readonly workspace: string;
  /** A folder that must never be touched, with `file` in it. */
  readonly private: string;
  readonly at: (path: string) => string;
  readonly open: (atMoment?: AtMoment) => Folders;
  readonly untouched: () => void;
};

function makePlace(): Place {
  const dir = tempDir();
  const workspace = join(dir, 'workspace');
  const other = join(dir, 'private');
  for (const folder of [workspace, other]) mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(other, 'file'), 'private', { mode: 0o600 });
  const now = (): string => {
    const [folder, file] = [lstatSync(other), lstatSync(join(other, 'file'))];
    return `${folder.mode} ${folder.uid} ${readdirSync(other).join()} ${file.mode} ${file.uid} ${readFileSync(join(other, 'file'), 'utf8')}`;
  };
  const before = now();
  const { dev, ino, uid } = statSync(workspace, { bigint: true });
  return {
    workspace,
    private: other,
    at: (path) => join(workspace, path),
    open: (atMoment) =>
      openFolders({ root: workspace, dev: `${dev}`, ino: `${ino}`, uid: Number(uid) }, true, atMoment),
    untouched: () => expect(now()).toBe(before),
  };
}

/** Does `act` once, at the first such moment. */
function once(moment: string, path: string, act: () => void): AtMoment {
  let done = false;
  return (now, at) => {
    if (done || now !== moment || at !== path) return;
    done = true;
    act();
  };
}

function swapForLink(path: string, target: string): void {
  renameSync(path, `${path}.moved`);
  symlinkSync(target, path);
}

function entriesOf(folders: Folders): { readonly entries: readonly Entry[]; readonly leftOut: readonly LeftOut[] } {
  const entries: Entry[] = [];
  const leftOut: LeftOut[] = [];
  walk(folders, compileExcludes([], null), Infinity, {
    entry: (entry) => void entries.push(entry),
    leftOut: (left) => void leftOut.push(left),
    repository: () => undefined,
    alive: () => undefined,
  });
  return { entries, leftOut };
}

function contentOf(folders: Folders, path: string): { what: Read | null; data: string; failed: string | null } {
  const got: { what: Read | null; data: string; failed: string | null } = { what: null, data: '', failed: null };
  const writeBack = { settle: () => true, spentMs: () => 0 };
  read(
    folders,
    path,
    { maxFileBytes: Infinity, expected: null, writeBack },
    {
      small: (what, data) => Object.assign(got, { what, data: data.toString() }),
      begin: () => undefined,
      chunk: (data) => void (got.data += data.toString()),
      end: (what) => void (got.what = what),
      failed: (why) => void (got.failed = why),
      same: () => undefined,
      alive: () => undefined,
    },
  );
  return got;
}

function restoreOne(folders: Folders, step: Step, content = ''): boolean | string {
  try {
    return restoreStep(folders, step, () => Buffer.from(content));
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    folders.close();
  }
}

const OWN = { uid: null, gid: null, mtimeUs: 1_000_000_000_000_000 } as const;

test('a folder that becomes a link while it is walked is not entered', () => {
  const place = makePlace();
  mkdirSync(place.at('a'));
  const folders = place.open(once('found', 'a', () => swapForLink(place.at('a'), place.private)));
  const { entries, leftOut } = entriesOf(folders);
  expect(entries.map(({ path }) => path)).not.toContain('a/file');
  expect(leftOut).toContainEqual({ path: 'a', why: 'vanished', size: 0 });
});

test('a file that becomes a link before it is read gives the link, not what it leads to', () => {
  const place = makePlace();
  writeFileSync(place.at('a'), 'mine');
  const secret = join(place.private, 'file');
  const got = contentOf(place.open(once('found', 'a', () => swapForLink(place.at('a'), secret))), 'a');
  expect(got).toMatchObject({ data: secret, what: { entry: { kind: 'link' } } });
});

test('a folder that becomes a link before a file in it is read leads nowhere', () => {
  const place = makePlace();
  mkdirSync(place.at('a'));
  writeFileSync(place.at('a/file'), 'mine');
  swapForLink(place.at('a'), place.private);
  expect(contentOf(place.open(), 'a/file')).toMatchObject({ what: null, failed: 'vanished' });
});

test('mode and owner of a content are those of the file that was read, not of one that was there before', () => {
  const place = makePlace();
  writeFileSync(place.at('a'), 'set-user-id');
  chmodSync(place.at('a'), 0o4755);
  writeFileSync(place.at('mine'), 'mine', { mode: 0o600 });
  const swap = once('found', 'a', () => renameSync(place.at('mine'), place.at('a')));
  expect(contentOf(place.open(swap), 'a')).toMatchObject({ data: 'mine', what: { entry: { mode: 0o600 } } });
});

test('a folder that becomes a link before a restore writes, deletes or makes something in it is refused', () => {
  const steps: readonly Step[] = [
    { do: 'write', path: 'a/file', size: 4, mode: 0o777, ...OWN },
    { do: 'delete', path: 'a/file' },
    { do: 'make-folder', path: 'a/new' },
    { do: 'link', path: 'a/link', target: '/etc/passwd', mode: 0o777, ...OWN },
    { do: 'set', path: 'a/file', kind: 'file', mode: 0o777, ...OWN },
    { do: 'set', path: 'a', kind: 'folder', mode: 0o777, ...OWN },
    { do: 'hard-link', path: 'a/link', to: 'mine' },
    { do: 'hard-link', path: 'mine', to: 'a/file' },
  ];
  for (const step of steps) {
    const place = makePlace();
    symlinkSync(place.private, place.at('a'));
    writeFileSync(place.at('mine'), 'mine');
    expect(restoreOne(place.open(), step, 'evil')).toMatch(/^(?:ENOTDIR|ELOOP)$/u);
    place.untouched();
  }
});

test('a folder that becomes a link between being opened and being changed keeps the change to itself', () => {
  const place = makePlace();
  mkdirSync(place.at('a'));
  writeFileSync(place.at('a/file'), 'mine');
  const swap = once('found', 'a/file', () => swapForLink(place.at('a'), place.private));
  expect(restoreOne(place.open(swap), { do: 'delete', path: 'a/file' })).toBe(true);
  expect(existsSync(place.at('a.moved/file'))).toBe(false);
  place.untouched();
});

test('a temporary file that becomes a link is not followed: neither mode, owner nor content go through it', () => {
  const place = makePlace();
  writeFileSync(place.at('a'), 'before');
  const swap = once('written', 'a', () => {
    const temporary = readdirSync(place.workspace).find((name) => name.startsWith('.sightline-')) ?? '';
    swapForLink(place.at(temporary), join(place.private, 'file'));
  });
  const step: Step = { do: 'write', path: 'a', size: 4, mode: 0o666, ...OWN };
  expect(restoreOne(place.open(swap), step, 'evil')).toBe('ESTALE');
  place.untouched();
});

test('a file that becomes a link before its mode is set is not followed', () => {
  const place = makePlace();
  writeFileSync(place.at('a'), 'mine');
  const swap = once('found', 'a', () => swapForLink(place.at('a'), join(place.private, 'file')));
  expect(restoreOne(place.open(swap), { do: 'set', path: 'a', kind: 'file', mode: 0o666, ...OWN })).toBe('ESTALE');
  place.untouched();
});

test('a file that becomes a link before it gets another name gives that name to nothing', () => {
  const place = makePlace();
  for (const name of ['a', 'b']) writeFileSync(place.at(name), name);
  const swap = once('found', 'b', () => swapForLink(place.at('a'), join(place.private, 'file')));
  expect(restoreOne(place.open(swap), { do: 'hard-link', path: 'b', to: 'a' })).toBe('ESTALE');
  expect(readFileSync(place.at('b'), 'utf8')).toBe('b');
  place.untouched();
});

test('a restored file gets no set-user-id and no set-group-id bit', () => {
  const place = makePlace();
  restoreOne(place.open(), { do: 'write', path: 'a', size: 4, mode: 0o6755, ...OWN }, 'tool');
  expect(lstatSync(place.at('a')).mode & 0o7777).toBe(0o755);
  restoreOne(place.open(), { do: 'set', path: 'a', kind: 'file', mode: 0o6711, ...OWN });
  expect(lstatSync(place.at('a')).mode & 0o7777).toBe(0o711);
});

test('what fails takes its temporary file along, and the content that came with it', () => {
  const place = makePlace();
  mkdirSync(place.at('a/full'), { recursive: true });
  const folders = place.open();
  const chunks = [Buffer.from('12'), Buffer.from('34')];
  expect(() =>
    restoreStep(
      folders,
      { do: 'write', path: 'a', size: 4, mode: 0o644, ...OWN },
      () => chunks.shift() ?? Buffer.alloc(0),
    ),
  ).toThrow(/EISDIR|ENOTEMPTY|EEXIST/u);
  expect(chunks).toEqual([]);
  expect(readdirSync(place.workspace)).toEqual(['a']);
});

test('another folder under the path is refused before anything of it is opened', () => {
  const place = makePlace();
  renameSync(place.workspace, `${place.workspace}.bak`);
  symlinkSync(place.private, place.workspace);
  expect(() => place.open()).toThrow(/ENOTDIR|ELOOP/u);
  rmSync(place.workspace);
  mkdirSync(place.workspace);
  expect(() => place.open()).toThrow('another folder');
});

test.skipIf(process.getuid?.() !== 0)('a folder with another owner than it had is refused', () => {
  const place = makePlace();
  chownSync(place.workspace, 12_345, 12_345);
  expect(() => place.open()).toThrow('another folder');
});
