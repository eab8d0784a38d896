import * as z from 'zod';
import { MAX_SECONDS, MIN_TIMEOUT_SECONDS } from '../duration.ts';
import { CHECKPOINTERS, MODES, THEMES } from '../settings.ts';

const seconds = (minimum: number) =>
  z
    .number({ error: `wants seconds from ${minimum} to ${MAX_SECONDS}` })
    .min(minimum, `wants at least ${minimum} seconds`)
    .max(MAX_SECONDS, `wants at most ${MAX_SECONDS} seconds`);
const count = (maximum: number) =>
  z
    .int(`wants a whole number from 1 to ${maximum}`)
    .min(1, 'wants at least 1')
    .max(maximum, `wants at most ${maximum}`);
const flag = z.boolean('wants true or false');
const path = z.string('wants a path').regex(/^[^\0]*\S[^\0]*$/, 'wants a path');
const paths = z.record(z.string(), path, 'wants names with their workspaces');
const action = z.enum(['checkpoint', 'flag', 'ignore'], 'wants checkpoint, flag or ignore');

const workspaces = z.strictObject({ agents: paths.optional(), processes: paths.optional() });
const severities = z.strictObject({
  critical: action.optional(),
  high: action.optional(),
  medium: action.optional(),
  low: action.optional(),
});
const policy = z.strictObject({
  types: z.record(z.string(), action, 'wants interruption types with their actions').optional(),
  severities: severities.optional(),
});
const guard = z.strictObject({
  per_agent_per_hour: count(100_000).optional(),
  per_workspace_per_hour: count(100_000).optional(),
  store_used_ratio: z
    .number('wants a ratio from 0 to 1')
    .min(0, 'wants at least 0')
    .max(1, 'wants at most 1')
    .optional(),
});
const advisory = z.strictObject({
  window: seconds(1).optional(),
  input_tokens: count(Number.MAX_SAFE_INTEGER).optional(),
});
const git = z.strictObject({
  keep: count(100_000).optional(),
  exclude: z.array(z.string().min(1, 'wants patterns that are not empty'), 'wants a list of patterns').optional(),
});

const ui = z.strictObject({
  theme: z.enum(THEMES, `wants one of ${THEMES.join(', ')}`).optional(),
  mouse: flag.optional(),
  title: flag.optional(),
  bell: flag.optional(),
  notify: flag.optional(),
  keys: z
    .record(
      z.string(),
      z.string('wants a key').min(1, 'wants a key').max(20, 'wants a key'),
      'wants actions with their keys',
    )
    .optional(),
});

/** The configuration file. Durations in seconds; every key may be left out. */
export const fileSchema = z.strictObject({
  sources: z.array(z.string('wants a source'), 'wants a list of sources').optional(),
  workspace: path.optional(),
  workspaces: workspaces.optional(),
  checkpointer: z.enum(CHECKPOINTERS, `wants one of ${CHECKPOINTERS.join(', ')}`).optional(),
  command: z
    .array(
      z.string().regex(/^[^\0]+$/, 'wants arguments that are not empty'),
      'wants a program with its arguments as a list',
    )
    .min(1, 'wants a program with its arguments as a list')
    .optional(),
  mode: z.enum(MODES, `wants one of ${MODES.join(', ')}`).optional(),
  debounce: seconds(0).optional(),
  timeout: seconds(MIN_TIMEOUT_SECONDS).optional(),
  grace: seconds(0).optional(),
  trailing: flag.optional(),
  policy: policy.optional(),
  guard: guard.optional(),
  advisory: advisory.optional(),
  git: git.optional(),
  token_file: path.optional(),
  ca_file: path.optional(),
  state_dir: path.optional(),
  read_only: flag.optional(),
  host: z.string('wants a name').regex(/\S/, 'wants a name').optional(),
  ui: ui.optional(),
});

export type FileContent = z.output<typeof fileSchema>;

/** The keys that are known at a place of the file (`''` is the top), for a suggestion. */
export function knownKeys(place: string): readonly string[] {
  const shapes: Readonly<Record<string, object>> = {
    '': fileSchema.shape,
    workspaces: workspaces.shape,
    policy: policy.shape,
    'policy.severities': severities.shape,
    guard: guard.shape,
    advisory: advisory.shape,
    git: git.shape,
    ui: ui.shape,
  };
  return Object.keys(shapes[place] ?? {});
}
