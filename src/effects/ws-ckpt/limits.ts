/** Bounds of what ws-ckpt may take. */

/** What a rollback by ws-ckpt, and its init of a folder, may take, ms: both read, the latter copies, the whole tree. */
export const ROLLBACK_MS = 120_000;
export const INIT_MS = 3_600_000;
