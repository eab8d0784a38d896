import type { CallContent } from '../../../core/content.ts';
import type { Call } from '../../../core/calls.ts';
import type { ContextUse } from '../../../core/sessions.ts';
import type { WrittenFile } from '../../../core/story.ts';
import type { SourceUri } from '../../../core/sources.ts';
import type { Ms } from '../../../core/units.ts';
import { type Reading, type ReadingChange, changeReading } from '../../widgets/reader/state.ts';
import type { ViewState } from '../../app/state.ts';
import { EMPTY_INPUT } from '../../widgets/text-input.ts';

/** The content of a call: loading, ready, or failed with the reason. */
export type DetailContent =
  | { readonly type: 'loading' }
  | { readonly type: 'ready'; readonly content: CallContent }
  | { readonly type: 'failed'; readonly reason: string };

/** One call with its content. */
export type Detail = Reading & {
  readonly call: Call;
  /** The sources that reported it; empty if there is only one source. */
  readonly sources: readonly SourceUri[];
  readonly content: DetailContent;
  readonly about: CallAbout;
  /** The section that keys open, close and copy; null for the one that is most likely looked for. */
  readonly section: string | null;
  /** Sections that a person opened or closed. */
  readonly toggled: ReadonlyMap<string, boolean>;
};

/** The surroundings of a call that are known when it is opened. */
export type CallAbout = {
  /** The prompt of its conversation; null where that is not known. */
  readonly asked: string | null;
  readonly context: ContextUse | null;
  /** A context that is filled to this share is nearly full. */
  readonly contextShare: number;
  /** Failed calls in a row up to this one. */
  readonly failures: number;
  /** The type of the signal that it caused. */
  readonly signal: string | null;
  /** The files that the tools of its session wrote, the last written first. */
  readonly files: readonly WrittenFile[];
  /** The tool that its session has open, if this is the call that asked for it. */
  readonly openTool: { readonly name: string | null; readonly since: Ms; readonly isWaiting: boolean } | null;
  /** The working folder that its session recorded; null for none. */
  readonly cwd: string | null;
};

export type DetailChange =
  | { readonly type: 'open'; readonly call: Call; readonly sources: readonly SourceUri[]; readonly about: CallAbout }
  /** Marks a section, and scrolls to where it begins. */
  | { readonly type: 'section'; readonly id: string; readonly offset: number }
  | { readonly type: 'toggle'; readonly id: string; readonly open: boolean }
  | { readonly type: 'content'; readonly call: Call; readonly content: DetailContent }
  | { readonly type: 'close' }
  | ReadingChange;

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly detail: unknown;
  }
  interface ViewSlices {
    /** The call that is shown in full, also while help lies over it; null before and after. */
    readonly detail: Detail | null;
  }
  interface ViewChanges {
    readonly detail: DetailChange;
  }
}

/** Returns the state after a change of the detail. A call that is opened comes to the top; help may lie over one that is open. */
export function reduceDetail(state: ViewState, change: DetailChange): ViewState {
  const detail = changeDetail(state.detail, change);
  if (change.type === 'close') return { ...state, detail, overlay: { type: 'none' } };
  return { ...state, detail, overlay: change.type === 'open' ? { type: 'detail' } : state.overlay };
}

// The content of a call that is no longer shown is ignored.
function changeDetail(detail: Detail | null, change: DetailChange): Detail | null {
  if (change.type === 'open') return opened(change, detail);
  if (detail === null || change.type === 'close') return null;
  if (change.type === 'section') return { ...detail, section: change.id, offset: Math.max(0, change.offset) };
  if (change.type === 'toggle') return { ...detail, toggled: new Map([...detail.toggled, [change.id, change.open]]) };
  if (change.type !== 'content') return changeReading(detail, change);
  return change.call.callId === detail.call.callId ? { ...detail, content: change.content } : detail;
}

// The search stays when the next call is opened, and so does what is open of a call that is read again.
function opened({ call, sources, about }: Pick<Detail, 'call' | 'sources' | 'about'>, before: Detail | null): Detail {
  const search = before?.search ?? EMPTY_INPUT;
  const same = before?.call.callId === call.callId ? before : null;
  const { section = null, toggled = NONE } = same ?? {};
  return { call, sources, about, content: { type: 'loading' }, offset: 0, search, section, toggled };
}

const NONE: ReadonlyMap<string, boolean> = new Map();
