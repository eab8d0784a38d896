/** `scenario` is the name of one part, or `all`; `list` prints the names and plays nothing. */
export type DemoOptions = {
  readonly speed: number;
  readonly scenario: string;
  readonly seed: number;
  readonly list: boolean;
};

/** Plays the demonstration; resolves to the exit code. */
export async function runDemo(_options: DemoOptions): Promise<number> {
  process.stderr.write('sightline: demo is not part of this build\n');
  return 2;
}
