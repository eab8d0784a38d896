/** Issue 18, part 9: the keys that lend the terminal to a shell or an editor. */
import { expect, test } from 'vitest';
import { wordGuestEnd, wordGuestGreeting, wordGuestRefusal } from '../../../../src/wording/guest.ts';
import { personAt } from '../../../helpers/person.ts';
import { settle, ScreenWorld, WORKSPACE } from '../../../helpers/view.ts';

const SNAPSHOT = { id: 'auto-1', at: 0, message: null, pinned: false, metadata: null };

test('! lends the terminal to a shell in the workspace of what is selected, from any pane, and tells how it ended', async () => {
  const world = await ScreenWorld.started('observe');
  world.call({ conversationId: 'a' });
  const person = personAt(world);
  await person.press('!');
  expect(person.lent).toEqual([{ workspace: WORKSPACE, folder: null, file: null }]);
  expect(person.toast()).toBe('back from the shell in ws');
  world.lends = { ok: true, value: { code: null, signal: 'SIGKILL' } };
  await person.press('4', '!');
  expect(person.lent).toHaveLength(2);
  expect(person.toast()).toBe('back from the shell in ws, ended by SIGKILL');
  world.lends = { ok: false, reason: { code: 'root_folder', workspace: WORKSPACE } };
  await person.press('6', '!');
  expect(person.toast()).toBe(
    'no shell in ws: root owns it, and what it configures would run as root; by hand: cd /srv/ws',
  );
});

test('E lends it to an editor at the selected file of a checkpoint, and to none where that was deleted', async () => {
  const world = await ScreenWorld.started('observe');
  world.snapshots = [SNAPSHOT];
  const person = personAt(world);
  await person.press('5');
  await settle();
  await person.press('tab', 'E', '!');
  expect(person.lent.map(({ file }) => file)).toEqual(['app/login/LoginScreen.kt', null]);
  await person.press('G', 'E');
  expect(person.toast()).toBe('it was deleted; d shows what it was');
  expect(person.lent).toHaveLength(2);
});

test('a paste, and text that arrives at once, open nothing', async () => {
  const person = personAt(await ScreenWorld.started('observe'));
  await person.paste('!');
  await person.chunk('!j');
  expect(person.lent).toEqual([]);
});

test('without a workspace there is no folder to open', async () => {
  const world = await ScreenWorld.started('observe', { config: { workspaces: NONE } });
  const person = personAt(world);
  await person.press('!');
  expect(person.toast()).toBe('no workspace: select one in the automation');
  expect(person.lent).toEqual([]);
});

const NONE = { agents: {}, processes: {}, fallback: null };

test('before it has the terminal it is told where it is, whose it is, and what goes on', () => {
  const guest = { workspace: '/srv/ws', folder: null, file: null };
  const owner = { path: '/srv/ws', uid: 1000, user: 'dev' };
  expect(wordGuestGreeting(guest, owner, { mode: 'observe', workspaces: [] })).toBe(
    'sightline: shell in /srv/ws, owner uid 1000 (dev); watching goes on; exit to come back',
  );
  const held = { mode: 'hold', workspaces: [{ hold: {} }, { hold: null }] } as const;
  expect(wordGuestGreeting({ ...guest, file: 'a' }, owner, held)).toBe(
    'sightline: editor in /srv/ws, owner uid 1000 (dev); watching goes on, and checkpoints fire (hold); one is held now; leave it to come back',
  );
});

test('why there is none is said with what to do', () => {
  const folder = { path: '/srv/a b', uid: 1000, user: 'dev' };
  expect(wordGuestRefusal({ code: 'foreign_folder', folder })).toBe(
    "/srv/a b, owner uid 1000 (dev), is another user's: only root can take the owner's rights",
  );
  expect(wordGuestRefusal({ code: 'root_folder', workspace: folder.path })).toContain("by hand: cd '/srv/a b'");
  expect(wordGuestRefusal({ code: 'file_outside', file: 'new�' })).toBe('a part of the name new� is not known');
  expect(wordGuestRefusal({ code: 'no_login_shell', detail: '/bin/false, the login shell of dev,' })).toBe(
    '/bin/false, the login shell of dev, is no shell of /etc/shells',
  );
  expect(wordGuestEnd({ code: 0, signal: null })).toBe('');
});
