import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Guest, GuestRefusal } from '../../../src/core/guest.ts';
import { type Invitation, inviteGuest, startGuest } from '../../../src/effects/guest/guest.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const IS_ROOT = process.getuid?.() === 0;
const US = process.geteuid?.() ?? 0;
/** A user that this machine does not know. */
const NOBODY_KNOWN = 54_321;

/** A workspace, and an editor that notes its arguments and its environment. */
function given() {
  const dir = tempDir();
  const workspace = join(dir, 'ws');
  mkdirSync(join(workspace, 'sub'), { recursive: true });
  writeFileSync(join(workspace, 'sub', '-file'), '');
  const editor = join(dir, 'editor.sh');
  writeFileSync(editor, `#!/bin/sh\nprintf '%s\\n' "$@" > ${dir}/args\nenv > ${dir}/env\npwd > ${dir}/pwd\nexit 4\n`);
  chmodSync(editor, 0o755);
  const guest: Guest = { workspace, folder: null, file: null };
  const read = (name: string): string => readFileSync(join(dir, name), 'utf8');
  return { dir, workspace, editor, guest, read };
}

const ENV = {
  TERM: 'xterm',
  LANG: 'C.UTF-8',
  PATH: `relative:${process.env['PATH'] ?? ''}`,
  SIGHTLINE_TOKEN: 'secret',
};

async function refusalOf(guest: Guest): Promise<GuestRefusal['code'] | null> {
  const invited = await inviteGuest(guest, { env: ENV });
  return invited.ok ? null : invited.reason.code;
}

/** What our own user's process is started with; root's own folder is refused before it comes to that. */
function own({ workspace, editor }: ReturnType<typeof given>, file: string): Invitation {
  const { dev, ino } = statSync(workspace, { bigint: true });
  const folder = { path: workspace, dev: String(dev), ino: String(ino), uid: US };
  const mine = { editor: [editor, '--wait'], path: ENV.PATH, term: ENV.TERM, lang: ENV.LANG };
  return { owner: folder, script: null, request: { uid: null, folder, name: workspace, file, ...mine } };
}

async function visit(invitation: Invitation) {
  const [input, output] = [openSync('/dev/null', 'r'), openSync('/dev/null', 'w')];
  try {
    return await startGuest(invitation, { input, output }).ended;
  } finally {
    closeSync(input);
    closeSync(output);
  }
}

describe('a guest is let into a folder', () => {
  test('that is there, and none that is another one than was pinned', async () => {
    const { guest, workspace } = given();
    if (IS_ROOT) chownSync(workspace, NOBODY_KNOWN, NOBODY_KNOWN);
    const uid = IS_ROOT ? NOBODY_KNOWN : US;
    expect(await refusalOf(guest)).toBe(null);
    expect(await refusalOf({ ...guest, folder: { path: workspace, uid } })).toBe(null);
    expect(await refusalOf({ ...guest, folder: { path: workspace, uid: uid + 1 } })).toBe('replaced_folder');
    expect(await refusalOf({ ...guest, folder: { path: `${workspace}2`, uid } })).toBe('replaced_folder');
    expect(await refusalOf({ ...guest, workspace: join(workspace, 'absent') })).toBe('no_folder');
  });

  test.runIf(IS_ROOT)("as its owner alone: root's own is refused, and so is a link of a stranger's to it", async () => {
    const { guest, workspace, dir } = given();
    expect(await refusalOf(guest)).toBe('root_folder');
    const link = join(dir, 'link');
    symlinkSync(workspace, link);
    expect(await refusalOf({ ...guest, workspace: link })).toBe('root_folder');
    chownSync(workspace, NOBODY_KNOWN, NOBODY_KNOWN);
    const invited = await inviteGuest(guest, { env: { ...ENV, EDITOR: 'evil' } });
    // Nothing of root's choice goes along.
    expect(invited).toMatchObject({ ok: true, value: { request: { uid: NOBODY_KNOWN, editor: null, path: null } } });
  });

  test.skipIf(IS_ROOT)("as ourselves alone: another user's is refused", async () => {
    expect(await refusalOf({ ...given().guest, workspace: '/' })).toBe('foreign_folder');
  });

  test('at a file below it, named absolutely or from there', async () => {
    const { guest, workspace } = given();
    if (IS_ROOT) chownSync(workspace, NOBODY_KNOWN, NOBODY_KNOWN);
    const fileOf = async (file: string): Promise<string | null> => {
      const invited = await inviteGuest({ ...guest, file }, { env: ENV });
      return invited.ok ? invited.value.request.file : invited.reason.code;
    };
    expect(await fileOf('sub/-file')).toBe('sub/-file');
    expect(await fileOf(join(workspace, 'sub/-file'))).toBe('sub/-file');
    for (const file of ['../x', '/etc/passwd', 'sub/../../x', workspace, 'un�readable', ''])
      expect(await fileOf(file)).toBe('file_outside');
  });
});

