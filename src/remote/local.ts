/**
 * The engines of this machine, each behind a Unix socket in the runtime folder of its user: `/run/sightline/<pid>.sock`
 * of root, `$XDG_RUNTIME_DIR/sightline` of any other user. The folder is its user's own and no other user may write to it,
 * and the socket may be opened by its user alone: that is the protection.
 */
import { randomUUID } from 'node:crypto';
import { chownSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../core/result.ts';
import type { Clock } from '../effects/clock.ts';
import { prepareRuntimeFolder, RUNTIME_FOLDERS, type RuntimeFolders } from '../effects/lock/runtime-folder.ts';
import type { Engine, EngineName } from '../engine/types.ts';
import type { Channel } from './channel.ts';
import { createHost } from './host.ts';
import { deadSockets, type LocalEngine } from './find.ts';
import { connectTo, type Door, listenAt } from './socket.ts';
import { MAX_REQUEST_BYTES, MAX_VIEW_BYTES } from './wire.ts';

/** The modes of a socket for its user alone, and of one for a group, which may only read. */
const OWN = 0o600;
const OF_GROUP = 0o660;

export type LocalOptions = {
  readonly clock: Clock;
  /** The group that may look, by name or number; null: none. */
  readonly group: string | null;
  readonly folders?: RuntimeFolders;
  readonly uid?: number;
};

/** Consoles of this machine come in until `close`. */
export type LocalDoors = { readonly paths: readonly string[]; readonly close: () => void };

/** Lets consoles of this machine in. An engine works without them: a reason is for the log. */
export async function openLocalDoors(
  engine: Engine,
  name: EngineName,
  { clock, group, folders = RUNTIME_FOLDERS, uid = process.getuid?.() ?? 0 }: LocalOptions,
): Promise<Result<LocalDoors>> {
  const folder = prepareRuntimeFolder(folders, uid);
  if (!folder.ok) return folder;
  await removeDead(folder.value, uid);
  const host = createHost({ engine, name, clock });
  const own = await listenAt(join(folder.value, `${name.pid}.sock`), {
    mode: OWN,
    maxBytes: MAX_REQUEST_BYTES,
    serve: (channel) => host.serve(channel),
  });
  if (!own.ok) return own;
  const doors: Door[] = [own.value];
  const close = (): void => {
    host.close();
    for (const door of doors) door.close();
  };
  if (group !== null) {
    const view = await openToGroup(group, uid, () =>
      listenAt(join(folder.value, `${name.pid}.view.sock`), {
        mode: OF_GROUP,
        maxBytes: MAX_REQUEST_BYTES,
        serve: (channel) => host.serve(channel, { isReadOnly: true }),
      }),
    );
    if (!view.ok) {
      close();
      return view;
    }
    doors.push(view.value);
  }
  return { ok: true, value: { paths: doors.map(({ path }) => path), close } };
}

// One whose process is in another process namespace looks dead, and answers.
async function removeDead(folder: string, uid: number): Promise<void> {
  const removed = deadSockets(folder, uid).map(async (path) => {
    const channel = await connectTo(path, MAX_VIEW_BYTES);
    if (channel.ok) return channel.value.close();
    // Another engine that starts may have removed it in the meantime.
    if (channel.reason === 'ECONNREFUSED') rmSync(path, { force: true });
  });
  await Promise.allSettled(removed);
}

/** Opens a door and gives its socket to a group; closes it where that is refused. */
async function openToGroup(group: string, uid: number, open: () => Promise<Result<Door>>): Promise<Result<Door>> {
  const gid = gidOf(group);
  if (gid === null) return { ok: false, reason: `there is no group ${group}` };
  const door = await open();
  if (!door.ok) return door;
  try {
    chownSync(door.value.path, uid, gid);
    return door;
  } catch (error) {
    door.value.close();
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

// Groups of a directory service are known by their numbers alone.
function gidOf(group: string): number | null {
  if (/^\d{1,9}$/u.test(group)) return Number(group);
  try {
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((one) => one.startsWith(`${group}:`));
    const gid = line?.split(':')[2];
    return gid === undefined || !/^\d{1,9}$/u.test(gid) ? null : Number(gid);
  } catch {
    return null;
  }
}

/** Part of no other request's id, in whatever process. */
export const newRequestId = (): string => randomUUID();

/** Connects to an engine of this machine; an errno where it is gone. */
export function connectToEngine({ path }: LocalEngine): Promise<Result<Channel>> {
  return connectTo(path, MAX_VIEW_BYTES);
}
