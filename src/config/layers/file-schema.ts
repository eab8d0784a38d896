import * as z from 'zod';
import { MAX_SECONDS, MIN_TIMEOUT_SECONDS } from '../duration.ts';
import { CHECKPOINTERS, MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS, MODES, THEMES } from '../settings.ts';

const seconds = (minimum: number, maximum: number = MAX_SECONDS) =>
  z
    .number({ error: `wants seconds from ${minimum} to ${maximum}` })
    .min(minimum, `wants at least ${minimum} seconds`)
    .max(maximum, `wants at most ${maximum} seconds`);
const count = (maximum: number) =>
  z
    .int(`wants a whole number from 1 to ${maximum}`)
    .min(1, 'wants at least 1')
    .max(maximum, `wants at most ${maximum}`);
const flag = z.boolean('wants true or false');
const path = z.string('wants a path').regex(/^[^\0]*\S[^\0]*$/, 'wants a path');
const paths = z.record(z.string(), path, 'wants names with their workspaces');
const action = z.enum(['checkpoint', 'flag', 'ignore'], 'wants checkpoint, flag or ignore');

const workspaces = z.strictObject({
  agents: paths.optional().describe('by the name of an agent'),
  processes: paths.optional().describe('by the name of its process'),
});
const severities = z.strictObject({
  critical: action.optional(),
  high: action.optional(),
  medium: action.optional(),
  low: action.optional(),
});
const policy = z.strictObject({
  types: z
    .record(z.string(), action, 'wants interruption types with their actions')
    .optional()
    .describe('by the type of an interruption'),
  severities: severities.optional().describe('by severity, for types that no rule of their own names'),
});
const guard = z.strictObject({
  per_agent_per_hour: count(100_000).optional(),
  per_workspace_per_hour: count(100_000).optional(),
  store_used_ratio: z
    .number('wants a ratio from 0 to 1')
    .min(0, 'wants at least 0')
    .max(1, 'wants at most 1')
    .optional()
    .describe('no automatic checkpoint while the store is fuller than this'),
});
const advisory = z.strictObject({
  window: seconds(1).optional().describe('seconds'),
  input_tokens: count(Number.MAX_SAFE_INTEGER).optional(),
});
const git = z.strictObject({
  keep: count(100_000).optional().describe('automatic snapshots kept'),
  exclude: z
    .array(z.string().min(1, 'wants patterns that are not empty'), 'wants a list of patterns')
    .optional()
    .describe('what snapshots leave out, in place of the default list'),
});

const ui = z.strictObject({
  theme: z
    .enum(THEMES, `wants one of ${THEMES.join(', ')}`)
    .optional()
    .describe('as --theme'),
  mouse: flag.optional().describe('as --mouse'),
  ascii: flag.optional().describe('as --ascii'),
  screen_reader: flag.optional().describe('as --screen-reader'),
  title: flag.optional().describe("the terminal's title says how things stand"),
  bell: flag.optional().describe('rings on critical signals'),
  notify: flag.optional().describe('a notification of the desktop on critical signals'),
  keys: z
    .record(
      z.string(),
      z.string('wants a key').min(1, 'wants a key').max(20, 'wants a key'),
      'wants actions with their keys',
    )
    .optional()
    .describe('action → key; "sightline keys" lists them'),
});

/** The configuration file. Durations in seconds; every key may be left out. */
export const fileSchema = z.strictObject({
  $schema: z
    .string('wants the place of a schema')
    .optional()
    .describe('for editors; "sightline config --schema" prints it'),
  sources: z.array(z.string('wants a source'), 'wants a list of sources').optional().describe('as --source'),
  workspace: path.optional().describe('as --workspace'),
  workspaces: workspaces.optional().describe('which workspace belongs to whom'),
  checkpointer: z
    .enum(CHECKPOINTERS, `wants one of ${CHECKPOINTERS.join(', ')}`)
    .optional()
    .describe('as --checkpointer'),
  command: z
    .array(
      z.string().regex(/^[^\0]+$/, 'wants arguments that are not empty'),
      'wants a program with its arguments as a list',
    )
    .min(1, 'wants a program with its arguments as a list')
    .optional()
    .describe('the program of the checkpointer command, with its arguments'),
  mode: z
    .enum(MODES, `wants one of ${MODES.join(', ')}`)
    .optional()
    .describe('as --mode'),
  debounce: seconds(0).optional().describe('as --debounce, seconds'),
  timeout: seconds(MIN_TIMEOUT_SECONDS).optional().describe('as --timeout, seconds'),
  grace: seconds(0).optional().describe('as --grace, seconds'),
  trailing: flag.optional().describe('as --trailing'),
  policy: policy.optional().describe('what is done about a signal: its type first, then its severity'),
  guard: guard.optional().describe('no more automatic checkpoints than this'),
  advisory: advisory.optional().describe('when an agent without prompt caching is named'),
  git: git.optional().describe('the checkpointer git'),
  interval: seconds(MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS).optional().describe('as --interval, seconds'),
  token_file: path.optional().describe('as --token-file'),
  ca_file: path.optional().describe('as --ca-file'),
  state_dir: path.optional().describe('as --state-dir'),
  log_file: path.optional().describe('as --log-file'),
  read_only: flag.optional().describe('as --read-only'),
  host: z.string('wants a name').regex(/\S/, 'wants a name').optional().describe('name of this machine in the output'),
  ui: ui.optional().describe('the screen'),
});

export type FileContent = z.output<typeof fileSchema>;

/** The JSON Schema of the file, for editors and for checks before a roll-out. */
export function fileJsonSchema(): Readonly<Record<string, unknown>> {
  return { title: 'sightline configuration file', ...z.toJSONSchema(fileSchema, { io: 'input' }) };
}

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