describe('the process of a guest', () => {
  test('starts the editor in the folder with its own environment alone, and tells how it ended', async () => {
    const place = given();
    expect(await visit(own(place, 'sub/-file'))).toEqual({ ok: true, value: { code: 4, signal: null } });
    expect(place.read('args')).toBe('--wait\n./sub/-file\n');
    expect(place.read('pwd')).toBe(`${place.workspace}\n`);
    const names = place
      .read('env')
      .split('\n')
      .map((line) => line.split('=')[0] ?? '')
      .filter((name) => !['', '_', 'SHLVL', 'OLDPWD'].includes(name));
    expect(names.toSorted()).toEqual(['HOME', 'LANG', 'LOGNAME', 'PATH', 'PWD', 'SHELL', 'TERM', 'USER']);
    expect(place.read('env')).not.toContain('relative');
  });

  test('starts no editor of the folder, and tells where nothing can be started', async () => {
    const place = given();
    const invitation = own(place, 'sub/-file');
    const { request } = invitation;
    const evil = { ...invitation, request: { ...request, editor: ['sub/../../editor.sh'] } };
    const refused = { code: 'no_editor', detail: 'sub/../../editor.sh' };
    expect(await visit(evil)).toEqual({ ok: false, reason: refused });
    const nowhere = { ...invitation, script: join(place.editor, 'script') };
    expect(await visit(nowhere)).toMatchObject({ ok: false, reason: { code: 'not_started' } });
  });

  test('follows no link, and opens nothing that is not there', async () => {
    const place = given();
    symlinkSync('/etc/passwd', join(place.workspace, 'link'));
    symlinkSync('/etc', join(place.workspace, 'etc'));
    for (const [file, code] of [
      ['link', 'file_not_plain'],
      ['etc/passwd', 'file_not_plain'],
      ['sub', 'file_not_plain'],
      ['gone', 'file_gone'],
      ['sub/../../x', 'file_not_plain'],
    ] as const)
      expect(await visit(own(place, file))).toEqual({ ok: false, reason: { code, detail: file } });
  });

  test('goes into no other folder that stands at the path by now', async () => {
    const place = given();
    const invitation = own(place, 'sub/-file');
    const other = { ...invitation.request.folder, ino: '1' };
    const ended = await visit({ ...invitation, request: { ...invitation.request, folder: other } });
    expect(ended).toEqual({ ok: false, reason: { code: 'other_folder', detail: place.workspace } });
  });

  test.runIf(IS_ROOT)('lets nobody in who has no account', async () => {
    const place = given();
    chownSync(place.workspace, NOBODY_KNOWN, NOBODY_KNOWN);
    chmodSync(place.dir, 0o755);
    const { request, ...invitation } = own(place, 'sub/-file');
    const folder = { ...request.folder, uid: NOBODY_KNOWN };
    expect(await visit({ ...invitation, request: { ...request, uid: NOBODY_KNOWN, folder } })).toEqual({
      ok: false,
      reason: { code: 'no_account', detail: `uid ${NOBODY_KNOWN}` },
    });
  });
});
