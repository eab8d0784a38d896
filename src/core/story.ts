/**
 * The facts that the records of a conversation hold beyond the numbers of its calls: read from its source on demand, cleaned and
 * bounded there, and kept for no longer than it is shown.
 */
import type { Result } from './result.ts';
import type { ContentProblem, NoContent } from './source-reasons.ts';
import type { Ms } from './units.ts';

/** The outcome of a tool's run, as far as its result shows; what is unknown is null. */
export type ToolOutcome = {
  readonly failed: boolean;
  readonly exitCode: number | null;
  /** The matches of a search: lines or files. */
  readonly matches: number | null;
  /** Lines that an edit added and removed. */
  readonly added: number | null;
  readonly removed: number | null;
};

/** One tool that a call asked for. */
export type ToolStep = {
  readonly name: string;
  /** Its main argument in one line: the command, the file, the pattern; null where it has none. */
  readonly argument: string | null;
  readonly startedAt: Ms | null;
  /** Null while no result is recorded. */
  readonly endedAt: Ms | null;
  readonly outcome: ToolOutcome | null;
};

/** The answer and the tool calls of one call. */
export type StoryCall = {
  readonly tools: readonly ToolStep[];
  /** The beginning of its answer, null where it gave none. */
  readonly answer: string | null;
  readonly answerWords: number;
};

/** The entries between the calls. */
export type StoryMark =
  | { readonly type: 'prompt'; readonly at: Ms; readonly text: string }
  | {
      readonly type: 'compaction';
      readonly at: Ms;
      readonly cause: 'auto' | 'manual' | null;
      readonly before: number | null;
      readonly after: number | null;
      readonly tookMs: Ms | null;
    }
  /** One failed attempt of a call that goes on. `of`: attempts at most. */
  | {
      readonly type: 'retry';
      readonly at: Ms;
      readonly attempt: number | null;
      readonly of: number | null;
      readonly text: string;
    };

/** A file that the session's tools claim to have written: the disk was not read. */
export type WrittenFile = {
  /** As the tool named it: absolute, or relative to the working folder. */
  readonly path: string;
  readonly operation: 'written' | 'edited' | 'deleted';
  readonly times: number;
  /** Lines, over all times; null if one time is unknown. */
  readonly added: number | null;
  readonly removed: number | null;
  /** The latest time. */
  readonly at: Ms | null;
};

/** A conversation as its records tell it, from the latest end back as far as the bounds go. */
export type Story = {
  /** By the id of the call (`Call.callId`). */
  readonly calls: ReadonlyMap<string, StoryCall>;
  /** Oldest first. */
  readonly marks: readonly StoryMark[];
  /** The last written first. */
  readonly files: readonly WrittenFile[];
  /** The messages since the last finished call. */
  readonly open: StoryCall | null;
  /** Bytes before the part that was read. */
  readonly unreadBytes: number;
};

/** A story, or why one source cannot tell it. */
export type StoryAnswer = Result<Story, ContentProblem>;

/** A story, or why no source can tell it. */
export type StoryResult = Result<Story, NoContent>;

/** A match of the text. */
export type TextHit = {
  readonly conversationId: string;
  readonly at: Ms | null;
  /** The author of the text. */
  readonly part: 'prompt' | 'answer' | 'thinking' | 'tool' | 'result' | 'error';
  /** One line around the match. */
  readonly excerpt: string;
};

/** The progress of a search in one source; a database counts its rows. */
export type SearchProgress = { readonly doneBytes: number; readonly ofBytes: number };

/** The end of a search: everything was searched, or it found or took as much as it may, or it was cancelled. */
export type SearchEnd = {
  readonly why: 'whole' | 'hits' | 'time' | 'cancelled';
  /** Sources, and parts of them, that cannot be searched. */
  readonly unread: readonly string[];
};

/** The terms of a search: a text, upper and lower case alike, in what was written at `since` or later. */
export type TextSearch = {
  readonly text: string;
  readonly since: Ms;
  readonly hit: (hit: TextHit) => void;
  readonly progress: (progress: SearchProgress) => void;
  /** A part of a source that cannot be searched. */
  readonly unread: (what: string) => void;
};
