import { run, type RunResult } from '../process/run.ts';

export type CallOptions = {
  readonly timeoutMs: number | null;
  readonly abort?: AbortSignal;
  /** For JSON: the output as it came, up to `MAX_JSON` bytes. */
  readonly json?: boolean;
};

/** The installed tool. */
export type Client = {
  readonly call: (args: readonly string[], options: CallOptions) => Promise<RunResult>;
  /** Asks `--version` once; null where the answer is none that we know. A failed run is passed on. */
  readonly version: (
    timeoutMs: number,
  ) => Promise<{ readonly version: string | null } | { readonly failed: RunResult }>;
  /** The version is asked again next time: the binary went away or was exchanged. */
  readonly forgetVersion: () => void;
};

/** The tool's own limit for a frame is 16 MiB; a list in JSON is about twice that. */
const MAX_JSON = 64 * 1024 * 1024;

export function wsCkptClient(binary: string, env: Readonly<Record<string, string>>): Client {
  let known: { readonly version: string | null } | null = null;

  const call = (args: readonly string[], { timeoutMs, abort, json }: CallOptions): Promise<RunResult> =>
    run(binary, args, {
      timeoutMs,
      // The tool itself counts as an occupant of the workspace if it starts inside.
      cwd: '/',
      env,
      ...(abort === undefined ? {} : { abort }),
      ...(json === true ? { raw: true, maxBuffer: MAX_JSON } : {}),
    });

  const version: Client['version'] = async (timeoutMs) => {
    if (known !== null) return known;
    const result = await call(['--version'], { timeoutMs });
    if (result.type !== 'exited' || result.code !== 0) return { failed: result };
    known = { version: /^ws-ckpt (\d+\.\d+\.\d+\S*)/mu.exec(result.stdout)?.[1] ?? null };
    return known;
  };

  return { call, version, forgetVersion: () => (known = null) };
}

/** `--snapshot` since 0.4.0; `--id` before, and in every version that we cannot tell, because all understand it. */
export function idFlag(version: string | null): '--id' | '--snapshot' {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major > 0 || minor >= 4 ? '--snapshot' : '--id';
}
