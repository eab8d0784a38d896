/** The events that a hook can be called for. */
export const HOOK_EVENTS = [
  'signal',
  'resolved',
  'fate',
  'checkpoint_failed',
  'breaker_open',
  'source_lost',
  'source_back',
  'silence',
  'unsilence',
  'budget',
] as const;
export type HookEventKind = (typeof HOOK_EVENTS)[number];

export const HOOK_SHAPES = ['event', 'slack', 'alertmanager'] as const;

/** A program or a server of the operator's that is notified of events. */
export type HookConfig = {
  readonly name: string;
  readonly on: readonly HookEventKind[];
  /** Interruption types, severities and fates of the signals that count; null: all. */
  readonly types: readonly string[] | null;
  readonly severities: readonly string[] | null;
  readonly fates: readonly string[] | null;
  readonly timeoutMs: number;
  readonly target: CommandTarget | WebhookTarget;
};

export type CommandTarget = { readonly type: 'command'; readonly argv: readonly string[] };
export type WebhookTarget = {
  readonly type: 'webhook';
  readonly url: string;
  readonly shape: (typeof HOOK_SHAPES)[number];
  /** Files with the bearer token, and with the key of the signature; null: none. */
  readonly tokenFile: string | null;
  readonly secretFile: string | null;
  /** The certificate authority (PEM) that the server's certificate is of; null: the ones that Node knows. */
  readonly caFile: string | null;
};

/** A hook as the configuration file writes it. */
export type WrittenHook = {
  readonly name: string;
  readonly on: readonly HookEventKind[];
  readonly types?: readonly string[] | undefined;
  readonly severities?: readonly string[] | undefined;
  readonly fates?: readonly string[] | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly command?: readonly string[] | undefined;
  readonly url?: string | undefined;
  readonly shape?: WebhookTarget['shape'] | undefined;
  readonly token_file?: string | undefined;
  readonly secret_file?: string | undefined;
  readonly ca_file?: string | undefined;
};

const DEFAULT_TIMEOUT_S = 10;

/** Turns hooks of the file into the configuration's. `resolve` makes the path of a file absolute. */
export function hooksFrom(written: readonly WrittenHook[], resolve: (path: string) => string): readonly HookConfig[] {
  return written.map((hook) => ({
    name: hook.name,
    on: hook.on,
    types: hook.types ?? null,
    severities: hook.severities ?? null,
    fates: hook.fates ?? null,
    timeoutMs: (hook.timeout ?? DEFAULT_TIMEOUT_S) * 1_000,
    target: targetOf(hook, resolve),
  }));
}

function targetOf(hook: WrittenHook, resolve: (path: string) => string): HookConfig['target'] {
  if (hook.command !== undefined) return { type: 'command', argv: hook.command };
  const file = (given: string | undefined): string | null => (given === undefined ? null : resolve(given));
  return {
    type: 'webhook',
    url: hook.url ?? '',
    shape: hook.shape ?? 'event',
    tokenFile: file(hook.token_file),
    secretFile: file(hook.secret_file),
    caFile: file(hook.ca_file),
  };
}

/** Writes hooks as the file has them. */
export function hooksToFile(hooks: readonly HookConfig[]): unknown {
  return hooks.map(({ name, on, types, severities, fates, timeoutMs, target }) => ({
    name,
    on,
    ...(types && { types }),
    ...(severities && { severities }),
    ...(fates && { fates }),
    timeout: timeoutMs / 1_000,
    ...(target.type === 'command'
      ? { command: target.argv }
      : {
          url: target.url,
          shape: target.shape,
          ...(target.tokenFile !== null && { token_file: target.tokenFile }),
          ...(target.secretFile !== null && { secret_file: target.secretFile }),
          ...(target.caFile !== null && { ca_file: target.caFile }),
        }),
  }));
}
