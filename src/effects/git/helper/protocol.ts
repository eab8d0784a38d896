import { CHUNK_BYTES } from '../limits.ts';
import type { BytePath } from '../workspace/byte-path.ts';

/**
 * The two pipes between the engine and its helper. A frame is its payload's length (4 bytes, little endian), its kind
 * (1 byte) and the payload. Paths are strings with one character a byte.
 */
export const HEADER_BYTES = 5;
/** Kinds of frames: JSON; bytes of a content; and a small content in one frame, JSON before bytes. */
export const FRAME = { json: 1, data: 2, content: 3 } as const;
/** Payload of the largest frame: a chunk with what describes it. */
export const MAX_FRAME_BYTES = CHUNK_BYTES + 64 * 1024;
/** JSON of a batch of entries is sent when it reaches this size, characters. */
export const BATCH_CHARS = 32 * 1024;
/** The interval at which a helper that is at work shows it, ms. */
export const ALIVE_MS = 1_000;
/** Name of the helper in the process list. */
export const HELPER_NAME = 'sightline-git-helper';

/** The first message to a helper: the user whose rights it must take; null to keep its own. */
export type Hello = { readonly uid: number | null };

/** The folder to work in; it must be this one. */
export type Where = {
  /** Canonical, one character a byte. */
  readonly root: BytePath;
  readonly dev: string;
  readonly ino: string;
  readonly uid: number;
};

/** The requests to a helper, one at a time. */
export type Request = Where &
  (
    | {
        readonly op: 'walk';
        readonly exclude: readonly string[];
        /** Our own store where it lies inside, relative. */
        readonly store: BytePath | null;
        /** Null: no bound. */
        readonly maxFileBytes: number | null;
      }
    /** The contents of files and links, in this order. */
    | {
        readonly op: 'read';
        readonly paths: readonly BytePath[];
        /** Of each, the id of a content that need not come again where it is large; null for none. */
        readonly expected: readonly (string | null)[];
        readonly maxFileBytes: number | null;
        /** Time that may be spent on writing back what is read, ms. */
        readonly syncMs: number;
      }
    /** The git ids of files and links, in this order. */
    | { readonly op: 'hash'; readonly paths: readonly BytePath[] }
    /** The folders that the helper could change nothing in. */
    | { readonly op: 'closed'; readonly folders: readonly BytePath[] }
    /** Followed by `Step`s, each answered in order, and `end`. */
    | { readonly op: 'restore' }
  );

/** One change of a restore. Owners are set as far as the helper may; null leaves them. */
export type Step =
  | { readonly do: 'delete' | 'delete-folder' | 'make-folder'; readonly path: BytePath }
  /** Followed by exactly `size` bytes in data frames. */
  | ({ readonly do: 'write'; readonly path: BytePath; readonly size: number } & Rights)
  | ({ readonly do: 'link'; readonly path: BytePath; readonly target: string } & Rights)
  /** Makes `path` another name of the file `to`. */
  | { readonly do: 'hard-link'; readonly path: BytePath; readonly to: BytePath }
  | ({ readonly do: 'set'; readonly path: BytePath; readonly kind: 'file' | 'link' | 'folder' } & Rights);

export type Rights = {
  readonly mode: number;
  readonly uid: number | null;
  readonly gid: number | null;
  /** The time when it was modified, Unix µs; null leaves what there is. */
  readonly mtimeUs: number | null;
};

/** Frames of one message; `bytes` follows the JSON of a content. */
export function frame(kind: number, payload: Buffer): readonly Buffer[] {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(payload.length, 0);
  header.writeUInt8(kind, 4);
  return [header, payload];
}

/** A message as one JSON frame. */
export function jsonFrame(message: unknown): Buffer {
  return Buffer.concat(frame(FRAME.json, Buffer.from(JSON.stringify(message))));
}

/** The user whose rights a helper has. */
export type HelperRights = { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
