/** The messages of a fleet that are no frames of a console: checked by both ends, as those are. */
import * as z from 'zod';
import { MODES } from '../../core/signals.ts';
import { decode, engineSchema, idSchema, patchSchema } from '../wire.ts';

/** Largest message that is taken, bytes; brokers take 1 MiB by default. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Longest name of a host, UTF-16 units. */
export const MAX_HOST_NAME = 128;

const count = z.int().nonnegative();

/** A change of a host's summary; without one, a sign of life. `seq` counts the changes. */
const nowSchema = z.object({
  run: idSchema,
  seq: count,
  at: z.number(),
  patch: patchSchema.exactOptional(),
  /** The time when the engine began, Unix ms by its own clock: of two of one name the earlier one keeps it. */
  since: z.number().exactOptional(),
  /** It is not shown: another engine has the name. */
  refused: engineSchema.exactOptional(),
  /** It ends. */
  ended: z.literal(true).exactOptional(),
});
export type Now = z.infer<typeof nowSchema>;

/** A host's summary, as it is after the change `seq`. */
const wholeSchema = z.object({
  engine: engineSchema,
  seq: count,
  at: z.number(),
  /** It shows prompts and answers to consoles that may ask for them. */
  content: z.boolean().default(false),
  /** Another engine of the same name, which is not shown. */
  rival: engineSchema.nullable().default(null),
  document: z.unknown(),
});
export type Whole = z.infer<typeof wholeSchema>;

/** The entry of a host in the bucket. Unix ms by the host's clock. */
const presenceSchema = z.object({
  engine: engineSchema,
  host: z.string().max(MAX_HOST_NAME),
  mode: z.enum(MODES),
  at: z.number(),
});
export type Presence = z.infer<typeof presenceSchema>;

const actedSchema = z.object({ answer: z.unknown() });

/** Conversations of which one request asks what was asked, and the length of such a text, UTF-16 units. */
export const MAX_ASKED = 64;
export const MAX_ASKED_TEXT = 200;
const askSchema = z.object({ ids: z.array(z.string().max(1_000)).max(MAX_ASKED) });
const askedSchema = z.object({
  asked: z.array(z.tuple([z.string().max(1_000), z.string().max(MAX_ASKED_TEXT).nullable()])).max(MAX_ASKED),
});

/** Reads a message; null for one that is none, or too large. */
function readAs<T>(bytes: Uint8Array, schema: z.ZodType<T>): T | null {
  if (bytes.length > MAX_MESSAGE_BYTES) return null;
  const result = decode(textOf(bytes), schema);
  return result.ok ? result.value : null;
}

/** Decodes UTF-8; what is none becomes replacement characters. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

export const readNow = (bytes: Uint8Array): Now | null => readAs(bytes, nowSchema);
export const readWhole = (bytes: Uint8Array): Whole | null => readAs(bytes, wholeSchema);
export const readPresence = (bytes: Uint8Array): Presence | null => readAs(bytes, presenceSchema);
/** Reads the answer to an action. */
export const readActed = (bytes: Uint8Array): unknown => readAs(bytes, actedSchema)?.answer;
export const readAsk = (bytes: Uint8Array): z.infer<typeof askSchema> | null => readAs(bytes, askSchema);
/** Reads what was asked, by conversation. */
export const readAsked = (bytes: Uint8Array): z.infer<typeof askedSchema> | null => readAs(bytes, askedSchema);
