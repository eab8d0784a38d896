/** Bounds of child processes. */

/** SIGKILL follows SIGTERM after this, ms. */
export const KILL_AFTER_MS = 1_000;
/** stdout and stderr kept of a child, bytes each. */
export const MAX_CHILD_OUTPUT = 64 * 1024;
