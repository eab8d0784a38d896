/** A two-way line of text between an engine and a console; what carries it is a matter of its own (`socket.ts`). */
export type Channel = {
  /** Sends one line, its line feed included. Never throws; after the end it does nothing. */
  readonly send: (line: string) => void;
  /** Returns true while what was sent waits: more would only make it wait longer. */
  readonly isFull: () => boolean;
  /** Called for each whole line that comes, without its line feed. */
  readonly onLine: (listener: (line: string) => void) => void;
  /** Called when what waited is gone. */
  readonly onDrain: (listener: () => void) => void;
  /** Called once, at the end, whichever side made it. */
  readonly onClose: (listener: () => void) => void;
  /** Sends what waits and ends. */
  readonly close: () => void;
};
