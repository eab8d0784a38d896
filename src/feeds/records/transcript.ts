/**
 * The contents of a session's records: prompts, answers, tools and their results, in the order in which they were written.
 * Decoded when a person reads or searches a conversation; the decoders of `provider.ts` count, these quote. Texts and
 * arguments are as foreign as they were: who shows them cleans and bounds them.
 */
import type { ToolOutcome } from '../../core/story.ts';
import type { Ms } from '../../core/units.ts';

/** One entry of a record. `call` is the key of a call's item; null: of the one that the next `end` names. */
export type Entry = { readonly at: Ms | null } & (
  | { readonly type: 'prompt'; readonly id: string | null; readonly value: unknown }
  | {
      readonly type: 'output';
      readonly call: string | null;
      readonly kind: 'text' | 'reasoning';
      readonly value: unknown;
    }
  | {
      readonly type: 'tool';
      readonly call: string | null;
      readonly id: string | null;
      readonly name: string;
      readonly input: unknown;
    }
  | {
      readonly type: 'result';
      readonly id: string | null;
      readonly value: unknown;
      /** The facts of the record beside its text. */
      readonly outcome: Partial<ToolOutcome>;
    }
  | { readonly type: 'failure'; readonly call: string | null; readonly value: unknown }
  | { readonly type: 'retry'; readonly attempt: number | null; readonly of: number | null; readonly value: unknown }
  | {
      readonly type: 'compaction';
      readonly cause: 'auto' | 'manual' | null;
      readonly before: number | null;
      readonly after: number | null;
      readonly tookMs: Ms | null;
    }
  /** A call has ended: the messages without a call since the last one are its. */
  | { readonly type: 'end'; readonly call: string }
  /** A record tells all of a call anew: its earlier entries are void. */
  | { readonly type: 'again'; readonly call: string }
);

/** Takes the entries of a transcript, one by one. */
export type TranscriptSink = (conversationId: string, entry: Entry) => void;
