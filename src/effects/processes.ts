/** A process that works in a folder. */
export type Occupant = {
  readonly pid: number;
  /** Its name (`comm`). */
  readonly name: string;
  /** Its working directory, where that is inside; null otherwise. */
  readonly cwd: string | null;
  /** Open files inside, the first few. */
  readonly files: readonly string[];
  /** How many there are. */
  readonly fileCount: number;
  /** Is one of them open for writing? */
  readonly writes: boolean;
  /** It is this very process. */
  readonly isOurs: boolean;
};

/** Who works in a folder, as far as we may see. */
export type ProcessScan = {
  readonly occupants: readonly Occupant[];
  /** Processes that we may not look into (another user's). */
  readonly unreadable: number;
  /** False when there were too many to look at all of them. */
  readonly complete: boolean;
};
