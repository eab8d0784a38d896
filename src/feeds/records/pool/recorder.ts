/**
 * The findings of a decoder in a file, as values that another thread can take over: a worker reads the file, and the book gets
 * what came of it.
 */
import type { AgentRecordProblem } from '../../../core/source-reasons.ts';
import type { Ms } from '../../../core/units.ts';
import type { BookFile } from '../book.ts';
import type { Item, ItemSink, SessionPatch } from '../provider.ts';
import { type FileSums, sumsOfItems } from './sums.ts';

/** Texts of malformed records that are kept of one file; more are counted. */
const MAX_MALFORMED = 100;

/** A record that was not understood: the line is no JSON, or (`record`) the decoder makes nothing of it. */
export type Malformed = { readonly part: 'line' | 'record'; readonly why: AgentRecordProblem };

/** All that one file has told. */
export type FileReport = {
  /** The items as JSON: far cheaper to take over than as objects. */
  readonly items: string;
  readonly sessions: readonly (readonly [
    conversationId: string,
    patch: SessionPatch,
    from: Ms | null,
    to: Ms | null,
  ])[];
  readonly links: readonly string[];
  readonly unknown: readonly (readonly [kind: string, version: string | null, count: number])[];
  readonly malformed: readonly Malformed[];
  /** Malformed records beyond those. */
  readonly more: number;
};

type Session = { patch: SessionPatch; from: Ms | null; to: Ms | null };

/** Makes a sink that keeps what is put, and its report. */
export function recorder(): {
  readonly sink: ItemSink;
  readonly misread: (malformed: Malformed) => void;
  readonly report: () => FileReport;
  /** The report with sums in place of the calls that ended before a time. */
  readonly sumUp: (agent: string, before: Ms) => { readonly report: FileReport; readonly sums: FileSums };
} {
  const items = new Map<string, Item>();
  const sessions = new Map<string, Session>();
  const links = new Set<string>();
  const unknown = new Map<string, { readonly kind: string; readonly version: string | null; count: number }>();
  const malformed: Malformed[] = [];
  let more = 0;
  const misread = (one: Malformed): void => {
    if (malformed.length < MAX_MALFORMED) malformed.push(one);
    else more += 1;
  };
  const of = (conversationId: string): Session => {
    const known = sessions.get(conversationId);
    if (known !== undefined) return known;
    const made: Session = { patch: {}, from: null, to: null };
    sessions.set(conversationId, made);
    return made;
  };
  const seen = (conversationId: string, at: Ms): void => {
    const known = of(conversationId);
    if (known.from === null || at < known.from) known.from = at;
    if (known.to === null || at > known.to) known.to = at;
  };
  const session = (conversationId: string, change: SessionPatch): void => {
    const known = of(conversationId);
    if (change.at === undefined) return void Object.assign(known.patch, change);
    const { at, ...rest } = change;
    Object.assign(known.patch, rest);
    seen(conversationId, at);
  };
  return {
    sink: {
      put: (item) => void items.set(item.key, item),
      get: (key) => items.get(key),
      drop: (key) => void items.delete(key),
      // Audits read their files in one thread.
      uncounted: () => undefined,
      session,
      seen,
      // A history has none.
      takesMoments: false,
      moment: () => undefined,
      momentOver: () => undefined,
      link: (key) => void links.add(key),
      unknown: (kind, version) => {
        const key = `${version ?? ''}\n${kind}`;
        const known = unknown.get(key) ?? { kind, version, count: 0 };
        unknown.set(key, known);
        known.count += 1;
      },
      malformed: (why) => misread({ part: 'record', why }),
    },
    misread,
    report: () => reportOf([...items.values()]),
    sumUp: (agent, before) => {
      const { sums, singly } = sumsOfItems([...items.values()], links, agent, before);
      return { report: reportOf(singly), sums };
    },
  };
  function reportOf(told: readonly Item[]): FileReport {
    return {
      items: JSON.stringify(told),
      sessions: Array.from(sessions, ([id, { patch, from, to }]) => [id, patch, from, to] as const),
      links: [...links],
      unknown: Array.from(unknown.values(), ({ kind, version, count }) => [kind, version, count] as const),
      malformed,
      more,
    };
  }
}

/** Puts into the book what a worker has found in a file. `malformed` is called for each line that is no JSON. */
export function replay(report: FileReport, { sink }: BookFile, malformed: (why: AgentRecordProblem) => void): void {
  const misread = ({ part, why }: Malformed): void => (part === 'line' ? malformed(why) : sink.malformed(why));
  for (const key of report.links) sink.link(key);
  // Made by our own worker from checked items.
  for (const item of JSON.parse(report.items) as readonly Item[]) sink.put(item);
  for (const [conversationId, patch, from, to] of report.sessions) {
    sink.session(conversationId, patch);
    if (from !== null) sink.seen(conversationId, from);
    if (to !== null) sink.seen(conversationId, to);
  }
  for (const [kind, version, count] of report.unknown) {
    for (let seen = 0; seen < count; seen += 1) sink.unknown(kind, version);
  }
  for (const one of report.malformed) misread(one);
  const last = report.malformed.at(-1);
  for (let seen = 0; last !== undefined && seen < report.more; seen += 1) misread(last);
}
