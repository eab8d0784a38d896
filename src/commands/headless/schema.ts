import * as z from 'zod';
import { SEVERITIES } from '../../core/interruptions.ts';
import { FATES, MODES, SIGNAL_ORIGINS } from '../../core/signals.ts';
import { acked, budgetShape, checkpointer, contents, source } from '../once/schema.ts';

/*
 * `sightline.event/1`, line by line: what `headless` prints. It changes by addition only. `headless --schema` prints it,
 * and the tests hold every line that they see against it.
 */

const time = z.iso.datetime({ precision: 3 }).describe('ISO 8601 UTC with milliseconds');
const count = z.int().min(0);

/** The fields of every line, and those of one kind. */
function line<Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) {
  return z.strictObject({
    schema: z.literal('sightline.event/1'),
    seq: z.int().min(1).describe('counts up from 1 in each run'),
    at: time,
    host: z.string(),
    kind: z.literal(kind),
    ...shape,
  });
}

const reason = z.string().nullable();
const repeated = z.literal(true).optional().describe('may repeat a line of an earlier run');

/** One line of `headless`. */
export const eventSchema = z.discriminatedUnion('kind', [
  line('started', {
    version: z.string(),
    mode: z.enum(MODES),
    sources: z.array(source),
    workspaces: z.array(z.strictObject({ workspace: z.string(), agents: z.array(z.string()), checkpointer })),
  }),
  line('source', {
    uri: source.shape.uri,
    health: source.shape.health,
    detail: z.string(),
    historical_signals: count,
  }),
  line('signal', {
    signal_id: z.string(),
    signal: z.string().describe('the type'),
    origin: z.enum(SIGNAL_ORIGINS),
    severity: z.enum(SEVERITIES),
    agent: z.string().nullable(),
    pid: z.int().nullable(),
    conversation_id: z.string().nullable(),
    call_id: z.string().nullable(),
    interruption_id: z.string().nullable(),
    workspace: z.string().nullable(),
    historical: z.boolean(),
    cause: z.string().describe('the error text or the row that raised it'),
    count: count.describe('how often it was reported: further rows of one storm or loop count on it'),
    last_at: time.describe('when it was reported last'),
    from_records: z.boolean().describe("only the agent's own records show it"),
    acked: z.null().describe('a new signal is not acknowledged'),
    user_query: z.string().nullable().optional().describe('only with --content'),
    repeated,
  }),
  line('fate', {
    signal_id: z.string(),
    signal: z.string(),
    fate: z.enum(FATES),
    settled: z.boolean().describe('false while it waits behind something'),
    reason: z.string(),
    workspace: z.string().nullable(),
    snapshot: z.string().nullable().optional().describe('with checkpointed'),
    duration_ms: z.number().nullable().optional().describe('with checkpointed'),
    into: z.string().nullable().optional().describe('with coalesced: the snapshot, null until settled'),
    ...contents,
    repeated,
  }),
  line('checkpoint', {
    phase: z.enum(['held', 'started', 'ended']),
    snapshot: z.string().nullable().describe('null while held'),
    workspace: z.string(),
    trigger: z.string().nullable().describe('a signal_id, or operator'),
    outcome: z.enum(['created', 'unchanged', 'failed', 'timed_out', 'unavailable', 'vetoed', 'cancelled']).nullable(),
    exit_code: z.int().nullable(),
    duration_ms: z.number().nullable(),
    stderr: z.string().nullable(),
    ...contents,
    ends_at: time.optional().describe('with held: when it fires'),
  }),
  line('update', {
    signal_id: z.string(),
    signal: z.string(),
    interruption_id: z.string().nullable(),
    resolved: z.boolean(),
    count: count.describe('how often the signal was reported by now'),
    last_at: time.describe('when it was reported last'),
    acked,
    snapshot: z.string().optional().describe('made for it after its fate had been settled'),
  }),
  z.discriminatedUnion('type', [
    line('advisory', {
      type: z.literal('no_prompt_cache'),
      agent: z.string(),
      input_tokens: count,
      cache_reported: z.boolean(),
      repeated,
    }),
    line('advisory', {
      type: z.literal('budget'),
      phase: z
        .enum(['warned', 'reached', 'asked', 'unanswered'])
        .describe('near its limit; used up; used up, and an operator is asked; nobody answered'),
      ...budgetShape,
    }),
  ]),
  line('operator', {
    action: z.string(),
    target: z.string(),
    reason,
    by: z
      .object({
        user: z.string(),
        tty: z.string().nullable(),
        claimed: z.boolean().describe('stated by a console in another process, not proven'),
      })
      .exactOptional(),
    signals: z.array(z.string()).exactOptional().describe('with ack and unack: the first 256 signal ids'),
    acked: acked.exactOptional().describe('with ack and unack; null: taken back'),
    pids: z.array(count).exactOptional().describe('with pause and resume: the leaders of the process groups'),
    resumes_at: time.exactOptional().describe('with pause: when they go on by themselves'),
  }),
  line('stopped', { reason: z.string(), signals: count, checkpoints: count }),
]);
