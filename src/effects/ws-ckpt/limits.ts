/** Bounds of what ws-ckpt may take. */

/** The deadline of a rollback by ws-ckpt and of its init of a folder, ms: both read, the latter copies, the whole tree. */
export const ROLLBACK_MS = 120_000;
export const INIT_MS = 3_600_000;
