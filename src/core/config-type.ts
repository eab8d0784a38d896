import type { Mode } from './acting.ts';
import type { SourceUri } from './events.ts';

export type PolicyAction = 'checkpoint' | 'flag' | 'ignore';

/** What the user's policy says beyond the defaults: by type first, then by severity. */
export type PolicyRules = {
  readonly types: Readonly<Record<string, PolicyAction>>;
  readonly severities: Readonly<Record<string, PolicyAction>>;
};

export type CheckpointerChoice = 'auto' | 'ws-ckpt' | 'git' | 'command' | 'none';

/** Agent → workspace, then process → workspace, then the default. Paths are canonical (parent resolved, last part kept). */
export type WorkspaceMap = {
  readonly agents: Readonly<Record<string, string>>;
  readonly processes: Readonly<Record<string, string>>;
  readonly fallback: string | null;
};

/** `auto` asks the terminal; `mono` has no colours. */
export type ThemeChoice = 'auto' | 'dark' | 'light' | 'high-contrast' | 'mono';

/** How the screen looks and what it may do to the terminal around it. */
export type ScreenConfig = {
  readonly theme: ThemeChoice;
  /** ASCII signs only, whatever the locale says. */
  readonly ascii: boolean;
  /** Events as lines instead of a screen. */
  readonly screenReader: boolean;
  /** True and false outrank what the environment says of colours; null leaves it to that. */
  readonly color: boolean | null;
  readonly mouse: boolean;
  /** The state of things in the terminal's title. */
  readonly title: boolean;
  /** The bell and the desktop's notification on a critical signal. */
  readonly bell: boolean;
  readonly notify: boolean;
  /** Action → key, where it is another than the usual one. What they name is checked by whoever opens the screen. */
  readonly keys: Readonly<Record<string, string>>;
};

/** What is told to people besides the output itself. */
export type TalkConfig = {
  /** A file that gets everything that is told, as a path; null for none. */
  readonly logFile: string | null;
  /** Tell every step: batches of the sources, timers, programs started. */
  readonly debug: boolean;
  /** Keep standard error to errors. */
  readonly quiet: boolean;
};

/** Everything the program can be told, validated and frozen. Durations in ms. */
export type Config = {
  /** Empty: find the local feed. */
  readonly sources: readonly SourceUri[];
  readonly workspaces: WorkspaceMap;
  readonly checkpointer: CheckpointerChoice;
  /** argv of the `command` checkpointer. */
  readonly command: readonly string[];
  readonly mode: Mode;
  readonly debounceMs: number;
  readonly timeoutMs: number;
  /** Null: the mode's own default (hold 10 s, auto 0). */
  readonly graceMs: number | null;
  readonly trailing: boolean;
  readonly policy: PolicyRules;
  readonly guard: {
    readonly perAgentPerHour: number;
    readonly perWorkspacePerHour: number;
    /** 0…1 */
    readonly storeUsedRatio: number;
  };
  readonly advisory: { readonly windowMs: number; readonly inputTokens: number };
  readonly git: { readonly keep: number; readonly exclude: readonly string[] | null };
  /** What HTTP sources need besides their address, as paths. */
  readonly http?: {
    readonly tokenFile: string | null;
    readonly caFile: string | null;
    /** Longest wait between two looks while nothing changes, ms; null: the feed's own. */
    readonly intervalMs?: number | null;
  };
  readonly screen: ScreenConfig;
  readonly talk: TalkConfig;
  readonly stateDir: string;
  readonly readOnly: boolean;
  readonly host: string;
  /** What the configuration said that we did not understand or that a person should know (shown at start). */
  readonly notices: readonly string[];
};

/** What of it the engine asks for: how things are shown and told is the front ends' business. */
export type EngineConfig = Omit<Config, 'screen' | 'talk'>;
