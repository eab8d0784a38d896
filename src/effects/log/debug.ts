type Listener = (line: string) => void;

// One for the process, as standard error is: no caller has to pass it on.
let listener: Listener | null = null;

/** Logs a step at the debug level. The text is made only where debug logging is on. */
export function debug(message: () => string): void {
  listener?.(message());
}

/** Listens to every step; the returned function ends it. */
export function onDebug(listen: Listener): () => void {
  listener = listen;
  return () => {
    if (listener === listen) listener = null;
  };
}

const SECRET = /((?:token|secret|passw\w*|authorization|bearer|api[-_]?key)\w*[=: ]+)\S.*/iu;
const BEFORE_SECRET = /^-.*(?:token|secret|password|key)$/iu;

/** Arguments of a program without anything like a secret. */
export function withoutSecrets(args: readonly string[]): readonly string[] {
  return args.map((arg, index) => (BEFORE_SECRET.test(args[index - 1] ?? '') ? '***' : arg.replace(SECRET, '$1***')));
}
