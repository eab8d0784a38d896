/** Oldest git that has everything the checkpointer asks of it (2020). */
export const MIN_GIT = [2, 25] as const;
/** Files larger than this, MB, are left out of a snapshot, and reported: databases and disk images, not work. */
export const MAX_FILE_MB = 512;
/** Entries of one workspace; more is a file server or a forgotten cache. */
export const MAX_ENTRIES = 1_000_000;
/** Files up to this size are read whole, larger ones in chunks of it; small, because big buffers slow every spawn. */
export const CHUNK_BYTES = 256 * 1024;
/** Times that a file which changes under our hands is read again before it is taken as it is. */
export const READ_ATTEMPTS = 3;
/** Part of a deadline after which no further file is begun, so that what was read is kept for the next try. */
export const READING_SHARE = 0.85;
/** Bytes read before the pace of a run tells whether a further file can be read in time. */
export const RATE_FROM_BYTES = 32 * 1024 * 1024;
/** The time that reading goes on after a snapshot that was not made in time, ms. */
export const READ_ON_MS = 600_000;
/** A file whose change time is this close to its reading may change again unseen, ms: clock ticks of Linux. */
export const RACY_MS = 50;
/** The same where a file system keeps whole seconds only (two of them on FAT). */
export const RACY_COARSE_MS = 2_100;
/** A file changed within this time may have memory that is not written back, ms; longer where the kernel waits longer. */
export const WRITE_BACK_MS = 60_000;
/** The factor by which the kernel may delay writing back beyond its own setting. */
export const WRITE_BACK_MARGIN = 2;
/** Files from this size on are written back before they are read: for smaller ones reading them again is cheaper. */
export const SYNC_FROM_BYTES = 1024 * 1024;
/** The speed of a slow disk, bytes per ms: tells beforehand whether a file is written back within the budget. */
export const SYNC_BYTES_PER_MS = 100_000;
/** Part of a deadline that may be spent on writing back. */
export const SYNC_SHARE = 0.2;
/** The same where there is no deadline, ms: the first, whole snapshot. */
export const SYNC_BUDGET_MS = 2_000;
/** Lists of mappings that are read for one snapshot, bytes: about 10 000 processes. */
export const MAX_MAPS_BYTES = 128 * 1024 * 1024;
/** The time that the objects of a pruned snapshot stay, ms: another process may be building upon them. */
export const PRUNE_GRACE_MS = 3_600_000;
/** Pruned snapshots that wait for their space to be freed before a repack pays. */
export const PRUNED_BEFORE_REPACK = 10;
/** Packs (one a snapshot) that slow git down enough for a repack to pay. */
export const PACKS_BEFORE_REPACK = 60;
/** Files of a dead process are removed at once; those that we cannot attribute after this, ms. */
export const FOREIGN_LEFTOVER_MS = 86_400_000;
/** Bytes kept of a diff's text. */
export const MAX_DIFF_BYTES = 1024 * 1024;
/** Bytes of a manifest or a list of snapshots. */
export const MAX_GIT_OUTPUT = 512 * 1024 * 1024;
/** Names quoted in a sentence about what was left out or failed. */
export const MAX_NAMED = 3;
/** Deadline of git commands that only look something up, ms. */
export const LOOK_UP_MS = 10_000;
/** Deadline of a diff, ms. */
export const DIFF_MS = 60_000;
/** Deadline of counting the changes of a new snapshot, or of a list, ms: text that is compared, not files that are read. */
export const CHANGES_MS = 2_000;
/** Snapshots of a list that are compared with the one before each, the newest. */
export const MAX_COMPARED = 500;
/** Slow poll of the snapshots where the file system does not announce changes, ms. */
export const WATCH_POLL_MS = 2_000;
/** The interval at which the first snapshot reports how far it is, ms. */
export const PROGRESS_MS = 1_000;
/** Automatic snapshots that the hint for a full store deletes. */
export const FREED_AT_ONCE = 20;
/** Deadline of a rollback as a whole, ms: a helper that trickles does not hold up everything for ever. */
export const ROLLBACK_MS = 3_600_000;
/** Deadline of git commands that bring contents back, ms. */
export const RESTORE_MS = 600_000;
/** Bytes of a file that proves its folder to be a cache. */
export const PROOF_BYTES = 1_024;
/** Refs of one repository that are noted with a snapshot, and the characters that they may take. */
export const MAX_REFS = 500;
export const MAX_REFS_CHARS = 32 * 1024;
/** Bytes read of a `packed-refs` file. */
export const MAX_PACKED_REFS = 4 * 1024 * 1024;
/** Repositories of a workspace that are noted. */
export const MAX_REPOSITORIES = 1_000;
/** Length of a path inside a workspace, bytes: Linux's own limit. */
export const MAX_PATH_BYTES = 4_096;
/** All that a listing of one workspace may take on its way from the helper, bytes. */
export const MAX_LISTING_BYTES = 512 * 1024 * 1024;
/** A helper that shows no life for this long is given up, ms. */
export const STALL_MS = 30_000;
/** A helper that is not up within this is given up, ms. */
export const START_MS = 10_000;
/** Helpers given up that have not ended yet; more would be a leak. */
export const MAX_LEFT_BEHIND = 3;
/** The time that a helper that nothing keeps waits for its next task, ms. */
export const HELPER_IDLE_MS = 5_000;
/** Files whose contents are asked for at once, and their bytes where they are several. */
export const READ_BATCH = 64;
export const READ_BATCH_BYTES = 1024 * 1024;
/** Contents that are written before the room for them is checked again, bytes. */
export const ROOM_STEP_BYTES = 8 * 1024 * 1024;
/** Damaged snapshots that a list passes over one by one; each costs up to three starts of git. */
export const MAX_DAMAGED = 256;
/** Snapshots whose objects a full check follows, the newest: they are arguments of one command. */
export const MAX_HEADS = 10_000;
/** Deadline of a full check of the store, ms: about 100 GB of contents. */
export const FULL_CHECK_MS = 3_600_000;
/** The time that a damaged store is kept for a restore by hand, ms: 30 days. */
export const KEEP_DAMAGED_MS = 30 * 86_400_000;
